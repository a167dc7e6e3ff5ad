# SPDX-License-Identifier: MIT
"""``python -m benchmarks.questions``: write what each benchmark of asv asks: title, unit, and the ids of a call.

asv's results have no place for this, and the report must not type it again. A class declares it once, as `question`.
``python -m benchmarks`` writes the document too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from .documents import QUESTIONS, Header, Start, write

# A benchmark a line, in the order of the report.
BENCHMARKS = (
    "bench_shape.Rows.time_rows",
    "bench_shape.Columns.time_columns",
    "bench_exclusion.Exclusion.time_exclusion",
    "bench_order.Order.time_order",
    "bench_large.Large.time_large",
    "bench_loader.Loader.time_loader",
    "bench_threads.Threads.time_threads",
    "bench_import.Import.timeraw_import",
    "bench_limit.Limit.time_part",
    "bench_cold.Cold.track_call",
)


@dataclass(frozen=True)
class Question:
    """What a benchmark asks.

    Attributes
    ----------
    key, title : str
    asks : str
        The question, one or two sentences.
    rows, k : int or str
        Of a call: a number, or the name of the parameter that holds it.
    few : int or None
        The rows of a call if the cost of the strategy is per row; None if there are no fewer.
    unit : str
        "ns per id", or the unit of the seconds.
    table : bool
        Whether the report shows it as a table of settings, and not in a section of its own.
    benchmark : str
        The name that asv gives it.
    settings : tuple of str
        The names of its parameters after the first one.
    """

    key: str
    title: str
    asks: str
    rows: int | str = 1
    k: int | str = 1
    few: int | None = None
    unit: str = "ns per id"
    table: bool = True
    benchmark: str = ""
    settings: tuple[str, ...] = ()

    @property
    def per_id(self) -> bool:
        """Whether times are shown per id."""
        return self.unit == "ns per id"

    @property
    def groups(self) -> bool:
        """Whether the first setting is a workload, so that ratios are relative to a time of the same workload."""
        return self.settings[:1] == ("workload",)

    def call(self, setting: Sequence[Any], cost: str | None) -> tuple[int, int]:
        """Rows and k of a call.

        Parameters
        ----------
        setting : sequence
            The values of `settings`.
        cost : str or None
            `Info.cost` of the strategy.
        """
        known: dict[int | str, Any] = dict(zip(self.settings, setting, strict=False))
        rows, k = (int(known.get(part, part)) for part in (self.rows, self.k))
        return (min(rows, self.few) if self.few and cost == "row" else rows), k


@dataclass(frozen=True)
class Questions:
    """The document of the questions."""

    header: Header
    questions: tuple[Question, ...]


def asked() -> list[dict[str, Any]]:
    """The questions, JSON-ready."""
    found = []
    for benchmark in BENCHMARKS:
        module, name, _ = benchmark.split(".")
        kind = getattr(import_module(f"benchmarks.{module}"), name)
        found.append(asdict(kind.question) | {"benchmark": benchmark, "settings": list(kind.param_names[1:])})
    return found


def save(path: Path) -> None:
    """Write the document."""
    write(QUESTIONS, {"questions": asked()}, path, Start.now())


def main(arguments: list[str] | None = None) -> int:
    """Write the document; returns 0."""
    chosen = QUESTIONS.parser(__doc__).parse_args(arguments)
    save(chosen.out)
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
