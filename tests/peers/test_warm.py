"""The connection that all who write often share: one thread at a time, and nobody else's transaction."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction

from peers import warm
from peers.models import KnownPerson

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="other databases do not need it"),
]


@pytest.fixture(autouse=True)
def one_thread():
    """Everything here is about several: no test has one connection of its own."""


@pytest.fixture
def shared(transactional_db):
    """The connection that is shared."""
    warm.begin()
    yield warm._shared
    warm.end()


@pytest.fixture
def aside():
    """Do something in another thread, which closes its own connection."""
    threads = ThreadPoolExecutor(2)

    def done(function, *args):
        def work():
            try:
                return function(*args)
            finally:
                connections[DEFAULT_DB_ALIAS].close()

        return threads.submit(work)

    yield done
    threads.shutdown()


def here():
    """This thread's connection."""
    return connections[DEFAULT_DB_ALIAS]


def together():
    """The connection of a block, on which something was asked."""
    with warm.turn():
        KnownPerson.objects.count()
        return here()


def names():
    return list(KnownPerson.objects.order_by("user_name").values_list("user_name", flat=True))


def test_two_threads_use_the_same_connection(shared, aside):
    assert together() is shared
    assert aside(together).result(5) is shared


def test_one_thread_at_a_time_is_in_a_block(shared, aside):
    waits, came_in = threading.Event(), threading.Event()

    def follow():
        waits.set()
        with warm.turn():
            came_in.set()

    with warm.turn():
        followed = aside(follow)
        assert waits.wait(5)
        # Nothing tells that somebody stays outside.
        assert not came_in.wait(0.2)
    followed.result(5)
    assert came_in.is_set()


def test_whoever_only_reads_waits_no_longer_than_they_like(shared, aside):
    def impatient():
        with warm.turn(patience=0.01):
            return here() is not shared and names() == []

    with warm.turn():
        assert aside(impatient).result(5)
    assert not aside(impatient).result(5)


def test_after_the_block_a_thread_has_its_own_connection_again(shared):
    own = here()
    together()
    assert here() is own
    with pytest.raises(ZeroDivisionError), warm.turn():
        _ = 1 / 0
    assert here() is own


def test_a_block_that_broke_lets_others_in(shared, aside):
    with pytest.raises(ZeroDivisionError), warm.turn():
        _ = 1 / 0
    assert aside(together).result(5) is shared


def test_a_block_within_a_block_goes_on(shared):
    with warm.turn():
        assert together() is shared
        assert here() is shared


def test_in_a_transaction_the_threads_own_connection_goes_on(shared):
    own = here()
    with transaction.atomic():
        KnownPerson.objects.create(user_name="alice")
        assert together() is own
        with warm.turn():
            assert names() == ["alice"]


def test_what_a_block_wrote_is_there_for_everybody(shared, aside):
    with warm.turn(), transaction.atomic():
        KnownPerson.objects.create(user_name="alice")
    assert names() == ["alice"]
    assert aside(names).result(5) == ["alice"]


def test_what_is_to_happen_on_commit_happens_in_the_block(shared):
    happened = []
    with warm.turn():
        with transaction.atomic():
            transaction.on_commit(lambda: happened.append(here()))
            assert happened == []
        assert happened == [shared]


def test_a_transaction_that_fails_leaves_nothing_to_the_next_block(shared):
    told = []

    def breaks():
        KnownPerson.objects.create(user_name="alice")
        transaction.on_commit(lambda: told.append("alice"))
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError), warm.turn(), transaction.atomic():
        breaks()
    with warm.turn(), transaction.atomic():
        KnownPerson.objects.create(user_name="bob")
    assert (names(), told) == (["bob"], [])


def test_after_the_connection_broke_the_next_block_works(shared, aside):
    def breaks():
        shared.connection.close()
        KnownPerson.objects.create(user_name="alice")

    with pytest.raises(DatabaseError), warm.turn(), transaction.atomic():
        breaks()
    with warm.turn():
        KnownPerson.objects.create(user_name="bob")
    assert aside(names).result(5) == ["bob"]


def test_after_a_refused_statement_the_next_block_works(shared):
    with pytest.raises(DatabaseError), warm.turn(), shared.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    assert not shared.errors_occurred
    assert together() is shared


def test_in_the_end_everybody_has_their_own_again(shared, aside):
    together()
    warm.end()
    own = here()
    assert together() is own
    assert aside(lambda: together() is here()).result(5)
    assert shared.connection is None


def test_who_waited_for_their_turn_until_the_end_goes_on_with_their_own(shared, monkeypatch):
    turn, own = warm._turn, here()

    class EndsMeanwhile:
        def acquire(self, timeout):
            monkeypatch.setattr(warm, "_turn", turn)
            warm.end()
            return turn.acquire(timeout=timeout)

    monkeypatch.setattr(warm, "_turn", EndsMeanwhile())
    assert together() is own


def test_where_nothing_is_shared_nothing_changes(aside):
    own = here()
    assert together() is own
    with warm.turn():
        # Nobody waits for a turn.
        assert aside(lambda: together() is here()).result(5)
