"""What the member types into their profile."""

from datetime import datetime, timedelta

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from peers.protocol.profile import MAX_DESCRIPTION, MAX_LINE
from profiles.cards import zones
from profiles.errors import NoCode, ProfileError
from profiles.lines import clean_line, clean_text
from profiles.models import OwnProfile, OwnStatus
from profiles.own import Wanted
from profiles.payloads import State

PICTURES = "image/jpeg,image/png,image/webp"


class ProfileForm(forms.Form):
    """The member's profile. What nobody would see in it is taken out."""

    full_name = forms.CharField(
        label="Full name", max_length=MAX_LINE, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    position = forms.CharField(
        max_length=MAX_LINE, required=False, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    location = forms.CharField(
        max_length=MAX_LINE, required=False, help_text="Where you work: a city, or an office and its floor."
    )
    time_zone = forms.ChoiceField(label="Time zone", required=False, choices=[])
    description = forms.CharField(
        label="About you",
        max_length=MAX_DESCRIPTION,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Markdown: **bold**, *italic*, lists with -, [links](https://…).",
    )
    picture = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": PICTURES}))
    without_picture = forms.BooleanField(label="Remove my picture", required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [("", "Not said"), *((zone, zone.replace("_", " ")) for zone in zones())]

    def clean_full_name(self) -> str:
        name = clean_line(self.cleaned_data["full_name"])
        if not name:
            raise forms.ValidationError("Write a name that others can read.")
        return name

    def clean_position(self) -> str:
        return clean_line(self.cleaned_data["position"])

    def clean_location(self) -> str:
        return clean_line(self.cleaned_data["location"])

    def clean_description(self) -> str:
        return clean_text(self.cleaned_data["description"])

    def clean_picture(self) -> bytes:
        """Return the picture as it is kept; nothing if none was chosen."""
        chosen: UploadedFile | None = self.cleaned_data["picture"]
        if chosen is None:
            return b""
        # Here, as below: a node at rest has no decoder in memory.
        from profiles.pictures import our_picture

        try:
            return our_picture(chosen.read())
        except ProfileError as err:
            raise forms.ValidationError(err.sentence) from err

    def wanted(self, held: OwnProfile) -> Wanted:
        """Return the profile that was asked for; without a new picture the old one stays."""
        data = self.cleaned_data
        kept = b"" if data["without_picture"] else bytes(held.picture)
        lines = {name: data[name] for name in ("full_name", "position", "location", "time_zone", "description")}
        return Wanted(picture=data["picture"] or kept, **lines)


def form_of(held: OwnProfile) -> ProfileForm:
    """Return the form, filled in with the profile as it is."""
    names = ("full_name", "position", "location", "time_zone", "description")
    return ProfileForm(initial={name: getattr(held, name) for name in names})


CHOICES = [
    ("", "Online, or idle when you are away from the keyboard"),
    (State.AWAY.value, "Away"),
    (State.BUSY.value, "Do not disturb: nothing pops up on your pages either"),
]
ENDS = [("", "Until you change it"), ("30", "For 30 minutes"), ("60", "For an hour"), ("240", "For 4 hours")]


class StatusForm(forms.Form):
    """How the member wants to be shown."""

    choice = forms.ChoiceField(label="You are", choices=CHOICES, required=False, widget=forms.RadioSelect)
    text = forms.CharField(label="A few words", max_length=MAX_LINE, required=False)
    ends = forms.ChoiceField(label="How long", choices=ENDS, required=False)
    hidden = forms.BooleanField(label="Show me as offline to everybody", required=False)

    def clean_text(self) -> str:
        return clean_line(self.cleaned_data["text"])

    @property
    def until(self) -> datetime | None:
        """When the choice ends."""
        minutes = self.cleaned_data["ends"]
        return timezone.now() + timedelta(minutes=int(minutes)) if minutes else None


class ScanForm(forms.Form):
    """A photo of the code on the other's screen, or what the browser read in it."""

    code = forms.CharField(max_length=200, required=False)
    photo = forms.FileField(required=False)

    def read(self) -> str:
        """Return what the code holds. Raises `ProfileError`."""
        photo: UploadedFile | None = self.cleaned_data.get("photo")
        code: str = self.cleaned_data.get("code", "")
        if not code and photo is None:
            raise NoCode
        if code:
            return code
        from profiles.scanning import code_in

        return code_in(photo.read())


def status_form_of(held: OwnStatus) -> StatusForm:
    """Return the form, filled in with the status as it is."""
    return StatusForm(initial={"choice": held.choice, "text": held.text, "hidden": held.hidden})
