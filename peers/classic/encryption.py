"""Encryption standards 0 to 5: which fields, in which year, under which key."""

import secrets
from collections.abc import Mapping

from peers.classic import ciphers
from peers.classic.ciphers import PrivateKey, PublicKey, Undecryptable
from peers.classic.codes import ClassicError, Code
from peers.classic.year import Year

STANDARDS = {Year.Y2017: (0, 1, 2, 3, 4), Year.Y2018: (0, 1, 2, 3, 4, 5)}
WITH_KEY = (3, 4, 5)
# Those that pad with spaces, and so lose the spaces at the end of a text.
PADDED = (2, 4, 5)
# Never encrypted: they say for whom and how.
CLEAR = frozenset({"sender", "destination", "encryption", "decryptionKey"})
# 2018 leaves these clear as well.
CLEAR_2018 = CLEAR | {"hashing", "markdown", "encoding", "groupID"}
KEY_CHARACTERS = frozenset("0123456789abcdefABCDEF")


def check_standard(number: int, year: Year) -> int:
    """Return the number of a standard that this year has. Raises `ClassicError`."""
    if number not in STANDARDS[year]:
        raise ClassicError(Code.ENCRYPTION)
    return number


def strongest(theirs: tuple[int, ...], year: Year, *, has_key: bool) -> int:
    """Return the highest standard that both have; 3 to 5 need the peer's public key."""
    common = [n for n in theirs if n in STANDARDS[year] and (has_key or n not in WITH_KEY)]
    return max(common, default=0)


def is_clear(name: str, year: Year) -> bool:
    """Whether a field is sent as it is, under every standard."""
    return name in (CLEAR if year is Year.Y2017 else CLEAR_2018)


class Sealer:
    """Encrypts the fields of one body for one peer."""

    def __init__(self, standard: int, year: Year, key: PublicKey | None = None) -> None:
        """Choose a standard. Raises `ClassicError` for one that this year has not, or that lacks the peer's key."""
        self.standard, self.year = check_standard(standard, year), year
        self.decryption_key = ""
        if standard in WITH_KEY and key is None:
            raise ClassicError(Code.ENCRYPTION, "the peer has no public key")
        self._key = key
        if standard in (4, 5) and key is not None:
            text = secrets.token_hex(16)
            self._message_key = text.encode()
            self.decryption_key = key.encrypt(text)

    def seal(self, text: str) -> str:
        """Return one field as it is sent. Raises `ClassicError` for what does not fit standard 3."""
        match self.standard:
            case 0:
                return text
            case 1:
                return ciphers.xor(text.encode(), self.year).hex()
            case 2:
                return ciphers.aes_encrypt(text, ciphers.SHARED_KEY)
            case 3 if self._key is not None:
                return self._key.encrypt(text)
        return ciphers.aes_encrypt(text, self._message_key)

    def seal_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields with those encrypted that this year encrypts, and the key that the standard sends along."""
        sealed = {name: text if is_clear(name, self.year) else self.seal(text) for name, text in fields.items()}
        return sealed | ({"decryptionKey": self.decryption_key} if self.decryption_key else {})


class Opener:
    """Decrypts the fields of one body that a peer sent."""

    def __init__(self, standard: int, year: Year, key: PrivateKey | None, decryption_key: str = "") -> None:
        """Raises `ClassicError`: an unknown standard, a missing `decryptionKey`, or one that is not for us."""
        self.standard, self.year = check_standard(standard, year), year
        if standard in WITH_KEY and key is None:
            raise Undecryptable
        self._key = key
        if standard in (4, 5) and key is not None:
            if not decryption_key:
                raise ClassicError(Code.MISSING_FIELD)
            text = key.decrypt(decryption_key)
            if len(text) != 32 or not KEY_CHARACTERS.issuperset(text):
                raise Undecryptable
            self._message_key = text.encode()

    def open(self, text: str) -> str:
        """Return the text of one field. Raises `Undecryptable`."""
        match self.standard:
            case 0:
                return text
            case 1:
                return ciphers.to_text(ciphers.xor(ciphers.from_hex(text), self.year))
            case 2:
                return ciphers.aes_decrypt(text, ciphers.SHARED_KEY)
            case 3 if self._key is not None:
                return self._key.decrypt(text)
        return ciphers.aes_decrypt(text, self._message_key)
