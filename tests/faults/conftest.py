"""One town for all faults."""

import pytest

from tests.faults import scale
from tests.faults.town import Town


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """Alice and Bob at home, who have greeted each other; Carol away."""
    made = Town(tmp_path_factory.mktemp("town"))
    try:
        made.meet()
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def fair_weather(request):
    """No fault outlives its test."""
    yield
    if "town" in request.fixturenames:
        for node in request.getfixturevalue("town").nodes:
            node.proxy.mend()
            node.orders.withdraw_all(but="heal-every")


def pytest_collection_modifyitems(items):
    """The whole rig runs for hours, and says itself when it waits in vain."""
    if scale.WHOLE:
        for item in items:
            item.add_marker(pytest.mark.timeout(0))
