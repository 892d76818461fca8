"""Bodies of two generations of nodes, and what Mallory puts in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peers.classic.codes import ClassicError, Code, is_success, read_code, write_code
from peers.classic.encryption import Opener, Sealer
from peers.classic.fields import Body, write_body
from peers.classic.year import Year


def body(**fields) -> Body:
    return Body(json.dumps(fields).encode())


def clear(key) -> Opener:
    return Opener(0, Year.Y2018, key)


def code_of(function, *args) -> Code:
    with pytest.raises(ClassicError) as caught:
        function(*args)
    return caught.value.code


@pytest.mark.parametrize(("written", "read"), [(4, 4), ("4", 4), (None, None), ("", None), ("0", 0)])
def test_an_option_is_a_number_or_a_string_and_null_means_absent(written, read):
    assert body(encryption=written).option("encryption") == read


@pytest.mark.parametrize("written", [True, 4.0, "four", [4], {"4": 4}, "4.0", "99999", " 4"])
def test_an_option_of_another_type_gets_1(written):
    assert code_of(body(encryption=written).option, "encryption") is Code.MISSING_FIELD


@pytest.mark.parametrize("written", [None, "", 5, True, ["hi"], {}])
def test_a_required_text_that_is_absent_or_no_string_gets_1(written):
    assert code_of(body(message=written).text, "message") is Code.MISSING_FIELD


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"{", b"\xff", b'{"a": NaN}', b'{"a":' * 9000, b'"x"', b'{"a": "\\ud800"}']
)
def test_what_is_no_object_gets_1(data):
    assert code_of(Body, data) is Code.MISSING_FIELD


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_by_a_classic_error_only(data):
    with pytest.raises(ClassicError):
        Body(data)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (b"1527483921", "1527483921"),
        (b"1527483921.50", "1527483921.50"),
        (b'"1527483921.50"', "1527483921.50"),
        (b"1.527483921e9", "1.527483921e9"),
        (b"1527483921.1234567890123", "1527483921.1234567890123"),
    ],
)
def test_a_stamp_keeps_its_literal_text(small_key, written, kept):
    assert Body(b'{"stamp": ' + written + b"}").stamp(clear(small_key)) == kept


@pytest.mark.parametrize("written", ['"soon"', "null", "true", '""', "[1]", '"1e999"', '"' + "1" * 60 + '"', '" 1"'])
def test_a_stamp_that_is_no_time_gets_1(small_key, written):
    assert code_of(Body(f'{{"stamp": {written}}}'.encode()).stamp, clear(small_key)) is Code.MISSING_FIELD


@pytest.mark.parametrize("year", list(Year))
@given(stamp=st.integers(1, 10**11).map(str) | st.decimals(1, 10**11, places=3).map(str))
def test_a_stamp_is_read_clear_or_encrypted_whatever_the_year(year, stamp):
    sealer, opener = Sealer(1, year), Opener(1, year, key=None)
    assert body(stamp=sealer.seal(stamp)).stamp(opener) == stamp
    assert body(stamp=stamp).stamp(opener) == stamp


@pytest.mark.parametrize("year", list(Year))
@pytest.mark.parametrize("number", [1, 2])
@given(option=st.integers(0, 8))
def test_an_option_is_read_clear_or_encrypted_whatever_the_year(year, number, option):
    sealer, opener = Sealer(number, year), Opener(number, year, key=None)
    for written in (option, str(option), sealer.seal(str(option))):
        assert body(hashing=written).sealed_option("hashing", opener) == option


def test_a_body_is_sent_without_nulls():
    assert json.loads(write_body({"sender": "alice", "markdown": "", "encryption": 0})) == {
        "sender": "alice",
        "encryption": 0,
    }


@pytest.mark.parametrize("answer", ["0", "0: <Action was successful>", '"0"', " 0\n", "0, done", "'0'"])
def test_every_way_of_saying_success_is_understood(answer):
    assert is_success(answer)


@pytest.mark.parametrize("answer", ["", "1", "200 OK", "<html>0", "-1", "null", "ok 0"])
def test_nothing_else_is_success(answer):
    assert not is_success(answer)


@pytest.mark.parametrize(
    ("answer", "code"),
    [("11: Blacklisted", Code.REFUSED), ('"7"', Code.HASH_MISMATCH), ("-1", Code.INTERNAL), ("hello", Code.INTERNAL)],
)
def test_a_code_is_read_from_the_beginning_of_an_answer(answer, code):
    assert read_code(answer) is code


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("with_text", [False, True])
def test_every_code_that_is_written_is_read_again(code, with_text):
    assert read_code(write_code(code, with_text=with_text)) is code
