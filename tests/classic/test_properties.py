"""Whatever comes, each codec gives back what it was given, or refuses with its own error: nothing else."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peers.classic import base64, ciphers, codes, handshake, hashing, listing, login
from peers.classic.ciphers import PrivateKey, new_private_key
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import STANDARDS
from peers.classic.fields import Body, is_stamp, write_body
from peers.classic.login import Listed
from peers.classic.year import Year
from peers.older.events import moment
from peers.older.telling import local_path

QUICK = settings(deadline=None, max_examples=60)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
KEYS = {year: PrivateKey(new_private_key(year)) for year in Year}
SHA = [(year, number) for year in Year for number in hashing.STANDARDS[year] if not hashing.is_slow(number, year)]


@pytest.mark.parametrize(("year", "number"), SHA)
@given(text=WORDS, other=WORDS, sender=WORDS)
@QUICK
def test_a_hash_belongs_to_its_text_and_to_no_other(year, number, text, other, sender):
    made = hashing.make_hash(number, year, text, sender)
    hashing.check_hash(number, year, text, sender, made)
    if number and text != other:
        with pytest.raises(ClassicError):
            hashing.check_hash(number, year, other, sender, made)


@given(data=st.binary(min_size=1, max_size=2000), at=st.integers(0, 2000))
@QUICK
def test_a_file_comes_back_as_it_was_with_line_breaks_and_without_padding(data, at):
    text = base64.write(data)
    assert base64.read(text) == data
    assert base64.read(f"{text[:at]}\r\n{text[at:]}".rstrip("=")) == data


@given(text=WORDS)
@QUICK
def test_what_is_no_base64_is_refused_with_a_code(text):
    with contextlib.suppress(ClassicError):
        assert base64.read(text)


@given(calls=st.lists(st.from_regex(r"/[a-zA-Z]{1,20}", fullmatch=True), max_size=10), year=st.sampled_from(Year))
@QUICK
def test_a_listing_says_what_was_listed(calls, year):
    text = listing.write_listing(year, calls)
    found = listing.read_listing(text)
    assert found.encryption == STANDARDS[year]
    assert found.hashing == tuple(sorted(hashing.STANDARDS[year]))
    assert set(found.calls) >= {call[1:].lower() for call in calls}
    assert not text.endswith("\n")


NAME = st.from_regex(r"[a-z]{4}[0-9]{3}", fullmatch=True)
ADDRESS = st.ip_addresses(v=4).filter(
    lambda ip: not (ip.is_multicast or ip.is_unspecified or ip.is_link_local or int(ip) == 2**32 - 1)
)
PEOPLE = st.builds(
    Listed,
    NAME,
    st.sampled_from(login.LOCATIONS),
    ADDRESS.map(str),
    st.integers(1, 65535),
    st.integers(0, 2**33),
    st.sampled_from(["", KEYS[Year.Y2017].public_hex]),
)


@given(people=st.lists(PEOPLE, max_size=8), as_json=st.booleans())
@QUICK
def test_a_user_list_comes_back_as_it_was(people, as_json):
    write = login.write_json_list if as_json else login.write_list
    assert login.read_list(write(people)) == people


@given(text=WORDS)
@QUICK
def test_every_answer_has_a_code(text):
    assert codes.read_code(text) in Code
    assert codes.is_success(text) == (codes.read_code(text) is Code.SUCCESS) or codes.is_success(text)


@given(text=WORDS)
@QUICK
def test_a_handshake_answers_nothing_but_its_own_texts(text):
    assert handshake.may_answer(text) == (text in handshake.OLDER)
    assert handshake.may_answer(handshake.new_text())


@given(fields=st.dictionaries(WORDS.filter(bool), WORDS.filter(bool) | st.integers(0, 2**53) | st.floats(0, 1e9)))
@QUICK
def test_a_body_is_read_as_it_was_written(fields):
    if len(fields) > 60:
        return
    body = Body(write_body(fields))
    for name, value in fields.items():
        assert (body.text(name) == value) if isinstance(value, str) else (float(body.literal(name)) == value)


@given(stamp=WORDS | st.floats().map(repr) | st.integers().map(str))
@QUICK
def test_any_stamp_is_a_time_or_none(stamp):
    if is_stamp(stamp):
        found = moment(stamp)
        assert found is None or 1970 <= found.year <= 2100


@given(address=WORDS | st.from_regex(r"http://[0-9.:@\[\]a-z/?#]{0,40}", fullmatch=True))
@QUICK
def test_no_address_of_a_picture_leads_off_the_node(address):
    found = local_path(address, "192.0.2.7", 10001)
    assert found is None or (address.startswith("http://") and "192.0.2.7:10001" in address and found.startswith("/"))


@given(data=st.binary(max_size=64), year=st.sampled_from(Year))
@QUICK
def test_xor_undoes_itself(data, year):
    assert ciphers.xor(ciphers.xor(data, year), year) == data
