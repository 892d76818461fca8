"""Statements that take the short way tell and refuse what Django's cursor does."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from messaging.models import Conversation, Message
from peers import direct
from peers.models import KnownPerson
from peers.prepared import Select, insert, store

pytestmark = pytest.mark.django_db

COUNT = "SELECT count(*) FROM peers_knownperson WHERE user_name = %s"
RENAME = "UPDATE peers_knownperson SET display_name = %s"
ADD = "INSERT INTO peers_knownperson (user_name) VALUES (%s)"
AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, UTC)

_message = Select(lambda pk: Message.objects.filter(pk=pk), Message.id)


@pytest.fixture
def alice():
    return KnownPerson.objects.create(user_name="alice", display_name="100 % Alice")


@pytest.fixture
def message(alice):
    conversation = Conversation.objects.create(direct_with=alice, wire_id=bytes(16))
    return Message(
        payload_id=bytes(range(16)),
        conversation=conversation,
        mine=True,
        text="Grüße 👋 100 %",
        clock=2**62,
        state=Message.State.WAITING,
        key=uuid.UUID(int=7),
        created_at=AT,
        # The same moment, told elsewhere.
        sent_at=AT.astimezone(timezone(timedelta(hours=9))),
    )


def fields_of(row):
    names = [field.attname for field in type(row)._meta.concrete_fields]
    return {name: bytes(value) if isinstance(value := getattr(row, name), memoryview) else value for name in names}


def test_a_row_that_is_stored_is_what_the_orm_finds(message):
    insert([message])
    assert fields_of(Message.objects.get()) == fields_of(message)
    message.text, message.key, message.delivered_at, message.state = "else", None, AT, Message.State.DELIVERED
    store(message)
    assert fields_of(Message.objects.get()) == fields_of(message)


def test_a_row_that_is_found_is_as_the_orm_makes_it(message):
    insert([message])
    found, expected = _message.first(message.pk), Message.objects.get()
    assert found == expected
    assert found.__dict__.keys() == expected.__dict__.keys()
    assert (found._state.adding, found._state.db) == (False, "default")
    found.text = "changed"
    found.save()
    assert Message.objects.get().text == "changed"


def test_rows_and_changes_are_counted(alice):
    assert [list(row) for row in direct.rows(COUNT, ["alice"])] == [[1]]
    assert direct.change(RENAME, ["Alice"]) == 1
    assert KnownPerson.objects.get().display_name == "Alice"


def test_a_sign_that_is_doubled_for_django_is_single_for_the_database(alice):
    sql = "SELECT user_name FROM peers_knownperson WHERE display_name LIKE '100 %%' AND user_name = %s"
    assert [list(row) for row in direct.rows(sql, ["alice"])] == [["alice"]]


def test_whoever_listens_to_statements_hears_them(alice):
    with CaptureQueriesContext(connection) as heard:
        direct.rows(COUNT, ["alice"])
        direct.change(RENAME, ["Alice"])
    assert len(heard) == 2
    with connection.execute_wrapper(lambda execute, *args: 1 / 0), pytest.raises(ZeroDivisionError):
        direct.rows(COUNT, ["alice"])


@pytest.mark.parametrize("way", [direct.rows, direct.change])
def test_errors_are_those_that_django_knows(alice, way):
    with pytest.raises(DatabaseError), transaction.atomic():
        way("SELECT nothing FROM nowhere")
    with pytest.raises(IntegrityError), transaction.atomic():
        way(ADD, ["somebody without an id"])
    with pytest.raises(DatabaseError), transaction.atomic():
        way(COUNT, [])


@pytest.mark.parametrize("way", [direct.rows, direct.change])
def test_nothing_is_asked_in_a_transaction_that_broke(alice, way):
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            way(COUNT, ["alice"])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_closed_is_opened_again(alice):
    connection.close()
    assert [list(row) for row in direct.rows(COUNT, ["alice"])] == [[1]]
