# SPDX-License-Identifier: MIT
"""What each profile measures: cells of the benchmarks, in steps of a minute or two that asv runs one after another.

What is left out of the full profile, and can be had with ``asv run --bench``: strategies that pay for each row on
large vocabularies (from a second to half a minute a call), lists of 1e8 Python floats, memory and first calls on
more than one or two workloads, and `bench_fidelity`, whose tests ``python -m benchmarks.fidelity`` runs in full.
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
    bench_exclusion,
    bench_import,
    bench_large,
    bench_limit,
    bench_loader,
    bench_order,
    bench_post004,
    bench_sample,
    bench_shape,
    bench_threads,
)
from .suite import FEW, why_not

Cell = tuple[Any, ...]

# The workloads of the quick profile; the full one measures others too.
SMALL, LARGER = ("post004", "zipf_1e2", "zipf_1e4"), ("english", "zipf_1e6")
BUILT = ("english",)
# Who is built over 1e8 ids: the others hold a Python float an id (3.2 GB, half a minute) or are not ours.
LARGEST = ("cum_table", "alias", "spectrum")


@dataclass(frozen=True)
class Piece:
    """Some cells of one benchmark.

    Attributes
    ----------
    kind : type
        The class.
    method : str
    where : callable
        Which cells of its axes, beyond those that the class itself rules out.
    """

    kind: Any
    method: str
    where: Callable[..., bool] = lambda *cell: True

    @property
    def name(self) -> str:
        """As asv calls it."""
        return f"{self.kind.__module__.rpartition('.')[2]}.{self.kind.__name__}.{self.method}"

    def cells(self) -> list[Cell]:
        """What asv is asked for."""
        of_kind = getattr(self.kind, "why_not", lambda *cell: None)
        first = self.kind.param_names[0] == "sampler"
        return [
            cell
            for cell in product(*self.kind.params)
            if not (first and why_not(cell[0])) and self.where(*cell) and of_kind(*cell) is None
        ]

    def pattern(self) -> str:
        """A regular expression for its cells as asv writes them."""
        cells = "|".join(re.escape(", ".join(map(repr, cell))) for cell in self.cells())
        return rf"^{re.escape(self.name)}\(({cells})\)$"


@dataclass(frozen=True)
class Step:
    """What one run of asv measures; its results are saved when it ends, so Ctrl-C costs one step.

    Attributes
    ----------
    pieces : tuple of Piece
    seconds : float
        What it took on two cores; the time left is reckoned from it.
    rounds : int
        Processes a cell.
    """

    name: str
    pieces: tuple[Piece, ...]
    seconds: float
    rounds: int = 1

    def cells(self) -> int:
        """How many cells."""
        return sum(len(piece.cells()) for piece in self.pieces)

    def options(self) -> list[str]:
        """Of ``asv run``."""
        patterns = [piece.pattern() for piece in self.pieces if piece.cells()]
        return ["--attribute", f"rounds={self.rounds}", *(o for pattern in patterns for o in ("--bench", pattern))]


def per_row(sampler: str) -> bool:
    """Whether a sampler pays for each row."""
    return samplers.get(sampler).info.cost == "row"


def headline(sampler: str, rows: int) -> bool:
    """Whether these are the rows of a sampler's headline figure."""
    return rows == (FEW if per_row(sampler) else bench_sample.MANY)


def light(sampler: str, workload: str, *rest: Any) -> bool:
    """Cells of a second or so: a strategy that is O(V) a row takes a second a call on English words."""
    return workload != "english" or not per_row(sampler)


def quick() -> list[Step]:
    """Each sampler once, at the rows that its headline is measured at; about four minutes of asv."""
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
    ]


def full() -> list[Step]:
    """Every question; the seconds are those of two cores."""
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
    large, ours = bench_large.Large, LARGEST
    return [
        Step("rows a call", (Piece(bench_shape.Rows, "time_rows", light),), 120),
        Step("ids a row", (Piece(bench_shape.Columns, "time_columns", light),), 120),
        Step("excluded ids", (Piece(bench_exclusion.Exclusion, "time_exclusion", light),), 85),
        Step("order of ids", (Piece(bench_order.Order, "time_order", lambda s, o: not per_row(s)),), 35),
        Step(
            "2**24 + 1 ids",
            (
                Piece(large, "time_large", lambda s, size: size == "2**24 + 1"),
                Piece(large, "track_nbytes_large", lambda s, size: size == "2**24 + 1" and s in ours),
                Piece(large, "time_build_large", lambda s, size: size == "2**24 + 1" and s in ours),
            ),
            60,
        ),
        Step(
            "1e8 ids",
            (
                Piece(large, "time_large", lambda s, size: size == "1e8" and s in ours),
                Piece(large, "time_build_large", lambda s, size: size == "1e8" and s in ours),
            ),
            45,
        ),
        Step(
            "loader, threads",
            (
                Piece(bench_loader.Loader, "time_loader"),
                Piece(bench_threads.Threads, "time_threads"),
            ),
            90,
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
    ]
