"""Signing in on this node: the login server judges, and this node becomes, or stays, a device of the person."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django_otp import login as otp_login

from accounts import throttle
from accounts.models import Person
from accounts.names import name_key
from peers import certification, events
from peers import own as own_device
from peers.addresses import own_addresses
from peers.answers import SignedIn
from peers.login_server import LoginServerClient, LoginServerError, NotSignedIn, Refused, ServerUnreachable, known
from peers.member import membership
from peers.member.access import OFFLINE
from peers.member.browsers import note_sign_in
from peers.member.errors import (
    NoLoginServer,
    NotCertified,
    NotHere,
    NotPrepared,
    OtherDevice,
    Refusal,
    ServerAway,
    WrongProof,
)
from peers.models import LoginServer, LoginServerDevice, OwnDevice

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in(request: HttpRequest, name: str, password: str, code: str, address: str) -> None:
    """Sign the member in, at the login server and on this node.

    With the login server away, the password alone opens an offline session, if the settings allow it. Raises
    `SignInError` or `accounts.errors.TooManyTries`; one and the same for whichever of the three is wrong.
    """
    throttle.count_try(name, address)
    with asking() as client:
        try:
            answer = client.sign_in(name, password, code, bytes(_own().device))
        except ServerUnreachable as err:
            _sign_in_offline(request, name, password, err)
        else:
            _sign_in_online(request, client, answer, password)
    throttle.forgive(name, address)


def sign_off(request: HttpRequest) -> None:
    """End the member's sessions on this node, and tell the login server if it can be reached."""
    server = known()
    if server is not None and server.token:
        # Unheard, it sees us as offline when no report has come for 90 s; and the token is forgotten here.
        with asking() as client, suppress(ServerUnreachable, NotSignedIn):
            client.sign_off(server.token)
    membership.end()
    auth.logout(request)


def is_confirmed(device: LoginServerDevice, code: str) -> bool:
    """Ask the login server about a code and the password that was typed with it. Raises `SignInError`."""
    with asking() as client:
        try:
            answer = client.sign_in(device.user.get_username(), device.password, code)
        except ServerUnreachable as err:
            raise ServerAway from err
        except Refused as err:
            if err.status == WrongProof.status:
                return False
            raise
        client.sign_off(answer.token)
    return True


@contextmanager
def asking() -> Iterator[LoginServerClient]:
    """Give a client of this node's login server, and turn what goes wrong into our own errors.

    Raises `SignInError`: it may refuse, be away from the start, or die between two questions.
    """
    server = known()
    if server is None:
        raise NoLoginServer
    client = LoginServerClient(server)
    try:
        yield client
    except Refused as err:
        raise Refusal(err.status, err.sentence) from err
    except LoginServerError as err:
        raise ServerAway from err
    finally:
        client.close()


def _own() -> OwnDevice:
    own = own_device.own_device()
    if own is None:
        # `runnode` makes it before it opens a door; `runserver` does not.
        raise NotPrepared
    return own


def _sign_in_online(request: HttpRequest, client: LoginServerClient, answer: SignedIn, password: str) -> None:
    try:
        certificate = _join(client, answer)
        person = _remember(client.server, answer, certificate, password)
        _publish_card(client, answer.token)
    except Exception:
        _give_back(client, answer.token)
        raise
    device, _ = LoginServerDevice.objects.get_or_create(user=person, defaults={"name": "login server"})
    request.session.pop(OFFLINE, None)
    auth.login(request, person, backend=BACKEND)
    otp_login(request, device)
    note_sign_in(request)
    events.publish("links")


def _publish_card(client: LoginServerClient, token: str) -> None:
    """Publish our card, above any that this home forgot when it was put back from a copy."""
    own = _own()
    try:
        client.publish_card(token, bytes(own.card))
    except Refused as err:
        if err.code != "card-refused":
            raise
        own_device.overtake(own, client.presence(token, bytes(own.device), own.card_version).card_version)
        client.publish_card(token, bytes(_own().card))


def _give_back(client: LoginServerClient, token: str) -> None:
    """End a token that is of no use here. What went wrong before matters more than whether this is heard."""
    try:
        client.sign_off(token)
    except LoginServerError:
        return


def _join(client: LoginServerClient, answer: SignedIn) -> bytes:
    """Make this node a device of the person, if it may be; return its certificate."""
    own, person = _own(), answer.person.id.bytes
    if own.person and bytes(own.person) != person:
        raise NotHere
    listed = certification.listed(client, answer.token, str(answer.person.id))
    if listed and bytes(own.device) not in listed:
        raise OtherDevice
    try:
        certificate = certification.certify(client, answer.token, own, person)
        if not listed:
            certification.begin_list(client, answer.token, own, person)
    except Refused as err:
        raise NotCertified(err.sentence) from err
    return certificate


@transaction.atomic
def _remember(server: LoginServer, answer: SignedIn, certificate: bytes, password: str) -> Person:
    own = OwnDevice.objects.select_for_update().get()
    person_id = answer.person.id.bytes
    if own.person and bytes(own.person) != person_id:
        raise NotHere
    own.person, own.certificate = person_id, certificate
    own.save(update_fields=["person", "certificate"])
    own_device.refresh_card(own, own_addresses())
    LoginServer.objects.filter(pk=server.pk).update(token=answer.token, down_since=None)
    return _mirror(answer, password)


def _mirror(answer: SignedIn, password: str) -> Person:
    """Keep the member's account here, with a hash of the password for when the login server is away."""
    person = Person.objects.filter(pk=answer.person.id).first() or Person(pk=answer.person.id)
    person.user_name, person.display_name = answer.person.name, answer.person.display_name
    person.role, person.is_active = answer.person.role, True
    if not person.has_usable_password() or not person.check_password(password):
        # Only then: a new hash ends the sessions in other browsers.
        person.set_password(password)
    person.save()
    return person


def _sign_in_offline(request: HttpRequest, name: str, password: str, err: Exception) -> None:
    member = membership.member()
    if not settings.PEERNET_OFFLINE_SIGN_IN or member is None:
        raise ServerAway from err
    is_member = name_key(name) == member.name_key
    # The password is hashed for any name, so that the time tells nothing.
    if not (member.check_password(password) and is_member):
        raise WrongProof from err
    auth.login(request, member, backend=BACKEND)
    request.session[OFFLINE] = True
    note_sign_in(request)
