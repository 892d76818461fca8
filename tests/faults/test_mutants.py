"""The rig catches five ways to break the product. Only therefore does a pass of the others mean anything."""

import pytest

from tests.faults import kills, table

# Which node is broken, at which fault that shows, and as what.
CASES = {
    "receipt before commit": ("bob", "recipient, the receipt was sent", "lost"),
    "sent before sending": ("alice", "sender, its request reached the proxy and is not forwarded", "lost"),
    "split transaction": ("bob", "recipient, inside the transaction", "lost"),
    "no order": ("both", "", "reordered"),
    "no duplicate check": ("bob", "sender, the receipt arrived and is not stored", "doubled"),
}


@pytest.fixture
def passing_town(town):
    """The town, whose homes are put back afterwards: what a mutant breaks stays broken."""
    talking = (town.alice, town.bob)
    for node in talking:
        node.kill()
    copies = [node.copy_home("whole") for node in talking]
    yield town
    for node, copy in zip(talking, copies, strict=True):
        node.kill()
        node.put_back(copy)
    for node in talking:
        node.start()


@pytest.mark.parametrize("mutant", CASES)
def test_the_rig_catches(passing_town, mutant):
    where, place, symptom = CASES[mutant]
    alice, bob = passing_town.alice, passing_town.bob
    victims = [node for node in (alice, bob) if where in (node.name, "both")]
    with table.row(f"mutant: {mutant}") as row, passing_town.watch(mutant, heals=True) as trial:
        for victim in victims:
            victim.orders.give("mutant", mutant)
        for node in (alice, bob):
            node.start()
        kills.PLACES.get(place, _meet_a_queue)(trial, alice, bob)
        row.times, row.messages, row.verdict = 1, trial.count, trial.look()
        for victim in victims:
            victim.orders.withdraw("mutant")
        assert getattr(row.verdict, symptom), row.verdict
        row.result = "caught"


def _meet_a_queue(trial, sender, recipient):
    """Let a few messages wait, and then through."""
    recipient.proxy.cut()
    trial.say(sender, recipient, 6)
    recipient.proxy.mend()
    recipient.restart()
    trial.settle(10)
