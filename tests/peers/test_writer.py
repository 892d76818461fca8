"""The thread in which what arrives is stored."""

import asyncio
import threading

import pytest

# The real one: a fixture of this room puts another in its place.
from peers.database import write


async def test_jobs_are_done_in_their_order_by_one_thread():
    done = []
    await asyncio.gather(
        *(write(lambda number=number: done.append((number, threading.get_ident()))) for number in range(50))
    )
    assert [number for number, _ in done] == [*range(50)]
    assert len({thread for _, thread in done} - {threading.get_ident()}) == 1


async def test_whoever_asked_gets_what_the_job_returns_or_raises():
    assert await write(max, 3, 7) == 7
    with pytest.raises(ZeroDivisionError):
        await write(lambda: 1 / 0)
    assert await write(max, 1, 2) == 2


async def test_whoever_hung_up_keeps_nobody_from_their_answer():
    go_on = threading.Event()
    left = asyncio.ensure_future(write(go_on.wait, 5))
    stays = asyncio.ensure_future(write(max, 1, 2))
    await asyncio.sleep(0)
    left.cancel()
    go_on.set()
    assert await stays == 2
    assert left.cancelled()


async def test_a_job_goes_on_when_its_loop_has_ended(tmp_path):
    go_on, done = threading.Event(), threading.Event()

    def job():
        go_on.wait(5)
        done.set()

    async def ask_and_leave():
        asked = asyncio.ensure_future(write(job))
        await asyncio.sleep(0)
        asked.cancel()

    await asyncio.to_thread(asyncio.run, ask_and_leave())
    go_on.set()
    assert await write(done.is_set)
