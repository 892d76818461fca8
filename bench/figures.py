"""What is measured, and the table of it."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: its name, its unit, and the aim; `more` is for figures that should be high."""

    name: str
    unit: str
    aim: float | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: `short` is for a developer who waits."""

    short: bool = False

    def pick(self, whole: int, short: int) -> int:
        return short if self.short else whole


Samples = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as measured: the median of its samples, how far they lay apart, and the baseline of that minute."""

    figure: Figure
    samples: Sequence[float]
    baseline: float | None

    @property
    def value(self) -> float:
        return statistics.median(self.samples)

    @property
    def spread(self) -> float:
        return max(self.samples) - min(self.samples)

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        if self.figure.aim is None:
            return None
        return self.value >= self.figure.aim if self.figure.more else self.value <= self.figure.aim

    def fields(self) -> dict[str, object]:
        return {
            "value": self.value,
            "unit": self.figure.unit,
            "aim": self.figure.aim,
            "met": self.met,
            "samples": len(self.samples),
            "spread": self.spread,
            "baseline": self.baseline,
            "ratio": self.ratio,
        }


def rows(figures: Iterable[Figure], samples: Samples, baselines: Samples) -> list[Row]:
    """Return a row for each figure that has samples, beside the baseline of its unit."""
    middle = {unit: statistics.median(found) for unit, found in baselines.items()}
    return [
        Row(figure, samples[figure.name], middle.get(figure.unit)) for figure in figures if samples.get(figure.name)
    ]


def line(row: Row) -> str:
    """Return one line of the table on the screen."""
    aim = "" if row.figure.aim is None else f"{'>=' if row.figure.more else '<='} {_short(row.figure.aim)}"
    verdict = {None: "", True: "met", False: "MISSED"}[row.met]
    ratio = f"{row.ratio:.2f} x" if row.ratio is not None else ""
    return (
        f"{row.figure.name:28} {_short(row.value):>10} {row.figure.unit:6} {aim:>11} {verdict:6} "
        f"{_short(row.spread):>9} {_short(row.baseline) if row.baseline else '':>9} {ratio:>9}"
    )


HEAD = f"{'name':28} {'value':>10} {'unit':6} {'aim':>11} {'':6} {'spread':>9} {'baseline':>9} {'ratio':>9}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def keep(path: Path, found: Iterable[Row], about: dict[str, object]) -> None:
    """Write every row by its name, and what the run was, for scripts."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"about": about, **{row.figure.name: row.fields() for row in found}}, indent=2) + "\n")
