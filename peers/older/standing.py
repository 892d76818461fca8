"""How this node stands with the classic login server, for the member's settings."""

from django.conf import settings
from django.core.cache import cache

from peers.classic.login import LOGGED

# Noted at each round of the clock; what is older than a few rounds says nothing.
NOTED, NOTED_SECONDS = "classic:standing", 180
AWAY = ""
NO_SERVER = "No classic login server is set, so nobody is found there; whoever knows this address can still write."
NOT_ASKED = "The classic login server was not asked yet. Look again in a minute."


def note(answer: str) -> None:
    """Note what it answered to our report; `AWAY` if it did not answer, or not as one."""
    cache.set(NOTED, answer[:80], NOTED_SECONDS)


def sentence() -> str:
    """Return how we stand with it, and what to do."""
    place, name = settings.PEERNET_CLASSIC_SERVER, settings.PEERNET_CLASSIC_USER
    if not place:
        return NO_SERVER
    return judged(cache.get(NOTED), f"The classic login server at {place}", name)


def judged(answer: str | None, server: str, name: str) -> str:
    """Return what an answer to a report means; None before there was any."""
    if answer is None:
        return NOT_ASKED
    if answer == AWAY:
        return f"{server} does not answer. Whoever was there last is still written to where they were."
    if answer.startswith(LOGGED):
        return f"{server} knows where you are, as {name}."
    return f"{server} refuses {name or 'you'}: “{answer}”. Check PEERNET_CLASSIC_USER and PEERNET_CLASSIC_PASSWORD."
