"""The places where a process dies or lies when the rig orders it."""

import os
import random
import signal
import threading
from collections.abc import Callable
from typing import Any

from tests.faults.orders import Orders


def die(orders: Orders, place: str) -> None:
    """End this process as `kill -9` does, if that was ordered for this place."""
    if orders.take(f"die-{place}"):
        os.kill(os.getpid(), signal.SIGKILL)


def of_a_node(orders: Orders) -> None:
    """Patch everything that the rig may order of a node."""
    from messaging import composer, handlers
    from peers import attempts, hooks, inbox, outbox
    from peers.routes import Routes

    composer.send_messages = _then(composer.send_messages, lambda: die(orders, "committed"))
    outbox.read_answer = _then(outbox.read_answer, lambda: die(orders, "receipt-unread"))
    inbox.receive = _then(inbox.receive, lambda: die(orders, "stored"), first=lambda: die(orders, "request-read"))
    hooks._handlers[handlers.MESSAGE] = _then(handlers.store, lambda: die(orders, "in-transaction"))
    _refuse_some_words(orders)
    inbox.receive = _rubbish(orders, inbox.receive)
    weather = Weather(orders, Routes.post)
    Routes.post = lambda routes, peer, body: weather.post(routes, peer, body)
    if (seconds := orders.get("heal-every")) is not None:
        attempts.HEAL_EVERY = type(attempts.HEAL_EVERY)(seconds=seconds)


def of_a_login_server(orders: Orders) -> None:
    """Let a login server die before or after it does what a call asks."""
    from peernet.server.calls import CallHandler

    answer = CallHandler.get_response_async

    async def watched(self: CallHandler, request: Any) -> Any:
        die(orders, f"before{request.path}")
        response = await answer(self, request)
        die(orders, f"after{request.path}")
        return response

    CallHandler.get_response_async = watched


def _then(call: Callable[..., Any], after: Callable[[], None], first: Callable[[], None] = lambda: None) -> Any:
    def watched(*args: Any, **kwargs: Any) -> Any:
        first()
        result = call(*args, **kwargs)
        after()
        return result

    return watched


def _refuse_some_words(orders: Orders) -> None:
    """Refuse every message that holds the ordered words, as a node with other rules would."""
    from messaging import handlers
    from messaging.errors import MessagingError

    check = handlers.check_text

    def stricter(text: str, **how: Any) -> None:
        if (words := orders.get("refuse")) and words in text:
            raise MessagingError
        check(text, **how)

    handlers.check_text = stricter


def _rubbish(orders: Orders, receive: Callable[..., bytes]) -> Callable[..., bytes]:
    """Answer 200 with something that is no receipt, and store nothing."""

    def answer(own: Any, data: bytes, **how: Any) -> bytes:
        if orders.get("rubbish"):
            return b"<html>Welcome to our hotel's network! Please accept our terms.</html>"
        return receive(own, data, **how)

    return answer


class Weather:
    """Loses, repeats, delays and swaps by the seed in the order "weather": {kind: how often, "seed": number}.

    TLS lets no outsider repeat or swap what it carries, so this happens where the courier meets the network.
    """

    def __init__(self, orders: Orders, post: Callable[..., bytes]) -> None:
        self.orders, self.whole_post = orders, post
        self.before: dict[int, bytes] = {}
        self.lock = threading.Lock()
        self.chance: random.Random | None = None

    def post(self, routes: Any, peer: Any, body: bytes) -> bytes:
        weather = self.orders.get("weather")
        if not weather:
            return self.whole_post(routes, peer, body)
        fault = self._pick(weather)
        answer = self.whole_post(routes, peer, body)
        if fault == "lost":
            from peers.transport.errors import Unreachable

            raise Unreachable("the receipt was lost")
        if fault == "repeated":
            answer = self.whole_post(routes, peer, body)
        if fault == "late":
            # The same bundle once more, when others may have overtaken it.
            threading.Timer(1.0, self._again, (peer, body)).start()
        answer, self.before[peer.pk] = (self.before.get(peer.pk, answer) if fault == "swapped" else answer), answer
        return answer

    def _pick(self, weather: dict[str, float]) -> str:
        with self.lock:
            self.chance = self.chance or random.Random(weather["seed"])
            roll = self.chance.random()
        for fault in ("lost", "repeated", "late", "swapped"):
            roll -= weather.get(fault, 0.0)
            if roll < 0:
                return fault
        return ""

    def _again(self, peer: Any, body: bytes) -> None:
        from peers.routes import Route
        from peers.transport.errors import TransportError

        route = Route(peer)
        try:
            route.post(body)
        except TransportError:
            return
        finally:
            route.close()
