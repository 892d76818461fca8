"""How much of Bob's node Alice may use."""

import pytest

from peers import allowance, inbox, room
from peers.allowance import KIB, NotNow
from peers.models import InStream
from peers.protocol import bundle, envelope
from peers.protocol.payload import Payload
from peers.room import NoRoom


@pytest.fixture(autouse=True)
def counted_anew():
    allowance.forget()
    yield
    allowance.forget()


@pytest.fixture
def hellos(alice, bobs_card, known_alice):
    """Bundles of Alice, one after the other."""
    session = alice.account.start_session(bobs_card.olm_identity, bobs_card.olm_fallback)

    def bundles():
        for number in range(1, 100):
            stream = b"s" * 16
            fields = (b"%16d" % number, "test.kind", bytes(16), stream, number, 0, alice.id, bobs_card.device, b"hello")
            yield bundle.make_bundle(alice.key, bobs_card, [envelope.seal(session, Payload(*fields))])

    return bundles()


def take(device, *sizes):
    """Let bundles of these sizes in, one after the other."""
    for size in sizes:
        with allowance.admitted(device, size):
            pass


def test_a_device_has_one_bundle_under_way(bob, hellos, known_alice):
    first = next(hellos)
    with allowance.admitted(known_alice, 1), pytest.raises(NotNow) as refused:
        inbox.receive(bob, first)
    assert refused.value.retry_after == 1
    assert not InStream.objects.exists()
    assert inbox.receive(bob, first)


def test_a_bundle_that_broke_leaves_the_way_free(known_alice):
    with pytest.raises(ZeroDivisionError), allowance.admitted(known_alice, 1):
        _ = 1 / 0
    with allowance.admitted(known_alice, 1):
        pass


def test_bytes_an_hour_are_counted_for_each_device(bob, hellos, known_alice, known_mallory, settings):
    settings.PEERNET_PEER_MIB_PER_HOUR = 1
    with allowance.admitted(known_alice, room.MIB):
        pass
    with pytest.raises(NotNow) as refused:
        inbox.receive(bob, next(hellos))
    assert 0 < refused.value.retry_after <= 3601
    with allowance.admitted(known_mallory, room.MIB):
        pass


def test_small_bundles_are_counted_together_until_the_hour_is_used_up(bob, hellos, known_alice, settings):
    settings.PEERNET_PEER_MIB_PER_HOUR = 1
    take(known_alice, *[16 * KIB] * 64)
    with pytest.raises(NotNow):
        inbox.receive(bob, next(hellos))
    assert not InStream.objects.exists()


def test_small_bundles_are_not_rounded_up_each(known_alice, settings):
    settings.PEERNET_PEER_MIB_PER_HOUR = 1
    take(known_alice, *[KIB // 4] * 2000)


def test_the_limiter_is_asked_to_count_once_for_many_small_bundles(known_alice, monkeypatch):
    counted, hit = [], allowance._limiter.hit
    monkeypatch.setattr(allowance._limiter, "hit", lambda *item, cost: counted.append(cost) or hit(*item, cost=cost))
    take(known_alice, *[KIB] * 63)
    assert counted == []
    take(known_alice, KIB)
    assert counted == [64]


def test_small_bundles_of_two_devices_are_summed_apart(known_alice, known_mallory, settings):
    settings.PEERNET_PEER_MIB_PER_HOUR = 1
    for device in (known_alice, known_mallory):
        take(device, room.MIB - 60 * KIB)
        take(device, 40 * KIB)


def test_a_small_bundle_that_was_refused_costs_nothing(known_alice, settings):
    settings.PEERNET_PEER_MIB_PER_HOUR = 1
    take(known_alice, room.MIB - 32 * KIB, 20 * KIB)
    with pytest.raises(NotNow):
        take(known_alice, 20 * KIB)
    take(known_alice, 12 * KIB)


def test_a_refusal_gives_back_nothing_of_what_was_taken(known_mallory, settings):
    settings.PEERNET_PEER_MIB_PER_HOUR = 1
    take(known_mallory, room.MIB - 32 * KIB, 20 * KIB)
    for _ in range(3):
        with pytest.raises(NotNow):
            take(known_mallory, 20 * KIB)


def test_a_person_keeps_no_more_than_their_share(bob, hellos, known_alice, settings):
    inbox.receive(bob, next(hellos))
    allowance.forget()
    assert room.kept_bytes(known_alice.person_id) > 256
    InStream.objects.update(kept_bytes=room.MIB)
    allowance.forget()
    settings.PEERNET_MESSAGES_QUOTA_MIB = 1
    with pytest.raises(NoRoom):
        inbox.receive(bob, next(hellos))
    assert InStream.objects.get().last_number == 1


def test_a_full_disk_takes_nothing_and_spends_nothing(bob, hellos, settings):
    waiting = next(hellos)
    settings.PEERNET_FREE_MIB = 10**9
    with pytest.raises(NoRoom):
        inbox.receive(bob, waiting)
    assert not InStream.objects.exists()
    settings.PEERNET_FREE_MIB = 0
    assert inbox.receive(bob, waiting)
