import sqlite3

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from peernet import checks, database_key
from peernet.sqlcipher import base


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(database_key, "_kept", {})


def test_wrap_round_trip_and_wrong_passphrase():
    wrapped = database_key.wrap(b"k" * 32, "right")
    assert database_key.unwrap(wrapped, "right") == b"k" * 32
    with pytest.raises(ImproperlyConfigured, match="passphrase is wrong"):
        database_key.unwrap(wrapped, "wrong")


def test_change_passphrase(tmp_path, monkeypatch):
    monkeypatch.setenv("PEERNET_PASSPHRASE", "old")
    key = database_key.load(tmp_path, tmp_path / "db", "passphrase")
    database_key.change_passphrase(tmp_path, "old", "new")
    assert database_key.unwrap((tmp_path / database_key.WRAPPED_FILE).read_bytes(), "new") == key


def test_missing_key_beside_a_database_is_refused(tmp_path):
    (tmp_path / "db").write_bytes(b"x")
    with pytest.raises(ImproperlyConfigured, match="Put the key back"):
        database_key.load(tmp_path, tmp_path / "db", "file")
    assert not (tmp_path / database_key.KEY_FILE).exists()


def test_key_file_is_private(tmp_path):
    database_key.load(tmp_path, tmp_path / "db", "file")
    assert (tmp_path / database_key.KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Open the database of a home of its own, as a process that starts does."""
    made = connection.copy()
    made.settings_dict = {**connection.settings_dict, "NAME": str(tmp_path / "d.sqlite3")}
    monkeypatch.setattr(settings, "PEERNET_HOME", tmp_path)
    made.inc_thread_sharing()
    return lambda: made.get_new_connection(made.get_connection_params())


def write(raw):
    raw.execute("CREATE TABLE t (x)")
    raw.execute("INSERT INTO t VALUES ('canary-canary')")
    raw.commit()


def test_no_plaintext_on_disk(tmp_path, opened):
    raw = opened()
    write(raw)
    content = b"".join(file.read_bytes() for file in tmp_path.glob("d.sqlite3*"))
    raw.close()
    assert b"canary" not in content
    assert not content.startswith(b"SQLite format")
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(tmp_path / "d.sqlite3").execute("SELECT * FROM t")


def test_another_key_does_not_open_a_database(tmp_path, opened, monkeypatch):
    raw = opened()
    write(raw)
    raw.close()
    monkeypatch.setattr(database_key, "_kept", {tmp_path: b"w" * 32})
    with pytest.raises(base.Database.OperationalError, match="does not open"):
        opened()


def test_a_home_of_an_earlier_version_is_opened_as_it_is(opened, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(base, "PAGES_SEALED_BY", ("HMAC_SHA512",))
        write(opened())
    raw = opened()
    assert raw.execute("SELECT x FROM t").fetchall() == [("canary-canary",)]
    raw.execute("INSERT INTO t VALUES ('more')")
    raw.commit()
    assert opened().execute("SELECT count(*) FROM t").fetchone() == (2,)


def test_checks_refuse(monkeypatch, tmp_path):
    def ids():
        return [error.id for error in checks.check_start()]

    assert ids() == []
    monkeypatch.setattr(checks, "sqlite_version", lambda: "3.51.2")
    monkeypatch.setattr(checks, "version", lambda name: "0.9.9")
    monkeypatch.setattr(settings, "PEERNET_ROLE", "nodee")
    (tmp_path / "file").touch()
    monkeypatch.setattr(settings, "PEERNET_HOME", tmp_path / "file" / "home")
    monkeypatch.setattr(settings, "SECRET_KEY", settings.SAMPLE_SECRET)
    assert ids() == ["peernet.E001", "peernet.E002", "peernet.E003", "peernet.E004", "peernet.E005"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YEAR", 2019),
        ("SERVER_YEAR", 2016),
        ("MIN_ENCRYPTION", 6),
        ("LOCATION", "3"),
        ("SERVER", "http://login.example.com:8102"),
        ("SERVER", "https://203.0.113.9"),
        ("SERVER", "203.0.113.9:port"),
    ],
)
def test_checks_refuse_settings_of_the_classic_network_that_mean_nothing(monkeypatch, name, value):
    monkeypatch.setattr(settings, f"PEERNET_CLASSIC_{name}", value)
    assert checks.check_start() == []
    monkeypatch.setattr(settings, "PEERNET_CLASSIC", True)
    refused = checks.check_start()
    assert {error.id for error in refused} == {"peernet.E007"}
    assert f"PEERNET_CLASSIC_{name}" in refused[0].msg


@pytest.mark.parametrize("server", ["203.0.113.9:8102", "http://[2001:db8::9]:80", "http://127.0.0.1", ""])
def test_checks_let_a_literal_address_pass(monkeypatch, server):
    monkeypatch.setattr(settings, "PEERNET_CLASSIC", True)
    monkeypatch.setattr(settings, "PEERNET_CLASSIC_SERVER", server)
    assert checks.check_start() == []
