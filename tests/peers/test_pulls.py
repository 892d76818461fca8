"""Alice cannot be dialled, and keeps a pull open at Bob's door; Mallory repeats what she overheard."""

import asyncio
import hashlib

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client, override_settings

from peers import pull_views, pulls, views, wakes, ways
from peers.models import PeerDevice, Way
from peers.protocol import pull
from peers.protocol.card import read_card, sign_card
from peers.protocol.codec import decode
from peers.protocol.signing import Purpose, Signed, sign
from peers.pulls import Pulls, TooManyPulls
from peers.transport.errors import Rejected, Unreachable

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/peernet/1/pulls"
HOME = "203.0.113.50"


@pytest.fixture(autouse=True)
def door(monkeypatch, settings):
    """Bob's door, where nobody is held yet."""
    views.limiter.storage.reset()
    ways.forget()
    fresh = Pulls()
    for module in (pulls, pull_views):
        monkeypatch.setattr(module, "open_pulls", fresh)
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "peers.urls", []
    return fresh


@pytest.fixture
def briefly(monkeypatch):
    """A pull is held for a moment only."""
    monkeypatch.setattr(pull_views, "HOLD_SECONDS", 0.3)


class From(AsyncClient):
    """Calls from one address."""

    def __init__(self, address):
        super().__init__()
        self.address = address

    def _base_scope(self, **request):
        return super()._base_scope(**request) | {"client": [self.address, 1]}


class Puller:
    """Alice's node."""

    def __init__(self, alice, bobs_card):
        self.alice, self.bobs_card, self.nonce = alice, bobs_card, None

    def make(self, reply=None, **more):
        return pull.make_pull(self.alice.key, self.bobs_card, self.nonce, reply, **more)

    async def post(self, body, address=HOME):
        return await From(address).generic("POST", PATH, body, content_type=views.CONTENT_TYPE)

    async def pull(self, reply=None, address=HOME, **more):
        """Pull once, and return what is handed out."""
        response = await self.post(self.make(reply, **more), address)
        assert response.status_code == 200, response.content
        handout = decode(pull.Handout, response.content)
        self.nonce = handout.nonce
        return handout

    async def hold(self, door, reply=None):
        """Begin a pull, and return it once it is held."""
        before = set(door._held.values())
        held = asyncio.create_task(self.pull(reply))
        await until(lambda: set(door._held.values()) - before or held.done())
        return held


async def until(condition):
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")


@pytest.fixture
def puller(alice, bobs_card, known_alice):
    return Puller(alice, bobs_card)


@pytest.fixture
async def opened(puller):
    assert not (await puller.pull()).taken
    return puller


def courier(door, peer, bundle=b"a bundle", seconds=3.0):
    return asyncio.create_task(asyncio.to_thread(door.hand_over, peer.pk, bundle, seconds))


async def test_the_first_pull_is_told_a_nonce_and_holds_nothing(puller, door):
    handout = await puller.pull()
    assert (handout.taken, handout.bundle) == (False, None)
    assert not door._held


async def test_a_pull_is_held_and_answered_with_nothing_when_its_time_is_over(opened, briefly):
    began = asyncio.get_running_loop().time()
    handout = await opened.pull()
    assert (handout.taken, handout.bundle) == (True, None)
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_what_a_courier_brings_goes_out_at_once_and_the_next_pull_brings_the_answer(opened, door, known_alice):
    held = await opened.hold(door)
    carrying = courier(door, known_alice)
    handout = await held
    assert handout.bundle == b"a bundle"
    await opened.hold(door, pull.Reply(hashlib.sha256(b"a bundle").digest(), b"the receipt"))
    assert await carrying == b"the receipt"


async def test_one_bundle_after_the_other_goes_through_as_fast_as_pulls_come(opened, door, known_alice):
    def carry_all():
        return [door.hand_over(known_alice.pk, b"%d" % number) for number in range(20)]

    held, reply = await opened.hold(door), None
    carrying = asyncio.create_task(asyncio.to_thread(carry_all))
    for _ in range(20):
        bundle = (await held).bundle
        reply = pull.Reply(hashlib.sha256(bundle).digest(), b"stored " + bundle)
        held = asyncio.create_task(opened.pull(reply))
    assert await carrying == [b"stored %d" % number for number in range(20)]


async def test_a_bundle_that_alice_refuses_is_rejected(opened, door, known_alice):
    held = await opened.hold(door)
    carrying = courier(door, known_alice)
    await held
    await opened.hold(door, pull.Reply(hashlib.sha256(b"a bundle").digest(), None))
    with pytest.raises(Rejected):
        await carrying


@pytest.mark.parametrize("reply", [None, pull.Reply(bytes(32), b"a receipt for something else")])
async def test_a_pull_that_knows_nothing_of_the_last_bundle_says_it_got_lost(opened, door, known_alice, reply):
    held = await opened.hold(door)
    carrying = courier(door, known_alice)
    await held
    await opened.hold(door, reply)
    with pytest.raises(Unreachable):
        await carrying


