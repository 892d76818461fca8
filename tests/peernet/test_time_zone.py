"""Which zone a node tells times in."""

from peernet import time_zone


def test_the_environment_names_the_zone(monkeypatch):
    monkeypatch.setenv("TZ", ":Pacific/Auckland")
    assert time_zone.local_zone() == "Pacific/Auckland"


def test_else_the_link_of_the_system_does(monkeypatch, tmp_path):
    monkeypatch.delenv("TZ", raising=False)
    zone = tmp_path / "zoneinfo" / "Europe" / "Zurich"
    zone.parent.mkdir(parents=True)
    zone.touch()
    (tmp_path / "localtime").symlink_to(zone)
    monkeypatch.setattr(time_zone, "LINK", tmp_path / "localtime")
    assert time_zone.local_zone() == "Europe/Zurich"


def test_without_either_it_is_utc(monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Middle/Earth")
    assert time_zone.local_zone() == "UTC"
