"""Reads a home's encrypted database through the project's own backend, beside the running node.

Run as a module it answers each line, a question in JSON, with a line. `Auditor` is the rig's end of it.
"""

import json
import subprocess
import sys
import time
from typing import Any

from tests.journeys.processes import ROOT, Node


class Auditor:
    """Questions to one home. Close it before the home is put away or replaced."""

    def __init__(self, node: Node) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.auditor"],
            cwd=ROOT,
            env=node.environment | {"DJANGO_SETTINGS_MODULE": "peernet.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def messages(self, mark: str) -> list[dict[str, Any]]:
        """Return the messages whose words begin with a mark, in the order of their rows."""
        return self._ask("messages", mark)

    def waiting(self, person: str) -> int:
        """Return how many deliveries wait for a person, voids and answers of the ratchet included."""
        return self._ask("waiting", person)

    def cannot_open(self) -> int:
        """Return how many attempts were answered with an envelope that could not be opened."""
        return self._ask("cannot_open")

    def last_attempt(self) -> int:
        """Return the number of the latest attempt."""
        return self._ask("last_attempt")

    def wait_for_outcome(self, words: str, seconds: float = 60.0, since: int | None = None) -> None:
        """Wait until an attempt after `since`, else one from now on, ends in these words."""
        last, end = self.last_attempt() if since is None else since, time.monotonic() + seconds
        while not self._ask("attempts", words, last):
            assert time.monotonic() < end, f"no attempt ended in {words}"
            time.sleep(0.05)

    def run(self, code: str) -> Any:
        """Run a few lines of Python in the home, with the models at hand; return what they leave in `result`."""
        return self._ask("run", code)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: str, *detail: Any) -> Any:
        self._process.stdin.write(json.dumps([question, *detail]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def answer(question: str, *detail: Any) -> Any:
    from django.db.models import Max

    from messaging.models import Message
    from peers import models
    from peers.models import Attempt, Delivery

    match question:
        case "messages":
            rows = Message.objects.filter(text__startswith=detail[0]).order_by("pk")
            return [dict(row, payload_id=row["payload_id"].hex()) for row in rows.values(*FIELDS)]
        case "waiting":
            return Delivery.objects.filter(state="waiting", stream__peer__person=detail[0]).count()
        case "cannot_open":
            return Attempt.objects.filter(outcome__contains="cannot-open").count()
        case "last_attempt":
            return Attempt.objects.aggregate(last=Max("pk"))["last"] or 0
        case "attempts":
            return Attempt.objects.filter(outcome__contains=detail[0], pk__gt=detail[1]).count()
        case "run":
            room: dict[str, Any] = vars(models) | {"Message": Message, "result": None}
            exec(detail[0], room)  # noqa: S102
            return room["result"]
    raise ValueError(question)


FIELDS = ("text", "mine", "state", "reason", "payload_id", "key")


if __name__ == "__main__":
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(*json.loads(line)), default=str), flush=True)
