"""Two people see one number, which nobody else's keys can have."""

from peers.protocol import safety
from peers.protocol.statements import Action, begin, extend
from tests.protocol.cast import Device


def half_of(device: Device) -> str:
    return safety.half(device.person, begin(device.key, device.person).body)


def test_both_sides_see_the_same_number(alice, bob):
    assert safety.safety_number(half_of(alice), half_of(bob)) == safety.safety_number(half_of(bob), half_of(alice))


def test_it_has_sixty_digits_in_twelve_groups(alice, bob):
    number = safety.safety_number(half_of(alice), half_of(bob))
    assert number.isdecimal()
    assert len(number) == 60
    assert [len(group) for group in safety.groups(number)] == [5] * 12


def test_somebody_in_between_makes_other_numbers(alice, bob, mallory):
    mallory.person = alice.person
    assert half_of(mallory) != half_of(alice)


def test_the_same_key_for_another_person_makes_another_number(alice, bob):
    statement = begin(alice.key, alice.person).body
    assert safety.half(alice.person, statement) != safety.half(bob.person, statement)


def test_a_second_device_leaves_the_number_as_it_was(alice, bob):
    chain = [begin(alice.key, alice.person)]
    chain.append(extend(alice.key, chain, Action.ADD, Device.new().id))
    assert safety.half(alice.person, chain[0].body) == half_of(alice)


def test_the_qr_code_says_what_it_is(alice, bob):
    number = safety.safety_number(half_of(alice), half_of(bob))
    assert safety.qr_text(number) == f"peernet-safety-1:{number}"
