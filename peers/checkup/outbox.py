"""What waits in the outbox."""

from collections.abc import Iterator

from django.db.models import Min
from django.utils.timezone import localtime

from peers.checkup.findings import Finding, ok, warn
from peers.models import Delivery


def findings() -> Iterator[Finding]:
    """Tell how much waits, for how many devices, and since when."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, stream__closed_at=None)
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    if oldest is None:
        yield ok("outbox", "Nothing waits.")
        return
    devices = waiting.values("stream__peer").distinct().count()
    yield warn(
        "outbox",
        f"{waiting.count()} wait for {devices} devices, the oldest since {localtime(oldest):%Y-%m-%d %H:%M}. "
        "They go out as soon as those answer; manage.py sync tries now.",
    )
