# SPDX-License-Identifier: MIT
"""The cells that each profile measures, in steps of one or two minutes that asv runs one after another.

The full profile leaves some cells out, which ``asv run --bench`` can measure: strategies whose cost is per row on large
vocabularies (one to thirty seconds per call), lists of 1e8 Python floats, memory and first calls on more than two
workloads, and `bench_fidelity`, whose tests ``python -m benchmarks.fidelity`` runs in full.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import samplers

# Modules, not classes: asv would take a class that is imported here for a benchmark of this module.
from . import (
    bench_build,
    bench_cold,
    bench_exclusion,
    bench_history,
    bench_import,
    bench_large,
    bench_limit,
    bench_loader,
    bench_order,
    bench_post004,
    bench_requests,
    bench_sample,
    bench_shape,
    bench_threads,
    bench_training,
    bench_uniform,
)
from .suite import FEW, why_not

Cell = tuple[Any, ...]

# The workloads of the quick profile. The full profile measures more.
SMALL, LARGER = ("post004", "zipf_1e2", "zipf_1e4"), ("english", "zipf_1e6")
BUILT = ("english",)
# The strategies that are built over 1e8 ids. The other ones hold one Python float per id (3.2 GB, 30 s), or are peers.
LARGEST = ("cum_table", "alias", "spectrum")
# The strategies of the first screen of the report, and what people use today.
FIRST_SCREEN = ("alias", "spectrum", "spectrum_distinct", "cum_table", "numpy_choice")
# Those that are measured with excluded ids at V = 1e6, where strategies with O(V) work per row take seconds per call.
EXCLUDED = (*FIRST_SCREEN, "alias_distinct", "torch_one_call")
# The strategies that are measured as a training loop finds them. Calls of the peers take milliseconds at large V.
COLD, COLD_PEERS = ("alias", "spectrum", "cum_table"), ("torch_one_call", "numpy_choice")


@dataclass(frozen=True)
class Piece:
    """Some cells of one benchmark.

    Attributes
    ----------
    kind : type
        The class of the benchmark.
    method : str
    where : callable
        Takes the values of a cell's axes and returns whether the piece has the cell. Cells for which ``kind.why_not``
        has a reason are left out in any case.
    """

    kind: Any
    method: str
    where: Callable[..., bool] = lambda *cell: True

    @property
    def name(self) -> str:
        """The name that asv gives to the benchmark."""
        return f"{self.kind.__module__.rpartition('.')[2]}.{self.kind.__name__}.{self.method}"

    def cells(self) -> list[Cell]:
        """The cells that asv measures, each a tuple of one value per axis."""
        has_sampler = self.kind.param_names[0] == "sampler"
        of_first = (lambda *cell: why_not(cell[0])) if has_sampler else (lambda *cell: None)
        reason = getattr(self.kind, "why_not", of_first)
        return [cell for cell in product(*self.kind.params) if reason(*cell) is None and self.where(*cell)]

    def pattern(self) -> str:
        """A regular expression that matches the names that asv gives to these cells."""
        cells = "|".join(re.escape(", ".join(map(repr, cell))) for cell in self.cells())
        return rf"^{re.escape(self.name)}\(({cells})\)$"


@dataclass(frozen=True)
class Headline:
    """A benchmark of `bench_history`, which has a single cell.

    Attributes
    ----------
    key : str
        Of `bench_history.HEADLINES`.
    """

    key: str

    @property
    def name(self) -> str:
        """The name that asv gives to the benchmark."""
        return f"bench_history.{self.key}"

    def cells(self) -> list[Cell]:
        """The cell without parameters; none if this machine cannot measure it."""
        sampler = bench_history.HEADLINES[self.key].sampler
        return [()] if why_not(sampler) is None else []

    def pattern(self) -> str:
        """A regular expression that matches the name."""
        return rf"^{re.escape(self.name)}$"


@dataclass(frozen=True)
class Step:
    """The pieces that one run of asv measures. asv saves results when a run ends, so Ctrl-C loses one step at most.

    Attributes
    ----------
    name : str
    pieces : tuple of Piece or Headline
    seconds : float
        Duration on two cores, from which the progress bar estimates the remaining time.
    rounds : int
        Processes per cell.
    """

    name: str
    pieces: tuple[Piece | Headline, ...]
    seconds: float
    rounds: int = 1

    def cells(self) -> int:
        """The number of cells."""
        return sum(len(piece.cells()) for piece in self.pieces)

    def options(self) -> list[str]:
        """The options of ``asv run`` that select these cells."""
        patterns = [piece.pattern() for piece in self.pieces if piece.cells()]
        return ["--attribute", f"rounds={self.rounds}", *(o for pattern in patterns for o in ("--bench", pattern))]


def per_row(sampler: str) -> bool:
    """Whether the cost of a sampler is per row."""
    return samplers.get(sampler).info.cost == "row"


def headline(sampler: str, rows: int) -> bool:
    """Whether the report's speed table uses this number of rows for the sampler."""
    return rows == (FEW if per_row(sampler) else bench_sample.MANY)


