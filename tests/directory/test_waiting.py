"""A node waits for a change: woken at once, with no thread of its own, and not too often."""

import asyncio
import contextlib
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import AsyncClient
from django.utils import timezone

from accounts import services
from accounts.errors import TooManyTries
from accounts.models import ApiToken, Person
from accounts.tokens import fingerprint
from peers import database, directory_api, events
from peers import waiters as waiting
from peers.directory import last_change
from peers.looks import Question, look_at_once
from peers.waiters import Waiters
from tests.directory.conftest import MemberNode

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


def after_each_look(monkeypatch, act) -> None:
    """Let something happen between each look at the directory, of so many at once, and what is done with it."""
    reads = database.read

    async def watched(function, *args):
        found = await reads(function, *args)
        if function is look_at_once:
            await act(len(args[0]))
        return found

    monkeypatch.setattr(database, "read", watched)


class Office:
    """Many calls of one node, all held open."""

    def __init__(self, node: MemberNode, monkeypatch) -> None:
        self.node, self.polls = node, []
        # How many were asked about with each statement.
        self.statements: list[int] = []
        monkeypatch.setattr(waiting, "PER_TOKEN", 1000)
        after_each_look(monkeypatch, self.count)

    async def count(self, asked: int) -> None:
        self.statements.append(asked)

    async def hold(self, count: int) -> None:
        since = await sync_to_async(last_change)()
        self.polls += [Poll(self.node, since) for _ in range(count)]
        await until(lambda: waiting.waiters._count == len(self.polls))
        self.statements.clear()

    async def answers(self):
        return await asyncio.gather(*(poll.answer(within=20) for poll in self.polls))


async def until(happened) -> None:
    for _ in range(2000):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


@pytest.fixture
def office(alices, monkeypatch) -> Office:
    return Office(alices, monkeypatch)


async def test_many_wait_without_a_thread_each_and_are_told_after_one_statement(office, bobs, listening):
    await office.hold(100)
    await sync_to_async(bobs.report)()
    answers = await office.answers()
    assert all(len(page["changes"]) == 1 for _, page in answers)
    assert office.statements == [100]


async def test_others_have_their_turn_while_many_are_told(office, bobs, listening, monkeypatch):
    monkeypatch.setattr(waiting, "IN_A_TURN", 5)
    await office.hold(60)
    waiting_at_turns = []

    async def other():
        while not waiting_at_turns or waiting_at_turns[-1]:
            await asyncio.sleep(0)
            waiting_at_turns.append(waiting.waiters._count)

    turns = asyncio.create_task(other())
    await sync_to_async(bobs.report)()
    await asyncio.gather(turns, office.answers())
    assert max(before - after for before, after in pairwise(waiting_at_turns)) <= 5


class Told:
    """The line of a call, and what was said of it; all lines of a test share one story."""

    def __init__(self, story: list[str]) -> None:
        self.story = story

    def rest(self) -> None:
        self.story.append("rest")

    def go_on(self) -> None:
        self.story.append("go on")


async def test_whoever_was_told_is_heard_again_when_all_are_told(alices, bobs, listening, monkeypatch):
    """Else those who ask again, which nodes do at once, would stand before those who still wait."""
    monkeypatch.setattr(waiting, "AT_ONCE", 2)
    story: list[str] = []
    question = Question(alices.token, await sync_to_async(last_change)())
    with contextlib.ExitStack() as leaving:
        for token in range(5):
            leaving.enter_context(waiting.waiters.joined(token, question, Told(story)))
        await sync_to_async(bobs.report)()
        await until(lambda: len(story) == 10)
    assert story == ["rest"] * 5 + ["go on"] * 5


async def test_whoever_was_told_is_heard_again_when_telling_the_others_fails(alices, bobs, listening, monkeypatch):
    monkeypatch.setattr(waiting, "AT_ONCE", 1)
    story: list[str] = []
    question = Question(alices.token, await sync_to_async(last_change)())

    async def away(asked):
        if story:
            raise OperationalError("database is locked")

    after_each_look(monkeypatch, away)
    with contextlib.ExitStack() as leaving:
        for token in range(2):
            leaving.enter_context(waiting.waiters.joined(token, question, Told(story)))
        await sync_to_async(bobs.report)()
        await until(lambda: len(story) == 2)
    assert story == ["rest", "go on"]


