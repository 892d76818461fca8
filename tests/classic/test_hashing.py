"""Alice hashes what she says by every standard of both years; Mallory asks for costly work."""

import time

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passlib.hash import scrypt

from peers.classic.codes import ClassicError, Code
from peers.classic.hashing import STANDARDS, check_hash, make_hash
from peers.classic.year import Year

PAIRS = [(year, number) for year in Year for number in STANDARDS[year]]
QUICK = [(year, number) for year, number in PAIRS if STANDARDS[year][number][0] in ("sha256", "sha512")]


def refused(number, year, text, sender, given) -> Code:
    with pytest.raises(ClassicError) as caught:
        check_hash(number, year, text, sender, given)
    return caught.value.code


@pytest.mark.parametrize(("year", "number"), PAIRS)
@pytest.mark.parametrize("text", ["hello", "Kia ora 😀", "x" * 300, "a\0b"])
def test_a_hash_belongs_to_the_text_it_was_made_of(year, number, text):
    check_hash(number, year, text, "alic001", make_hash(number, year, text, "alic001"))


@pytest.mark.parametrize(("year", "number"), [pair for pair in PAIRS if pair[1]])
def test_a_hash_of_other_words_gets_7(year, number):
    assert refused(number, year, "hullo", "alic001", make_hash(number, year, "hello", "alic001")) is Code.HASH_MISMATCH


@pytest.mark.parametrize(("year", "number"), [pair for pair in PAIRS if STANDARDS[pair[0]][pair[1]][1]])
def test_a_salted_hash_of_another_sender_gets_7(year, number):
    assert refused(number, year, "hello", "bob", make_hash(number, year, "hello", "alic001")) is Code.HASH_MISMATCH


@pytest.mark.parametrize(("year", "number"), QUICK)
@given(text=st.text(st.characters(exclude_categories=("Cs",))), sender=st.text("abc012", max_size=9))
@settings(max_examples=40)
def test_any_text_has_a_hash_that_verifies_in_either_case(year, number, text, sender):
    check_hash(number, year, text, sender, make_hash(number, year, text, sender).upper())


@pytest.mark.parametrize(("year", "number"), [pair for pair in PAIRS if pair[1]])
@given(junk=st.text(max_size=100))
@settings(max_examples=40, deadline=None)
def test_whatever_mallory_calls_a_hash_gets_7(year, number, junk):
    assert refused(number, year, "hello", "alic001", junk) is Code.HASH_MISMATCH


@pytest.mark.parametrize(("year", "number"), [(Year.Y2017, 9), (Year.Y2018, 6), (Year.Y2018, -1)])
def test_an_unknown_standard_gets_10(year, number):
    assert refused(number, year, "hello", "alic001", "00") is Code.HASHING


def test_bcrypt_12_and_scrypt_16_are_accepted():
    check_hash(4, Year.Y2018, "hello", "a", bcrypt.hashpw(b"hello", bcrypt.gensalt(12)).decode())
    check_hash(5, Year.Y2018, "hello", "a", scrypt.using(rounds=16).hash("hello"))


@pytest.mark.parametrize(
    ("number", "given"),
    [
        (4, "$2b$31$" + "a" * 53),
        (4, "$2b$13$" + "a" * 53),
        (5, "$scrypt$ln=17,r=8,p=1$aaaaaaaaaaaaaaaaaaaaaa$" + "a" * 43),
        (5, "$scrypt$ln=31,r=8,p=1$aaaaaaaaaaaaaaaaaaaaaa$" + "a" * 43),
        (5, "$scrypt$ln=16,r=99,p=99$aaaaaaaaaaaaaaaaaaaaaa$" + "a" * 43),
    ],
)
def test_a_hash_that_would_cost_too_much_gets_7_at_once(number, given):
    began = time.monotonic()
    assert refused(number, Year.Y2018, "hello", "a", given) is Code.HASH_MISMATCH
    assert time.monotonic() - began < 0.1


def test_bcrypt_counts_the_first_72_bytes_of_a_longer_text():
    made = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    check_hash(4, Year.Y2018, "x" * 500, "a", made)
