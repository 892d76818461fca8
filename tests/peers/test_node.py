"""Bob's node starts beside a database that is not ready."""

import pytest
from django.db import OperationalError

from peers import node


@pytest.fixture(autouse=True)
def ending():
    """No test leaves the node told to end."""
    yield
    node._ending.clear()


def test_couriers_start_as_soon_as_a_full_disk_has_room_again(monkeypatch):
    problems = [OperationalError("database or disk is full"), OperationalError("database is locked")]
    started = []

    def start():
        if problems:
            raise problems.pop()
        started.append("couriers")

    monkeypatch.setattr(node, "TRY_AGAIN", 0.01)
    node._patiently(start)
    assert started == ["couriers"]


def test_a_node_that_is_told_to_end_waits_for_no_database():
    def start():
        node._ending.set()
        raise OperationalError("database is locked")

    node._patiently(start)
    assert node._ending.is_set()


@pytest.mark.parametrize("is_classic", [True, False])
def test_a_machine_that_slept_is_there_again_in_the_classic_network_too(monkeypatch, settings, is_classic):
    settings.PEERNET_CLASSIC = is_classic
    woken = []
    parts = ((node.couriers, "knock_all"), (node.puller, "wake_all"))
    older = ((node.classic.couriers, "knock_all"), (node.classic.clock, "wake"))
    for part, call in parts + older:
        monkeypatch.setattr(part, call, lambda part=part: woken.append(part))
    node._woke()
    assert woken == [part for part, _ in parts + (older if is_classic else ())]
