"""The TLS key that lies beside the database."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from peernet.server.tls import load_pair


def test_the_same_certificate_is_shown_after_a_restart(tmp_path):
    key = bytes(32)
    assert load_pair(tmp_path / "tls.pem", key) == load_pair(tmp_path / "tls.pem", key)


def test_the_key_is_not_on_the_disk_in_the_clear(tmp_path):
    load_pair(tmp_path / "tls.pem", bytes(32))
    assert b"PRIVATE KEY" not in (tmp_path / "tls.pem").read_bytes()


@pytest.mark.parametrize("damage", ["another key", "cut", "empty"])
def test_a_file_that_does_not_open_says_what_to_do(tmp_path, damage):
    path = tmp_path / "tls.pem"
    load_pair(path, bytes(32))
    content = {"another key": path.read_bytes(), "cut": path.read_bytes()[:-1], "empty": b""}[damage]
    path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match="Put back the key"):
        load_pair(path, b"\x01" * 32 if damage == "another key" else bytes(32))
