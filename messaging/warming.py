"""What the first page after a start would wait for, done while nobody waits: templates read, statements worded."""

from typing import Any

from django.dispatch import receiver
from django.template.loader import get_template

from peers import hooks

# What a live page shows at once of an open conversation.
SHOWN = ("message", "header", "details")


@receiver(hooks.node_started)
def warm(**_: Any) -> None:
    """Draw what stands beside every conversation, and read the templates of what stands in it."""
    # Here: commands start no node.
    from messaging import live

    for name in SHOWN:
        get_template(f"messaging/{name}.html")
    live.surroundings(None)
