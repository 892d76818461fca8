"""What one can do with an account: invite, open, sign in, sign off, change, end.

An address is the network address of whoever asks; it is counted and audited.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import devices, second_factor, throttle
from accounts.audit import note
from accounts.errors import (
    CodeRefused,
    InvitationRefused,
    NameTaken,
    NotOpen,
    SignInRefused,
    TooManyTries,
)
from accounts.models import ApiToken, AuditEntry, Invitation, Person, random_salt
from accounts.names import clean_name, name_key
from accounts.passwords import hash_new_password, is_password_of
from accounts.signals import person_changed
from accounts.tokens import TOKEN_LIFE, fingerprint, tell_signed_off
from peers.protocol.signing import public_bytes

What = AuditEntry.What


# Invitations


@transaction.atomic
def invite(
    user_name: str,
    *,
    display_name: str = "",
    role: str = Person.Role.PERSON,
    days: int = 7,
    by: Person | None = None,
    address: str = "",
) -> tuple[Invitation, str]:
    """Reserve the name and return an invitation with its token, seen only now."""
    person = Person(user_name=clean_name(user_name), display_name=display_name, role=role)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as err:
        raise NameTaken from err
    return renew_invitation(person, days=days, by=by, address=address)


@transaction.atomic
def renew_invitation(
    person: Person, *, days: int = 7, by: Person | None = None, address: str = ""
) -> tuple[Invitation, str]:
    """Invite again; earlier invitations end. An active person must be deactivated first."""
    if person.is_active:
        raise InvitationRefused("This account is already open.")
    person.invitations.filter(used_at=None).delete()
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        person=person,
        token_hash=fingerprint(token),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    person_changed.send(Person, person=person)
    note(What.INVITED, by, address, person.user_name)
    return invitation, token


def invitation_link(token: str) -> str:
    """The link to hand over, with where nodes find us and by which key. What follows the # is in no server's log."""
    return f"{_here('invitation')}#token={token}&{_where()}"


def computer_link() -> str:
    """The link by which a new computer of somebody who has an account finds us. It opens nothing by itself."""
    return f"{_here('computer')}#{_where()}"


def _here(page: str) -> str:
    return f"{settings.PEERNET_ADDRESS.rstrip('/')}/{page}/"


def _where() -> str:
    key = public_bytes(devices.server_key()).hex()
    return f"server={settings.PEERNET_NODES_ADDRESS}&key={key}"


def access_invitation(token: str) -> Invitation:
    """Return the open invitation with this token."""
    rows = Invitation.objects.select_related("person")
    invitation = rows.filter(token_hash=fingerprint(token)).first()
    if invitation is None or not invitation.is_open(timezone.now()):
        raise InvitationRefused
    return invitation


def start_invitation(token: str, password: str, address: str) -> TOTPDevice:
    """Choose a password and get a TOTP secret. Nothing counts until the finish."""
    throttle.count_address(address)
    invitation = access_invitation(token)
    hashed = hash_new_password(password, invitation.person)
    with transaction.atomic():
        invitation.pending_password = hashed
        invitation.save(update_fields=["pending_password"])
        return second_factor.start_totp(invitation.person)


def finish_invitation(token: str, code: str, address: str) -> tuple[Person, list[str]]:
    """Open the account with a first code; return it with its backup codes."""
    throttle.count_address(address)
    invitation = access_invitation(token)
    person = invitation.person
    # A wrong code is counted by the device, so it must not be rolled back.
    if not invitation.pending_password or not second_factor.finish_totp(person, code):
        raise CodeRefused
    with transaction.atomic():
        mine = Invitation.objects.filter(pk=invitation.pk, used_at=None)
        if mine.update(used_at=timezone.now(), pending_password="") != 1:
            raise InvitationRefused
        person.password = invitation.pending_password
        person.is_active = True
        person.save(update_fields=["password", "is_active"])
        person_changed.send(Person, person=person)
        note(What.ACCOUNT_OPENED, person, address)
    return person, second_factor.replace_backup_codes(person)


# Signing in and off


