"""What protects the member's account, changed at the login server with the password and a fresh code."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import auth
from django.http import HttpRequest

from accounts.models import Person
from peers import events
from peers.answers import TotpSecret
from peers.login_server import LoginServerClient, NotSignedIn, ServerUnreachable
from peers.member.errors import CodeNeeded, ServerAway
from peers.member.sign_in import asking

T = TypeVar("T")
AWAY = "The login server cannot be reached just now, and only it can change this. Nothing was changed; try again later."
# Each is hashed slowly, so that guessing is slow.
MAKING_CODES = "Your backup codes are being made, which takes a few seconds."


def change_password(request: HttpRequest, password: str, code: str, new: str) -> None:
    """Change the password at the login server and here; every other session ends. Raises `SignInError`."""
    _ask(lambda client: client.change_password(client.server.token, password, code, new))
    person = Person.objects.get(pk=request.user.pk)
    person.set_password(new)
    person.save(update_fields=["password"])
    auth.update_session_auth_hash(request, person)
    events.publish("ended")


def start_totp(password: str, code: str) -> TotpSecret:
    """Return a new secret for the phone; the old one counts until `finish_totp`. Raises `SignInError`."""
    return _ask(lambda client: client.start_totp(client.server.token, password, code))


def finish_totp(code: str) -> None:
    """Put the new secret in the place of the old one, by its first code. Raises `SignInError`."""
    _ask(lambda client: client.finish_totp(client.server.token, code))


def new_backup_codes(password: str, code: str) -> list[str]:
    """Replace the backup codes, and return the new ones, seen only now. Raises `SignInError`."""
    return _ask(lambda client: client.new_backup_codes(client.server.token, password, code))


def _ask(call: Callable[[LoginServerClient], T]) -> T:
    with asking() as client:
        try:
            return call(client)
        except ServerUnreachable as err:
            raise ServerAway(AWAY) from err
        except NotSignedIn as err:
            raise CodeNeeded from err
