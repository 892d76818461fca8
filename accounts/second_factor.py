"""Six-digit codes and backup codes.

A code is exactly six ASCII digits, or a backup code. Spaces, and the dashes of a
backup code, do not matter, nor does the case of its letters. Nothing else is a code.
"""

import re
import secrets
from base64 import b32encode
from binascii import unhexlify

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import BackupCode, BackupDevice, Person

SIX_DIGITS = re.compile(r"[0-9]{6}")
BACKUP_CODE = re.compile(r"[A-Z2-7]{30}")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HOW_MANY = 10
GROUP = 5


def read_code(text: str) -> str | None:
    """Return the code without spaces and dashes, or None when it is no code."""
    if len(text) > 64 or not text.isascii():
        return None
    bare = text.replace(" ", "")
    if SIX_DIGITS.fullmatch(bare):
        return bare
    bare = bare.replace("-", "").upper()
    return bare if BACKUP_CODE.fullmatch(bare) else None


@transaction.atomic
def verify(person: Person, text: str, *, confirmed: bool = True) -> Device | None:
    """Use up a code of this person and return its device, or None."""
    code = read_code(text)
    if code is None:
        return None
    model = TOTPDevice if len(code) == 6 else BackupDevice
    devices = model.objects.filter(user=person, confirmed=confirmed)
    # Writing first takes the lock, also in SQLite, which has no SELECT FOR UPDATE:
    # two requests cannot both find the same code unused.
    devices.update(name=F("name"))
    device = devices.select_for_update().first()
    return device if device is not None and device.verify_token(code) else None


def start_totp(person: Person) -> TOTPDevice:
    """Make a secret that counts only once a code from it was seen."""
    TOTPDevice.objects.filter(user=person, confirmed=False).delete()
    return TOTPDevice.objects.create(user=person, name="Authenticator app", confirmed=False)


def finish_totp(person: Person, code: str) -> bool:
    """Put the new secret in the place of the old one, if the code is right."""
    device = verify(person, code, confirmed=False)
    if not isinstance(device, TOTPDevice):
        return False
    with transaction.atomic():
        TOTPDevice.objects.filter(user=person, confirmed=True).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
    return True


def secret_text(device: TOTPDevice) -> str:
    """The secret as authenticator apps take it when typed."""
    return b32encode(unhexlify(device.key)).decode()


def replace_backup_codes(person: Person) -> list[str]:
    """Make new backup codes; the old ones end. This is the only time they are seen."""
    codes: dict[str, str] = {}
    while len(codes) < HOW_MANY:
        code = "".join(secrets.choice(ALPHABET) for _ in range(6 * GROUP))
        codes[code[:GROUP]] = code
    # Hashed before the transaction: hashing is slow on purpose, and would hold the lock.
    hashes = {first: make_password(code[GROUP:]) for first, code in codes.items()}
    with transaction.atomic():
        BackupDevice.objects.filter(user=person).delete()
        device = BackupDevice.objects.create(user=person, name="Backup codes")
        BackupCode.objects.bulk_create(
            BackupCode(device=device, selector=first, code_hash=hashed) for first, hashed in hashes.items()
        )
    return ["-".join(re.findall("." * GROUP, code)) for code in codes.values()]


def use_backup_code(device: BackupDevice, text: str) -> bool:
    """Use a backup code. It works once."""
    code = read_code(text) or ""
    if not device.verify_is_allowed()[0]:
        return False
    row = device.codes.filter(selector=code[:GROUP], used_at=None).first()
    right = row is not None and check_password(code[GROUP:], row.code_hash)
    if right and device.codes.filter(pk=row.pk, used_at=None).update(used_at=timezone.now()):
        device.throttle_reset()
        return True
    device.throttle_increment()
    return False
