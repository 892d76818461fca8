"""Words that are not sent yet: one draft a conversation, kept by the node and shown in every tab."""

import uuid
from collections.abc import Mapping

from django.db import transaction

from messaging.conversations import conversation_with
from messaging.models import Conversation
from messaging.text import MAX_BYTES
from peers import events
from peers.models import KnownPerson


def draft_with(person: uuid.UUID) -> str:
    """Return what the member began to write to somebody."""
    return Conversation.objects.filter(direct_with=person).values_list("draft", flat=True).first() or ""


@transaction.atomic
def keep(drafts: Mapping[uuid.UUID, str], page: str = "") -> None:
    """Keep the drafts for these people; empty ones are forgotten. What is too long to be sent stays in its page.

    `page` is the socket of the page that they come from: it alone is not told what it said.
    """
    if not drafts:
        return
    known = set(KnownPerson.objects.filter(pk__in=list(drafts)).values_list("pk", flat=True))
    for person in known:
        text = drafts[person].replace("\0", "")
        if len(text.encode(errors="replace")) <= MAX_BYTES:
            _keep(person, text if text.strip() else "", page)


def _keep(person: uuid.UUID, text: str, page: str) -> None:
    if text:
        conversation_with(person)
    if Conversation.objects.filter(direct_with=person).exclude(draft=text).update(draft=text):
        events.publish("draft", person=str(person), by=page)
