"""What the pages without script send."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from messaging.inviting import Event
from messaging.models import Invitation
from profiles.lines import clean_line, clean_text


class MessageForm(forms.Form):
    """The composer. The rules for the words are in `messaging.text`, for every way to send."""

    # Not a CharField: that one refuses some words by itself, with no sentence of ours.
    text = forms.Field(required=False, widget=forms.Textarea)
    # The page's own mark: a form that is sent twice is one message.
    key = forms.UUIDField(required=False)
    # The last message on the page: who answers has read up to it.
    up_to = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)

    def clean_text(self) -> str:
        return self.cleaned_data["text"] or ""


class ReadForm(forms.Form):
    up_to = forms.IntegerField(min_value=0, max_value=2**63 - 1)


class OlderForm(forms.Form):
    before = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class AttendForm(forms.Form):
    """Going, maybe, not going."""

    attendance = forms.TypedChoiceField(choices=Invitation.Attendance.choices, coerce=int)


LAST_YEAR = 2099
MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _moment(label: str, missing: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=MOMENT,
        widget=forms.DateTimeInput(format=MOMENT[0], attrs={"type": "datetime-local"}),
        error_messages={"required": missing, "invalid": "Write day and time like 2030-12-24 18:30."},
    )


class EventForm(forms.Form):
    """An event to which somebody of the classic network is invited; times are those of this computer."""

    name = forms.CharField(
        label="What",
        max_length=200,
        error_messages={"required": "Say what it is. The answer names it by these words."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts_at = _moment("From", "Say when it begins.")
    ends_at = _moment("To", "Say when it ends.")
    location = forms.CharField(label="Where", max_length=200, required=False)
    description = forms.CharField(
        label="More about it", max_length=4000, required=False, strip=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    # The page's own mark: a form that is sent twice is one invitation.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError("Say what it is, in words that others can see.")
        return name

    def clean_location(self) -> str:
        return clean_line(self.cleaned_data["location"])

    def clean_description(self) -> str:
        return clean_text(self.cleaned_data["description"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if starts_at and ends_at:
            if ends_at <= starts_at:
                self.add_error("ends_at", "It ends before it begins. Choose a later end.")
            elif ends_at < timezone.now():
                self.add_error("ends_at", "It is over already. Choose a time that is still to come.")
            elif ends_at.year > LAST_YEAR:
                self.add_error("ends_at", f"That is too far away: {LAST_YEAR} is the last year.")
        return data

    @property
    def event(self) -> Event:
        """What a valid form describes."""
        data = self.cleaned_data
        return Event(data["name"], data["starts_at"], data["ends_at"], data["location"], data["description"])