async def test_a_change_while_others_are_told_of_the_one_before_reaches_everybody(office, bobs, listening, monkeypatch):
    monkeypatch.setattr(waiting, "AT_ONCE", 10)
    await office.hold(20)
    second = asyncio.Event()

    async def change_again(asked):
        if asked == 10 and not second.is_set():
            second.set()
            await sync_to_async(bobs.publish)()

    after_each_look(monkeypatch, change_again)
    since = await sync_to_async(last_change)()
    await sync_to_async(bobs.report)()
    pages = [page for _, page in await office.answers()]
    # The first ten looked before the second change, and hear of it when they ask again.
    assert [page["cursor"] for page in pages] == [since + 1] * 10 + [since + 2] * 10
    assert (await Poll(office.node, since + 1).answer())[1]["cursor"] == since + 2


async def test_whoever_comes_while_others_are_told_is_told_of_the_next_change(office, bobs, listening, monkeypatch):
    await office.hold(3)
    late: list[Poll] = []

    async def come_late(asked):
        if asked == 3 and not late:
            late.append(Poll(office.node, await sync_to_async(last_change)()))
            await late[0].held()
            await sync_to_async(bobs.publish)()

    after_each_look(monkeypatch, come_late)
    await sync_to_async(bobs.report)()
    await office.answers()
    assert (await late[0].answer())[1]["changes"][0]["card"] == bobs.card()


async def test_a_change_between_a_look_and_the_waiting_is_not_lost(alices, bobs, listening, monkeypatch):
    since, changed = await sync_to_async(last_change)(), asyncio.Event()

    async def change_now(asked):
        if not changed.is_set():
            changed.set()
            wakes = waiting.waiters.wakes
            await sync_to_async(bobs.report)()
            await until(lambda: waiting.waiters.wakes > wakes)

    after_each_look(monkeypatch, change_now)
    _, page = await Poll(alices, since).answer(within=3)
    assert [each["device"] for each in page["changes"]] == [bobs.device.id.hex()]


async def test_of_many_who_are_told_together_only_the_one_whose_token_has_ended_is_refused(
    alices, bobs, mallorys, listening
):
    since = await sync_to_async(last_change)()
    polls = [Poll(node, since) for node in (alices, mallorys, alices)]
    await polls[-1].held()
    await sync_to_async(mallorys.post)("sign-off")
    await sync_to_async(bobs.report)()
    answers = [await poll.answer() for poll in polls]
    assert [status for status, _ in answers] == [200, 401, 200]


async def test_a_token_in_its_last_half_is_prolonged_by_a_call_that_waits(alices, bobs, listening):
    poll = Poll(alices, await sync_to_async(last_change)())
    await poll.held()
    soon = timezone.now() + timedelta(hours=1)
    await ApiToken.objects.aupdate(expires_at=soon)
    await sync_to_async(bobs.report)()
    status, page = await poll.answer()
    assert (status, len(page["changes"])) == (200, 1)
    token = await ApiToken.objects.aget(token_hash=fingerprint(alices.token))
    assert token.expires_at > soon + timedelta(days=6)


async def test_when_the_database_is_away_for_a_moment_a_change_is_told_as_soon_as_it_is_back(
    alices, bobs, listening, monkeypatch
):
    monkeypatch.setattr(waiting, "RECONNECT", 0.01)
    poll, failed = Poll(alices, await sync_to_async(last_change)()), []
    await poll.held()

    async def away(asked):
        if not failed:
            failed.append(1)
            raise OperationalError("database is locked")

    after_each_look(monkeypatch, away)
    await sync_to_async(bobs.publish)()
    assert (await poll.answer())[1]["changes"][0]["card"] == bobs.card()
    assert failed


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


async def test_the_most_is_counted_over_all_tokens(monkeypatch):
    monkeypatch.setattr(waiting, "IN_ALL", 1)
    waiters, question = Waiters(), Question("", 0)
    with waiters.joined(1, question), pytest.raises(TooManyTries), waiters.joined(2, question):
        pass
    with waiters.joined(2, question):
        assert waiters._count == 1
