"""Answers each line with two numbers: the messages that this home has received, and those of its own with a receipt."""

import json
import sys

import django

django.setup()

from messaging.models import Message  # noqa: E402

RECEIPTED = (Message.State.DELIVERED, Message.State.READ)

for _ in sys.stdin:
    received = Message.objects.filter(mine=False).count()
    receipted = Message.objects.filter(mine=True, state__in=RECEIPTED).count()
    print(json.dumps([received, receipted]), flush=True)
