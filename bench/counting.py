"""Answers each line with two numbers: the messages that this home has received, and those of its own with a receipt."""

import json
import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peernet.settings")
    django.setup()

    from messaging.models import Message

    receipted = (Message.State.DELIVERED, Message.State.READ)
    for _ in sys.stdin:
        received = Message.objects.filter(mine=False).count()
        of_own = Message.objects.filter(mine=True, state__in=receipted).count()
        print(json.dumps([received, of_own]), flush=True)