def light(sampler: str, workload: str, *rest: Any) -> bool:
    """Whether a call is short; strategies with O(V) work per row take a second per call on English words."""
    return workload != "english" or not per_row(sampler)


def quick() -> list[Step]:
    """The steps of the quick profile: each sampler at the rows of the speed table; about five minutes of asv."""
    build, first = bench_build.Build, bench_build.FirstCall

    def english(sampler: str, workload: str) -> bool:
        return workload in BUILT

    def sample(where: Callable[[str], bool]) -> tuple[Piece, ...]:
        return (Piece(bench_sample.Sample, "time_sample", lambda s, w, rows, k: headline(s, rows) and where(w)),)

    memory = tuple(Piece(build, method, english) for method in ("track_nbytes", "peakmem_build"))
    parts = (Piece(bench_post004.Post004, "time_method"), Piece(bench_limit.Limit, "time_part"))
    return [
        Step("quick: samples, V to 1e4", sample(lambda w: w in SMALL), 65),
        Step("quick: samples, English words, V = 1e6", sample(lambda w: w in LARGER), 75),
        Step("quick: builds", (Piece(build, "time_build", english),), 25),
        Step("quick: memory and first call", (*memory, Piece(first, "time_first_call", english)), 50),
        Step("quick: post 004, the limit", parts, 30),
        Step("quick: excluded ids", (_excluded(_first_screen),), 15),
        Step("quick: as training finds it", (_cold(lambda s, n_ids: s in COLD and n_ids == 10**5),), 40),
    ]


def _excluded(where: Callable[[str, str, str], bool]) -> Piece:
    """Excluded ids, of the strategies that are measured at every V."""
    return Piece(bench_exclusion.Exclusion, "time_exclusion", lambda s, w, e: s in EXCLUDED and where(s, w, e))


def _first_screen(sampler: str, workload: str, excluded: str) -> bool:
    """One excluded id per row where the first screen shows it, and for the price of it also none."""
    kinds = ("one", "none") if sampler in ("alias", "spectrum") else ("one",)
    return sampler in FIRST_SCREEN and workload != "zipf_1e4" and excluded in kinds


def _cold(where: Callable[[str, int], bool]) -> Piece:
    return Piece(bench_cold.Cold, "track_call", lambda s, n_ids, state: where(s, n_ids))


def full() -> list[Step]:
    """The steps of the full profile: every benchmark but `bench_fidelity`."""
    return [*_full_samples(), *_full_builds(), *_full_questions()]


def _full_samples() -> list[Step]:
    def sample(where: Callable[[str, str], bool]) -> tuple[Piece, ...]:
        return (Piece(bench_sample.Sample, "time_sample", lambda s, w, rows, k: headline(s, rows) and where(s, w)),)

    return [
        Step("samples, English words", sample(lambda s, w: w == "english"), 50, rounds=2),
        Step("samples, V to 1e4", sample(lambda s, w: w in SMALL), 85, rounds=2),
        Step("samples, V = 1e6", sample(lambda s, w: w == "zipf_1e6"), 70, rounds=2),
        Step("samples, V = 1e7", sample(lambda s, w: w == "zipf_1e7" and not per_row(s)), 30),
        Step("samples, other workloads", sample(lambda s, w: w not in (*SMALL, *LARGER, "zipf_1e7")), 85),
    ]