def prove(name: str, password: str, code: str, address: str) -> Person:
    """Return the person whose name, password and code these are.

    One answer for everything wrong, and the password is hashed for unknown names
    too, so that neither words nor time tell who exists.
    """
    person = Person.objects.filter(name_key=name_key(name)).first()
    try:
        throttle.count_try(name, address)
    except TooManyTries:
        if throttle.is_worth_noting(name if person else "", address):
            note(What.THROTTLED, person, address)
        raise
    device = None
    if is_password_of(person, password) and person and person.is_active and throttle.may_guess_code(person.pk):
        device = second_factor.verify(person, code)
    if person is None or device is None:
        note(What.SIGN_IN_REFUSED, person, address)
        raise SignInRefused
    throttle.forgive(name, address)
    person.otp_device = device
    return person


def sign_in(name: str, password: str, code: str, address: str, device_key: str = "") -> tuple[ApiToken, str]:
    """Sign a node in; return its token, seen only now."""
    person = prove(name, password, code, address)
    raw = secrets.token_urlsafe(32)
    # Signing in is as good a moment as any to forget what has expired.
    person.tokens.filter(expires_at__lte=timezone.now()).delete()
    token = person.tokens.create(
        token_hash=fingerprint(raw),
        device_key=device_key,
        expires_at=timezone.now() + TOKEN_LIFE,
    )
    note(What.SIGNED_IN, person, address)
    return token, raw


@transaction.atomic
def sign_off(token: ApiToken, address: str) -> None:
    """End this token; its device is gone at once."""
    note(What.SIGNED_OFF, token.person, address)
    ApiToken.objects.filter(pk=token.pk).delete()
    tell_signed_off(token.person, {token.device_key})


# Changes, each against the password and a fresh code


def prove_again(person: Person, password: str, code: str, address: str) -> None:
    """A stolen session must not be enough to change what protects the account."""
    prove(person.user_name, password, code, address)


def change_password(
    person: Person, password: str, code: str, new: str, address: str, keep: ApiToken | None = None
) -> None:
    """Change the password; every other session and token ends."""
    # Judged first: a poor choice should not use up the code.
    hashed = hash_new_password(new, person)
    prove_again(person, password, code, address)
    with transaction.atomic():
        person.password = hashed
        person.save(update_fields=["password"])
        end_sessions(person, keep)
        note(What.PASSWORD_CHANGED, person, address)


def start_totp(person: Person, password: str, code: str, address: str) -> TOTPDevice:
    """Give out a new secret. The old one counts until the finish."""
    prove_again(person, password, code, address)
    return second_factor.start_totp(person)


def finish_totp(person: Person, code: str, address: str, keep: ApiToken | None = None) -> None:
    """Put the new secret in place; every other session and token ends."""
    throttle.count_address(address)
    if not second_factor.finish_totp(person, code):
        raise CodeRefused
    with transaction.atomic():
        end_sessions(person, keep)
        note(What.TOTP_RENEWED, person, address)


def new_backup_codes(person: Person, password: str, code: str, address: str) -> list[str]:
    """Replace the backup codes, and return the new ones, seen only now."""
    prove_again(person, password, code, address)
    note(What.BACKUP_CODES_RENEWED, person, address)
    return second_factor.replace_backup_codes(person)


@transaction.atomic
def deactivate(person: Person, by: Person | None = None, address: str = "") -> None:
    """Close the account at once, with its sessions and tokens."""
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person)
    for device in person.devices.filter(withdrawal=None):
        devices.withdraw(device, by, address)
    # An invitation still lying about would open the account again.
    person.invitations.filter(used_at=None).delete()
    person_changed.send(Person, person=person)
    note(What.DEACTIVATED, by, address, person.user_name)


@transaction.atomic
def release(person: Person, by: Person | None = None, address: str = "") -> str:
    """Withdraw every device of a person, for theirs is lost; return the link for their new computer.

    Password, phone and codes stay as they are. Raises `NotOpen`.
    """
    if not person.is_active:
        raise NotOpen
    for device in person.devices.filter(withdrawal=None):
        devices.withdraw(device, by, address)
    end_sessions(person)
    note(What.RELEASED, by, address, person.user_name)
    return computer_link()


def end_sessions(person: Person, keep: ApiToken | None = None) -> None:
    """End every session and token but the one to keep."""
    person.session_salt = random_salt()
    person.save(update_fields=["session_salt"])
    ended = person.tokens.exclude(pk=keep.pk) if keep else person.tokens.all()
    gone = set(ended.values_list("device_key", flat=True)) - {keep.device_key if keep else ""}
    ended.delete()
    tell_signed_off(person, gone)