async def test_a_node_that_does_not_come_back_is_unreachable(opened, door, known_alice):
    held = await opened.hold(door)
    carrying = courier(door, known_alice, seconds=0.2)
    await held
    with pytest.raises(Unreachable):
        await carrying
    assert not door._sent


async def test_a_courier_waits_for_a_node_that_is_between_two_pulls(opened, door, known_alice, briefly):
    await opened.pull()
    carrying = courier(door, known_alice)
    await asyncio.sleep(0.05)
    assert (await opened.pull()).bundle == b"a bundle"
    door.close()
    with pytest.raises(Unreachable):
        await carrying


async def test_nobody_is_expected_who_never_pulled(door, known_alice):
    assert not door.expects(known_alice.pk)
    with pytest.raises(Unreachable):
        door.hand_over(known_alice.pk, b"a bundle")


async def test_a_node_that_hangs_up_is_not_expected_and_its_bundle_is_given_back(opened, door, known_alice):
    held = await opened.hold(door)
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    assert not door.expects(known_alice.pk)
    assert not door._addresses


async def test_a_repeated_pull_neither_drains_nor_receipts_anything(opened, door, known_alice):
    """Mallory overheard Alice's pull with its receipt, and repeats it while Alice pulls on."""
    held = await opened.hold(door)
    carrying = courier(door, known_alice)
    await held
    overheard = opened.make(pull.Reply(hashlib.sha256(b"a bundle").digest(), b"the receipt"))
    await opened.hold(door, pull.Reply(hashlib.sha256(b"a bundle").digest(), b"the receipt"))
    assert await carrying == b"the receipt"
    again = courier(door, known_alice, seconds=2.0)
    await until(lambda: door._sent)
    response = await opened.post(overheard, address="198.51.100.66")
    handout = decode(pull.Handout, response.content)
    assert (handout.taken, handout.bundle) == (False, None)
    assert not again.done()
    door.close()
    await asyncio.gather(again, return_exceptions=True)


async def test_a_repeated_pull_does_not_take_alices_nonce_or_place(opened, door, known_alice):
    overheard = opened.make()
    held = await opened.hold(door)
    for _ in range(3):
        await opened.post(overheard, address="198.51.100.66")
    assert not held.done()
    carrying = courier(door, known_alice)
    assert (await held).bundle == b"a bundle"
    await opened.hold(door, pull.Reply(hashlib.sha256(b"a bundle").digest(), b"the receipt"))
    assert await carrying == b"the receipt"


