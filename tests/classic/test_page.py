"""What Bob's page shows of the classic network: marks on people and on messages."""

import uuid

import pytest
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Person
from messaging import services
from messaging.errors import CannotWriteTo, NotWaiting
from messaging.models import Message
from messaging.tracing import trace
from peers.classic.login import Listed
from peers.models import ClassicPerson, KnownPerson, LoginServerDevice
from peers.older import outbox, server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("door")]


@pytest.fixture
def browser(bob, settings) -> Client:
    client = Client()
    person = Person.objects.get(id=uuid.UUID(bytes=b"b" * 16))
    client.force_login(person)
    session = client.session
    device = LoginServerDevice.objects.create(user=person, name="login server")
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    settings.ROOT_URLCONF = "peernet.urls_node"
    return client


@pytest.fixture
def heard(bob, alice, settings) -> KnownPerson:
    """Alice has written to Bob."""
    settings.ROOT_URLCONF = "peernet.urls_classic_node"
    person = bob.meets(alice)
    bob.hear(alice.compose("bob", "hello Bob", 2))
    return person.person


def page(browser: Client, person: KnownPerson | None = None) -> str:
    return browser.get(f"/with/{person.pk}/" if person else "/").content.decode()


@pytest.fixture
def talking(heard, browser, settings) -> str:
    settings.ROOT_URLCONF = "peernet.urls_node"
    return page(browser, heard)


def test_a_classic_person_stands_in_the_one_list_with_a_mark(heard, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    assert 'alic001</bdi> <span class="dialect">Classic</span>' in page(browser)


def test_the_conversation_says_what_the_classic_network_does_not_protect(talking):
    assert "Nobody can prove who writes under this name" in talking


def test_each_message_says_how_it_travelled(talking):
    assert (
        "Classic, encryption 2 under a published key: anybody on the way could read it. Sender not proven." in talking
    )


def test_what_was_shared_by_the_classic_network_stands_under_its_mark(heard, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    gallery = f"/with/{heard.pk}/gallery/"
    assert gallery in page(browser, heard)
    assert '<span class="dialect">Classic</span> Shared with' in browser.get(gallery).content.decode()


def test_a_native_conversation_has_no_such_mark(browser):
    carol = KnownPerson.objects.create(user_name="carol")
    shown = page(browser, carol)
    assert "Classic" not in shown
    assert "caution" not in shown
    assert "Classic" not in browser.get(f"/with/{carol.pk}/gallery/").content.decode()


def test_a_trace_tells_how_a_classic_message_travelled_and_claims_nothing_more(heard, bob):
    assert [step.what for step in trace(Message.objects.get().hex).past][1:] == [
        "received and stored, by the classic network"
    ]
    mine = bob.writes(heard.classic, "hello Alice")
    outbox.handed(heard.classic.letters.get(mine=True), 2, 1)
    assert "by the classic network, words: handed, 0 tries, encryption 2, hashing 1" in trace(mine.hex).present


def test_a_message_that_was_handed_over_looks_different_from_a_delivered_one(heard, bob, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    bob.writes(heard.classic, "hello Alice")
    letter = heard.classic.letters.get(mine=True)
    outbox.handed(letter, 2, 2)
    assert "handed over, not acknowledged" in page(browser, heard).split("<template")[0]
    outbox.acknowledged(letter)
    shown = page(browser, heard).split("<template")[0]
    assert "handed over, not acknowledged" not in shown
    assert "#ticks" in shown


def test_bob_blocks_and_unblocks_alice(heard, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    browser.post(f"/with/{heard.pk}/block", {"block": "1"})
    assert ClassicPerson.objects.get().blocked
    assert "You blocked alic001" in page(browser, heard)
    browser.post(f"/with/{heard.pk}/block", {"block": "0"})
    assert not ClassicPerson.objects.get().blocked


def test_nobody_with_a_device_can_be_blocked_this_way(browser):
    carol = KnownPerson.objects.create(user_name="carol")
    assert browser.post(f"/with/{carol.pk}/block", {"block": "1"}).status_code == 404


def test_reading_a_classic_message_tells_nobody(heard):
    message = Message.objects.get()
    assert services.mark_read(message.conversation, message.pk)
    assert not heard.classic.letters.filter(mine=True).exists()


def test_a_message_that_waits_can_be_taken_back_and_sent_again(heard, bob):
    message = bob.writes(heard.classic, "hello Alice")
    stamp = heard.classic.letters.get(mine=True).stamp
    services.cancel(message)
    message.refresh_from_db()
    assert message.state == Message.State.FAILED
    services.retry(message)
    message.refresh_from_db()
    letter = heard.classic.letters.get(mine=True)
    assert (message.state, letter.state, letter.stamp) == ("waiting", "waiting", stamp)


def test_what_was_handed_over_is_not_taken_back(heard, bob):
    message = bob.writes(heard.classic, "hello Alice")
    outbox.handed(heard.classic.letters.get(mine=True), 2, 2)
    with pytest.raises(NotWaiting):
        services.cancel(message)


def test_after_seven_days_a_message_has_failed(heard, bob):
    message = bob.writes(heard.classic, "hello Alice")
    heard.classic.letters.update(created_at="2020-01-01T00:00:00Z")
    assert outbox.give_up_the_old() == 1
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", outbox.TOO_OLD)


def test_with_the_classic_network_off_nothing_can_be_written(heard, bob, settings):
    settings.PEERNET_CLASSIC = False
    with pytest.raises(CannotWriteTo, match="switched off here"):
        bob.writes(heard.classic, "hello")


def test_who_left_the_list_is_shown_as_offline_and_kept(heard):
    server.take_list([Listed("dave", "2", "198.51.100.8", 10001, 0)])
    heard.refresh_from_db()
    assert not heard.online
    assert ClassicPerson.objects.get(user_name="dave").person.online


@pytest.mark.parametrize("path", ["/people/", "/people/{}/", "/with/{}/"])
def test_every_page_shows_a_classic_person_without_a_device(heard, browser, settings, path):
    settings.ROOT_URLCONF = "peernet.urls_node"
    answer = browser.get(path.format(heard.pk))
    assert (answer.status_code, "alic001" in answer.content.decode()) == (200, True)


def test_the_tray_of_a_classic_person_takes_5_mib_and_says_so_before_the_upload(heard, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    answer = browser.post(f"/with/{heard.pk}/files", {"name": "film.mp4", "size": 5 * 1024 * 1024 + 1})
    assert (answer.status_code, "(5 MiB) at most" in answer.json()["sentence"]) == (413, True)
    taken = browser.post(f"/with/{heard.pk}/files", {"name": "film.mp4", "size": 5 * 1024 * 1024})
    assert taken.status_code == 201


def details(browser: Client, message: Message) -> str:
    return browser.get(f"/messages/{message.hex}/fate").content.decode()


def test_the_details_of_a_classic_message_claim_nothing_that_is_not_proven(heard, bob, browser, settings):
    settings.ROOT_URLCONF = "peernet.urls_node"
    theirs, mine = Message.objects.get(), bob.writes(heard.classic, "hello Alice")
    assert "Written under the name alic001" in details(browser, theirs)
    assert "Sender not proven" in details(browser, theirs)
    assert "Waiting on this computer" in details(browser, mine)
    letter = heard.classic.letters.get(mine=True)
    outbox.handed(letter, 2, 2)
    assert "Not acknowledged" in details(browser, mine)
    outbox.acknowledged(letter)
    assert "Nothing proves who that was" in details(browser, mine)
    assert "signed" not in details(browser, mine)
