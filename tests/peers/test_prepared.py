"""A statement that was put into words once answers as the ORM does."""

import pytest
from django.db.models import F, Q
from django.db.models.functions import Left

from peers.models import KnownPerson
from peers.prepared import Many, Select, Values

pytestmark = pytest.mark.django_db

_named = Select(lambda pk: KnownPerson.objects.filter(pk=pk).defer("statements"), KnownPerson.id)


def _look(names, after):
    found = KnownPerson.objects.filter(Q(user_name__in=names) | Q(display_name__in=names), known_since__gte=after)
    return found.order_by("user_name").values(
        "pk",
        "online",
        "last_seen",
        called=F("user_name"),
        start=Left("display_name", 2),
        mark=F("profile__picture_mark"),
    )


_looked = Values(lambda names, after: _look([names], after), Many(KnownPerson.user_name), KnownPerson.known_since)


@pytest.fixture
def people():
    return [KnownPerson.objects.create(user_name=name, display_name=name.title()) for name in ("alice", "bob", "carol")]


@pytest.mark.parametrize("names", [["alice"], ["alice", "Bob", "nobody"]])
def test_values_are_those_of_the_orm_however_many_are_asked_for(people, names):
    start = people[0].known_since
    assert _looked.all(names, start) == list(_look(names, start))
    assert len(_looked.all(names, start)) == len(names) - ("nobody" in names)


def test_a_column_that_is_left_out_comes_when_it_is_asked_for(people):
    alice = _named.first(people[0].pk)
    assert (alice.user_name, alice.get_deferred_fields()) == ("alice", {"statements"})
    assert bytes(alice.statements) == b""
