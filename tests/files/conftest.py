"""Bob's node with files: a home of its own, and Alice's files as her node would send them."""

import dataclasses
import hashlib
import io
import os

import pytest
from django.db import transaction
from PIL import Image

from messaging.files import arrivals, limits, uploads
from messaging.files.models import Attachment
from messaging.payloads import MESSAGE, ChatMessage, FileOffer
from messaging.sending import Composed, send_message
from peers import hooks
from peers.blobs import finishing, store
from peers.blobs import hooks as blob_hooks
from peers.models import Transfer
from peers.protocol import chunk
from peers.protocol.codec import encode
from tests.home import move
from tests.messaging.conftest import (
    alice,
    alices,
    bob,
    bobs_account,
    bobs_card,
    browser,
    carol,
    known_alice,
    known_mallory,
    mallory,
    pages,
    published,
    sign_in,
    story,
)

__all__ = ["alice", "alices", "bob", "bobs_account", "bobs_card", "browser", "carol", "known_alice", "known_mallory"]
__all__ += ["mallory", "pages", "published", "sign_in", "story"]
BIG = os.urandom(chunk.CHUNK + 5)


@pytest.fixture(autouse=True)
def home(settings, tmp_path, monkeypatch):
    move(settings, tmp_path)
    settings.PEERNET_DISK_FLOOR = 0
    # Alice's node does not answer here, unless a test lets it.
    monkeypatch.setattr(limits, "PATIENCE", 0.0)
    return tmp_path


def photo(width=64, height=48, form="JPEG", gps=True, **how) -> bytes:
    """A picture with what a camera writes into it."""
    image = Image.effect_noise((width, height), 60).convert("RGB")
    exif = Image.Exif()
    if gps:
        exif[0x010F] = "CANARY-CAMERA"
        exif.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    image.save(made, form, **({"exif": exif} if form in ("JPEG", "PNG", "WEBP", "AVIF") else {}), **how)
    return made.getvalue()


@pytest.fixture
def upload(story):
    """Bring a file into the tray of the conversation with Alice."""

    def bring(data: bytes, name="plan.bin", **fields) -> Attachment:
        row = uploads.begin(story.person, name, len(data), **fields)
        for index in range(row.chunks):
            uploads.put(row, index, data[index * chunk.CHUNK :][: chunk.CHUNK])
            row.blob.refresh_from_db()
        return uploads.finish(row)

    return bring


@pytest.fixture
def send(story):
    return lambda text, *files: send_message(Composed(story.id, text, files=tuple(row.pk for row in files)))


@dataclasses.dataclass
class Incoming:
    """A file of Alice's, as her node offers and sends it."""

    data: bytes
    name: str = "plan.bin"
    media_type: str = ""
    sha256: bytes = b""
    key: bytes = dataclasses.field(default_factory=chunk.new_key)
    transfer_id: bytes = dataclasses.field(default_factory=lambda: os.urandom(32))

    @property
    def offer(self) -> FileOffer:
        sha256 = self.sha256 or hashlib.sha256(self.data).digest()
        return FileOffer(self.transfer_id, self.name, self.media_type, len(self.data), sha256, self.key)

    def chunks(self) -> list[bytes]:
        count = chunk.count(len(self.data))
        parts = [self.data[index * chunk.CHUNK :][: chunk.CHUNK] for index in range(count)]
        return [chunk.seal_chunk(self.key, index, index + 1 == count, part) for index, part in enumerate(parts)]

    def arrive(self) -> None:
        """Every chunk comes, and the file is verified."""
        row = Transfer.objects.select_related("blob").get(transfer_id=self.transfer_id, incoming=True)
        for index, sealed in enumerate(self.chunks()):
            stored = blob_hooks.check_chunks(row.blob, {index: sealed})
            row.blob, new = store.write(row.blob, {index: sealed})
            stored(new)
        finishing.finish(row.pk)


@pytest.fixture
def hear(story):
    """Alice's message with files reaches Bob."""

    def heard(text: str, *files: Incoming, **changes):
        payload = story.payload(MESSAGE, encode(ChatMessage(text, tuple(file.offer for file in files))), **changes)
        with transaction.atomic():
            hooks.handler_for(MESSAGE)(story.device, payload)
        return payload

    return heard


@pytest.fixture(autouse=True)
def forget_what_was_told():
    arrivals._told.clear()
