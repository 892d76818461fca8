"""The places of directed kills. Each function kills one of two nodes there once, and brings it back."""

import time
from collections.abc import Callable

from tests.faults.town import FaultyNode, Trial

Kill = Callable[[Trial, FaultyNode, FaultyNode], None]
PLACES: dict[str, Kill] = {}
AT_ONCE = 3


def place(name: str) -> Callable[[Kill], Kill]:
    def keep(kill: Kill) -> Kill:
        PLACES[name] = kill
        return kill

    return keep


@place("sender, the page's post was answered")
def posted(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    trial.speaker(sender, recipient).post()
    sender.kill()
    sender.start()
    trial.settle()


@place("sender, the outbox committed and the page has no answer")
def committed(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    _die_of_an_order(trial, sender, recipient, sender, "committed")


@place("sender, its request reached the proxy and is not forwarded")
def under_way(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    recipient.proxy.requests.hold()
    trial.say(sender, recipient, AT_ONCE)
    assert recipient.proxy.requests.reached.wait(10)
    # Long enough for a courier that would note something about what it has just sent, on a busy machine too.
    time.sleep(0.3)
    sender.kill()
    recipient.proxy.reset()
    sender.start()
    trial.settle()


@place("sender, the receipt arrived and is not stored")
def receipted(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    _die_of_an_order(trial, sender, recipient, sender, "receipt-unread")


@place("recipient, the request was read")
def read(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    _die_of_an_order(trial, sender, recipient, recipient, "request-read")


@place("recipient, inside the transaction")
def inside(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    _die_of_an_order(trial, sender, recipient, recipient, "in-transaction")


@place("recipient, committed and no receipt sent")
def stored(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    _die_of_an_order(trial, sender, recipient, recipient, "stored")


@place("recipient, the receipt was sent")
def answered(trial: Trial, sender: FaultyNode, recipient: FaultyNode) -> None:
    # So that a connection is open, and the next bytes that come back are a receipt.
    trial.say(sender, recipient, 1)
    trial.settle()
    recipient.proxy.answers.passed.clear()
    trial.say(sender, recipient, AT_ONCE)
    assert recipient.proxy.answers.passed.wait(10)
    time.sleep(0.05)
    recipient.kill()
    recipient.start()
    trial.settle()


def _die_of_an_order(trial: Trial, sender: FaultyNode, recipient: FaultyNode, victim: FaultyNode, where: str) -> None:
    """Say a few words while one of the two is to die there; start it again, and say what was not answered."""
    speaker = trial.speaker(sender, recipient)
    victim.orders.give(f"die-{where}")
    speaker.think(AT_ONCE)
    speaker.try_to_say()
    victim.wait_until_dead()
    victim.start()
    speaker.say_all()
    trial.settle()
