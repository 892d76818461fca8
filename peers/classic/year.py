"""The two years of the classic network, whose nodes differ."""

from enum import IntEnum


class Year(IntEnum):
    """Which rules a classic node or login server follows."""

    Y2017 = 2017
    Y2018 = 2018
