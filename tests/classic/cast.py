"""Bob's PeerNet node, and people of the classic network whose nodes are `OlderNode`s."""

import json
import uuid

from django.test import Client

from accounts.models import Person
from messaging.models import Message
from messaging.sending import Composed, send_message
from peers import own as own_device
from peers.models import ClassicPerson, KnownPerson
from peers.older import courier
from tests.classic.older_node import OlderNode

ADDRESS = "127.0.0.1"


class Bob:
    """Bob's node with its classic door, and what he sees on his page."""

    def __init__(self) -> None:
        own_device.create_device(b"b" * 16)
        Person.objects.create(id=uuid.UUID(bytes=b"b" * 16), user_name="bob", is_active=True)
        self.client = Client(REMOTE_ADDR=ADDRESS)

    def post(self, path: str, body: dict | bytes, **kwargs) -> str:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.client.post(path, data, **({"content_type": "application/json"} | kwargs))
        assert answer.status_code == 200
        return answer.content.decode()

    def hear(self, body: dict | bytes) -> str:
        return self.post("/receiveMessage", body)

    def key(self) -> str:
        return json.loads(self.post("/getPublicKey", {"sender": "x", "username": "bob"}))["pubkey"]

    def meets(self, node: OlderNode, port: int = 10001, **changes) -> ClassicPerson:
        """A list names this person."""
        person = KnownPerson.objects.create(user_name=node.name, online=True)
        fields = {"ip": ADDRESS, "port": port, "public_key": node.public_hex, "location": "2"} | changes
        return ClassicPerson.objects.create(person=person, user_name=node.name, **fields)

    def writes(self, person: ClassicPerson, text: str) -> Message:
        return send_message(Composed(person.person_id, text))

    def carries(self, person: ClassicPerson) -> float | None:
        """A courier's turn."""
        return courier.Carrier().serve(person.pk, knock=False, ending=lambda: False)

    @property
    def messages(self):
        return Message.objects.order_by("pk")
