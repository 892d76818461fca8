"""The tokens that nodes show: random, stored as a hash, short-lived unless they are used."""

import hashlib
import re
from datetime import timedelta

from django.utils import timezone

from accounts.errors import DeviceRefused, NotSignedIn
from accounts.models import ApiToken, Person
from accounts.signals import signed_off

TOKEN_LIFE = timedelta(days=7)
# However often it is used: then the person signs in again.
TOKEN_END = timedelta(days=90)
DEVICE_KEY = re.compile(r"[0-9a-f]{64}")


def fingerprint(token: str) -> str:
    """What is stored of a token. Tokens are random, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def access_token(raw: str) -> ApiToken:
    """Return the living token of an active person. One that is used in its last half lives on. Raises `NotSignedIn`."""
    token = ApiToken.objects.select_related("person").filter(
        token_hash=fingerprint(raw), expires_at__gt=timezone.now(), person__is_active=True
    )
    found = token.first()
    if found is None:
        raise NotSignedIn
    prolong(found)
    return found


def prolong(token: ApiToken) -> None:
    """Give a token in its last half a whole life again, up to 90 days after the sign-in."""
    now = timezone.now()
    later = min(now + TOKEN_LIFE, token.created_at + TOKEN_END)
    if token.expires_at - now < TOKEN_LIFE / 2 and later > token.expires_at:
        # Updated, not saved: a token that has just been ended stays ended.
        ApiToken.objects.filter(pk=token.pk).update(expires_at=later)
        token.expires_at = later


def tie(token: ApiToken, device: bytes) -> None:
    """Note that this device uses the token: when it ends, the device is gone. Raises `DeviceRefused` for another's."""
    if token.device_key == device.hex():
        return
    # Else the token in a stolen laptop could be moved to another device, and survive the laptop's withdrawal.
    if any(bytes(key).hex() == token.device_key for key in token.person.devices.values_list("key", flat=True)):
        raise DeviceRefused("You signed in for another device. Sign in again for this one.")
    ApiToken.objects.filter(pk=token.pk).update(device_key=device.hex())


def tell_signed_off(person: Person, device_keys: set[str]) -> None:
    """Send `signed_off` for each device. What a node wrote about itself at the sign-in may be no key at all."""
    for key in device_keys:
        if DEVICE_KEY.fullmatch(key):
            signed_off.send(Person, person=person, device=bytes.fromhex(key))
