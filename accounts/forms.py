"""The form that invites, and the two by which an invited person opens their account in a browser."""

from django import forms

from accounts.models import Person
from accounts.names import MAX_NAME, MAX_PASSWORD


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


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Your password now",
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="New password",
        help_text="At least 12 characters.",
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    code = forms.CharField(
        label="Six digits from the app",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class InviteForm(forms.Form):
    user_name = forms.CharField(
        label="User name", help_text="What they sign in with. It cannot be changed later.", max_length=MAX_NAME
    )
    display_name = forms.CharField(
        label="Name", help_text="As colleagues know them, for example Alice Martin.", max_length=100, required=False
    )
    role = forms.ChoiceField(choices=Person.Role.choices, help_text="An admin may also use these pages.")
    days = forms.IntegerField(label="Days the link works", min_value=1, max_value=90, initial=7)


class SignInForm(forms.Form):
    user_name = forms.CharField(label="User name", max_length=MAX_NAME)
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False, max_length=MAX_PASSWORD
    )
    code = forms.CharField(
        label="Six digits from the app, or a backup code",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


class AppPasswordForm(forms.Form):
    label = forms.CharField(
        label="Which program is it for?", help_text="So that you know later which one to revoke.", max_length=60
    )
