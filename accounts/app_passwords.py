"""App passwords, by which classic programs sign in. They cannot send a code, so they never get the real password."""

import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.audit import note
from accounts.errors import AppPasswordRefused, TooManyAppPasswords
from accounts.models import AppPassword, AuditEntry, Person
from accounts.names import name_key
from peers.classic.login import password_hash
from peers.classic.year import Year

# 160 bits, in letters and digits that are not mistaken for each other.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
CHARACTERS = 32
MOST = 5
# A client signs in every half minute: noting each time would only cost.
NOTED_EVERY = timedelta(minutes=10)


def _check(year: Year, sent: str) -> str:
    """What is kept of what a client sends. The password is random, so a keyed hash cannot be guessed back."""
    return salted_hmac(f"accounts.AppPassword.{year}", sent, algorithm="sha256").hexdigest()


@transaction.atomic
def make(person: Person, label: str, address: str) -> tuple[AppPassword, str]:
    """Make an app password and return it, seen only now. Raises `TooManyAppPasswords`."""
    Person.objects.select_for_update().get(pk=person.pk)
    if person.app_passwords.count() >= MOST:
        raise TooManyAppPasswords
    raw = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
    checks = {f"check_{year}": _check(year, password_hash(year, raw, person.user_name)) for year in Year}
    made = person.app_passwords.create(label=label, **checks)
    note(AuditEntry.What.APP_PASSWORD_MADE, person, address, label)
    return made, raw


@transaction.atomic
def revoke(person: Person, pk: int, address: str) -> None:
    """End an app password of this person at once. Raises `AppPasswordRefused`."""
    found = person.app_passwords.filter(pk=pk).first()
    if found is None:
        raise AppPasswordRefused
    found.delete()
    note(AuditEntry.What.APP_PASSWORD_REVOKED, person, address, found.label)


@transaction.atomic
def revoke_as_admin(row: AppPassword, admin: Person, address: str) -> None:
    """End anybody's app password at once: their programs of the classic network are signed off."""
    row.delete()
    note(AuditEntry.What.APP_PASSWORD_REVOKED, admin, address, f"{row.label}, of {row.person}")


def person_of(user_name: str, sent: str, year: Year) -> Person | None:
    """Return the active person with this name whose app password makes the hash that a client sent, or None."""
    given = _check(year, sent.lower())
    rows = AppPassword.objects.select_related("person").filter(
        person__name_key=name_key(user_name)[:256], person__is_active=True
    )
    for row in rows:
        if hmac.compare_digest(getattr(row, f"check_{year}"), given):
            _note_use(row)
            return row.person
    return None


def _note_use(row: AppPassword) -> None:
    now = timezone.now()
    if row.used_at is None or now - row.used_at > NOTED_EVERY:
        AppPassword.objects.filter(pk=row.pk).update(used_at=now)
