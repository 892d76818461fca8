"""The table of what was done and what became of it."""

import dataclasses
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.judge import Verdict
from tests.journeys.processes import ROOT

COLUMNS = [field.name for field in dataclasses.fields(Verdict)]


@dataclasses.dataclass
class Row:
    """One kind of fault."""

    fault: str
    times: int = 0
    messages: int = 0
    seconds: float = 0.0
    verdict: Verdict = dataclasses.field(default_factory=Verdict)
    result: str = "FAILED"


ROWS: list[Row] = []


@contextmanager
def row(fault: str) -> Iterator[Row]:
    """Note a fault, and how long it took; it passed if nothing was raised and nobody said that it was caught."""
    made = Row(fault)
    ROWS.append(made)
    began = time.monotonic()
    try:
        yield made
        made.result = made.result if made.result == "caught" else "passed"
    finally:
        made.seconds = time.monotonic() - began


def plain() -> list[dict[str, Any]]:
    """Return the rows as plain data."""
    return [dataclasses.asdict(each) for each in ROWS]


def take(rows: list[dict[str, Any]]) -> None:
    """Add the rows of another process."""
    ROWS.extend(Row(**each | {"verdict": Verdict(**each["verdict"])}) for each in rows)


def lines() -> list[str]:
    """Return the table as the docs show it."""
    heads = ["fault", "times", "messages", *(name.replace("_", " ") for name in COLUMNS), "seconds", "result"]
    found = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for each in ROWS:
        counts = [getattr(each.verdict, name) for name in COLUMNS]
        cells = [each.fault, each.times, each.messages, *counts, f"{each.seconds:.0f}", each.result]
        found.append(f"| {' | '.join(map(str, cells))} |")
    return found


def write(folder: Path = ROOT / "build") -> None:
    """Keep the table for programs, with the machine it was made on."""
    folder.mkdir(exist_ok=True)
    record = {
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rows": plain(),
    }
    (folder / "faults.json").write_text(json.dumps(record, indent=1))
