import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peers.protocol.bundle import Bundle
from peers.protocol.codec import decode, encode
from peers.protocol.errors import Malformed, ProtocolError, TooLarge
from peers.protocol.payload import Payload
from peers.protocol.receipt import Position, Receipt


@given(stream=st.binary(min_size=16, max_size=16), last=st.integers(0, 2**63 - 1))
def test_what_is_encoded_is_decoded_again(stream, last):
    assert decode(Position, encode(Position(stream, last))) == Position(stream, last)


@pytest.mark.parametrize("kind", [Bundle, Payload, Receipt, Position])
@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_by_a_protocol_error_only(kind, data):
    with pytest.raises(ProtocolError):
        decode(kind, data)


@pytest.mark.parametrize(
    "fields",
    [
        [bytes(16)],
        [bytes(16), 1, 2],
        [bytes(15), 1],
        [bytes(16), -1],
        [bytes(16), 2**63],
        [bytes(16), 1.0],
        [bytes(16), True],
        [bytes(16), None],
        [bytes(16), float("nan")],
        ["0123456789abcdef", 1],
        {"stream": bytes(16), "last": 1},
        None,
    ],
)
def test_a_field_too_few_too_many_or_of_another_type_is_malformed(fields):
    with pytest.raises(Malformed):
        decode(Position, msgspec.msgpack.encode(fields))


def test_a_longer_spelling_of_the_same_number_is_malformed():
    canonical = encode(Position(bytes(16), 1))
    assert canonical[-1:] == b"\x01"
    with pytest.raises(Malformed, match="canonical"):
        decode(Position, canonical[:-1] + b"\xcc\x01")


def test_trailing_bytes_are_malformed():
    with pytest.raises(Malformed):
        decode(Position, encode(Position(bytes(16), 1)) + b"\x00")


def test_deep_nesting_is_malformed():
    with pytest.raises(Malformed):
        decode(Position, b"\x92\xc4\x10" + bytes(16) + b"\x91" * 100_000)


def test_more_bytes_than_allowed_are_not_even_read():
    with pytest.raises(TooLarge):
        decode(Position, b"\x00" * 101, limit=100)
