"""A node's look at the directory: whether its token holds, and what changed since. Many looks share one statement."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.tokens import TOKEN_LIFE, access_token, fingerprint
from peers import database, directory
from peers.directory import Page

# What one statement looks up at most: it takes a few milliseconds, and nobody waits for a long one.
AT_ONCE = 100

# Every node asks this at every change. The ORM takes 1 ms to put such a question into words, and the answer 0.1 ms.
STEADY = """
    SELECT token.token_hash, token.id, counter.last
    FROM accounts_apitoken token
    JOIN accounts_person person ON person.id = token.person_id
    JOIN peers_changecounter counter ON counter.id = 1
    WHERE token.token_hash IN ({}) AND token.expires_at > %s AND person.is_active
"""


class Question(NamedTuple):
    """What a node shows as its token, and up to which change it knows the directory."""

    raw_token: str
    since: int


class Look(NamedTuple):
    """The token's key, and what changed."""

    token: int
    page: Page


def look(question: Question) -> Look:
    """Answer one question; a token in its last half lives on. Raises `NotSignedIn`."""
    token = access_token(question.raw_token)
    return Look(token.pk, directory.changes_since(question.since, directory.last_change()))


def look_at_once(questions: Sequence[Question]) -> list[Look | None]:
    """Answer those whose token need not be prolonged; None for any other, of whom `look` knows more."""
    hashes = [fingerprint(each.raw_token) for each in questions]
    known, pages = steady(hashes), dict[int, Page]()
    looks: list[Look | None] = []
    for token_hash, (_, since) in zip(hashes, questions, strict=True):
        if token_hash not in known:
            looks.append(None)
            continue
        token, last = known[token_hash]
        # Most of those who ask at once know the same.
        if since not in pages:
            pages[since] = directory.changes_since(since, last)
        looks.append(Look(token, pages[since]))
    return looks


def steady(hashes: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the keys of the tokens that hold and need not be prolonged, and the number of the last change."""
    usable = connection.ops.adapt_datetimefield_value(timezone.now() + TOKEN_LIFE / 2)
    with connection.cursor() as cursor:
        cursor.execute(STEADY.format(", ".join(["%s"] * len(hashes))), [*hashes, usable])
        return {token_hash: (token, last) for token_hash, token, last in cursor.fetchall()}


_together = database.Together(look_at_once, AT_ONCE)


async def ask(question: Question) -> Look:
    """Answer a question, together with whoever else asks now. Raises `NotSignedIn`."""
    found = await _together.ask(question)
    return await database.run(look, question) if found is None else found
