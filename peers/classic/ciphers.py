"""The ciphers of the classic encryption standards. All but the keys' size is fixed by nodes that are long written.

Standards 3 to 5 are RSA without padding: an integer raised to a power. Nothing else in PeerNet does this, and nothing
else should: it is here because the classic protocol *is* textbook RSA. The key serves this alone. With our secret the
power is GMP's constant-time one, which is also seven times as quick as `pow()`.
"""

import os

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from peers.classic.codes import ClassicError, Code
from peers.classic.year import Year

XOR_KEYS = {Year.Y2017: b"01101001", Year.Y2018: b"10010110"}
# Published long ago: whoever wants to can read standard 2.
SHARED_KEY = b"41fb5b5ae4d57c5ee528adb078ac3b2e"
BLOCK = 16
SMALLEST_KEY, LARGEST_KEY = 1024, 4096
# The largest key, as DER and hex, with some room.
MAX_KEY_HEX = 2 * 1024


class Undecryptable(ClassicError):
    """The data is not what this standard makes. One answer for every reason."""

    def __init__(self) -> None:
        super().__init__(Code.ENCRYPTION, "it cannot be decrypted")


class BadKey(ClassicError):
    """It is not the public key of a classic node."""

    def __init__(self) -> None:
        super().__init__(Code.ENCRYPTION, "the public key cannot be used")


def from_hex(text: str) -> bytes:
    """Return the bytes of hexadecimal text, upper case or lower. Raises `Undecryptable`."""
    try:
        data = bytes.fromhex(text)
    except ValueError as err:
        raise Undecryptable from err
    # It skips blanks. Counted so, because a file has millions of characters.
    if 2 * len(data) != len(text):
        raise Undecryptable
    return data


def to_text(data: bytes) -> str:
    """Return bytes as the UTF-8 text that they were. Raises `Undecryptable`."""
    try:
        return data.decode()
    except UnicodeDecodeError as err:
        raise Undecryptable from err


def xor(data: bytes, year: Year) -> bytes:
    """Standard 1, both ways: no secret at all."""
    if not data:
        return b""
    key = XOR_KEYS[year]
    stream = (key * (len(data) // len(key) + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def aes_encrypt(text: str, key: bytes, iv: bytes | None = None) -> str:
    """Return hex(IV ‖ AES-256-CBC) of text padded with spaces, by a whole block where it fits already."""
    data, iv = text.encode(), iv or os.urandom(BLOCK)
    padded = data + b" " * (BLOCK - len(data) % BLOCK)
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return (iv + cipher.update(padded) + cipher.finalize()).hex()


def aes_decrypt(text: str, key: bytes) -> str:
    """Return what `aes_encrypt` was given, without the spaces at its end. Raises `Undecryptable`."""
    data = from_hex(text)
    if len(data) < 2 * BLOCK or len(data) % BLOCK:
        raise Undecryptable
    cipher = Cipher(algorithms.AES(key), modes.CBC(data[:BLOCK])).decryptor()
    return to_text((cipher.update(data[BLOCK:]) + cipher.finalize()).rstrip(b" "))


def new_private_key(year: Year) -> bytes:
    """Return a new key as DER (PKCS #8): RSA-1024, as 2017 nodes expect it, or RSA-2048."""
    bits = SMALLEST_KEY if year is Year.Y2017 else 2048
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    der, pkcs8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(der, pkcs8, serialization.NoEncryption())


def _secret_power(value: int, exponent: int, modulus: int) -> int:
    # Here: few nodes speak with the classic network.
    import gmpy2  # type: ignore[import-untyped]

    return int(gmpy2.powmod_sec(value, exponent, modulus))


class PrivateKey:
    """Our own classic key."""

    def __init__(self, der: bytes) -> None:
        key = serialization.load_der_private_key(der, password=None)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - it is our own
        numbers = key.private_numbers()
        self._n, self._p, self._q = numbers.public_numbers.n, numbers.p, numbers.q
        self._dp, self._dq, self._inverse = numbers.dmp1, numbers.dmq1, numbers.iqmp
        self.length = (self._n.bit_length() + 7) // 8
        public = key.public_key()
        self.public_hex = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ).hex()

    def decrypt(self, text: str) -> str:
        """Return the text of a standard 3 value; shorter and odd lengths pass. Raises `Undecryptable`."""
        if not 0 < len(text) <= 2 * self.length:
            raise Undecryptable
        value = int.from_bytes(from_hex("0" * (len(text) % 2) + text), "big")
        if value >= self._n:
            raise Undecryptable
        # The Chinese remainder theorem (RFC 8017, section 5.1.2): four times as quick as one power.
        one, two = _secret_power(value, self._dp, self._p), _secret_power(value, self._dq, self._q)
        plain = two + self._q * ((one - two) * self._inverse % self._p)
        return to_text(plain.to_bytes((plain.bit_length() + 7) // 8, "big"))


class PublicKey:
    """A peer's classic key."""

    def __init__(self, hexadecimal: str) -> None:
        """Read hex of a DER SubjectPublicKeyInfo. Raises `BadKey`."""
        if len(hexadecimal) > MAX_KEY_HEX:
            raise BadKey
        try:
            key = serialization.load_der_public_key(from_hex(hexadecimal))
        except (ValueError, UnsupportedAlgorithm, Undecryptable) as err:
            raise BadKey from err
        if not isinstance(key, rsa.RSAPublicKey) or not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
            raise BadKey
        numbers = key.public_numbers()
        self._n, self._e = numbers.n, numbers.e
        # An exponent of 1 leaves the text as it is, and a huge one takes long.
        if self._e < 3 or self._e % 2 == 0 or self._e.bit_length() > 64 or self._n % 2 == 0:
            raise BadKey
        self.bits = key.key_size
        self.length = (self._n.bit_length() + 7) // 8

    def fits(self, text: str) -> bool:
        """Whether standard 3 can carry this text: as a number it must be smaller than the key."""
        return int.from_bytes(text.encode(), "big") < self._n

    def encrypt(self, text: str) -> str:
        """Return a standard 3 value in full length. Raises `ClassicError` for text that is too long."""
        if not self.fits(text):
            raise ClassicError(Code.ENCRYPTION, "the text is longer than the key")
        return pow(int.from_bytes(text.encode(), "big"), self._e, self._n).to_bytes(self.length, "big").hex()
