"""How much the rig does: a short form for `make test`, the whole by `make faults`, anything by the environment."""

import os

WHOLE = os.environ.get("FAULTS", "") == "whole"


def _count(name: str, short: int, whole: int) -> int:
    return int(os.environ.get(f"FAULTS_{name}") or (whole if WHOLE else short))


# Times that each directed kill is done.
KILLS = _count("KILLS", 1, 100)
# Messages of the random kills, both ways together, and how many kills fall among them.
MESSAGES = _count("MESSAGES", 200, 10_000)
RANDOM_KILLS = _count("RANDOM_KILLS", 3, 100)
# Messages that wait for a dead peer, or at a restart.
QUEUED = _count("QUEUED", 300, 10_000)
# Times that every other fault is done.
ROUNDS = _count("ROUNDS", 1, 3)
# Seconds for which the write lock is held.
LOCKED = _count("LOCKED", 3, 30)
SEED = _count("SEED", 20261124, 20261124)
