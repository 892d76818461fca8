"""Runs a command of PeerNet that goes wrong where the rig orders it: `python -m tests.faults.launch runnode`.

All patches are made here, from outside: the product holds no switch for a test.
"""

import os
import sys
from pathlib import Path

from tests.faults import clock
from tests.faults.orders import Orders


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peernet.settings")
    orders = Orders(Path(os.environ["PEERNET_FAULTS"]))
    # Before the models, whose defaults keep the function that tells the time.
    clock.install(orders)
    import django

    django.setup()
    from django.conf import settings

    from tests.faults import misbehaviour, mutants

    if settings.PEERNET_ROLE == "node":
        misbehaviour.of_a_node(orders)
        mutants.install(orders.get("mutant"), orders)
    else:
        misbehaviour.of_a_login_server(orders)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
