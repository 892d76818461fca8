"""The commands about people, on a node."""

import json

import pytest
from django.core.management import CommandError, call_command

from peers import people
from peers.models import Delivery, KnownPerson
from peers.protocol.codec import encode
from peers.protocol.safety import groups
from peers.protocol.statements import begin
from profiles import trust
from profiles.models import Verification
from profiles.payloads import REQUEST


@pytest.fixture(autouse=True)
def a_node(settings):
    settings.PEERNET_ROLE = "node"


@pytest.fixture
def pinned(alices, alice) -> KnownPerson:
    alices.statements = encode(people.StatementList([begin(alice.key, alice.person)]))
    alices.save()
    return alices


def run(capsys, *arguments: str) -> str:
    call_command(*arguments)
    return capsys.readouterr().out


def test_verify_prints_the_number_that_the_page_shows(pinned, capsys):
    said = run(capsys, "verify", "ALICE")
    assert " ".join(groups(trust.number_with(pinned))[:4]) in said
    assert "Not compared yet" in said


def test_verify_notes_a_comparison_of_the_right_number_only(pinned, capsys):
    with pytest.raises(CommandError, match="no longer the number"):
        call_command("verify", "alice", "--same", "1" * 60)
    assert "You compared it on" in run(capsys, "verify", "alice", "--same", " ".join(groups(trust.number_with(pinned))))
    assert Verification.objects.exists()


def test_verify_shows_a_qr_code(pinned, capsys):
    assert "█" in run(capsys, "verify", "alice", "--qr")


def test_verify_of_somebody_unknown_says_so(bob):
    with pytest.raises(CommandError, match="Nobody here has the user name 'carol'"):
        call_command("verify", "carol")


def test_verify_sends_to_the_conversation_when_keys_have_changed(pinned, alice, mallory):
    mallory.person = alice.person
    people._compare_lists(pinned, [begin(mallory.key, mallory.person)])
    with pytest.raises(CommandError, match="have changed"):
        call_command("verify", "alice")


def test_devices_lists_keys_and_states(alices, known_alice, known_mallory, capsys):
    said = run(capsys, "devices")
    assert bytes(known_alice.device).hex()[:16] in said
    assert "not on the trusted list" in said
    assert bytes(known_mallory.device).hex()[:16] not in run(capsys, "devices", "alice")


def test_sync_profiles_asks_everybody(alices, capsys, monkeypatch):
    monkeypatch.setattr("peers.syncing.carry", lambda seconds: [])
    assert "1 people were asked" in run(capsys, "sync_profiles")
    assert Delivery.objects.filter(kind=REQUEST).count() == 1


@pytest.mark.parametrize("seconds", ["0", "3601"])
def test_sync_profiles_takes_a_sensible_time(bob, seconds):
    with pytest.raises(CommandError, match="between 1 and 3600"):
        call_command("sync_profiles", "--seconds", seconds)


def test_the_directory_as_json(alices, send_profile, capsys):
    send_profile()
    (row,) = json.loads(run(capsys, "export_directory", "--format", "json"))
    assert (row["user_name"], row["name"], row["state"]) == ("alice", "Alice Ärztin", "online")


def test_a_spreadsheet_runs_nothing(alices, send_profile, capsys):
    send_profile(position='=HYPERLINK("https://evil.example")')
    assert "\"'=HYPERLINK(" in run(capsys, "export_directory")


def test_an_export_goes_to_a_new_file_only(alices, tmp_path, capsys):
    path = tmp_path / "people.csv"
    assert "1 people were written" in run(capsys, "export_directory", "--output", str(path))
    assert path.read_text().startswith("user_name,name,")
    with pytest.raises(CommandError, match="could not be written"):
        call_command("export_directory", "--output", str(path))


@pytest.mark.parametrize("command", [("verify", "alice"), ("devices",), ("sync_profiles",), ("export_directory",)])
def test_a_login_server_refuses_them(db, settings, command):
    settings.PEERNET_ROLE = "login-server"
    with pytest.raises(CommandError, match="only a node can do this"):
        call_command(*command)
