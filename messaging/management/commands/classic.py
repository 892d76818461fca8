"""manage.py classic: the classic network from the shell, for testing."""

import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings as project
from django.core.management.base import CommandError, CommandParser

from accounts.roles import RoleCommand
from messaging import inviting
from messaging.errors import MessagingError
from messaging.files import hand
from messaging.forms import EventForm
from messaging.models import Message
from messaging.sending import Composed, send_message
from peers import bell
from peers.classic.codes import ClassicError, LoginError
from peers.classic.encryption import STANDARDS, WITH_KEY
from peers.models import ClassicPerson
from peers.older import agreement, server, settings
from peers.older.client import Client
from peers.older.courier import ASK_AGAIN, Carrier
from peers.transport.errors import TransportError

TRIES = 30
ARGUMENTS = ("name", "text", "file", "what", "starts_at", "ends_at", "location", "description")
UNKNOWN = "Nobody of this name is in the classic list here. See: manage.py classic list"


class Command(RoleCommand):
    help = (
        "Speak with the classic network from the shell. It needs PEERNET_CLASSIC=on, and works beside a running node."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="ask the classic login server who is there")
        for name, words in (
            ("ping", "ask a person's node whether it is there"),
            ("profile", "show what a person's node tells about them"),
            ("handshake", "prove each encryption with a person's node"),
        ):
            actions.add_parser(name, help=words).add_argument("name")
        send = actions.add_parser("send", help="send a message, and tell how it fared")
        send.add_argument("name")
        send.add_argument("text")
        send.add_argument(
            "--file", action="append", default=[], type=Path, help="a file of at most 5 MiB to send along"
        )
        event = actions.add_parser("event", help="invite a person to an event, and tell how that fared")
        event.add_argument("name")
        event.add_argument("what")
        event.add_argument("starts_at", metavar="start", help="such as 2030-12-24T18:30, by this computer's clock")
        event.add_argument("ends_at", metavar="end")
        event.add_argument("--location", default="")
        event.add_argument("--description", default="")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if not project.PEERNET_CLASSIC:
            raise CommandError("The classic network is off. Set PEERNET_CLASSIC=on and run it again.")
        try:
            given = {name: options[name] for name in ARGUMENTS if name in options}
            getattr(self, f"_{action}")(**given)
        except TransportError as err:
            raise CommandError(f"It cannot be reached, or does not answer as a classic node ({err}).") from err
        except LoginError as err:
            raise CommandError(f"The classic login server refuses: {err.reply}") from err
        except (ClassicError, MessagingError) as err:
            raise CommandError(str(err) or type(err).__doc__ or "It did not work.") from err

    def _list(self) -> None:
        session = server.LoginServer()
        try:
            session.report()
            listed = session.people()
        finally:
            session.close()
        server.take_list(listed)
        for each in listed:
            key = "with a key" if each.public_key else "no key"
            self.stdout.write(f"{each.user_name}  {each.ip}:{each.port}  location {each.location}, {key}")
        self.stdout.write(f"{len(listed)} in the list.")

    def _ping(self, name: str) -> None:
        answer = self._client(self._person(name)).ping()
        self.stdout.write(f"{name} answers: {answer[:200]!r}")

    def _profile(self, name: str) -> None:
        found = self._client(self._person(name)).profile(name)
        for field, value in found.items():
            self.stdout.write(f"{field}: {value}")
        if not found:
            raise CommandError("Their node tells nothing about them.")

    def _handshake(self, name: str) -> None:
        person = self._person(name)
        client = self._client(person)
        listed = client.abilities()
        self.stdout.write(f"They say: encryption {listed.encryption}, hashing {listed.hashing}")
        if not person.public_key and set(listed.encryption) & set(WITH_KEY):
            person.public_key = client.public_key(name)
        key = agreement.key_of(person)
        for number in STANDARDS[settings.year()][1:]:
            proven = (key or number not in WITH_KEY) and client.proves(number, key, name)
            self.stdout.write(f"Encryption {number}: {'proven' if proven else 'not proven'}")

    def _send(self, name: str, text: str, file: list[Path]) -> None:
        person = self._person(name)
        files = tuple(hand.take(person.person, path, False, lambda _: None).pk for path in file)
        self._carry(person, send_message(Composed(person.person_id, text, uuid.uuid4(), files)))

    def _event(self, name: str, what: str, **fields: str) -> None:
        person = self._person(name)
        agreement.note_calls(person, self._client(person))
        form = EventForm({"name": what, **fields})
        if not form.is_valid():
            raise CommandError(" ".join(sentence for each in form.errors.values() for sentence in each))
        self._carry(person, inviting.invite(person.person_id, form.event))

    def _carry(self, person: ClassicPerson, message: Message) -> None:
        """Hand a message over, and tell how it fared."""
        carrier = Carrier()
        for _ in range(TRIES):
            # A running node may be serving this person, and then sends it along.
            if carrier.serve(person.pk, knock=False, ending=lambda: False) != ASK_AGAIN:
                break
            time.sleep(1)
        bell.ring()
        message = Message.objects.get(pk=message.pk)
        self.stdout.write(f"{message.get_state_display()}. {message.reason or message.caution}".strip())
        if message.state == Message.State.FAILED:
            raise CommandError("It was not sent.")

    @staticmethod
    def _person(name: str) -> ClassicPerson:
        person = ClassicPerson.objects.select_related("person").filter(user_name=name).first()
        if person is None or not person.ip:
            raise CommandError(UNKNOWN)
        return person

    @staticmethod
    def _client(person: ClassicPerson) -> Client:
        local = server.is_local()
        return Client(person.ip, person.port, settings.year(), settings.own_name(), allow_loopback=local)
