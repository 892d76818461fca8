"""Who of the classic network is there: people who made an app password and reported within five minutes."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from accounts.models import Person
from peers.classic.codes import LoginCode, LoginError
from peers.classic.login import LOCATIONS, Listed, check_address, is_key, plain_address
from peers.models import ClassicReport
from peers.older import blocks

SILENCE = timedelta(minutes=5)


def report(person: Person, source: str, location: str, ip: str, port: str, public_key: str) -> None:
    """Note where a client says that it is. Raises `LoginError`."""
    if location not in LOCATIONS:
        raise LoginError(LoginCode.INVALID_VALUE)
    address, number = check_address(ip, port)
    check_source(source, address, location)
    if public_key and not is_key(public_key):
        raise LoginError(LoginCode.INVALID_KEY)
    ClassicReport.objects.update_or_create(
        person=person,
        defaults={
            "location": location,
            "ip": address,
            "port": number,
            "public_key": public_key.lower(),
            "reported_at": timezone.now(),
        },
    )


def check_source(source: str, reported: str, location: str) -> None:
    """Raise `LoginError` 3 for an address that the client cannot have.

    Nobody may have others dial this computer itself, nor, from the open internet, somebody else's address.
    """
    at = plain_address(source) if source else None
    claimed = plain_address(reported)
    if claimed.is_loopback and not (at and at.is_loopback):
        raise LoginError(LoginCode.FALSE_LOCATION)
    if at and at.is_global and location == "2" and at != claimed:
        raise LoginError(LoginCode.FALSE_LOCATION)


def log_off(person: Person) -> None:
    """Show a person as gone at once."""
    ClassicReport.objects.filter(person=person).delete()


def names() -> list[str]:
    """Return every user name of the classic network, those who are away as well."""
    people = Person.objects.filter(is_active=True, app_passwords__isnull=False).distinct()
    found = people.order_by("name_key").values_list("user_name", flat=True)
    return [name for name in found if not blocks.is_blocked(name)]


def online() -> Iterator[Listed]:
    """Return those who are there."""
    rows = ClassicReport.objects.select_related("person").filter(
        reported_at__gt=timezone.now() - SILENCE, person__is_active=True, person__app_passwords__isnull=False
    )
    for row in rows.distinct().order_by("person__name_key"):
        name, last_login = row.person.user_name, int(row.reported_at.timestamp())
        if blocks.is_blocked(name):
            continue
        yield Listed(name, row.location, row.ip, row.port, last_login, row.public_key)
