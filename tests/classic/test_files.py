"""Files between Bob and an older node, by every encryption with every hashing standard of both years."""

import base64
import io
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from PIL import Image

from messaging import services
from messaging.errors import NotWaiting
from messaging.files import older, sweeping, uploads, vault
from messaging.files.errors import EmptyForClassic, TooLargeForClassic
from messaging.files.models import Attachment, Preview
from messaging.models import Message
from messaging.sending import Composed, send_message
from peers import room
from peers.models import Blob, ClassicLetter
from peers.older import limits, outbox, people
from tests.classic.conftest import fresh
from tests.classic.older_node import Door
from tests.classic.test_talk import EVERY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]
DATA = "Kia ora — ça va? 😀\n".encode() * 11
LIMIT = 5 * 1024 * 1024


def hear(bob, body: dict, path: str = "/receiveFile") -> str:
    return bob.post(path, body)


def tray(person, data: bytes = DATA, name: str = "notes.txt") -> uuid.UUID:
    """What Bob's browser brought to his node."""
    row = uploads.begin(person.person, name, len(data), "text/plain")
    for index in range(row.chunks):
        uploads.put(row, index, data[index << 20 : (index + 1) << 20])
    return uploads.finish(row).pk


def sends(person, text: str = "", *files: uuid.UUID) -> Message:
    return send_message(Composed(person.person_id, text, files=files))


# What Alice sends


@pytest.mark.parametrize(("year", "encryption", "hashing"), [each for each in EVERY if each[1] != 3])
def test_bob_gets_the_file_that_an_older_node_sends(bob, nodes, settings, year, encryption, hashing):
    settings.PEERNET_CLASSIC_YEAR = year
    body = nodes[year].compose_file("bob", DATA, "notes é.txt", encryption, hashing, bob.key())
    assert hear(bob, body) == hear(bob, body) == "0"
    (message,) = bob.messages
    (row,) = message.attachments.all()
    assert (row.name, row.kind, row.state, vault.whole(row)) == ("notes é.txt", "text", "ready", DATA)
    assert (message.text, message.files, message.conversation.unread) == ("", 1, 1)
    assert "Sender not proven." in message.caution


def test_a_short_file_fits_into_standard_3(bob, alice):
    assert hear(bob, alice.compose_file("bob", b"short", encryption=3, hashing=2, key=bob.key())) == "0"
    assert vault.whole(Attachment.objects.get()) == b"short"


@pytest.mark.parametrize("path", ["/receiveFile", "/recieveFile", "/receiveFile?"])
def test_both_spellings_are_served(bob, alice, path):
    assert hear(bob, alice.compose_file("bob", DATA), path) == "0"
    assert Attachment.objects.count() == 1


def test_line_breaks_and_missing_padding_are_forgiven(bob, alice):
    text = base64.encodebytes(DATA).decode().rstrip("=\n")
    assert hear(bob, alice.compose_file("bob", b"", file=text)) == "0"
    assert vault.whole(Attachment.objects.get()) == DATA


def test_a_file_of_5_mib_is_taken_and_one_byte_more_is_not(bob, alice):
    assert hear(bob, alice.compose_file("bob", bytes(LIMIT + 1))) == "6"
    assert not Blob.objects.exists()
    assert hear(bob, alice.compose_file("bob", bytes(LIMIT), encryption=4, hashing=2, key=bob.key())) == "0"
    assert Attachment.objects.get().size == LIMIT


def test_a_picture_is_shown_from_its_pixels_alone(bob, alice, django_capture_on_commit_callbacks):
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "PNG")
    with django_capture_on_commit_callbacks(execute=True):
        hear(bob, alice.compose_file("bob", picture.getvalue(), "teal.html"))
    assert Attachment.objects.get().kind == Attachment.Kind.IMAGE
    assert (Preview.objects.get().width, Preview.objects.get().height) == (40, 30)


def test_the_type_and_the_path_that_a_sender_names_are_not_believed(bob, alice):
    body = alice.compose_file("bob", b"<script>alert(1)</script>", "../../x/evil.html", content_type="text/html")
    assert hear(bob, body) == "0"
    row = Attachment.objects.get()
    assert (row.name, row.kind) == ("evil.html", Attachment.Kind.TEXT)