async def test_mallory_cannot_use_up_alices_openings(puller, monkeypatch):
    opening = puller.make()
    statuses = [(await puller.post(opening, address="198.51.100.66")).status_code for _ in range(25)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert (await puller.post(opening, address=HOME)).status_code == 200


async def test_of_two_pulls_with_the_same_nonce_one_is_taken(opened, door, briefly):
    body = opened.make()
    first, second = await asyncio.gather(opened.post(body), opened.post(body))
    assert sorted(decode(pull.Handout, each.content).taken for each in (first, second)) == [False, True]


async def test_a_second_home_with_alices_keys_sends_the_first_pull_away(opened, door):
    held = asyncio.create_task(opened.post(opened.make()))
    await until(lambda: door._held)
    opened.nonce = None
    opened.nonce = (await opened.pull()).nonce
    await opened.hold(door)
    response = await held
    assert (response.status_code, response["Retry-After"]) == (429, str(pulls.RETRY_AFTER))


async def test_an_address_holds_so_many_pulls_and_others_hold_theirs(opened, door, monkeypatch):
    monkeypatch.setattr(pulls, "PER_ADDRESS", 0)
    assert (await opened.post(opened.make())).status_code == 429
    assert not door._held


async def test_this_node_holds_so_many_pulls_in_all(opened, door, monkeypatch):
    monkeypatch.setattr(pulls, "IN_ALL", 0)
    assert (await opened.post(opened.make())).status_code == 429


async def test_pulls_are_counted_out(opened, door, briefly):
    await opened.pull()
    assert not door._held
    assert not door._addresses


async def test_limits_count_by_address_and_in_all(monkeypatch):
    held = Pulls()
    monkeypatch.setattr(pulls, "PER_ADDRESS", 2)
    monkeypatch.setattr(pulls, "IN_ALL", 3)
    with held.holding(1, "a", None), held.holding(2, "a", None):
        with pytest.raises(TooManyPulls), held.holding(3, "a", None):
            pass
        with (
            held.holding(2, "a", None),
            held.holding(3, "b", None),
            pytest.raises(TooManyPulls),
            held.holding(4, "c", None),
        ):
            pass


async def test_many_are_held_without_a_thread_each(door):
    import threading

    before = threading.active_count()
    held = [door.holding(peer, f"192.0.2.{peer}", None) for peer in range(200)]
    entered = [each.__enter__() for each in held]
    waits = asyncio.gather(*(each.wait(5) for each in entered))
    await asyncio.sleep(0.05)
    assert threading.active_count() == before
    door.close()
    assert all(await waits)
    for each in held:
        each.__exit__(None, None, None)


async def test_a_stranger_a_forger_and_a_misdirected_pull_get_the_same_answer(puller, alice, mallory, bobs_card, door):
    forged = pull.Contents(
        sign(mallory.key, Purpose.PULL, pull.Request(alice.id, bobs_card.device, bytes(8), None, None)), None, None
    )
    from peers.protocol import sealing
    from peers.protocol.codec import encode

    key_id = sealing.key_id(bobs_card.sealing_key)
    sealed = sealing.seal(bobs_card.sealing_key, pull.INFO + bobs_card.device, encode(forged))
    bodies = [
        pull.make_pull(mallory.key, bobs_card, None),
        pull.make_pull(alice.key, mallory.card(), None),
        encode(pull.Pull(1, key_id, sealed)),
        puller.make()[:-1] + b"x",
    ]
    answers = [await puller.post(body) for body in bodies]
    assert {(each.status_code, each.content) for each in answers} == {(403, b"later")}
    assert not door._nonces
    assert not await sync_to_async(Way.objects.exists)()


async def test_a_device_that_is_no_longer_pinned_is_a_stranger(opened, known_alice):
    await sync_to_async(PeerDevice.objects.update)(pinned=False)
    assert (await opened.post(opened.make())).status_code == 403


@pytest.mark.parametrize("body", [b"\x00", b"null", b"[]", b"\xff\xfe", b"\x91" * 10_000])
async def test_a_malformed_pull_is_refused(puller, body):
    response = await puller.post(body)
    assert (response.status_code, response.content) == (400, b"malformed")


async def test_a_bundle_is_refused_at_this_door(puller, alice, bobs_card):
    from peers.protocol import bundle

    assert (await puller.post(bundle.make_bundle(alice.key, bobs_card, []))).status_code == 403


async def test_an_oversized_pull_is_refused(puller):
    assert (await puller.post(bytes(pull_views.MAX_BODY + 1))).status_code == 413


@pytest.mark.parametrize("kind", ["application/json", "", views.CONTENT_TYPE + "; charset=utf-7"])
async def test_another_content_type_is_refused(puller, kind):
    response = await AsyncClient().generic("POST", PATH, puller.make(), content_type=kind, CONTENT_TYPE=kind)
    assert response.status_code == 415


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options", "trace"])
def test_no_other_method_is_served(bob, method):
    with override_settings(ROOT_URLCONF="peers.urls"):
        assert getattr(Client(), method)(PATH).status_code == 405


async def test_whoever_is_refused_too_often_waits_and_others_do_not(puller):
    for _ in range(views.REFUSALS_PER_ADDRESS.amount):
        await puller.post(b"", address="203.0.113.66")
    assert (await puller.post(puller.make(), address="203.0.113.66")).status_code == 429
    assert (await puller.post(puller.make())).status_code == 200


async def test_before_the_first_sign_in_nobody_is_held(puller, bob):
    from peers.models import OwnDevice

    await sync_to_async(OwnDevice.objects.update)(card=b"")
    assert (await puller.post(puller.make())).status_code == 403


async def test_a_pull_brings_a_newer_card_and_a_repeated_one_does_not(opened, alice, known_alice, briefly):
    newer = sign_card(alice.key, alice.card(version=2, addresses=("198.51.100.9:1",)))
    stale, opened.nonce = opened.nonce, bytes(32)
    await opened.pull(card=newer)
    await sync_to_async(known_alice.refresh_from_db)()
    assert known_alice.card_version == 1
    assert opened.nonce == stale
    await opened.pull(card=newer)
    await sync_to_async(known_alice.refresh_from_db)()
    assert read_card(decode(Signed, bytes(known_alice.card))).addresses == ["198.51.100.9:1"]


async def test_the_couriers_hear_of_a_pull_and_the_prober_of_an_opening(puller, known_alice, briefly):
    heard = []

    def note(name):
        return lambda peer, **_: heard.append((name, peer))

    opened, held = note("opened"), note("held")
    wakes.pull_opened.connect(opened)
    wakes.pull_held.connect(held)
    try:
        await puller.pull()
        await puller.pull()
    finally:
        wakes.pull_opened.disconnect(opened)
        wakes.pull_held.disconnect(held)
    assert heard == [("opened", known_alice.pk), ("held", known_alice.pk)]


async def test_a_pull_is_noted_as_alices_way(opened, briefly):
    await opened.pull()
    way = await sync_to_async(Way.objects.get)()
    assert way.pulled_at is not None
