"""Finding a person by what somebody types in a terminal."""

from accounts.names import name_key
from peers.models import KnownPerson


class NoSuchPerson(Exception):
    """This node knows nobody of that user name."""


def person_named(name: str) -> KnownPerson:
    """Return the person with a user name, in any case and spelling. Raises `NoSuchPerson`."""
    wanted = name_key(name)
    for person in KnownPerson.objects.order_by("known_since"):
        if name_key(person.user_name) == wanted:
            return person
    raise NoSuchPerson(f"Nobody here has the user name {name!r}. `manage.py devices` lists all whom this node knows.")
