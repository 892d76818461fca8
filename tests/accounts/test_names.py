"""One name, one person."""

import pytest

from accounts import services
from accounts.errors import AccountError, BadName, NameTaken
from accounts.looks import are_alike
from accounts.models import Person
from accounts.names import clean_name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["Zoë", "zoë", "ZOË", "Zoe\u0308", "Zoë ", " zoë", "Zoë\u200b", "Zoë\u00ad", "\uff3aoë"]
)
def test_zoe_registers_once_however_spelled(name):
    services.invite("zoë")
    with pytest.raises(AccountError):
        services.invite(name)
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\0", "a\ud800", "a\u202eb", "a\u3164", "a\ufe0f", "<b>", "a/b", "-a", "a" * 65, "a\n b"]
)
def test_a_name_nobody_can_read_is_refused(name):
    with pytest.raises(BadName):
        clean_name(name)


LOOK_LIKE_ALICE = [
    "\u0430lice",
    "\u0391lice",
    "a1ice",
    "aIice",
    "ALICE",
    "al\u0131ce",
    "\uff41lice",
    "\u0430l\u0456\u0441\u0435",
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", LOOK_LIKE_ALICE)
def test_nobody_registers_under_a_name_that_looks_like_alices(name):
    services.invite("alice")
    with pytest.raises(NameTaken):
        services.invite(name)


@pytest.mark.django_db
def test_names_that_a_reader_tells_apart_are_all_taken():
    for name in ("alice", "alicia", "elise", "al", "Zoe", "zoë", "李明", "李朋", "Иван", "user10", "user11"):
        services.invite(name)


def test_rn_and_m_look_alike_and_so_do_the_first_letters_of_ian_and_lan():
    assert are_alike("modern", "modem")
    assert are_alike("Ian", "lan")
    assert not are_alike("Ian", "Jan")


def test_alice_signs_in_however_she_spells_her_name(alice, node):
    assert node.sign_in(" ALICE ", alice.code()).status_code == 200
