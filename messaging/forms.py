"""What the pages without script send."""

from django import forms

from messaging.models import Invitation


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
