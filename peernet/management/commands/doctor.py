"""manage.py doctor: what is well, what is not, and what to do."""

from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from peernet import checkup, database_key
from peernet.checks import ROLES
from peernet.server.doors import login_server_doors, node_doors
from peers import reachability
from peers.checkup import classic, company, front_door, outbox, own_door, peer_doors
from peers.checkup.findings import Finding, Level, fail, ok, warn
from peers.own import own_device, tls_fingerprint


class Command(BaseCommand):
    help = (
        "Look at settings, key, database, doors, clock, login server and everybody's door; one line each: ok, warn or "
        "fail, and what to do. Changes nothing, and works while PeerNet runs. Ends with 1 if anything fails."
    )
    # They are lines of the report.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for finding in self._findings():
            self._show(finding)
            failed += finding.level is Level.FAIL
        if failed:
            raise CommandError(f"{failed} {'thing needs' if failed == 1 else 'things need'} attention.")

    def _show(self, finding: Finding) -> None:
        style = {Level.OK: self.style.SUCCESS, Level.WARN: self.style.WARNING, Level.FAIL: self.style.ERROR}
        self.stdout.write(style[finding.level](f"{finding.level.value:<5}") + f" {finding.what:<14} {finding.sentence}")
        self.stdout.flush()

    def _findings(self) -> Iterator[Finding]:
        yield from checkup.settings_findings()
        if settings.PEERNET_ROLE not in ROLES:
            return
        yield from checkup.home_findings()
        yield (key := checkup.key_finding())
        if key.level is Level.FAIL or not checkup.has_key():
            return
        yield (database := checkup.database_finding())
        if database.level is Level.FAIL:
            return
        yield from _node() if settings.PEERNET_ROLE == "node" else _login_server()


def _node() -> Iterator[Finding]:
    own = own_device()
    if own is None or not own.tls_pair:
        yield warn("device", "It has no keys yet: the first start of runnode makes them.")
        return
    doors = node_doors()
    yield from checkup.door_findings(doors, tls_fingerprint(own))
    yield from own_door.findings(checkup.is_running(doors))
    yield from front_door.findings()
    yield from peer_doors.findings()
    yield from _ways()
    yield from outbox.findings()
    yield from classic.findings()


def _ways() -> Iterator[Finding]:
    """Say how this node is reached, and whom it cannot exchange anything with."""
    own, *others = reachability.findings()
    for each in (own, *(each for each in others if not each.is_well)):
        yield (ok if each.is_well else warn)("ways", each.sentence)


def _login_server() -> Iterator[Finding]:
    from peernet.server.tls import load_pair

    path = settings.PEERNET_HOME / "tls.pem"
    if not path.exists():
        yield warn("certificate", "There is none yet: the first start of runloginserver makes it.")
        return
    key = database_key.load(settings.PEERNET_HOME, settings.PEERNET_HOME / "peernet.sqlite3", settings.PEERNET_KEY)
    try:
        pair = load_pair(path, key)
    except ImproperlyConfigured as err:
        yield fail("certificate", str(err))
        return
    fingerprint = x509.load_pem_x509_certificate(pair).fingerprint(hashes.SHA256())
    yield from checkup.door_findings(login_server_doors(), fingerprint)
    yield from company.findings()
