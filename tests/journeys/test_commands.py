"""The commands of a node and a login server, beside the running processes."""

import re
import time

import pytest

from tests.journeys.processes import LoginServer, Node

COMMANDS = ["sync", "doctor", "trace_message", "change_passphrase", "invite", "runnode", "runloginserver", "demo"]
SECRET = re.compile(r"[0-9a-f]{40,}|token=|BEGIN")


def lines_of(result):
    """The report's lines: what was looked at, and how it is."""
    found = re.findall(r"^(ok|warn|fail) +(\S.*?)(?: {2,}|(?<=\)) )(.*)$", result.stdout, re.MULTILINE)
    return {what: (level, sentence) for level, what, sentence in found}


def id_of_last(page):
    return page.hear(lambda frame: frame["type"] == "message")["html"].partition('data-id="')[2][:32]


def test_doctor_finds_all_well_and_names_everybodys_door(met):
    result = met.alice.manage("doctor")
    found = lines_of(result)
    assert result.returncode == 0, result.stdout + result.stderr
    assert {level for level, _ in found.values()} == {"ok"}, result.stdout
    bob = next(sentence for what, (_, sentence) in found.items() if what.startswith("bob ("))
    assert bob == f"127.0.0.1:{met.bob.peers_port} answers with the pinned certificate."
    assert {"settings", "key", "database", "user's door", "peers' door", "login server", "clock", "sign-in"} <= set(
        found
    )
    assert not SECRET.search(result.stdout)


def test_doctor_says_who_is_away_and_who_stands_in_their_place(met, tmp_path):
    met.bob.stop()
    away = lines_of(met.alice.manage("doctor"))
    assert [level for what, (level, _) in away.items() if what.startswith("bob (")] == ["warn"]
    mallory = Node(tmp_path / "mallory", met.server, met.alice.account, peers_port=met.bob.peers_port)
    mallory.start()
    try:
        result = met.alice.manage("doctor")
    finally:
        mallory.kill()
    assert result.returncode == 1
    level, sentence = next(each for what, each in lines_of(result).items() if what.startswith("bob ("))
    assert level == "fail"
    assert "Another computer answers" in sentence


def test_doctor_says_that_the_login_server_is_away(met):
    met.server.kill()
    result = met.alice.manage("doctor")
    assert result.returncode == 1
    assert lines_of(result)["login server"][0] == "fail"
    assert result.stderr.strip() == "CommandError: 1 thing needs attention."


def test_doctor_of_a_login_server(met):
    result = met.server.manage("doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    found = lines_of(result)
    assert found["nodes door"] == ("ok", f"Port {met.server.nodes_port} answers, with our certificate.")
    assert found["people"][0] == "warn"


def outbox_of(result) -> tuple[int, int]:
    """Return what `sync` said was done and still waits: the words, and what profiles and statuses had to say."""
    found = re.search(r"^Outbox: (\d+) done, (\d+) still waiting\.$", result.stdout, re.MULTILINE)
    return int(found[1]), int(found[2])


def test_sync_carries_what_waits_while_the_node_itself_is_stopped(met):
    alice, bob = met.alices.socket(), met.bobs.socket()
    met.bob.kill()
    alice.send(met.bob_id, "are you back?")
    message_id = id_of_last(alice)
    met.alice.stop()
    met.bob.start()
    result = met.alice.manage("sync")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"^Directory: \d+ changes?\.$", result.stdout, re.MULTILINE)
    done, waiting = outbox_of(result)
    assert done >= 1
    assert waiting == 0
    bob = met.bobs.socket()
    bob.open(met.alice_id)
    assert "are you back?" in met.bobs.get(f"/with/{met.alice_id}/").text
    traced = met.alice.manage("trace_message", message_id).stdout
    assert "receipted: their node has stored it" in traced
    # Whatever else waits for the same node goes in the same bundle.
    assert re.search(r"attempt, \d+ ms: [1-9]\d* stored", traced)
    assert "are you back?" not in traced
    again = met.alice.manage("sync")
    assert (again.returncode, "Outbox: 0 done, 0 still waiting." in again.stdout) == (0, True)


def test_sync_beside_the_running_node_delivers_once(met):
    alice = met.alices.socket()
    met.bob.kill()
    for number in range(20):
        alice.send(met.bob_id, f"number {number} of twenty")
        alice.hear_words(f"number {number} of twenty")
    away = met.alice.manage("sync")
    assert away.returncode == 0, away.stderr
    assert outbox_of(away)[1] >= 20
    met.bob.start()
    bobs_page = met.bobs.socket()
    bobs_page.open(met.alice_id)
    result = met.alice.manage("sync")
    assert result.returncode == 0, result.stderr
    end = time.monotonic() + 20
    words = re.compile(r'class="words"[^>]*>number (\d+) of twenty')
    while len(found := words.findall(met.bobs.get(f"/with/{met.alice_id}/").text)) < 20:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert [int(number) for number in found] == list(range(20))


def test_what_a_command_sent_stands_on_the_open_page_and_is_the_running_nodes_to_carry(met, tmp_path):
    alice, plan = met.alices.socket(), tmp_path / "plan.txt"
    alice.open(met.bob_id)
    met.bob.kill()
    plan.write_text("All of it.")
    sent = met.alice.manage("send", "bob", str(plan), "--text", "The plan", "--seconds", "1")
    assert (sent.returncode, "goes on while the node runs" in sent.stderr) == (1, True)
    message_id = alice.hear_words("The plan")["html"].partition('data-id="')[2][:32]
    end = time.monotonic() + 20
    # The command itself tried once.
    while met.alice.manage("trace_message", message_id).stdout.count("attempt, ") < 2:
        assert time.monotonic() < end
    met.bob.start()
    alice.hear_state("delivered", 30)


def test_sync_without_the_login_server_says_so_and_still_empties_the_outbox(met):
    met.bob.kill()
    met.alices.socket().send(met.bob_id, "hello")
    met.server.kill()
    met.alice.stop()
    met.bob.start()
    result = met.alice.manage("sync")
    assert result.returncode == 1
    assert "still waiting" in result.stdout
    assert re.fullmatch(r"CommandError: The login server does not answer\..*\n", result.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path, command):
    result = LoginServer(tmp_path / "home").manage(command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout) > 200


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["sync"], "only a node can do this"),
        (["trace_message", "0" * 32], "only a node can do this"),
        (["runnode"], "only a node can do this"),
        (["change_passphrase"], "No passphrase is in use here"),
        (["invite", "a b"], "Use letters, digits"),
        (["invite", "carol", "--days", "0"], "--days is between 1 and 90"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(tmp_path, command, sentence):
    result = LoginServer(tmp_path / "home").manage(*command)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
