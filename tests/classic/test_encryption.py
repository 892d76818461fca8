"""Alice encrypts for Bob by every standard; Mallory sends what no standard makes."""

import contextlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peers.classic import ciphers, handshake
from peers.classic.ciphers import BadKey, PublicKey, Undecryptable
from peers.classic.codes import ClassicError, Code
from peers.classic.encryption import STANDARDS, Opener, Sealer, strongest
from peers.classic.year import Year

PAIRS = [(year, number) for year in Year for number in STANDARDS[year]]
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def carried(text: str, number: int) -> str:
    """What a standard can carry of a text: no spaces at the end, for standard 3 only as much as the key takes."""
    if number == 3:
        text = text.encode()[:100].decode(errors="ignore").lstrip("\0")
    return text.rstrip(" ") if number in (2, 4, 5) else text


@pytest.mark.parametrize(("year", "number"), PAIRS)
@given(text=WORDS)
@RELAXED
def test_what_is_sealed_is_opened_again_by_every_standard(small_key, year, number, text):
    text = carried(text, number)
    if number == 3 and not text:
        return
    sealer = Sealer(number, year, PublicKey(small_key.public_hex))
    opener = Opener(number, year, small_key, sealer.decryption_key)
    assert opener.open(sealer.seal(text)) == text


@pytest.mark.parametrize(("year", "number"), PAIRS)
@given(data=st.text(max_size=200) | st.binary(max_size=200).map(bytes.hex))
@RELAXED
def test_whatever_mallory_sends_is_text_or_refused_with_9(small_key, year, number, data):
    sealer = Sealer(number, year, PublicKey(small_key.public_hex))
    opener = Opener(number, year, small_key, sealer.decryption_key)
    with contextlib.suppress(Undecryptable):
        assert isinstance(opener.open(data), str)


@pytest.mark.parametrize("number", [-1, 5, 6, 99])
def test_a_standard_that_2017_does_not_have_is_refused_with_9(small_key, number):
    with pytest.raises(ClassicError) as refused:
        Opener(number, Year.Y2017, small_key)
    assert refused.value.code is Code.ENCRYPTION


def test_2017_encrypts_the_options_as_well_and_2018_leaves_them_clear():
    fields = {"sender": "alice", "message": "hi", "hashing": "2", "markdown": "0"}
    assert Sealer(1, Year.Y2017).seal_fields(fields) == {
        "sender": "alice",
        "message": ciphers.xor(b"hi", Year.Y2017).hex(),
        "hashing": "02",
        "markdown": "00",
    }
    assert Sealer(1, Year.Y2018).seal_fields(fields) == fields | {"message": ciphers.xor(b"hi", Year.Y2018).hex()}


def test_standard_4_sends_a_new_key_with_each_body(public):
    one, two = (Sealer(4, Year.Y2018, public).seal_fields({"message": "hi"}) for _ in range(2))
    assert one["decryptionKey"] != two["decryptionKey"]
    assert one["message"] != two["message"]


def test_standard_4_without_its_key_misses_a_field(small_key):
    with pytest.raises(ClassicError) as refused:
        Opener(4, Year.Y2018, small_key)
    assert refused.value.code is Code.MISSING_FIELD


def test_a_key_of_another_form_is_refused(small_key):
    short = PublicKey(small_key.public_hex).encrypt("abc")
    with pytest.raises(Undecryptable):
        Opener(4, Year.Y2018, small_key, short)


def test_standard_3_is_sent_in_full_length_and_read_without_its_zeros(small_key):
    public = PublicKey(small_key.public_hex)
    for number in range(400):
        sent = public.encrypt(str(number))
        assert len(sent) == 256
        if sent.startswith("0"):
            break
    assert small_key.decrypt(sent.lstrip("0")) == small_key.decrypt(sent) == str(number)


def test_standard_3_carries_128_ascii_characters_and_not_129(small_key):
    public = PublicKey(small_key.public_hex)
    longest = "a" * 127
    assert small_key.decrypt(public.encrypt(longest)) == longest
    with pytest.raises(ClassicError):
        public.encrypt("a" * 129)


def test_a_value_as_large_as_the_modulus_is_refused(small_key):
    with pytest.raises(Undecryptable):
        small_key.decrypt("f" * 256)


@pytest.mark.parametrize("text", ["", "0", "00", "zz", "ab cd", "é", "0" * 64, "00" * 47])
def test_no_block_half_a_block_and_no_hex_are_refused_by_standard_2_alike(small_key, text):
    with pytest.raises(Undecryptable):
        Opener(2, Year.Y2018, small_key).open(text)


def der(key) -> str:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex()


def weird(n: int, e: int) -> str:
    """An RSA key in DER by hand, for libraries refuse to make it."""

    def integer(value: int) -> bytes:
        body = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return b"\x02" + length(len(body)) + body

    def length(count: int) -> bytes:
        return bytes([count]) if count < 128 else b"\x82" + count.to_bytes(2, "big")

    inner = integer(n) + integer(e)
    inner = b"\x30" + length(len(inner)) + inner
    bits = b"\x03" + length(len(inner) + 1) + b"\0" + inner
    body = bytes.fromhex("300d06092a864886f70d0101010500") + bits
    return (b"\x30" + length(len(body)) + body).hex()


@pytest.mark.parametrize(
    "text",
    ["", "30", "zz", "ab" * 5000, weird(2**512 - 569, 65537), weird(2**16384 - 1, 3), weird(2**1024 - 105, 1)],
)
def test_what_is_no_usable_key_is_refused_at_once(text):
    with pytest.raises(BadKey):
        PublicKey(text)


def test_a_key_of_another_kind_is_refused():
    with pytest.raises(BadKey):
        PublicKey(der(ec.generate_private_key(ec.SECP256R1()).public_key()))


def test_a_2017_key_has_the_form_that_older_nodes_know(small_key):
    assert small_key.public_hex.startswith("30819f30")
    assert len(small_key.public_hex) == 324


def test_a_2018_key_can_serve_standard_5(large_key):
    assert PublicKey(large_key.public_hex).bits == 2048


def test_a_peers_large_key_is_taken():
    key = rsa.generate_private_key(public_exponent=3, key_size=2048).public_key()
    assert PublicKey(der(key)).bits == 2048


@pytest.mark.parametrize(
    ("theirs", "year", "has_key", "chosen"),
    [
        ((0, 1, 2), Year.Y2018, True, 2),
        ((0, 1, 2, 3, 4, 5), Year.Y2017, True, 4),
        ((0, 1, 2, 3, 4, 5), Year.Y2018, True, 5),
        ((0, 1, 2, 3, 4, 5), Year.Y2018, False, 2),
        ((7, 9), Year.Y2018, True, 0),
        ((), Year.Y2018, True, 0),
    ],
)
def test_the_strongest_standard_that_both_have_is_chosen(theirs, year, has_key, chosen):
    assert strongest(theirs, year, has_key=has_key) == chosen


def test_a_handshake_answers_only_the_texts_that_callers_send():
    assert handshake.may_answer(handshake.new_text())
    assert handshake.may_answer("test")
    assert handshake.may_answer("this is message")
    for text in ("", "hello", "test ", "peernet handshake ", handshake.new_text() + "0", "00112233445566778899aabb"):
        assert not handshake.may_answer(text)
