"""The two forms by which an invited person opens their account in a browser."""

from django import forms

from accounts.names import MAX_PASSWORD


class StartForm(forms.Form):
    token = forms.CharField(
        label="Invitation link", help_text="Paste the whole link that you were given.", max_length=512
    )
    password = forms.CharField(
        help_text="At least 12 characters. A few words that only you would put together work well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        max_length=MAX_PASSWORD,
    )

    def clean_token(self) -> str:
        """Take the whole link as well: people paste what they have."""
        return self.cleaned_data["token"].rpartition("token=")[2].partition("&")[0]


class FinishForm(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput, max_length=512)
    code = forms.CharField(
        label="Six digits from the app",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