@pytest.mark.parametrize("year", [2017, 2018])
@pytest.mark.parametrize("hashing", [1, 2])
def test_bob_acknowledges_a_file_that_was_hashed(bob, nodes, settings, year, hashing):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        body = alice.compose_file("bob", DATA, hashing=hashing, stamp="1700000000.5")
        hear(bob, body)
        assert bob.carries(person) is None
    (told,) = alice.acknowledgements
    names = ("sender", "stamp", "hashing", "hash")
    if year == 2017:
        assert [told[name] for name in names] == ["alic001", "1700000000.5", hashing, body["hash"]]
    else:
        mine = alice.acknowledgement({**body, "sender": "x"})
        salted = mine["hash"] if hashing == 1 else told["hash"]
        assert [told[name] for name in names] == ["bob", "1700000000.5", hashing, salted]
        assert (told["hash"] == body["hash"]) == (hashing == 1)


def test_alice_deletes_the_file_that_she_sent(bob, alice):
    hear(bob, alice.compose_file("bob", DATA, stamp="1700000000.5"))
    text = base64.b64encode(DATA).decode()
    assert bob.post("/acknowledgeDelete", alice.deletion("bob", "1700000000.5", text, 5, bob.key())) == "0"
    assert not bob.messages.exists()
    assert not Blob.objects.exists()
    assert hear(bob, alice.compose_file("bob", DATA, stamp="1700000000.5")) == "0"
    assert not bob.messages.exists()


# What gets a code, and leaves nothing


@pytest.fixture
def nothing_stored(bob):
    yield
    assert not Message.objects.exists()
    assert not ClassicLetter.objects.exists()
    assert not Attachment.objects.exists()
    assert not Blob.objects.exists()


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("name", ["sender", "destination", "file", "filename", "content_type", "stamp"])
@pytest.mark.parametrize("value", [None, "", [], True])
def test_a_field_of_a_file_that_is_missing_or_of_another_type_gets_1(bob, alice, name, value):
    assert hear(bob, alice.compose_file("bob", DATA) | {name: value}) == "1"


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"file": "no base64!"}, "1"),
        ({"file": "===="}, "1"),
        ({"filename": "a/"}, "1"),
        ({"filename": "a\0b"}, "1"),
        ({"encryption": 2}, "9"),
        ({"encryption": 7}, "9"),
        ({"encryption": 4}, "1"),
        ({"hashing": 2, "hash": "00"}, "7"),
        ({"hashing": 9, "hash": "00"}, "10"),
        ({"encoding": 9}, "8"),
        ({"destination": "nobody"}, "3"),
        ({"stamp": "today"}, "1"),
    ],
)
def test_a_bad_file_gets_its_code(bob, alice, changes, code):
    assert hear(bob, alice.compose_file("bob", DATA) | changes) == code


def test_a_blocked_sender_gets_11_and_no_byte_is_kept(bob, alice):
    people.block(bob.meets(alice), True)
    assert hear(bob, alice.compose_file("bob", DATA)) == "11"
    assert not Blob.objects.exists()


def test_files_without_end_get_11(bob, alice, monkeypatch):
    monkeypatch.setattr(limits, "FILES", limits.RateLimitItemPerMinute(1))
    assert [hear(bob, alice.compose_file("bob", DATA, f"{n}.txt")) for n in range(2)] == ["0", "11"]


def test_past_the_quota_of_the_classic_network_files_get_11(bob, alice, settings):
    settings.PEERNET_PEER_QUOTA = len(DATA) + 1
    bodies = [alice.compose_file("bob", DATA, stamp=f"170000000{n}.5") | {"sender": f"name{n}"} for n in range(2)]
    assert [hear(bob, body) for body in bodies] == ["0", "11"]


def test_a_full_disk_gets_4(bob, alice, monkeypatch):
    monkeypatch.setattr(room, "room", lambda: 10)
    assert hear(bob, alice.compose_file("bob", DATA)) == "4"
    assert not Message.objects.exists()


