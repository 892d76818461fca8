"""A node waits for a change: woken at once, with no thread of its own, and not too often."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from accounts import services
from accounts.errors import TooManyTries
from accounts.models import Person
from peers import directory_api, events
from peers import waiters as waiting
from peers.directory import last_change
from peers.waiters import Waiters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def listening(monkeypatch):
    """The loop of the test is the server's, with its listener."""
    monkeypatch.setattr(waiting, "waiters", Waiters())
    monkeypatch.setattr(directory_api, "waiters", waiting.waiters)
    events.attach(asyncio.get_running_loop())
    task = asyncio.create_task(waiting.listen())
    await asyncio.sleep(0.01)
    yield
    task.cancel()


class Poll:
    """A call that is held open."""

    def __init__(self, node, since, wait=20):
        path = f"/api/v1/changes?since={since}&wait={wait}"
        self.start = time.monotonic()
        self.task = asyncio.create_task(AsyncClient().get(path, headers=node.headers))

    async def answer(self, within=5):
        response = await asyncio.wait_for(self.task, within)
        return response.status_code, response.json()

    async def held(self):
        """Return once the call waits."""
        await asyncio.sleep(0.3)
        assert not self.task.done()


async def test_what_is_there_already_is_answered_at_once(alices, listening):
    status, page = await Poll(alices, since=0).answer()
    assert (status, len(page["changes"])) == (200, 1)


async def test_bob_coming_online_wakes_alice_at_once(alices, bobs, listening):
    poll = Poll(alices, await sync_to_async(last_change)())
    await poll.held()
    await sync_to_async(bobs.report)()
    status, page = await poll.answer()
    assert [each["device"] for each in page["changes"]] == [bobs.device.id.hex()]
    assert page["changes"][0]["online"]


async def test_nothing_new_is_answered_when_the_time_is_over(alices, listening):
    since = await sync_to_async(last_change)()
    poll = Poll(alices, since, wait=1)
    assert await poll.answer() == (200, {"cursor": since, "more": False, "withdrawals": 0, "changes": []})
    assert time.monotonic() - poll.start >= 1


async def test_a_call_that_waits_learns_that_its_token_has_ended(alices, bobs, listening):
    poll = Poll(alices, await sync_to_async(last_change)())
    await poll.held()
    await sync_to_async(alices.post)("sign-off")
    await sync_to_async(bobs.report)()
    assert (await poll.answer())[0] == 401


async def test_an_invitation_and_its_end_are_told_to_those_who_wait(alices, listening):
    since = await sync_to_async(last_change)()
    for invite in (True, False):
        poll = Poll(alices, since)
        await poll.held()
        person = await sync_to_async(invited if invite else uninvited)()
        _, page = await poll.answer()
        assert [each["name"] for each in page["invited"]] == ([person.user_name] if invite else [])
        assert page["changes"] == []
        assert page["cursor"] > since
        since = page["cursor"]
    # Told once: the next call waits again.
    await Poll(alices, since).held()


def invited() -> Person:
    return services.invite("noor")[0].person


def uninvited() -> Person:
    services.deactivate(person := Person.objects.get(user_name="noor"))
    return person


async def test_the_third_call_of_a_token_sends_the_first_home(alices, listening):
    since = await sync_to_async(last_change)()
    first, second, third = [Poll(alices, since) for _ in range(2)] + [None]
    await second.held()
    third = Poll(alices, since)
    assert (await first.answer())[1]["changes"] == []
    await third.held()
    assert not second.task.done()
    second.task.cancel()
    third.task.cancel()


async def test_a_node_that_hangs_up_is_counted_out(alices, listening):
    poll = Poll(alices, await sync_to_async(last_change)())
    await poll.held()
    assert waiting.waiters._count == 1
    poll.task.cancel()
    await asyncio.gather(poll.task, return_exceptions=True)
    assert waiting.waiters._count == 0
    assert not waiting.waiters._by_token


async def test_beyond_the_most_a_call_is_told_to_come_back(alices, listening, monkeypatch):
    monkeypatch.setattr(waiting, "IN_ALL", 0)
    status, answer = await Poll(alices, await sync_to_async(last_change)()).answer()
    assert (status, answer["error"]) == (429, "too-many-tries")


async def test_many_wait_without_a_thread_each(alices, bobs, listening, monkeypatch):
    monkeypatch.setattr(waiting, "PER_TOKEN", 200)
    since = await sync_to_async(last_change)()
    polls = [Poll(alices, since) for _ in range(100)]
    for _ in range(400):
        if waiting.waiters._count == 100:
            break
        await asyncio.sleep(0.05)
    assert waiting.waiters._count == 100
    await sync_to_async(bobs.report)()
    answers = await asyncio.gather(*(poll.answer(within=20) for poll in polls))
    assert all(len(page["changes"]) == 1 for _, page in answers)


async def test_the_listener_goes_on_when_the_channel_layer_was_away(listening, monkeypatch):
    class Away:
        async def new_channel(self):
            tries.append(1)
            raise RuntimeError("redis: connection refused")

    tries: list[int] = []
    monkeypatch.setattr(waiting, "get_channel_layer", Away)
    monkeypatch.setattr(events, "is_local", lambda: False)
    monkeypatch.setattr(waiting, "RECONNECT", 0.01)
    task = asyncio.create_task(waiting.listen())
    await asyncio.sleep(0.1)
    assert len(tries) > 1
    task.cancel()


def test_the_most_is_counted_over_all_tokens(monkeypatch):
    monkeypatch.setattr(waiting, "IN_ALL", 1)
    waiters = Waiters()
    with waiters.joined(1), pytest.raises(TooManyTries), waiters.joined(2):
        pass
    with waiters.joined(2):
        assert waiters._count == 1
