"""Who is there: a device that reported within 90 seconds. A report that changes nothing writes nothing."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import DeviceRefused
from accounts.models import ApiToken
from accounts.tokens import TOKEN_LIFE, access_token, fingerprint, tie
from peers import directory
from peers.models import DirectoryEntry
from peers.older import blocks

INTERVAL = 30
SILENCE = 90
SWEEP_EVERY = 5
# Longer than the silence: the sweeper wants to know when the last report was.
KEPT_SECONDS = 2 * SILENCE
AT_ONCE = 500
CERTIFY = "Have this device certified first."

# Everybody asks this every 30 seconds. The ORM takes 2 ms to put such a question into words, and the answer 0.1 ms.
STEADY = """
    SELECT entry.card_version, counter.last
    FROM accounts_apitoken token
    JOIN accounts_person person ON person.id = token.person_id
    JOIN accounts_persondevice device ON device.person_id = person.id
    JOIN peers_directoryentry entry ON entry.device_id = device.id
    JOIN peers_changecounter counter ON counter.id = 1
    WHERE token.token_hash = %s AND token.device_key = %s AND token.expires_at > %s AND person.is_active
      AND device.key = %s AND device.withdrawal IS NULL AND device.expires_at > %s AND entry.online
"""

log = logging.getLogger(__name__)


def report(raw_token: str, device: bytes, version: int) -> dict[str, Any]:
    """Take a device's word that it is there. Raises `NotSignedIn`, or `DeviceRefused` for one that is not theirs."""
    # A token in its last half is to be prolonged, which is a change.
    if (answer := steady_report(raw_token, device, version)) is None:
        take_note(raw_token, device, time.time())
        answer = steady_report(raw_token, device, version, timedelta(0))
    if answer is None:
        # Signed off or withdrawn between the two looks.
        raise DeviceRefused(CERTIFY)
    return answer


def steady_report(
    raw_token: str, device: bytes, version: int, left: timedelta = TOKEN_LIFE / 2
) -> dict[str, Any] | None:
    """Take the word of a device that was there before, whose token has so much left; None when anything changes."""
    heard = time.time()
    known = look(raw_token, device, left)
    if known is None:
        return None
    cache.set(key_of(device), heard, KEPT_SECONDS)
    card_version, last = known
    wanted = card_version < version
    return {
        "cursor": last,
        "card_version": card_version,
        "card_wanted": wanted,
        "withdrawals": directory.withdrawals_at(last),
        "interval": INTERVAL,
        **blocks.for_nodes(last),
    }


def look(raw_token: str, device: bytes, left: timedelta) -> tuple[int, int] | None:
    """Return the card's version and the last change if this report changes nothing and the token has so much left."""
    now = timezone.now()
    usable, certified = (connection.ops.adapt_datetimefield_value(at) for at in (now + left, now))
    with connection.cursor() as cursor:
        cursor.execute(STEADY, [fingerprint(raw_token), device.hex(), usable, device, certified])
        return cursor.fetchone()


def take_note(raw_token: str, device: bytes, heard: float) -> None:
    """Do what a report may change: prolong and tie the token, and show the device as there."""
    token = access_token(raw_token)
    entries = DirectoryEntry.objects.select_related("device")
    entry = entries.filter(device__key=device, device__person=token.person_id).first() or new_entry(token, device)
    if entry.device.withdrawal or entry.device.expires_at <= timezone.now():
        raise DeviceRefused(CERTIFY)
    tie(token, device)
    if not entry.online:
        # Before the row: the sweeper must not find somebody there who was never heard.
        cache.set(key_of(device), heard, KEPT_SECONDS)
        turn_online(entry)


def new_entry(token: ApiToken, device: bytes) -> DirectoryEntry:
    """Return an entry for a device that was certified before there was a directory."""
    known = token.person.devices.filter(key=device).first()
    if known is None:
        raise DeviceRefused(CERTIFY)
    return DirectoryEntry(device=known)


def key_of(device: bytes) -> str:
    return f"heard:{bytes(device).hex()}"


@transaction.atomic
def turn_online(entry: DirectoryEntry) -> None:
    """Show the device as there, unless it was withdrawn or its person's account closed meanwhile."""
    rows = DirectoryEntry.objects.select_for_update().select_related("device__person")
    fresh = rows.filter(device=entry.device_id).first() or directory.access_entry(entry.device)
    if not fresh.online and fresh.device.withdrawal is None and fresh.device.person.is_active:
        directory.write(fresh, online=True, last_seen=timezone.now())


def sweep(now: float) -> int:
    """Turn those offline who have been silent for 90 seconds, and return how many."""
    online = DirectoryEntry.objects.filter(online=True).values_list("pk", "device__key")
    keys = {pk: key_of(device) for pk, device in online}
    heard = cache.get_many(keys.values())
    silent = [pk for pk, key in keys.items() if heard.get(key, 0) <= now - SILENCE]
    for start in range(0, len(silent), AT_ONCE):
        turn_offline(silent[start : start + AT_ONCE], keys, now)
    return len(silent)


@transaction.atomic
def turn_offline(silent: list[int], keys: dict[int, str], now: float) -> None:
    # Asked again under the lock: one that reported meanwhile stays.
    rows = list(DirectoryEntry.objects.select_for_update().filter(pk__in=silent, online=True))
    heard = cache.get_many(keys[row.pk] for row in rows)
    for row in rows:
        last = heard.get(keys[row.pk], 0)
        if last <= now - SILENCE:
            seen = datetime.fromtimestamp(last, UTC) if last else row.last_seen
            directory.write(row, online=False, last_seen=seen)


class Sweeper:
    """The thread that sweeps. After a start everybody gets 90 seconds to report before silence counts."""

    def __init__(self, every: float = SWEEP_EVERY, grace: float = SILENCE) -> None:
        self.every, self.grace = every, grace
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin the grace."""
        self._thread.start()

    def stop(self) -> None:
        """End after the sweep under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        wait = self.grace
        while not self._stopping.wait(wait):
            wait = self.every
            try:
                sweep(time.time())
            except Exception:
                # A database that is away for a while must not end the sweeping for good.
                log.exception("the sweep failed, and is tried again")
                connection.close_if_unusable_or_obsolete()
        connection.close()