def test_what_breaks_behind_the_bytes_leaves_none_of_them(bob, alice, monkeypatch):
    def full(*_):
        raise DatabaseError

    monkeypatch.setattr(older, "attach", full)
    assert hear(bob, alice.compose_file("bob", DATA)) == "4"
    assert not Blob.objects.exists()
    assert not Message.objects.exists()


def test_bytes_whose_message_never_came_are_swept_away(bob, alice):
    hear(bob, alice.compose_file("bob", DATA))
    lost, fresh = Blob.objects.create(size=3), Blob.objects.create(size=3)
    Blob.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert sweeping.orphans() == 1
    assert set(Blob.objects.values_list("pk", flat=True)) == {fresh.pk, Attachment.objects.get().blob_id}
    assert lost.pk


# What Bob sends


@pytest.mark.parametrize(("year", "encryption", "hashing"), EVERY)
def test_an_older_node_gets_the_file_that_bob_sends(bob, nodes, settings, year, encryption, hashing):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    alice.encryption, alice.hashing = [0, encryption], [0, hashing]
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        sends(person, "", tray(person))
        assert bob.carries(person) is None
    assert alice.files == [("notes.txt", "text/plain", DATA)]
    # What is too long for standard 3 goes by the next that both may use.
    assert int(alice.heard[0]["encryption"]) == (encryption if encryption != 3 else 0)
    assert bob.messages.get().state == Message.State.HANDED


@pytest.mark.parametrize("year", [2017, 2018])
def test_a_message_with_files_is_delivered_when_each_part_is_acknowledged(bob, nodes, settings, year):
    settings.PEERNET_CLASSIC_YEAR = year
    alice = fresh(nodes[year])
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        sends(person, "see these", tray(person), tray(person, b"another", "b.txt"))
        assert bob.carries(person) is None
    assert [heard.get("message") or heard["filename"] for heard in alice.heard] == ["see these", "notes.txt", "b.txt"]
    seen = []
    for heard in alice.heard:
        assert bob.post("/acknowledge", alice.acknowledgement(heard)) == "0"
        seen.append(bob.messages.get().state)
    assert seen == ["handed", "handed", "delivered"]


def test_a_file_of_5_mib_goes_and_one_byte_more_is_refused_before_its_upload(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        with pytest.raises(TooLargeForClassic, match="5,242,881 bytes, and the classic network, .* 5,242,880"):
            uploads.begin(person.person, "film.bin", LIMIT + 1)
        with pytest.raises(EmptyForClassic):
            uploads.begin(person.person, "nothing.txt", 0)
        assert not Attachment.objects.exists()
        sends(person, "", tray(person, bytes(LIMIT), "film.bin"))
        assert bob.carries(person) is None
    assert [len(data) for _, _, data in alice.files] == [LIMIT]


def test_a_file_that_is_refused_fails_its_message_and_retry_sends_only_what_is_missing(bob, alice):
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        message = sends(person, "see this", tray(person))
        alice.answers = ["0", "2"]
        bob.carries(person)
        message.refresh_from_db()
        assert (message.state, message.reason) == ("failed", "Their program does not know you.")
        services.retry(message)
        assert bob.carries(person) is None
    assert [heard.get("filename") for heard in alice.heard] == ["notes.txt"]
    message.refresh_from_db()
    assert message.state == Message.State.HANDED


def test_a_message_with_files_that_waits_can_be_taken_back_whole(bob, alice):
    person = bob.meets(alice, 9)
    message = sends(person, "see this", tray(person))
    services.cancel(message)
    message.refresh_from_db()
    assert message.state == Message.State.FAILED
    assert not ClassicLetter.objects.filter(state=outbox.WAITING).exists()
    with pytest.raises(NotWaiting):
        services.cancel(message)


def test_a_node_that_takes_no_files_is_sent_none(bob, alice):
    alice.listed = []
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        sends(person, "", tray(person))
        bob.carries(person)
    assert bob.messages.get().reason == "Their program takes no files. Send it by another way."
    assert not alice.files


def test_a_node_that_spells_the_call_otherwise_gets_it_so(bob, alice):
    alice.listed = ["recieveFile"]
    with Door(alice) as door:
        person = bob.meets(alice, door.port)
        sends(person, "", tray(person))
        bob.carries(person)
    assert alice.asked[-1] == "/recieveFile"
    assert alice.files
