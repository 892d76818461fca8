"""One name, one person."""

import pytest

from accounts import services
from accounts.errors import AccountError, BadName
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


def test_alice_signs_in_however_she_spells_her_name(alice, node):
    assert node.sign_in(" ALICE ", alice.code()).status_code == 200
