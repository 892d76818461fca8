"""The classic login server that this node signs in to: report, list and log off, on a clock."""

import ipaddress
import logging
from urllib.parse import urlencode, urlsplit

from django.conf import settings as project
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from peers import events
from peers.addresses import own_addresses
from peers.classic import login
from peers.classic.codes import LoginError
from peers.classic.login import Listed
from peers.classic.year import Year
from peers.models import ClassicPerson, KnownPerson
from peers.older import people, relay, settings, standing
from peers.transport.errors import BadAnswer, TransportError
from peers.transport.plain import PlainSession

log = logging.getLogger(__name__)

EVERY = 45.0
MAX_LIST = 2 * 1024 * 1024
# Sent after the commit of a list in which somebody came or moved, with `person`.
person_came = Signal()


def place() -> tuple[str, int] | None:
    """Return the literal address and the port of the classic login server, or None when there is none."""
    given = project.PEERNET_CLASSIC_SERVER
    if not given:
        return None
    found = urlsplit(given if "//" in given else f"http://{given}")
    return found.hostname or "", found.port or 80


def is_local() -> bool:
    """Whether the classic network is on this very computer: only then are loopback addresses of a list dialled."""
    found = place()
    try:
        return found is not None and ipaddress.ip_address(found[0]).is_loopback
    except ValueError:
        return False


class LoginServer:
    """The calls to the classic login server."""

    def __init__(self) -> None:
        """Raises `TransportError` when the settings name no literal address."""
        found = place()
        if found is None:
            raise BadAnswer("no classic login server is set")
        # The settings of the node's owner are trusted to name this computer.
        self._session = PlainSession(*found, allow_loopback=True)
        year = Year(project.PEERNET_CLASSIC_SERVER_YEAR)
        name = project.PEERNET_CLASSIC_USER
        sent = login.password_hash(year, project.PEERNET_CLASSIC_PASSWORD, name)
        self._credentials = {"username": name, "password": sent}

    def report(self) -> str:
        """Say where we are. Raises `TransportError`."""
        ip, port = own_place()
        return self._call(
            "/report",
            location=project.PEERNET_CLASSIC_LOCATION,
            ip=ip,
            port=str(port),
            pubkey=settings.own_key().public_hex,
        )

    def people(self) -> list[Listed]:
        """Return who is there. Raises `TransportError`, and `LoginError` for an answer that is no list."""
        return login.read_list(self._call("/getList", json="1", limit=MAX_LIST))

    def names(self) -> list[str]:
        """Return everybody who has an account, those who are away as well. Raises `TransportError`."""
        found = self._session.get("/listUsers", limit=MAX_LIST).decode(errors="replace").split(",")
        return [name.strip() for name in found[: login.MAX_USERS] if login.is_name(name.strip())]

    def log_off(self) -> str:
        """Say that we are gone. Raises `TransportError`."""
        return self._call("/logoff")

    def close(self) -> None:
        """Drop the connection."""
        self._session.close()

    def _call(self, path: str, limit: int = 64 * 1024, **arguments: str) -> str:
        said = self._credentials | arguments
        if project.PEERNET_CLASSIC_SERVER_ENC:
            said = {name: login.encrypt_argument(value) for name, value in said.items()} | {"enc": "1"}
        query = urlencode(said)
        return self._session.get(f"{path}?{query}", limit=limit).decode(errors="replace")


def own_place() -> tuple[str, int]:
    """Return where other classic nodes dial this one."""
    given = project.PEERNET_CLASSIC_ADDRESS
    if not given and is_local():
        return "127.0.0.1", project.PEERNET_CLASSIC_PORT
    host = given or own_addresses()[0].rpartition(":")[0].strip("[]")
    return host, project.PEERNET_CLASSIC_PORT


def follow() -> float:
    """Report, take in the list, and return the seconds until the next time. While it is away, the last list counts."""
    answer = standing.AWAY
    try:
        server = LoginServer()
        try:
            answer = server.report()
            if not answer.startswith(login.LOGGED):
                log.warning("the classic login server refuses our report: %r", answer[:80])
            take_list(server.people())
            _note_names(server)
        finally:
            server.close()
        relay.asker.ask(is_local())
    except (TransportError, LoginError) as err:
        log.warning("the classic login server does not answer as one: %s", type(err).__name__)
        if answer.startswith(login.LOGGED):
            answer = standing.AWAY
    standing.note(answer)
    return EVERY


def _note_names(server: LoginServer) -> None:
    """Note for whom letters may be held; without the call, which some servers lack, for nobody."""
    try:
        relay.note_names(server.names())
    except TransportError as err:
        log.info("the classic login server does not say who has an account: %s", err)


@transaction.atomic
def take_list(listed: list[Listed]) -> None:
    """Note who is there and where. Our own name, and those of PeerNet people, are left out."""
    known = {person.user_name: person for person in ClassicPerson.objects.select_related("person")}
    there = {entry.user_name: entry for entry in listed if is_met(entry)}
    changed = False
    for name, entry in there.items():
        person = known.get(name) or people.add(name)
        changed |= _place(person, entry)
    for name, person in known.items():
        if name not in there and person.person.online:
            KnownPerson.objects.filter(pk=person.person_id).update(online=False)
            changed = True
    if changed:
        events.publish("people")


def is_met(entry: Listed) -> bool:
    """Whether an entry is somebody whom we would reach by the classic way."""
    if settings.is_own_name(entry.user_name) or people.is_native(entry.user_name):
        return False
    return login.can_reach(project.PEERNET_CLASSIC_LOCATION, entry.location)


def _place(person: ClassicPerson, entry: Listed) -> bool:
    """Note where a person is, and tell whether that is news."""
    moved = (person.ip, person.port, person.public_key) != (entry.ip, entry.port, entry.public_key or person.public_key)
    came = not person.person.online
    fields: dict[str, object] = {"ip": entry.ip, "port": entry.port, "location": entry.location}
    if moved:
        # Another node: what it can do and tells is asked anew.
        fields |= {"public_key": entry.public_key, "encryption": None, "agreed_at": None, "calls": "", "asked_at": None}
    ClassicPerson.objects.filter(pk=person.pk).update(listed_at=timezone.now(), **fields)
    KnownPerson.objects.filter(pk=person.person_id).update(online=True, last_seen=timezone.now())
    if moved or came:
        transaction.on_commit(lambda: person_came.send(sender=None, person=person.pk))
    return moved or came
