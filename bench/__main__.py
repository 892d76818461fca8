"""Measures PeerNet as its users meet it: real processes on loopback. See docs/performance.md.

`make bench` measures all; `make bench ONLY=message,drain` some; `make bench SHORT=1` a quick form.
"""

import datetime
import importlib
import os
import platform
import sys
import time
import traceback
from pathlib import Path

from bench import baseline
from bench.figures import HEAD, Figure, Plan, Row, Samples, keep, line, rows
from tests.journeys.processes import ROOT

# In the order of the table: each is a module with FIGURES and `measure`.
NOUNS = [
    "start",
    "idle",
    "message",
    "pull",
    "pair",
    "drain",
    "back_online",
    "dead_peer",
    "history",
    "fanout",
    "heartbeat",
    "login",
    "million",
    "memory",
    "people",
    "classic",
    "files",
]
# What takes minutes is left out of the quick form.
LONG = ["dead_peer", "login", "million", "memory"]


def main() -> int:
    plan = Plan(short=os.environ.get("SHORT", "") not in ("", "0"))
    chosen = [noun for noun in os.environ.get("ONLY", "").split(",") if noun]
    if unknown := set(chosen) - set(NOUNS):
        print(f"There is no {', '.join(sorted(unknown))}. Choose of: {', '.join(NOUNS)}.", file=sys.stderr)
        return 2
    nouns = chosen or [noun for noun in NOUNS if not (plan.short and noun in LONG)]
    began, found, failed = time.monotonic(), [], []
    print(HEAD, flush=True)
    with baseline.Floor() as floor:
        seen: Samples = {}
        for noun in nouns:
            try:
                found += _measured(noun, plan, floor, seen)
            except Exception:
                # The others are still worth knowing.
                traceback.print_exc()
                failed.append(noun)
    found += _show(rows(baseline.FIGURES, dict(zip(_names(baseline.FIGURES), seen.values(), strict=False)), {}))
    keep(Path(ROOT) / "build" / "bench.json", found, _about(plan, failed))
    print(
        f"{time.monotonic() - began:.0f} s. In build/bench.json." + (f" Failed: {', '.join(failed)}." if failed else "")
    )
    return 1 if failed else 0


def _measured(noun: str, plan: Plan, floor: baseline.Floor, seen: Samples) -> list[Row]:
    module = importlib.import_module(f"bench.{noun}")
    before = floor.measure()
    samples = module.measure(plan)
    after = floor.measure()
    around = {unit: before[unit] + after[unit] for unit in before}
    for unit, values in around.items():
        seen.setdefault(unit, []).extend(values)
    return _show(rows(module.FIGURES, samples, around))


def _show(found: list[Row]) -> list[Row]:
    for row in found:
        print(line(row), flush=True)
    return found


def _names(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures]


def _about(plan: Plan, failed: list[str]) -> dict[str, object]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "short": plan.short,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
        "failed": failed,
    }


if __name__ == "__main__":
    sys.exit(main())
