"""A profile: what a person says of themselves, signed by one of their devices."""

import unicodedata
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peers.protocol.codec import Bytes16, Bytes32, Counter, Number, Wire, decode
from peers.protocol.errors import Malformed
from peers.protocol.signing import Purpose, Signed, sign, verify

MAX_LINE = 100
MAX_DESCRIPTION = 4000
MAX_PICTURE = 48 * 1024
# The largest of all fields at four bytes a character, and the encoding around them.
MAX_SIGNED = 70 * 1024

Line = Annotated[str, msgspec.Meta(max_length=MAX_LINE)]
Zone = Annotated[str, msgspec.Meta(pattern=r"\A(?:[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*)?\Z", max_length=64)]

# Joiners are part of emoji and of Persian or Indic words; every other invisible character can only deceive.
JOINERS = frozenset("\u200c\u200d")
# Not Cn: what one side's Unicode has not assigned yet may be the other's new emoji.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
BREAKS = frozenset("\n\t")


class Profile(Wire, frozen=True):
    """What `device` says of `person`. `version` only grows; `picture` is a JPEG, or nothing.

    `updated` is in seconds since 1970, `time_zone` a name of the IANA database, `description` Markdown.
    """

    person: Bytes16
    device: Bytes32
    version: Number
    updated: Counter
    full_name: Line
    position: Line
    location: Line
    time_zone: Zone
    description: Annotated[str, msgspec.Meta(max_length=MAX_DESCRIPTION)]
    picture: Annotated[bytes, msgspec.Meta(max_length=MAX_PICTURE)]


def is_hidden(character: str) -> bool:
    """Tell whether nothing is drawn for a character, or it turns the direction of those around it."""
    return character not in JOINERS and unicodedata.category(character) in HIDDEN


def is_line(text: str) -> bool:
    """Tell whether a text can stand in one line: visible, and with no space at its ends."""
    return text == text.strip() and not any(map(is_hidden, text))


def is_text(text: str) -> bool:
    """Tell whether a text of several lines holds nothing invisible but its breaks."""
    return not any(is_hidden(character) for character in text if character not in BREAKS)


def sign_profile(key: Ed25519PrivateKey, profile: Profile) -> Signed:
    """Sign our own profile with the device's key."""
    return sign(key, Purpose.PROFILE, profile)


def read_profile(signed: Signed) -> Profile:
    """Return a profile that the device it names has signed. Raises `BadSignature` or `Malformed`.

    Whether that device is the person's is for the list of statements to say.
    """
    profile = verify(decode(Profile, signed.body, MAX_SIGNED).device, Purpose.PROFILE, Profile, signed)
    if not all(map(is_line, (profile.full_name, profile.position, profile.location))):
        raise Malformed("profile: a line that cannot be shown as it is")
    if not is_text(profile.description):
        raise Malformed("profile: invisible characters")
    return profile
