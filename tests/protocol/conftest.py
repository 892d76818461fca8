import pytest

from tests.protocol.cast import Device


@pytest.fixture
def alice() -> Device:
    return Device.new()


@pytest.fixture
def bob() -> Device:
    return Device.new()


@pytest.fixture
def mallory() -> Device:
    return Device.new()
