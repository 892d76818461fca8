#!/usr/bin/env python
"""Run a command of PeerNet."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peernet.settings")
    from peernet.command_line import run

    run(sys.argv)


if __name__ == "__main__":
    main()
