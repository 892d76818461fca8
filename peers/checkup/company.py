"""What a login server should have besides its doors: somebody to run it, and addresses that others can reach."""

from collections.abc import Iterator

from django.conf import settings

from accounts.models import Person
from peers.checkup.findings import Finding, ok, warn


def findings() -> Iterator[Finding]:
    """Look at the admins, and at what invitations say."""
    people = Person.objects.filter(is_active=True)
    if not people.filter(role=Person.Role.ADMIN).exists():
        yield warn("people", "There is no admin yet. Run: manage.py invite NAME --admin")
    else:
        yield ok("people", f"{people.count()} accounts are open.")
    if settings.PEERNET_NODES_INTERFACE.startswith("127."):
        yield warn("addresses", "Only this computer's nodes can reach it. Set PEERNET_NODES_INTERFACE=0.0.0.0.")
    elif settings.PEERNET_NODES_ADDRESS.startswith("127."):
        yield warn("addresses", "Invitations name this computer only. Set PEERNET_NODES_ADDRESS.")
    else:
        yield ok("addresses", f"Invitations name {settings.PEERNET_NODES_ADDRESS}.")
