"""Pulls held open here: what the couriers hand to a node that cannot be dialled, and what it replies.

A held pull has no thread: a future on the server's loop. A courier takes it, gives it the bundle, and waits for the
reply, which the node's next pull brings.
"""

import asyncio
import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from peers.protocol.pull import Reply
from peers.transport.errors import Rejected, TransportError, Unreachable

HOLD_SECONDS = 25.0
# What a node may take to store a bundle and to come back with its receipt.
REPLY_SECONDS = 10.0
# Between two pulls of a node lies one way there and one way back.
BETWEEN_SECONDS = 2.0
IN_ALL, PER_ADDRESS = 1000, 32
RETRY_AFTER = 30


class TooManyPulls(Exception):
    """As many pulls are held as this node or this address may have."""


class Held:
    """One pull that waits for its answer. It is used up by whoever takes it out of `Pulls`."""

    def __init__(self, peer: int, address: str) -> None:
        self.peer, self.address = peer, address
        # Another pull of the same device took its place.
        self.dismissed = False
        self.is_counted = True
        self._loop = asyncio.get_running_loop()
        self._given: asyncio.Future[bytes | None] = self._loop.create_future()

    def give(self, bundle: bytes | None) -> None:
        """From any thread: answer with a bundle, or with nothing."""
        self._loop.call_soon_threadsafe(self._set, bundle)

    async def wait(self, seconds: float) -> bool:
        """Return whether something was given in time."""
        await asyncio.wait([self._given], timeout=seconds)
        return self._given.done()

    async def given(self) -> bytes | None:
        """Return what was given, or what the courier that took this pull is about to give."""
        return await self._given

    def _set(self, bundle: bytes | None) -> None:
        if not self._given.done():
            self._given.set_result(bundle)


class Sent:
    """A bundle that a pull carried away, until its reply."""

    def __init__(self, held: Held, bundle: bytes) -> None:
        self.held, self.digest = held, hashlib.sha256(bundle).digest()
        self.reply: Future[bytes] = Future()

    def end(self, answer: bytes | TransportError) -> None:
        """Let the courier go on, once."""
        if self.reply.done():
            return
        if isinstance(answer, bytes):
            self.reply.set_result(answer)
        else:
            self.reply.set_exception(answer)


class Pulls:
    """All pulls that this process holds. The truth is in rows: what is forgotten here is asked for and sent again."""

    def __init__(self) -> None:
        # Whether this process is the node at whose door pulls arrive.
        self.is_served = False
        self._change = threading.Condition()
        self._nonces: dict[int, bytes] = {}
        self._held: dict[int, Held] = {}
        self._sent: dict[int, Sent] = {}
        self._back_until: dict[int, float] = {}
        self._addresses: Counter[str] = Counter()

    def renew(self, peer: int, nonce: bytes | None) -> tuple[bool, bytes]:
        """Use up the nonce of a device's pull: tell whether it was the last one given, and return the one to use next.

        A repeated pull changes nothing: it is told the nonce that its device was told already, and cannot sign with.
        """
        with self._change:
            last = self._nonces.get(peer)
            if last is None or nonce == last:
                self._nonces[peer] = os.urandom(32)
            return last is not None and nonce == last, self._nonces[peer]

    @contextmanager
    def holding(self, peer: int, address: str, reply: Reply | None) -> Iterator[Held]:
        """Hold a fresh pull on the server's loop, and pass its reply on. Raises `TooManyPulls`."""
        held = Held(peer, address)
        with self._change:
            self._dismiss(peer)
            if len(self._held) >= IN_ALL or self._addresses[address] >= PER_ADDRESS:
                raise TooManyPulls
            self._addresses[address] += 1
            self._held[peer] = held
            sent = self._sent.pop(peer, None)
            self._change.notify_all()
        if sent is not None:
            sent.end(_answer(sent, reply))
        try:
            yield held
        except asyncio.CancelledError:
            self._hung_up(held)
            raise
        finally:
            with self._change:
                self._uncount(held)

    def close(self) -> None:
        """Answer everybody, and let the couriers go on: the process ends."""
        with self._change:
            for peer in list(self._held):
                self._dismiss(peer)
            self._back_until.clear()
            sent = list(self._sent.values())
            self._change.notify_all()
        for each in sent:
            each.end(Unreachable("this node ends"))

    def release(self, held: Held) -> bool:
        """Take a pull whose time is over out; False when a courier took it first, and is about to answer it."""
        with self._change:
            if self._held.get(held.peer) is not held:
                return False
            del self._held[held.peer]
            self._back_until[held.peer] = time.monotonic() + BETWEEN_SECONDS
            return True

    def expects(self, peer: int) -> bool:
        """Tell whether a device has a pull here, or was answered just now and will come back."""
        with self._change:
            return self._expects(peer)

    def hand_over(self, peer: int, bundle: bytes, seconds: float = REPLY_SECONDS) -> bytes:
        """From a courier's thread: answer a device's pull with a bundle, and return the answer to that bundle.

        Raises `TransportError`, as if the device had been dialled.
        """
        sent = self._take(peer, bundle)
        sent.held.give(bundle)
        try:
            return sent.reply.result(seconds)
        except TimeoutError as err:
            raise Unreachable("it did not come back with a receipt") from err
        finally:
            with self._change:
                if self._sent.get(peer) is sent:
                    del self._sent[peer]

    def _take(self, peer: int, bundle: bytes) -> Sent:
        with self._change:
            while peer not in self._held:
                if not self._expects(peer):
                    raise Unreachable("it keeps no pull open")
                self._change.wait(max(0.0, self._back_until[peer] - time.monotonic()))
            sent = self._sent[peer] = Sent(self._held.pop(peer), bundle)
            self._back_until[peer] = time.monotonic() + BETWEEN_SECONDS
            return sent

    def _expects(self, peer: int) -> bool:
        return peer in self._held or time.monotonic() < self._back_until.get(peer, 0.0)

    def _dismiss(self, peer: int) -> None:
        """Send the pull that a device holds home, since another one comes."""
        held = self._held.pop(peer, None)
        if held is not None:
            held.dismissed = True
            held.give(None)
            self._uncount(held)

    def _uncount(self, held: Held) -> None:
        if held.is_counted:
            held.is_counted = False
            self._addresses[held.address] -= 1
            if not self._addresses[held.address]:
                del self._addresses[held.address]

    def _hung_up(self, held: Held) -> None:
        """The connection is gone: nobody comes back on it, and what it was given did not arrive."""
        with self._change:
            sent = self._sent.get(held.peer)
            if sent is not None and sent.held is not held:
                sent = None
            if self._held.get(held.peer) is held:
                del self._held[held.peer]
                self._back_until.pop(held.peer, None)
            elif sent is not None:
                self._back_until.pop(held.peer, None)
        if sent is not None:
            sent.end(Unreachable("it hung up"))


def _answer(sent: Sent, reply: Reply | None) -> bytes | TransportError:
    """Return what a pull says of the bundle that went before; a pull that says nothing of it never got it."""
    if reply is None or reply.bundle != sent.digest:
        return Unreachable("the bundle did not arrive")
    return Rejected(403) if reply.answer is None else reply.answer


open_pulls = Pulls()
