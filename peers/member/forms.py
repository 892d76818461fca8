"""What the member types to get in."""

from typing import Any

from django import forms

from peers.member.errors import BadLink
from peers.member.invitations import MAX_LINK, Link, Place, read_link, read_place

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
MAX_PASSWORD = 1024


class SignInForm(forms.Form):
    """Name, password and code."""

    name = forms.CharField(
        label="User name",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    # Not required: with the login server away the password alone opens an offline session.
    code = forms.CharField(
        label="Six digits from the app", max_length=64, required=False, widget=forms.TextInput(attrs=CODE)
    )
    next = forms.CharField(required=False, max_length=2048, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who was refused has typed the name already.
        self.fields["password" if self.is_bound else "name"].widget.attrs["autofocus"] = True


class InvitationForm(forms.Form):
    """The link that an admin sent, and a password of one's own."""

    link = forms.CharField(
        label="Invitation link",
        max_length=MAX_LINK,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_link(self) -> Link:
        try:
            return read_link(self.cleaned_data["link"])
        except BadLink as err:
            raise forms.ValidationError(err.sentence) from err


class ComputerForm(forms.Form):
    """The link for a new computer of somebody who has an account."""

    link = forms.CharField(
        label="Link from your admin",
        max_length=MAX_LINK,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_link(self) -> Place:
        try:
            return read_place(self.cleaned_data["link"])
        except BadLink as err:
            raise forms.ValidationError(err.sentence) from err


class CodeForm(forms.Form):
    """The first code of a new account."""

    code = forms.CharField(label="Six digits from the app", max_length=64, widget=forms.TextInput(attrs=CODE))


class ProofForm(forms.Form):
    """The password and a fresh code: a stolen session is not enough to change what protects the account."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(label="Six digits from the app", max_length=64, widget=forms.TextInput(attrs=CODE))


class PasswordForm(ProofForm):
    """A new password too."""

    new_password = forms.CharField(
        label="New password",
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters; a few words are easy to remember.",
    )
