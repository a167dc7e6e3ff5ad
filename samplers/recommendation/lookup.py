# SPDX-License-Identifier: MIT
"""Which sampler to use: looked up in measured results, `verdict.json`, by comparing integers.

The answer depends on the request and on this file alone, not on the machine: a seed that is pinned in one place
gives the same ids in another. Where the strategy of the verdict cannot run (its package is missing), the next
one takes its place, and `Recommendation.passed_over` says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base import Sampler
from ..laws.law import Law
from ..laws.noise_distribution import as_law
from ..registry import BUILT_IN, create, get, why_unavailable
from ..waiting import Wait, check_time_limit
from .request import Features, features
from .timing import ENOUGH, WARM, take_turns, timed
from .verdict import candidates, holds, nearest, regions_of, verdict

MODES = {True: "with replacement", False: "without replacement"}
ROUNDS, ROUND_SECONDS = 9, 0.005  # of measure=True: a tenth of a second for two candidates
REFILLS = 3  # of a pool, at least, in what is timed together
# A strategy that pays for each row is asked for this many, as in the benchmarks.
FEW_ROWS = 64
TRIAL_IDS = 2**10  # of the first call that is timed to estimate how long the others take
SLOW_FIRST = 1.0  # seconds of a first call, beyond which what it prepares for later ones is the lesser part
SLOW_CALL = 0.01  # seconds, beside which a step of the bar takes no time
LIMIT_CURE = "ask for fewer rows or fewer ids a row, or leave measure out"


@dataclass(frozen=True)
class Recommendation:
    """Which sampler to use, and why.

    Attributes
    ----------
    name : str
        For `samplers.create`.
    reason : str
        Why, in words.
    figures : mapping of str to float
        Nanoseconds an id of each strategy measured, fastest first: at ``measured_at``.
    measured_at : mapping
        The request that the figures are of (V, distinct, sorted, rows, k, redraws) and the machine: the measured
        cell of the region that is nearest to yours, or this very request where it was measured here.
    region : mapping of str to tuple of int or None
        Between which bounds, both included, the verdict holds.
    passed_over : mapping of str to str
        Strategies that come before it there and cannot be used, with the reason.
    replacement : bool
        False: for distinct ids in a row.
    device : str
        Where the ids are drawn: "cpu", "cuda" or "cuda:1".
    """

    name: str
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict, hash=False)
    measured_at: Mapping[str, Any] = field(default_factory=dict, hash=False)
    region: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict, hash=False)
    passed_over: Mapping[str, str] = field(default_factory=dict, hash=False)
    replacement: bool = True
    device: str = "cpu"

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.reason}"]
        lines += [f"  passed over: {name} ({why})" for name, why in self.passed_over.items()]
        if self.figures:
            best = min(self.figures.values())
            at = ", ".join(f"{key}={value}" for key, value in self.measured_at.items())
            lines.append(f"  measured at {at}:")
            lines += [f"  {name:<18}{ns:>11.4g} ns an id{ns / best:>10.3g}x" for name, ns in self.figures.items()]
        return "\n".join(lines)


def recommend(
    noise: Any,
    *,
    exponent: float | None = None,
    rows: int = 1024,
    k: int = 5,
    replacement: bool = True,
    device: Any = "cpu",
    measure: bool = False,
    time_limit: float | None = 60.0,
) -> Recommendation:
    """The fastest sampler for a request, among those that passed every fidelity check.

    Parameters
    ----------
    noise : Law, array_like (V,), mapping, Series, gensim model, path
        As in `create`: a law, or counts.
    exponent : float, optional
        As in `create`: the power of counts.
    rows, k : int
        Of the calls that you will make.
    replacement : bool
        False: distinct ids in a row.
    device : str or torch.device
        Where the ids are drawn: "cpu", "cuda", or one device of several, "cuda:1".
    measure : bool
        Time the candidates here instead of looking them up; the answer is then this machine's and this moment's.
    time_limit : float or None, default 60
        Seconds, for ``measure``. If it takes longer by estimate, from a few calls, an error says so; None waits. A bar
        is shown on a terminal from two seconds on.

    Returns
    -------
    Recommendation
        The name of the sampler, the reason and the figures; readable by ``str()``.

    Raises
    ------
    TypeError, ValueError
        For an argument that does not fit, and where measuring would take longer than ``time_limit``.
    RuntimeError
        When no strategy can run on the device; the message says why for each.

    Examples
    --------
    >>> import samplers
    >>> found = samplers.recommend([1000, 400, 30, 5], rows=1024, k=5)
    >>> samplers.create(found.name, [1000, 400, 30, 5], rng=42).sample(1024, 5).shape
    (1024, 5)
    """
    noise = as_law(noise, exponent)
    for argument, value in (("replacement", replacement), ("measure", measure)):
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{argument} must be True or False, got {value!r}")
    check_time_limit(time_limit)
    device = as_device(device)
    replacement = bool(replacement)
    request = features(noise, rows, k, replacement)
    if measure:
        return _measured(noise, request, replacement, device, time_limit)
    regions = regions_of(replacement, kind_of(device))
    if not regions:
        return _unmeasured(noise, request, replacement, device)
    return _looked_up(noise, request, next(r for r in regions if holds(r["bounds"], request)))


def fastest(
    noise: Any,
    *,
    exponent: float | None = None,
    rows: int = 1024,
    k: int = 5,
    replacement: bool = True,
    device: Any = "cpu",
    rng: Any = None,
    **options: Any,
) -> Sampler:
    """The sampler that `recommend` names, built.

    Parameters
    ----------
    noise : Law, array_like (V,), mapping, Series, gensim model, path
        As in `create`: a law, or counts.
    exponent : float, optional
        As in `create`: the power of counts.
    rows, k : int
        Of the calls that you will make.
    replacement : bool
        False: distinct ids in a row.
    device : str or torch.device
        As in `recommend`.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        As in `create`.
    **options
        As in `create`.

    Returns
    -------
    Sampler
        At its first row.

    Raises
    ------
    TypeError, ValueError, RuntimeError
        As `recommend` and `create` do.

    Examples
    --------
    >>> import samplers
    >>> samplers.fastest([1000, 400, 30, 5], rng=42).sample(rows=1024, k=5).shape
    (1024, 5)
    """
    noise = as_law(noise, exponent)
    found = recommend(noise, rows=rows, k=k, replacement=replacement, device=device)
    return create(found.name, noise, rng=rng, replacement=replacement, **placed(found.device), **options)


def as_device(device: Any) -> str:
    """A device as its name: "cpu", "cuda" or "cuda:1"; ``torch.device`` objects are written so by ``str``."""
    name = str(device)
    if not re.fullmatch(r"cpu(:0)?|cuda(:[0-9]+)?", name):
        raise ValueError(f"device must be 'cpu', 'cuda', 'cuda:0', ... or such a torch.device, got {device!r}")
    return name.removesuffix(":0") if name.startswith("cpu") else name


def placed(device: str) -> dict[str, Any]:
    """The options of `create` that place a sampler on one device of several."""
    return {"device": device} if ":" in device else {}


def kind_of(device: str) -> str:
    """The kind of a device: "cpu" or "cuda"."""
    return device.partition(":")[0]


def why_not(name: str, noise: Law, replacement: bool, k: int = 1) -> str | None:
    """Why a strategy cannot serve, told without building it; None where it can."""
    reason = why_unavailable(name)
    if reason is not None:
        return reason
    if replacement not in get(name).info.replacement_modes:
        return f"{name} does not draw {MODES[replacement]}"
    most = get(name).info.max_k
    if most is not None and k > most:
        return f"{name} draws at most {most:,} ids a row"
    return get(name).unsuitable(noise)


def _looked_up(noise: Law, request: Features, region: Mapping[str, Any]) -> Recommendation:
    passed_over: dict[str, str] = {}
    for name in region["ranking"]:
        reason = why_not(name, noise, region["replacement"], request.k)
        if reason is None:
            break
        passed_over[name] = reason
    else:
        raise RuntimeError(f"no strategy of the verdict can run here: {_listed(passed_over)}")
    cell = nearest(region, request)
    figures = dict(sorted(cell["ns"].items(), key=lambda one: one[1]))
    return Recommendation(
        name,
        _words(name, region, noise, request.k),
        figures,
        cell["at"] | {"cpu": verdict()["environment"]["cpu"]},
        {axis: (low, high) for axis, (low, high) in region["bounds"].items()},
        passed_over,
        region["replacement"],
        region["device"],
    )


def _words(name: str, region: Mapping[str, Any], noise: Law, k: int) -> str:
    """The reason of a looked-up recommendation."""
    bounds = [bound_in_words(axis, low, high) for axis, (low, high) in region["bounds"].items()]
    where = f"{MODES[region['replacement']]}, {', '.join(bounds) or 'any request'}"
    others = [n for n in region["ranking"] if n != name and why_not(n, noise, region["replacement"], k) is None]
    if name != region["winner"]:
        return f"the fastest that can serve here ({where}), after {region['winner']}"
    if not others:
        return f"the only one that can serve here and is fast enough to be compared ({where})"
    if others[0] != region["runner_up"]:
        return f"fastest of those that passed the fidelity checks ({where})"
    if region["close"]:
        return f"too close to call against {others[0]} ({where}); of the two, it won the neighbouring requests"
    return (
        f"fastest of those that passed the fidelity checks ({where}); "
        f"{others[0]} takes {region['margin']:.3g} times as long there on average"
    )


def bound_in_words(axis: str, low: int | None, high: int | None) -> str:
    """The bounds of a region on one axis."""
    if axis == "sorted":
        return "ids sorted by weight" if low == 1 else "ids in any order"
    name = {"distinct": "distinct weights", "redraws": "draws for the last id of a row at worst"}.get(axis, axis)
    if low is None:
        return f"{name} up to {high:,}"
    return f"{name} from {low:,}" + ("" if high is None else f" to {high:,}")


def _unmeasured(noise: Law, request: Features, replacement: bool, device: str) -> Recommendation:
    """Nothing was timed on the device: the first strategy of the registry that draws there."""
    passed_over: dict[str, str] = {}
    for name in _drawing_on(device):
        reason = why_not(name, noise, replacement, request.k)
        if reason is None:
            words = f"not measured on device={device!r}; the first strategy that draws there {MODES[replacement]}"
            return Recommendation(name, words, passed_over=passed_over, replacement=replacement, device=device)
        passed_over[name] = reason
    raise RuntimeError(f"device={device!r}: no strategy can run there: {_listed(passed_over) or 'there is none'}")


def _drawing_on(device: str) -> list[str]:
    """The built-in strategies that draw on a device, which their stream tells; plug-ins passed no check of ours."""
    return [name for name in BUILT_IN if get(name).info.device == kind_of(device)]


def _measured(
    noise: Law, request: Features, replacement: bool, device: str, time_limit: float | None
) -> Recommendation:
    """Time every candidate that can serve, in turns."""
    known = candidates(replacement, kind_of(device)) or _drawing_on(device)
    reasons = {name: why_not(name, noise, replacement, request.k) for name in known}
    passed_over = {name: reason for name, reason in reasons.items() if reason is not None}
    able = [name for name in known if name not in passed_over]
    if not able:
        raise RuntimeError(f"device={device!r}: no strategy can run there: {_listed(passed_over) or 'there is none'}")
    calls, ids, least, seconds = {}, {}, {}, {}
    for name in able:
        sampler = create(name, noise, rng=0, replacement=replacement, **placed(device))
        rows = min(request.rows, FEW_ROWS) if sampler.info.cost == "row" else request.rows
        calls[name], ids[name] = caller(sampler, rows, request.k), rows * request.k
        least[name] = spanning(sampler, ids[name])
        seconds[name] = estimated(sampler, rows, request.k)
    total = sum(seconds[name] * _calls_of(seconds[name], least[name]) for name in able)
    what = f"measuring {', '.join(able)} at rows={request.rows:,}, k={request.k:,}"
    with Wait(what, total, time_limit, LIMIT_CURE) as wait:
        told = {name: _telling(calls[name], wait, seconds[name], total) for name in able}
        times = take_turns(told, ROUNDS, ROUND_SECONDS, least=least)
    ns = {name: float(np.median(found)) / ids[name] * 1e9 for name, found in times.items()}
    figures = dict(sorted(ns.items(), key=lambda one: one[1]))
    return Recommendation(
        next(iter(figures)),
        f"the fastest measured here, {MODES[replacement]}, {ROUNDS} rounds of turns",
        figures,
        request.values(),
        {},
        passed_over,
        replacement,
        device,
    )


def estimated(sampler: Sampler, rows: int, k: int) -> float:
    """Seconds of ``sample(rows, k)`` by estimate, from smaller calls that take a twentieth of a second."""
    # Without replacement the last ids of a row take longer than the first: a row is not cut.
    some, few = 1, min(k, TRIAL_IDS) if sampler.replacement else k
    seconds = timed(caller(sampler, some, few), 1)
    if seconds > SLOW_FIRST:
        return seconds * (rows / some) * (k / few)
    while True:
        seconds = timed(caller(sampler, some, few), 1)
        if seconds > ENOUGH or (some, few) == (rows, k):
            return seconds * (rows / some) * (k / few)
        some, few = (some, min(k, 8 * few)) if few < k else (min(rows, 8 * some), few)


def _calls_of(seconds: float, least: int) -> float:
    """How many calls `take_turns` makes of one that takes so long."""
    repeats = max(least, round(ROUND_SECONDS / seconds))
    return 2 + ENOUGH / seconds + ROUNDS * (repeats + int(WARM * repeats))


def _telling(call: Any, wait: Wait, seconds: float, total: float) -> Any:
    """The call, which then says that it is done; calls too short for it stay as they are."""
    if seconds < SLOW_CALL:
        return call

    def run() -> Any:
        found = call()
        wait.advance(seconds / total)
        return found

    return run


def caller(sampler: Sampler, rows: int, k: int) -> Any:
    """The call that is timed: ``sample(rows, k)`` as a training loop writes it, into an array of its own."""
    return lambda: sampler.sample(rows, k)


def spanning(sampler: Sampler, ids: int) -> int:
    """Calls of ``ids`` ids that span `REFILLS` refills of the sampler's pool; 1 for a sampler without one."""
    return max(1, -(-REFILLS * sampler.ids_ahead // ids))


def _listed(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
