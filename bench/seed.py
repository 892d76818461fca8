"""What is put straight into a home's database, through the product's own models and its own sealing.

Run inside a home by `seeded`: what would take hours to write by hand is there in seconds.
"""

import json
import os
import secrets
import subprocess
import sys
import uuid
from datetime import timedelta
from typing import Any

from tests.journeys.processes import ROOT, Process

BATCH = 5000
PATIENCE = 900
WORDS = "The board met, and what it found fits in two lines of words that somebody really wrote. "


def seeded(process: Process, call: str) -> Any:
    """Call a function of this module in the home of a process that is not running, and return what it returned."""
    script = f"import json; from bench import seed; print(json.dumps(seed.{call}))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", script],
        cwd=ROOT,
        env=process.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


class Forgetting:
    """A process that forgets profiles in one home, beside the running node."""

    def __init__(self, node: Process) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", "from bench import seed; seed.forget_profiles()"],
            cwd=ROOT,
            env=node.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Forgetting":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=PATIENCE)

    def forget(self) -> None:
        """Let the node know nobody's profile."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._process.stdout.readline()


def forget_profiles() -> None:
    """Forget all profiles whenever a line comes in."""
    from peers.models import KnownPerson
    from profiles.models import Profile

    for _ in sys.stdin:
        Profile.objects.all().delete()
        KnownPerson.objects.update(full_name="")
        print("done", flush=True)


def conversation(name: str, messages: int) -> str:
    """Make somebody with a conversation of so many messages; return their id."""
    from django.db import transaction

    from messaging.conversations import conversation_with
    from peers.models import KnownPerson

    person = KnownPerson.objects.create(user_name=name, display_name=name.title())
    with transaction.atomic():
        fill(conversation_with(person.pk), messages)
    return str(person.pk)


def talks(person: str, conversations: int, messages: int) -> int:
    """Fill the conversation with somebody known, and others with people made up, with so many messages in all."""
    from django.db import transaction

    from messaging.conversations import conversation_with

    each = messages // conversations
    with transaction.atomic():
        fill(conversation_with(uuid.UUID(person)), each)
    for number in range(1, conversations):
        conversation(f"somebody {number}", each)
    return each * conversations


def fill(conversation: Any, count: int) -> None:
    """Put messages of the last days at the beginning of a conversation, half of them ours."""
    from django.utils import timezone

    from messaging.models import Message
    from peers.outbox import new_id
    from peers.protocol.clock import tick

    now, clock = timezone.now(), 0
    for start in range(0, count, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, count)):
            at = now - timedelta(seconds=30 * (count - number))
            clock = tick(clock, int(at.timestamp() * 1000))
            mine = number % 2 == 0
            state = Message.State.READ if mine else Message.State.DELIVERED
            rows.append(
                Message(
                    payload_id=new_id(), conversation=conversation, mine=mine, text=f"{WORDS * 2}{number}",
                    clock=clock, sent_at=at, created_at=at, state=state, delivered_at=at,
                )
            )  # fmt: skip
        Message.objects.bulk_create(rows)
    last = Message.objects.filter(conversation=conversation).order_by("-pk").first()
    conversation.last_message, conversation.last_at, conversation.read_to = last, last.created_at, last.pk
    conversation.save()


def dead_peer(address: str, messages: int) -> str:
    """Make somebody whose only device is at an address where nothing answers, with so many messages waiting."""
    from django.utils import timezone

    from messaging.sending import Composed, send_messages
    from peers.models import KnownPerson, PeerDevice
    from peers.people import StatementList, evaluate
    from peers.protocol.card import sign_card
    from peers.protocol.codec import encode
    from peers.protocol.statements import begin
    from tests.protocol.cast import Device

    device = Device.new()
    card = sign_card(device.key, device.card(addresses=(address,)))
    person = KnownPerson.objects.create(
        pk=uuid.UUID(device.person.hex()),
        user_name="gone",
        statements=encode(StatementList([begin(device.key, device.person)])),
    )
    PeerDevice.objects.create(
        device=device.id, person=person, card=encode(card), card_version=1,
        certified_until=timezone.now() + timedelta(days=20),
    )  # fmt: skip
    evaluate(person)
    for start in range(0, messages, 64):
        send_messages([Composed(person.pk, WORDS * 2) for _ in range(min(64, messages - start))])
    return str(person.pk)


def forget_whom_to_knock() -> int:
    """Let the node know no device that it talked with, so that it knocks nowhere when it starts."""
    from peers.models import Lane

    return Lane.objects.update(last_success_at=None)


def people(count: int, tokens: int) -> list[tuple[str, str]]:
    """Put people online at a login server, and return the tokens and devices of some."""
    from django.utils import timezone

    from accounts.models import ApiToken, Person, PersonDevice
    from accounts.tokens import TOKEN_LIFE, fingerprint
    from peers.models import ChangeCounter, DirectoryEntry

    later = timezone.now() + timedelta(days=30)
    names = [f"person{number}" for number in range(count)]
    persons = Person.objects.bulk_create(Person(user_name=name, name_key=name, is_active=True) for name in names)
    devices = PersonDevice.objects.bulk_create(
        PersonDevice(key=os.urandom(32), person=person, certificate=os.urandom(300), expires_at=later)
        for person in persons
    )
    DirectoryEntry.objects.bulk_create(
        DirectoryEntry(device=device, card=os.urandom(1500), card_version=1, online=True, change=number)
        for number, device in enumerate(devices, 1)
    )
    ChangeCounter.objects.create(pk=1, last=count)
    senders = [(secrets.token_urlsafe(32), device) for device in devices[:tokens]]
    ApiToken.objects.bulk_create(
        ApiToken(
            person=device.person,
            token_hash=fingerprint(raw),
            device_key=device.key.hex(),
            expires_at=timezone.now() + TOKEN_LIFE,
        )
        for raw, device in senders
    )
    return [(raw, device.key.hex()) for raw, device in senders]


def changer(versions: int) -> tuple[str, list[str]]:
    """Make one more member of a login server, with real keys; return their token and so many cards, ever newer."""
    from django.utils import timezone

    from accounts.models import ApiToken, Person, PersonDevice
    from accounts.tokens import TOKEN_LIFE, fingerprint
    from peers.protocol.card import sign_card
    from peers.protocol.codec import encode
    from tests.protocol.cast import Device

    device, raw, now = Device.new(), secrets.token_urlsafe(32), timezone.now()
    person = Person.objects.create(user_name="changer", name_key="changer", is_active=True)
    device.person = person.pk.bytes
    PersonDevice.objects.create(
        key=device.id, person=person, certificate=os.urandom(300), expires_at=now + timedelta(days=30)
    )
    ApiToken.objects.create(
        person=person, token_hash=fingerprint(raw), device_key=device.id.hex(), expires_at=now + TOKEN_LIFE
    )
    cards = [sign_card(device.key, device.card(version=number)) for number in range(1, versions + 1)]
    return raw, [encode(card).hex() for card in cards]


def colleagues(count: int) -> int:
    """Fill a node's directory with people who have profiles, half of them online, some with a few words."""
    from django.utils import timezone

    from peers.models import KnownPerson, PeerDevice
    from profiles.models import Profile, Status

    now = timezone.now()
    names = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES][:count]
    persons = KnownPerson.objects.bulk_create(
        KnownPerson(user_name=f"person{number}", full_name=name, online=number % 2 == 0, last_seen=now)
        for number, name in enumerate(names)
    )
    PeerDevice.objects.bulk_create(
        PeerDevice(device=os.urandom(32), person=person, card=b"", card_version=1, pinned=True) for person in persons
    )
    Profile.objects.bulk_create(
        Profile(
            person=person, version=1, full_name=person.full_name, position="Head of Sales", location="Zürich, 4th floor"
        )
        for person in persons
    )
    Status.objects.bulk_create(
        Status(person=person, state="away", text="in a meeting", clock=1) for person in persons[::10]
    )
    return len(persons)


# fmt: off
FIRST_NAMES = (
    "Ana", "Ben", "Chloé", "Dora", "Emeka", "Farah", "Gábor", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Mei", "Noor",
    "Olu", "Pia", "Quinn", "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wole", "Xenia", "Yuki", "Zora", "Aïda", "Bo",
    "Cem", "Din", "Eva", "Finn", "Gus", "Ida", "Jon", "Kai", "Leo", "Mia", "Nia", "Oto",
)
LAST_NAMES = (
    "Adeyemi", "Bauer", "Căldare", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jansen", "Kovács",
    "Lindt", "Marić", "Nguyen", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka", "Ueda", "Vogel", "Weiss",
    "Xu", "Young",
)
# fmt: on
