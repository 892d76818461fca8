"""Olm between two devices, its double ratchet and its short authentication string: the only importer of vodozemac."""

from collections.abc import Iterable

import vodozemac

from peers.protocol.errors import BadSignature, CannotOpen, Malformed

PICKLE_KEY_LENGTH = 32


class Session:
    """One ratchet between two devices. It moves at each seal and open, so store it in the same transaction."""

    def __init__(self, inner: vodozemac.Session) -> None:
        self._inner = inner

    @property
    def id(self) -> str:
        """The id that both sides compute alike."""
        return self._inner.session_id

    def seal(self, plaintext: bytes) -> tuple[int, bytes]:
        """Return Olm's message type (0 pre-key, 1 normal) and ciphertext."""
        kind, ciphertext = self._inner.encrypt(plaintext).to_parts()
        return kind, bytes(ciphertext)

    def open(self, kind: int, ciphertext: bytes) -> bytes:
        """Return what the other side sealed. Raises `CannotOpen`, with the ratchet where it was."""
        try:
            return bytes(self._inner.decrypt(_message(kind, ciphertext)))
        except vodozemac.OlmDecryptionException as err:
            raise CannotOpen("session") from err

    def matches(self, kind: int, ciphertext: bytes) -> bool:
        """Tell whether a pre-key message belongs to this session."""
        if kind != 0:
            return False
        pre_key = _message(kind, ciphertext).to_pre_key()
        return pre_key is not None and self._inner.session_matches(pre_key)

    def pickle(self, key: bytes) -> str:
        """Return the state, encrypted by `key` (32 bytes, fresh for each pickle: vodozemac takes the IV from it)."""
        return self._inner.pickle(key)

    @classmethod
    def from_pickle(cls, pickle: str, key: bytes) -> "Session":
        """Return a stored session. Raises `CannotOpen` for damaged state or another key."""
        try:
            return cls(vodozemac.Session.from_pickle(pickle, key))
        except (vodozemac.PickleException, ValueError) as err:
            raise CannotOpen("session state") from err


class Account:
    """A device's Olm keys: the identity, and the current and previous fallback key."""

    def __init__(self, inner: vodozemac.Account) -> None:
        self._inner = inner

    @classmethod
    def new(cls) -> "Account":
        """Return new keys with a first fallback key."""
        account = cls(vodozemac.Account())
        account.rotate()
        return account

    @property
    def identity(self) -> bytes:
        """The 32 bytes of the Curve25519 identity key."""
        return bytes(self._inner.curve25519_key.to_bytes())

    def rotate(self) -> bytes:
        """Make a new fallback key, keep the one before, forget older ones; return the new one's 32 bytes.

        vodozemac shows a fallback key only until it is marked as published, so the caller stores what it gets.
        Its type stubs lack both names.
        """
        self._inner.generate_fallback_key()  # type: ignore[attr-defined]
        (key,) = self._inner.fallback_key.values()  # type: ignore[attr-defined]
        self._inner.mark_keys_as_published()
        self.fallback = bytes(key.to_bytes())
        return self.fallback

    def start_session(self, identity: bytes, fallback: bytes) -> Session:
        """Return a new session to the device with these keys. Raises `Malformed` for keys that are none."""
        try:
            return Session(self._inner.create_outbound_session(_public(identity), _public(fallback)))
        except vodozemac.SessionCreationException as err:
            raise Malformed("Olm keys of the card") from err

    def accept_session(self, identity: bytes, ciphertext: bytes) -> tuple[Session, bytes]:
        """Return the session that a pre-key message starts, and what it says. Raises `CannotOpen`."""
        pre_key = _message(0, ciphertext).to_pre_key()
        if pre_key is None:
            raise Malformed("pre-key message")
        try:
            session, plaintext = self._inner.create_inbound_session(_public(identity), pre_key)
        except (vodozemac.SessionCreationException, vodozemac.OlmDecryptionException) as err:
            raise CannotOpen("pre-key message") from err
        return Session(session), bytes(plaintext)

    def pickle(self, key: bytes) -> str:
        """Return the state, encrypted by `key` (32 bytes, fresh for each pickle)."""
        return self._inner.pickle(key)

    @classmethod
    def from_pickle(cls, pickle: str, key: bytes, fallback: bytes) -> "Account":
        """Return the stored keys, with the fallback key that `rotate` returned last."""
        try:
            account = cls(vodozemac.Account.from_pickle(pickle, key))
        except (vodozemac.PickleException, ValueError) as err:
            raise CannotOpen("account state") from err
        account.fallback = fallback
        return account


class Sas:
    """Our half of one comparison by a short string: a key that serves once."""

    def __init__(self) -> None:
        self._inner = vodozemac.Sas()
        self.key = bytes(self._inner.public_key.to_bytes())

    def agree(self, theirs: bytes) -> "Agreed":
        """Return what our key and theirs make. Raises `Malformed` for a key that is none, or that is too weak."""
        try:
            return Agreed(self._inner.diffie_hellman(_public(theirs)))
        except (vodozemac.KeyException, vodozemac.SasException) as err:
            raise Malformed("comparison key") from err


class Agreed:
    """What two keys made: the string that people compare, and proofs that belong to it."""

    def __init__(self, inner: vodozemac.EstablishedSas) -> None:
        self._inner = inner

    def emoji(self, info: str) -> list[int]:
        """Return the seven numbers, below 64, of the emoji to show."""
        return list(self._inner.bytes(info).emoji_indices)

    def prove(self, text: str, info: str) -> str:
        """Return a MAC of a text, in unpadded base64."""
        return self._inner.calculate_mac(text, info)

    def check(self, text: str, info: str, mac: str) -> None:
        """Raise `BadSignature` unless this is the MAC of a text."""
        try:
            self._inner.verify_mac(text, info, mac)
        except (vodozemac.SasException, ValueError) as err:
            raise BadSignature("comparison: proof") from err


def sealing_session(ids: Iterable[str]) -> str:
    """Return which session to seal with: the lowest id, on which both sides agree at once."""
    return min(ids)


def _message(kind: int, ciphertext: bytes) -> vodozemac.AnyOlmMessage:
    try:
        return vodozemac.AnyOlmMessage.from_parts(kind, ciphertext)
    except (vodozemac.DecodeException, ValueError) as err:
        raise Malformed("Olm message") from err


def _public(key: bytes) -> vodozemac.Curve25519PublicKey:
    try:
        return vodozemac.Curve25519PublicKey.from_bytes(key)
    except (vodozemac.KeyException, ValueError) as err:
        raise Malformed("Curve25519 key") from err
