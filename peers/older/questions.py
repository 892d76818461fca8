"""What older nodes ask: our key, a proof that it works, and how the member is."""

from django.utils import timezone

from peers import hooks
from peers.classic import handshake
from peers.classic.codes import ClassicError, Code
from peers.classic.fields import Body
from peers.older import limits, people, server, settings
from peers.older.reception import opener_of


def answer_handshake(data: bytes, source: str) -> str:
    """Return the plaintext of a text that handshakes carry. Raises `ClassicError` for every other."""
    limits.count(limits.HANDSHAKES, "handshake", source)
    body = Body(data)
    people.check_not_blocked(body.text("sender"))
    destination, sealed = body.text("destination"), body.text("message")
    if body.option("encryption") is None:
        raise ClassicError(Code.MISSING_FIELD, "encryption")
    if not settings.is_own_name(destination):
        raise ClassicError(Code.UNAVAILABLE)
    text = opener_of(body).open(sealed)
    if not handshake.may_answer(text):
        # The same answer as for what cannot be decrypted, so that it tells nothing about the text.
        raise ClassicError(Code.ENCRYPTION)
    return text


def public_key(data: bytes, source: str) -> str:
    """Return our public key in hex. Raises `ClassicError` when somebody else's is asked for."""
    limits.count(limits.QUESTIONS, "questions", source)
    body = Body(data)
    people.check_not_blocked(body.optional("sender"))
    name = body.optional("profile_username") or body.optional("username")
    if name and not settings.is_own_name(name):
        raise ClassicError(Code.UNAVAILABLE)
    return settings.own_key().public_hex


def profile(data: bytes, source: str) -> dict[str, str | int]:
    """Return the member's profile. Raises `ClassicError` when somebody else's is asked for."""
    limits.count(limits.QUESTIONS, "questions", source)
    body = Body(data)
    people.check_not_blocked(body.text("sender"))
    found = _told(body)
    fields: dict[str, str | int] = {
        "fullname": found.full_name,
        "position": found.position,
        "description": found.description,
        "location": found.location,
        "picture": _address(found),
        "encoding": 0,
        "encryption": 0,
        "decryptionKey": "",
    }
    changed = found.updated_at or timezone.now()
    return fields | ({"lastUpdated": int(changed.timestamp())} if settings.year() == 2018 else {})


def _address(found: hooks.ClassicProfile) -> str:
    """Return where the member's picture lies on this door; empty without one."""
    if not found.picture_mark:
        return ""
    ip, port = server.own_place()
    return f"http://{f'[{ip}]' if ':' in ip else ip}:{port}/picture/{found.picture_mark}.jpg"


def picture(mark: str) -> bytes | None:
    """Return the member's picture by what names it, or None."""
    found = hooks.classic_profile()
    return found.picture if found and mark and found.picture_mark == mark else None


def status(data: bytes, source: str) -> dict[str, str]:
    """Return how the member is. Raises `ClassicError` when somebody else is asked for."""
    limits.count(limits.QUESTIONS, "questions", source)
    return {"status": _told(Body(data)).status}


def _told(body: Body) -> hooks.ClassicProfile:
    found = hooks.classic_profile()
    if not settings.is_own_name(body.text("profile_username")) or found is None:
        raise ClassicError(Code.UNAVAILABLE)
    return found
