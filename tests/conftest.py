"""What all tests share."""

from collections import Counter
from typing import Any

from hypothesis import settings

# How long something takes is for `make bench` to say: a busy machine must not fail a test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly what was not tested, so that a short run is not taken for a whole one."""
    skipped = terminalreporter.getreports("skipped")
    if not skipped:
        return
    terminalreporter.section("NOT EVERYTHING WAS TESTED", red=True, bold=True)
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} skipped: {reason}", red=True)
