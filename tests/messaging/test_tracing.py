"""`manage.py trace_message`: Bob looks up how one message fared."""

import io
import uuid

import pytest
from django.core.management import CommandError, call_command

from messaging.tracing import Untraceable, trace
from peers import attempts, outbox
from peers.models import Delivery
from peers.transport.errors import Unreachable
from tests.peers.test_attempts import AlicesNode

WORDS = "the merger is on Friday"


@pytest.fixture
def serve(alice, bobs_card, known_alice):
    """One turn of Bob's courier at Alice's node, which may be silent."""
    network = AlicesNode(alice, bobs_card)
    carrier = attempts.Carrier()
    carrier.routes = network

    def turn(silent=False):
        network.failures = [Unreachable("nobody")] if silent else []
        carrier.serve(known_alice.pk, knock=False, ending=lambda: False)

    return turn


def told(message):
    found = trace(message.hex)
    return [step.what for step in found.past], found.present


def test_every_step_of_a_delivered_and_read_message_is_told_in_order(story, serve):
    message = story.say(WORDS)
    serve(silent=True)
    serve()
    story.hear_read(message.payload_id)
    past, present = told(message)
    kinds = [what.partition(":")[0].partition(",")[0] for what in past]
    assert kinds[:2] == [
        "composed and stored",
        f"sealed for device {bytes(story.device.device).hex()[:8]} of Alice Ärztin",
    ]
    assert kinds[2:4] == ["attempt", "attempt"]
    assert past[2].endswith("Unreachable")
    assert past[3].endswith("1 stored")
    assert "receipted: their node has stored it" in past
    assert past[-1] == "read by them"
    assert present == ["shown as read"]


def test_a_waiting_message_tells_why_and_until_when(story, serve):
    message = story.say(WORDS)
    serve(silent=True)
    past, present = told(message)
    assert any("has not been reached since then, 1 times" in what for what in past)
    assert any(what.endswith("the last ended with: Unreachable") for what in past)
    assert present[0].startswith("waiting, until ")
    assert present[-1] == "shown as waiting"


def test_a_message_that_was_given_up_tells_the_reason(story):
    message = story.say(WORDS)
    outbox.give_up(Delivery.objects.get(), "You cancelled this message before it was delivered.")
    assert told(message)[1][-1] == "shown as failed: You cancelled this message before it was delivered."


def test_a_received_message_tells_when_it_came_and_whether_it_was_read(story):
    payload = story.hear(WORDS)
    found = trace(payload.id.hex())
    assert found.what == "a message from Alice Ärztin"
    assert [step.what for step in found.past] == ["sent, by their clock", "received, stored and receipted"]
    assert found.present == ["not read yet"]


def test_other_payloads_are_traced_too(story, bob, known_alice):
    row = outbox.enqueue(bob, known_alice, "chat.receipt", story.wire_id, b"body")
    assert trace(bytes(row.payload_id).hex()).what == "a payload of the kind chat.receipt"


def test_an_id_with_dashes_and_capitals_is_the_same_id(story):
    message = story.say(WORDS)
    assert trace(f" {uuid.UUID(bytes=bytes(message.payload_id))} ".upper()).what == "a message to Alice Ärztin"


@pytest.mark.parametrize("text", ["", "abc", "g" * 32, "0" * 33, "0" * 32])
def test_what_is_no_id_or_nobodys_is_refused(db, text):
    with pytest.raises(Untraceable):
        trace(text)


def test_the_command_prints_no_words_and_no_keys(story, serve, settings, bob):
    settings.PEERNET_ROLE = "node"
    message = story.say(WORDS)
    serve()
    out = io.StringIO()
    call_command("trace_message", message.hex, stdout=out)
    text = out.getvalue()
    row = Delivery.objects.get()
    assert "a message to Alice Ärztin" in text
    assert WORDS not in text
    for secret in (bob.signing_secret, bob.sealing_secret, row.digest, row.stream.stream, bob.device):
        assert bytes(secret).hex() not in text


def test_the_command_is_refused_at_a_login_server(db, settings):
    settings.PEERNET_ROLE = "login-server"
    with pytest.raises(CommandError, match="only a node"):
        call_command("trace_message", "0" * 32)