def _full_builds() -> list[Step]:
    build, first = bench_build.Build, bench_build.FirstCall
    return [
        Step("builds", (Piece(build, "time_build", lambda s, w: w != "zipf_1e7"),), 60),
        Step("distinct counts", (Piece(bench_build.FromCounts, "time_from_counts", lambda s, c: s == "alias"),), 10),
        Step(
            "memory and first call",
            (
                Piece(build, "track_nbytes", lambda s, w: w in ("english", "zipf_1e6")),
                Piece(build, "peakmem_build", lambda s, w: w in BUILT),
                Piece(first, "time_first_call", lambda s, w: w in BUILT),
            ),
            65,
        ),
    ]


def _full_questions() -> list[Step]:
    large = bench_large.Large
    return [
        Step("rows a call", (Piece(bench_shape.Rows, "time_rows", light),), 120),
        Step("ids a row", (Piece(bench_shape.Columns, "time_columns", light),), 120),
        Step(
            "excluded ids",
            (
                Piece(
                    bench_exclusion.Exclusion,
                    "time_exclusion",
                    lambda s, w, e: w != "zipf_1e6" and light(s, w),
                ),
                _excluded(lambda s, w, e: w == "zipf_1e6"),
            ),
            95,
        ),
        Step(
            "usual requests",
            (Piece(bench_requests.Requests, "time_request", lambda s, request, rows: s in ("alias", "spectrum")),),
            30,
        ),
        Step("the uniform law", (Piece(bench_uniform.Uniform, "time_uniform"),), 35),
        Step("order of ids", (Piece(bench_order.Order, "time_order", lambda s, o: not per_row(s)),), 35),
        Step(
            "2**24 + 1 ids",
            (
                Piece(large, "time_large", lambda s, size: size == "2**24 + 1"),
                Piece(large, "track_nbytes_large", lambda s, size: size == "2**24 + 1" and s in LARGEST),
                Piece(large, "time_build_large", lambda s, size: size == "2**24 + 1" and s in LARGEST),
            ),
            60,
        ),
        Step(
            "1e8 ids",
            (
                Piece(large, "time_large", lambda s, size: size == "1e8" and s in LARGEST),
                Piece(large, "time_build_large", lambda s, size: size == "1e8" and s in LARGEST),
            ),
            45,
        ),
        Step(
            "as training finds it, V to 1e5",
            (_cold(lambda s, n_ids: (s in COLD and n_ids <= 10**5) or (s in COLD_PEERS and n_ids == 10**4)),),
            100,
        ),
        Step(
            "as training finds it, V from 1e6",
            (_cold(lambda s, n_ids: (s in COLD and n_ids >= 10**6) or (s in COLD_PEERS and n_ids == 10**6)),),
            130,
        ),
        Step(
            "share of a training step",
            (
                Piece(
                    bench_training.Training, "track_share", lambda s, o: s in (*COLD, "multinomial", "torch_one_call")
                ),
            ),
            100,
        ),
        Step(
            "loader, threads",
            (
                Piece(bench_loader.Loader, "time_loader"),
                Piece(bench_loader.Share, "track_share"),
                Piece(bench_exclusion.Histories, "track_histories"),
                Piece(bench_threads.Threads, "time_threads"),
            ),
            120,
        ),
        Step(
            "imports, post 004, the limit",
            (
                Piece(bench_import.Import, "timeraw_import"),
                Piece(bench_post004.Post004, "time_method"),
                Piece(bench_limit.Limit, "time_part"),
            ),
            45,
        ),
        Step("the history of asv's pages", tuple(map(Headline, bench_history.HEADLINES)), 25),
    ]
