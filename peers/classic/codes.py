"""The numbers that classic calls answer with."""

from enum import IntEnum


class Code(IntEnum):
    """What a node answers (docs/classic.md, Codes of a node)."""

    SUCCESS = 0
    MISSING_FIELD = 1
    UNAUTHENTICATED = 2
    UNAVAILABLE = 3
    DATABASE_ERROR = 4
    TIMEOUT = 5
    TOO_LARGE = 6
    HASH_MISMATCH = 7
    ENCODING = 8
    ENCRYPTION = 9
    HASHING = 10
    REFUSED = 11
    INTERNAL = -1


NODE_SENTENCES = {
    Code.SUCCESS: "<Action was successful>",
    Code.MISSING_FIELD: "Missing Compulsory Field",
    Code.UNAUTHENTICATED: "Unauthenticated User",
    Code.UNAVAILABLE: "Client Currently Unavailable",
    Code.DATABASE_ERROR: "Database Error",
    Code.TIMEOUT: "Timeout Error",
    Code.TOO_LARGE: "File Too Large",
    Code.HASH_MISMATCH: "Hash does not match",
    Code.ENCODING: "Encoding Standard Not Supported",
    Code.ENCRYPTION: "Encryption Standard Not Supported",
    Code.HASHING: "Hashing Standard Not Supported",
    Code.REFUSED: "Blacklisted or Rate Limited",
    Code.INTERNAL: "Internal Error",
}


class LoginCode(IntEnum):
    """What a login server answers (docs/classic.md, Codes of a login server)."""

    OK = 0
    MISSING_FIELD = 1
    UNAUTHENTICATED = 2
    FALSE_LOCATION = 3
    INVALID_NAME = 4
    DECRYPTION_FAILED = 6
    LIMIT_REACHED = 7
    INVALID_VALUE = 8
    INVALID_KEY = 9


LOGIN_SENTENCES = {
    LoginCode.MISSING_FIELD: "Missing Compulsory Field",
    LoginCode.UNAUTHENTICATED: "Unauthenticated User",
    LoginCode.FALSE_LOCATION: "False IP address or location reported",
    LoginCode.INVALID_NAME: "Invalid Username",
    LoginCode.DECRYPTION_FAILED: "Decryption Failed",
    LoginCode.LIMIT_REACHED: "API limit reached",
    LoginCode.INVALID_VALUE: "Invalid Field Value",
    LoginCode.INVALID_KEY: "Invalid Public Key",
}


class ClassicError(Exception):
    """A classic node sent something that the dialect does not allow; `code` is the answer to it."""

    def __init__(self, code: Code, why: str = "") -> None:
        super().__init__(why or NODE_SENTENCES[code])
        self.code = code


class LoginError(Exception):
    """A call to the classic login server is refused; `code` is the answer."""

    def __init__(self, code: LoginCode) -> None:
        super().__init__(LOGIN_SENTENCES[code])
        self.code = code

    @property
    def reply(self) -> str:
        """The text that is answered."""
        return f"{int(self.code)}, {LOGIN_SENTENCES[self.code]}"


def write_code(code: Code, *, with_text: bool = False) -> str:
    """Return the body that answers a call: fourteen nodes of twenty say the bare number, the others add words."""
    return f"{int(code)}: {NODE_SENTENCES[code]}" if with_text else str(int(code))


def is_success(body: str) -> bool:
    """Whether an answer means success: its first character is 0, leaving out quotes and blanks."""
    return body.strip(" \t\r\n\"'")[:1] == "0"


def read_code(body: str) -> Code:
    """Return the code that an answer begins with; `Code.INTERNAL` for what begins with none."""
    bare = body.strip(" \t\r\n\"'")
    digits = bare[:1] if bare[:1] == "-" else ""
    for character in bare[len(digits) :]:
        if character not in "0123456789" or len(digits) > 2:
            break
        digits += character
    try:
        return Code(int(digits))
    except ValueError:
        return Code.INTERNAL
