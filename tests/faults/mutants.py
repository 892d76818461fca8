"""Five ways to break the product, from outside. The rig must catch each, or its passes mean nothing."""

import threading
from collections.abc import Callable
from typing import Any

from tests.faults.orders import Orders

MUTANTS: dict[str, Callable[[Orders], None]] = {}


def install(name: str | None, orders: Orders) -> None:
    """Break this process in the named way, if there is one."""
    if name:
        MUTANTS[name](orders)


def mutant(function: Callable[[Orders], None]) -> Callable[[Orders], None]:
    MUTANTS[function.__name__.replace("_", " ")] = function
    return function


@mutant
def receipt_before_commit(orders: Orders) -> None:
    """The receipt leaves, and what it promises is stored a second later."""
    from django.db import transaction

    from peers import database, inbox

    receive = inbox.receive

    def hasty(own: Any, data: bytes) -> bytes:
        with transaction.atomic():
            answer = receive(own, data)
            transaction.set_rollback(True)
        threading.Timer(1.0, database.kept, (receive, own, data)).start()
        return answer

    inbox.receive = hasty


@mutant
def sent_before_sending(orders: Orders) -> None:
    """A delivery ends when its bundle is made."""
    from peers import outbox
    from peers.models import Delivery

    make = outbox.make_bundle

    def hasty(own: Any, peer: Any, deliveries: Any) -> bytes:
        made = make(own, peer, deliveries)
        for row in deliveries:
            row.state = Delivery.State.DELIVERED
        outbox._end(deliveries)
        return made

    outbox.make_bundle = hasty


@mutant
def no_duplicate_check(orders: Orders) -> None:
    """A number that came before is taken once more, and so are words under an id that is held."""
    from django.utils import timezone

    from messaging import handlers
    from peers import inbox, outbox
    from peers.protocol.streams import Place, place

    def forgetful(last: int, number: int) -> Place:
        return Place.GAP if place(last, number) is Place.GAP else Place.NEXT

    def twice(message: Any, said: Any) -> Any:
        message.payload_id, message.created_at = outbox.new_id(), timezone.now()
        message.save(force_insert=True)
        return message

    inbox.place = forgetful
    handlers._check_same = twice


@mutant
def no_order(orders: Orders) -> None:
    """The newest goes first, and the recipient takes what comes."""
    from peers import inbox, outbox
    from peers.protocol.streams import Place

    waiting = outbox.waiting
    outbox.waiting = lambda peer: waiting(peer)[::-1]
    inbox.place = lambda last, number: Place.NEXT


@mutant
def split_transaction(orders: Orders) -> None:
    """The ratchet and the stream are stored first, the words afterwards."""
    from django.db import transaction

    from peers import inbox
    from peers.protocol.receipt import Verdict

    hand_over, settle = inbox.Reception._hand_over, inbox.Reception.settle
    later: list[Callable[[], Any]] = []

    def put_off(self: inbox.Reception, payload: Any) -> Verdict:
        later.append(lambda: hand_over(self, payload))
        return Verdict.STORED

    def in_two(self: inbox.Reception) -> Any:
        later.clear()
        answer = settle(self)
        transaction.on_commit(lambda: [store() for store in later])
        return answer

    inbox.Reception._hand_over, inbox.Reception.settle = put_off, in_two
