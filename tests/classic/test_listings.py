"""User lists and lists of calls, as others write them."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peers.classic.codes import LoginError
from peers.classic.listing import Abilities, read_listing, write_listing
from peers.classic.login import (
    Listed,
    can_reach,
    check_address,
    decrypt_argument,
    encrypt_argument,
    read_list,
    write_json_list,
    write_list,
)
from peers.classic.year import Year

ALICE = Listed("alic001", "2", "198.51.100.7", 10001, 1527483921)


@pytest.fixture
def bob(small_key) -> Listed:
    return Listed("bob002", "0", "198.51.100.8", 10002, 1527483922, small_key.public_hex)


def test_a_list_as_text_has_a_head_and_a_line_a_user_each_with_its_end(bob):
    assert write_list([ALICE, bob]) == (
        "0, Online user list returned\r\n"
        "alic001,2,198.51.100.7,10001,1527483921\r\n"
        f"bob002,0,198.51.100.8,10002,1527483922,{bob.public_key}\r\n"
    )


def test_a_list_as_json_is_numbered_and_names_a_key_only_where_there_is_one(bob):
    listed = json.loads(write_json_list([ALICE, bob]))
    assert list(listed) == ["0", "1"]
    assert "publicKey" not in listed["0"]
    assert listed["1"]["publicKey"] == bob.public_key
    assert all(isinstance(value, str) for value in listed["0"].values())


def test_a_written_list_is_read_again_in_both_forms(bob):
    assert read_list(write_list([ALICE, bob])) == read_list(write_json_list([ALICE, bob])) == [ALICE, bob]


def test_an_empty_list_is_read_as_nobody():
    assert read_list(write_list([])) == read_list("{}") == []


@pytest.mark.parametrize(
    "line",
    [
        "mallory,2,0.0.0.0,10001,1527483921",
        "mallory,2,224.0.0.1,10001,1527483921",
        "mallory,2,169.254.169.254,80,1527483921",
        "mallory,2,255.255.255.255,80,1527483921",
        "mallory,2,::ffff:169.254.169.254,80,1527483921",
        "mallory,2,::ffff:0.0.0.0,80,1527483921",
        "mallory,2,example.com,10001,1527483921",
        "mallory,2,198.51.100.7/x,10001,1527483921",
        "mallory,2,198.51.100.7,0,1527483921",
        "mallory,2,198.51.100.7,99999,1527483921",
        "mallory,9,198.51.100.7,10001,1527483921",
        "mallory,2,198.51.100.7,10001,soon",
        "mal lory,2,198.51.100.7,10001,1527483921",
        "<b>,2,198.51.100.7,10001,1527483921",
        ",2,198.51.100.7,10001,1527483921",
        "mallory",
    ],
)
def test_an_entry_that_names_no_place_to_dial_is_left_out_and_the_others_stay(line):
    assert read_list(f"0, Online user list returned\r\n{line}\r\nalic001,2,198.51.100.7,10001,1527483921\r\n") == [
        ALICE
    ]


def test_a_key_that_cannot_be_used_is_left_out():
    listed = read_list("0, ok\nalic001,2,198.51.100.7,10001,1527483921,zz\n")
    assert listed == [ALICE]


@pytest.mark.parametrize(
    "answer", ["", "2, Unauthenticated User", "<html>", "[]", "{", '{"0": 5}', '{"0": {"port": []}}']
)
def test_an_answer_that_is_no_list_is_refused(answer):
    with pytest.raises(LoginError):
        read_list(answer)


@given(text=st.text(max_size=300))
def test_arbitrary_text_is_a_list_or_refused_by_a_login_error_only(text):
    with contextlib.suppress(LoginError):
        assert isinstance(read_list(text), list)


@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=100))
def test_an_encrypted_argument_is_read_again_without_the_spaces_at_its_end(text):
    assert decrypt_argument(encrypt_argument(text)) == text.rstrip(" ")


@given(text=st.text(max_size=100))
def test_an_argument_that_was_not_encrypted_is_refused_with_6(text):
    with pytest.raises(LoginError) as refused:
        decrypt_argument(text)
    assert refused.value.reply == "6, Decryption Failed"


def test_a_literal_ipv6_address_is_taken():
    assert check_address("2001:DB8::7", "10001") == ("2001:db8::7", 10001)
    assert check_address("::ffff:198.51.100.7", "10001") == ("198.51.100.7", 10001)


@pytest.mark.parametrize(
    ("ours", "theirs", "reaches"), [("2", "2", True), ("0", "2", True), ("2", "0", False), ("1", "1", True)]
)
def test_a_place_is_reached_by_all_or_from_the_same_place(ours, theirs, reaches):
    assert can_reach(ours, theirs) is reaches


@pytest.mark.parametrize("year", list(Year))
def test_a_listing_ends_with_the_two_lines_of_standards_and_no_line_end(year):
    lines = write_listing(year, ["/listAPI", "/ping [sender]"]).split("\n")
    assert lines[-2].startswith("Encryption 0 1 2")
    assert lines[-1].startswith("Hashing 0 1 2")


@pytest.mark.parametrize("year", list(Year))
def test_a_written_listing_is_read_again(year):
    found = read_listing(write_listing(year, ["/ping [sender]"]))
    assert found.encryption == ((0, 1, 2, 3, 4) if year is Year.Y2017 else (0, 1, 2, 3, 4, 5))
    assert max(found.hashing) == (8 if year is Year.Y2017 else 5)
    assert "ping" in found.calls


@pytest.mark.parametrize("text", ["", "<html></html>", "/ping", "Encryption\nHashing", "404 Not Found"])
def test_a_listing_that_says_nothing_means_no_encryption(text):
    found = read_listing(text)
    assert (found.encryption, found.hashing) == ((0,), (0,))


@given(text=st.text(max_size=300))
def test_arbitrary_text_is_some_listing(text):
    assert isinstance(read_listing(text), Abilities)
