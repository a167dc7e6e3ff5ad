# SPDX-License-Identifier: MIT
"""What of a run the next run confirms: which samplers may be named first, and what holds against other libraries.

Two runs of the same code on one machine do not always name the same winner. In ``tests/data/rounds.json``, `alias` and
`spectrum` were measured on 24 visits in 24 minutes. If a visit names the faster one, and that is more than 1.3 times
faster, then no other visit named the other one in any cell whose tables fit the cache of a core. If the tables are
larger, half of the visits contradict it in the worst cell, also beyond a ratio of 1.6, and none does beyond 2. So the
bound depends on the tables, and all samplers within the bound of the fastest are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

from benchmarks.checks import Workload
from samplers.recommendation.rule import ALIAS, SLOT_BYTES, slots

from . import units
from .model import Inputs

# Ratios up to these bounds may turn around in another run: if all tables fit the cache of a core, and if not.
IN_OWN_CACHE, BEYOND = 1.3, 2.0
OWN_CACHE = "L2"


@dataclass(frozen=True)
class Peer:
    """What people use today.

    Attributes
    ----------
    title : str
        In the words of its users.
    strategy : str
        The strategy that does the same here.
    """

    title: str
    strategy: str


GENSIM = Peer("gensim's `cum_table`", "cum_table")
TORCH_LOOP = Peer("a loop over `torch.multinomial`, a call for each row", "multinomial")
ONE_CALL = Peer("`torch.multinomial`, one call for all rows", "torch_one_call")
ONE_CALL_DISTINCT = Peer("`torch.multinomial` of distinct ids, one call for all rows", "torch_one_call_distinct")
NUMPY = Peer("`numpy.random.Generator.choice`", "numpy_choice")
# With which the headline compares, by mode: the first one that was timed.
USED = {True: (GENSIM, NUMPY), False: (TORCH_LOOP,)}


@dataclass(frozen=True)
class Lasting:
    """What of a workload and mode the next run confirms.

    Attributes
    ----------
    leaders : mapping of str to float
        The samplers of which each may be the fastest in another run, with nanoseconds per id, fastest first.
    bound : float
        Ratios up to this bound may turn around in another run.
    peer : Peer or None
        What people use; None if it was not timed, or if it is a leader.
    measured : tuple of float
        How many times faster than the peer each leader is in this run.
    """

    leaders: Mapping[str, float]
    bound: float
    peer: Peer | None = None
    measured: tuple[float, ...] = ()

    @property
    def at_least(self) -> float | None:
        """How many times faster than the peer each leader is in every run; None if that may be 1 or less."""
        if not self.measured:
            return None
        promise = rounded_down(min(self.measured) / self.bound)
        return promise if promise > 1 else None


def lasting(report: Inputs, workload: Workload, replacement: bool, timed: Mapping[str, float]) -> Lasting:
    """What the next run confirms, of the nanoseconds per id of the samplers that may win, fastest first."""
    first = min(timed.values())
    near = {name: ns for name, ns in timed.items() if ns <= BEYOND * first}
    bound = IN_OWN_CACHE if near.keys() <= fit_own_cache(report, workload).keys() else BEYOND
    leaders = {name: ns for name, ns in near.items() if ns <= bound * first}
    for peer in USED[replacement]:
        name = stored_as(report, peer.strategy, replacement)
        ns = report.ns(name, workload.name).value
        if ns is not None and name not in leaders:
            return Lasting(leaders, bound, peer, tuple(ns / own for own in leaders.values()))
    return Lasting(leaders, bound)


def stored_as(report: Inputs, strategy: str, replacement: bool) -> str:
    """The name of the measurements of a strategy in a mode; "" if the report has none."""
    return next((s.name for s in report.samplers if s.draws(strategy, replacement)), "")


def fit_own_cache(report: Inputs, workload: Workload) -> dict[str, float]:
    """The samplers whose tables are known to fit the cache of a core, with the bytes of their tables."""
    cache = own_cache(report)
    sizes = {name: cell.value for (name, at), cell in report.nbytes.items() if at == workload.name}
    return {name: size for name, size in sizes.items() if cache and size is not None and size <= cache}


def own_cache(report: Inputs) -> int | None:
    """Bytes of the largest cache that a core does not share; None if it is not known."""
    caches = report.origin.environment.get("caches")
    size = caches.get(OWN_CACHE) if isinstance(caches, Mapping) else None
    return size if isinstance(size, int) else None


def rounded_down(ratio: float) -> float:
    """A ratio rounded down to one significant digit or the half of it.

    Examples
    --------
    >>> rounded_down(14.9), rounded_down(1.49), rounded_down(237.0), rounded_down(10.0)
    (10.0, 1.0, 200.0, 10.0)
    """
    step = 10.0 ** floor(log10(ratio)) / 2
    return floor(ratio / step) * step


def headline(report: Inputs, found: Lasting, where: str, mode: str) -> str:
    """The sentence that leads the report: how many times faster than what people use, and by which samplers."""
    names = units.listed([f"`{report.label(name)}`" for name in found.leaders])
    times = f"{units.listed([units.per_id(ns) for ns in found.leaders.values()])} per id {mode}"
    ahead = ""
    if found.peer is not None and found.at_least is not None:
        ahead = f"at least {units.ratio(found.at_least)} times faster than {found.peer.title}"
    if len(found.leaders) == 1:
        return f"{names} is the fastest faithful sampler on {where}: {times}{', ' if ahead else ''}{ahead}."
    if not ahead:
        return f"{names} are the fastest faithful samplers on {where}: {times}."
    return f"On {where}, {names} draw {ahead}: {times}."


def beside(report: Inputs, workload: Workload, found: Lasting) -> str:
    """The sentences below the headline: the ratios of this run, and why no leader is named alone."""
    sentences = []
    if found.peer is not None and found.at_least is not None:
        ratios = units.listed([units.ratio(ratio) for ratio in found.measured])
        sentences.append(f"In this run: {ratios} times faster.")
    if len(found.leaders) > 1:
        sentences.append(undecided(report, workload, found))
    return " ".join(sentences)


def undecided(report: Inputs, workload: Workload, found: Lasting) -> str:
    """Why no leader is named alone; there are several."""
    which = "Which of the two" if len(found.leaders) == 2 else "Which of them"
    text = f"{which} is faster changes from run to run"
    cache, large = own_cache(report), too_large(report, workload, found)
    if not cache or not large:
        return f"{text}: two runs of the same code differ by a factor of up to {found.bound:g}."
    tables = units.listed(
        [f"`{report.label(name)}` ({of_draws(workload, name, size)})" for name, size in large.items()]
    )
    return (
        f"{text}: the tables of {tables} are larger than the cache of a core ({units.binary(cache)}), so that the time "
        "depends on what other programs and tenants of the machine leave of the shared cache."
    )


def of_draws(workload: Workload, name: str, size: float) -> str:
    """The bytes of a table, and of an alias table those that most draws read."""
    read = SLOT_BYTES * slots(workload.V or 1)
    halved = f", of which most draws read {units.size(read)}" if name == ALIAS and read < size else ""
    return f"{units.size(size)}{halved}"


def too_large(report: Inputs, workload: Workload, found: Lasting) -> dict[str, float]:
    """The leaders whose tables are known not to fit the cache of a core, with the bytes of their tables."""
    small = fit_own_cache(report, workload)
    sizes = {
        name: cell.value
        for name in found.leaders
        if name not in small and (cell := report.nbytes.get((name, workload.name))) is not None
    }
    return {name: size for name, size in sizes.items() if size is not None}
