"""Who is called where: the node of a person, by the literal address that a list names."""

from peers.models import ClassicPerson
from peers.older import server, settings
from peers.older.client import Client


def client_of(person: ClassicPerson) -> Client:
    """Return what calls a person's node. Raises `TransportError` for an address that is not dialled."""
    local = server.is_local()
    return Client(person.ip, person.port, settings.year(), settings.own_name(), allow_loopback=local)
