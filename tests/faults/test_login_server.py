"""The login server dies at each step, and is dead for a while."""

from tests.faults import table
from tests.faults.town import FaultyNode
from tests.journeys.processes import Browser

STEPS = [
    "after/api/v1/sign-in",
    "after/api/v1/certificate/nonce",
    "before/api/v1/certificate",
    "after/api/v1/certificate",
    "after/api/v1/statements",
    "before/api/v1/card",
    "after/api/v1/card",
]
ONLINE = "result = KnownPerson.objects.get(user_name={name!r}).online"


def test_it_dies_at_each_step_of_somebodys_first_sign_in(town):
    with table.row("login server killed at each step of a first sign-in") as row, town.trial("sign-in") as trial:
        account = town.server.open_account("dora")
        dora = FaultyNode(town.server.home.parent / "dora", town.server, account)
        dora.start()
        try:
            for step in STEPS:
                town.server.orders.give(f"die-{step}")
                answer = _try_to_sign_in(dora)
                town.server.wait_until_dead()
                assert answer.status_code < 500 or "login server" in answer.text, answer.text
                town.server.start()
                row.times += 1
            dora.browser = dora.sign_in(account.backup_codes.pop())
            town.people["dora"] = town.alice.browser.wait_for("dora", 60)
            dora.browser.wait_for("alice", 60)
            trial.say(town.alice, dora, 3)
            trial.say(dora, town.alice, 3)
            trial.end()
        finally:
            dora.close()
        row.messages, row.verdict = trial.count, trial.verdict


def test_it_is_dead_while_people_talk_and_restart(town):
    with table.row("login server dead while nodes talk and restart") as row, town.trial("server dead") as trial:
        town.server.kill()
        trial.say(town.alice, town.bob, 3)
        trial.say(town.bob, town.alice, 3)
        trial.settle()
        town.bob.restart()
        trial.say(town.alice, town.bob, 3)
        town.alice.restart()
        trial.say(town.bob, town.alice, 3)
        trial.settle()
        town.server.start()
        trial.until(lambda: town.alice.auditor.run(ONLINE.format(name="bob")), 60)
        trial.end()
        row.times, row.messages, row.verdict = 1, trial.count, trial.verdict


def test_it_dies_while_it_answers_reports_and_questions(town):
    with table.row("login server killed at reports and questions") as row, town.trial("reports") as trial:
        for step in ("before/api/v1/presence", "after/api/v1/presence", "before/api/v1/changes"):
            town.server.orders.give(f"die-{step}")
            town.bob.restart()
            trial.say(town.alice, town.bob, 2)
            trial.say(town.bob, town.alice, 2)
            town.server.wait_until_dead()
            town.server.start()
            row.times += 1
        trial.end()
        row.messages, row.verdict = trial.count, trial.verdict


def _try_to_sign_in(node):
    browser = Browser(node)
    browser.get("/sign-in")
    account = node.account
    return browser.post(
        "/sign-in", {"name": account.name, "password": account.password, "code": account.backup_codes.pop()}
    )
