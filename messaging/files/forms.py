"""What the tray sends."""

from django import forms


class UploadForm(forms.Form):
    """A file that is about to come. The rules for its name are in `messaging.files.names`."""

    name = forms.Field(required=True)
    size = forms.IntegerField(min_value=0, max_value=2**53)
    media_type = forms.CharField(required=False, max_length=255)
    original = forms.BooleanField(required=False)


class PauseForm(forms.Form):
    """Let a file rest on its way, or go on."""

    paused = forms.TypedChoiceField(choices=[("0", "go on"), ("1", "pause")], coerce=lambda value: value == "1")


class FinishForm(forms.Form):
    """The SHA-256 of the whole, from a program that knows it."""

    sha256 = forms.RegexField(r"[0-9a-f]{64}\Z", required=False)

    def clean_sha256(self) -> bytes | None:
        return bytes.fromhex(self.cleaned_data["sha256"]) if self.cleaned_data["sha256"] else None
