"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# How long something takes is for `make bench` to say: a busy machine must not fail a test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

HERE = Path(__file__).parent
PROCESSES = {"browser", "faults", "journeys"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test of real processes again before its failure is believed; the summary counts every repeat."""
    for item in items:
        if item.path.relative_to(HERE).parts[0] in PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=2))
