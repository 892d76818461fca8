"""What arrives together shares a commit; what is refused, or takes long, is nobody else's trouble."""

from concurrent.futures import Future

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from peers.classic.codes import ClassicError, Code
from peers.models import ClassicHeld
from peers.older import writer
from peers.older.writer import Job, Slow, Writer, settle

pytestmark = pytest.mark.django_db


def keeps(name: str):
    return lambda: ClassicHeld.objects.create(digest=name.encode(), sender=name, destination="x", body=b"", size=0)


def refuses(name: str):
    def store() -> None:
        keeps(name)()
        raise ClassicError(Code.REFUSED)

    return store


def breaks(error: type[Exception]):
    def store() -> None:
        raise error

    return store


def job(store) -> Job:
    return Job(lambda *_: store, b"", "", store)


def outcome(done: "Future[None]") -> str:
    return type(done.exception()).__name__ if done.exception() else "stored"


def settled(*stores) -> list[str]:
    jobs = [job(store) for store in stores]
    settle(jobs)
    return [outcome(each.done) for each in jobs]


def stored() -> set[str]:
    return set(ClassicHeld.objects.values_list("sender", flat=True))


def test_one_that_is_refused_leaves_its_neighbours_alone_and_nothing_of_itself():
    assert settled(keeps("a"), refuses("b"), keeps("c")) == ["stored", "ClassicError", "stored"]
    assert stored() == {"a", "c"}


def test_many_share_one_transaction():
    with CaptureQueriesContext(
        connection,
    ) as seen:
        settled(keeps("a"), keeps("b"))
    outer = [query["sql"] for query in seen if query["sql"].startswith("SAVEPOINT")]
    assert len(outer) == 3


def test_one_that_breaks_is_tried_apart_from_the_others():
    assert settled(keeps("a"), breaks(DatabaseError), keeps("c")) == ["stored", "DatabaseError", "stored"]
    assert stored() == {"a", "c"}


def test_a_full_disk_is_everybodys():
    assert settled(keeps("a"), breaks(OperationalError)) == ["OperationalError", "OperationalError"]
    assert stored() == set()


def test_what_takes_long_is_read_elsewhere_and_comes_back(monkeypatch):
    desk, came_back = Writer(), []
    monkeypatch.setattr(desk, "_put", came_back.append)
    monkeypatch.setattr(writer._slow, "submit", lambda function, *args: function(*args))

    def read(data: bytes, source: str, patient: bool):
        if not patient:
            raise Slow
        return keeps(data.decode())

    waiting = Job(read, b"a", "")
    assert not desk._is_read(waiting)
    assert came_back == [waiting]
    assert desk._is_read(waiting)


def test_what_cannot_be_read_is_answered_at_once():
    def read(*_):
        raise ClassicError(Code.HASH_MISMATCH)

    bad = Job(read, b"", "")
    assert not Writer()._is_read(bad)
    assert outcome(bad.done) == "ClassicError"
