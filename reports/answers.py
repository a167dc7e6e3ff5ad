# SPDX-License-Identifier: MIT
"""The first screen of the page: for three usual loops the sampler to create, its time, what it gains, and the code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

import samplers
from benchmarks.checks import Workload

from . import units
from .asv_results import EXCLUSION
from .axes import measured
from .derived import Answer
from .lasting import GENSIM, NUMPY, TORCH_LOOP, Peer, stored_as
from .model import Inputs
from .statistics import NOT_MEASURED, Measurement
from .verdict import HEADLINE, family, place

LARGE = 10**6
ONE, NONE = "one", "none"  # settings of `EXCLUSION`


@dataclass(frozen=True)
class Loop:
    """A usual loop.

    Attributes
    ----------
    title : str
    least : int or None
        The smallest V of the workload, the largest of its family; None for the workload of the headline.
    replacement : bool
    peer : Peer
    """

    title: str
    least: int | None
    replacement: bool
    peer: Peer


LOOPS = (
    Loop("A word2vec loop", None, True, GENSIM),
    Loop("Distinct ids in each row", None, False, TORCH_LOOP),
    Loop("V of a million or more", LARGE, True, NUMPY),
)


def answers(report: Inputs) -> tuple[Answer, ...]:
    """The rows whose workload was timed."""
    found = [(loop, workload_of(report, loop)) for loop in LOOPS]
    return tuple(answer(report, loop, at) for loop, at in found if at is not None)


def workload_of(report: Inputs, loop: Loop) -> Workload | None:
    """Where a loop was measured; None if nothing suitable was timed, or if its number of distinct counts is unknown."""
    timed = [w for w in report.timed() if w.V and w.distinct]
    if loop.least is None:
        return next((w for w in timed if w.name == HEADLINE), None)
    names = family(report.timed())
    large = [w for w in timed if w.name in names and (w.V or 0) >= loop.least]
    return max(large, key=lambda w: w.V or 0, default=None)


def answer(report: Inputs, loop: Loop, at: Workload) -> Answer:
    """The recommended sampler for a loop, with its time and its gain."""
    call = report.question(EXCLUSION).call((), None)
    name = recommended(at.V or 0, at.distinct or 0, loop.replacement, call)
    own, other = stored_as(report, name, loop.replacement), stored_as(report, loop.peer.strategy, loop.replacement)
    both = [cell.value for cell in (with_exclusion(report, own, at), with_exclusion(report, other, at))]
    excluded = both[0] is not None
    time = both[0] if excluded else report.ns(own, at.name).value
    rivals = both if None not in both else [report.ns(own, at.name).value, report.ns(other, at.name).value]
    gain = ""
    if rivals[0] and rivals[1]:
        without = ", both without exclusion" if excluded and None in both else ""
        gain = f"{units.ratio(rivals[1] / rivals[0])} times faster than {loop.peer.title}{without}"
    return Answer(
        loop.title,
        f"{place(at)}, {shape(report, own, at, excluded)}",
        name,
        in_words(time, excluded, call),
        gain,
        code(name, loop.replacement, call),
    )


def shape(report: Inputs, sampler: str, at: Workload, excluded: bool) -> str:
    """The shape of the measured call."""
    speed = report.speed.get((sampler, at.name))
    rows, k = report.question(EXCLUSION).call((), None) if excluded or speed is None else (speed.rows, speed.k)
    return f"calls of {rows:,} × {k}"


def in_words(ns: float | None, excluded: bool, call: tuple[int, int]) -> str:
    """The time per id and per call of rows and k."""
    if ns is None:
        return "not measured in this run"
    if excluded:
        whole = units.seconds(ns * 1e-9 * math.prod(call), 2)
        return f"{units.per_id(ns)} per id, {whole} per call, with one excluded id per row"
    return f"{units.per_id(ns)} per id without exclusion, which was not measured for it"


def code(name: str, replacement: bool, call: tuple[int, int]) -> str:
    """The line before the loop, and the line in it that draws the negatives of a batch."""
    mode = "" if replacement else ", replacement=False"
    return (
        f'sampler = samplers.create("{name}", counts{mode}, rng=42)\n'
        f"ids = sampler.sample({call[0]}, {call[1]}, exclude=positives)"
    )


@cache
def recommended(n_ids: int, distinct: int, replacement: bool, call: tuple[int, int]) -> str:
    """The name that `samplers.recommend` gives for counts with so many ids and so many distinct values, sorted."""
    counts = np.maximum(distinct - np.arange(n_ids), 1)
    return samplers.recommend(counts, rows=call[0], k=call[1], replacement=replacement).name


def with_exclusion(report: Inputs, sampler: str, at: Workload, kind: str = ONE) -> Measurement:
    """Nanoseconds per id with excluded ids."""
    return measured(report, report.question(EXCLUSION)).get(sampler, {}).get((at.name, kind), NOT_MEASURED)
