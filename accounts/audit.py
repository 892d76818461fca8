"""Who did what."""

from accounts.models import AuditEntry, Person


def note(what: str, who: Person | None, address: str = "", subject: str = "") -> None:
    """Write a line into the audit log. `who` is None when nobody signed in did it."""
    AuditEntry.objects.create(who=who, what=what, address=address[:64], subject=subject[:100])
