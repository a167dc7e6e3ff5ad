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
from .lasting import GENSIM, NUMPY, ONE_CALL, ONE_CALL_DISTINCT, TORCH_LOOP, Peer, stored_as
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
    peers : tuple of Peer
        What people use there.
    """

    title: str
    least: int | None
    replacement: bool
    peers: tuple[Peer, ...]


LOOPS = (
    Loop("A word2vec loop", None, True, (GENSIM, ONE_CALL)),
    Loop("Distinct ids in each row", None, False, (ONE_CALL_DISTINCT, TORCH_LOOP)),
    Loop("V of a million or more", LARGE, True, (NUMPY, ONE_CALL)),
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
    """The recommended sampler for a loop, with its time and its gains."""
    call = report.question(EXCLUSION).call((), None)
    advice = recommended(at.V or 0, at.distinct or 0, loop.replacement, call)
    name = advice.name
    own = stored_as(report, name, loop.replacement)
    ours = with_exclusion(report, own, at).value
    gains = [text for peer in loop.peers if (text := gain(report, own, peer, loop.replacement, at))]
    return Answer(
        loop.title,
        f"{place(at)}, {shape(report, own, at, ours is not None)}",
        name,
        advice.reason,
        in_words(report.ns(own, at.name).value if ours is None else ours, ours is not None, call),
        "; ".join(gains),
        code(name, loop.replacement, measured_call(report, own, at, ours is not None), ours is not None),
    )


def in_training(found: tuple[Answer, ...]) -> str:
    """Which sampler a training loop should take; "" without an answer. The answer itself says why."""
    return f"In a training loop, take `{found[0].name}`, for the reason on its card." if found else ""


def gain(report: Inputs, own: str, peer: Peer, replacement: bool, at: Workload) -> str:
    """How many times faster than a peer, with exclusion if both were measured with it; "" if that is not known."""
    other = stored_as(report, peer.strategy, replacement)
    ours, theirs = (with_exclusion(report, name, at).value for name in (own, other))
    without = ""
    if not (ours and theirs):
        without = ", both without exclusion" if ours else ""
        ours, theirs = (report.ns(name, at.name).value for name in (own, other))
    return f"{units.ratio(theirs / ours)} times faster than {peer.title}{without}" if ours and theirs else ""


def shape(report: Inputs, sampler: str, at: Workload, excluded: bool) -> str:
    """The shape of the measured call."""
    rows, k = measured_call(report, sampler, at, excluded)
    return f"calls of {rows:,} × {k}"


def measured_call(report: Inputs, sampler: str, at: Workload, excluded: bool) -> tuple[int, int]:
    """Rows and k of the call whose time is shown."""
    speed = report.speed.get((sampler, at.name))
    return report.question(EXCLUSION).call((), None) if excluded or speed is None else (speed.rows, speed.k)


def in_words(ns: float | None, excluded: bool, call: tuple[int, int]) -> str:
    """The time per id and per call of rows and k."""
    if ns is None:
        return "not measured in this run"
    if excluded:
        whole = units.seconds(ns * 1e-9 * math.prod(call), 2)
        return f"{units.per_id(ns)} per id, {whole} per call, with one excluded id per row"
    return f"{units.per_id(ns)} per id without exclusion, which was not measured for it"


def code(name: str, replacement: bool, call: tuple[int, int], excluded: bool) -> str:
    """The line before the loop, and the line in it that draws the negatives of a batch, as it was measured."""
    mode = "" if replacement else ", replacement=False"
    return (
        f'sampler = samplers.create("{name}", counts{mode}, rng=42)\n'
        f"negatives = sampler.sample({call[0]}, {call[1]}{', exclude=positives' if excluded else ''})"
    )


@cache
def recommended(n_ids: int, distinct: int, replacement: bool, call: tuple[int, int]) -> samplers.Recommendation:
    """What `samplers.recommend` says for counts with so many ids and so many distinct values, sorted."""
    counts = np.maximum(distinct - np.arange(n_ids), 1)
    return samplers.recommend(counts, rows=call[0], k=call[1], replacement=replacement)


def with_exclusion(report: Inputs, sampler: str, at: Workload, kind: str = ONE) -> Measurement:
    """Nanoseconds per id with excluded ids."""
    return measured(report, report.question(EXCLUSION)).get(sampler, {}).get((at.name, kind), NOT_MEASURED)
