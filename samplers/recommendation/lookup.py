# SPDX-License-Identifier: MIT
"""Recommends a sampler by looking the request up in measured results, `verdict.json`.

The answer depends on the request and on this file, and not on the machine, so that a seed gives the same ids
everywhere. If the recommended strategy cannot run, because its package is missing, the next one is recommended, and
`Recommendation.passed_over` says so.
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
from ..torch_tools import cuda_missing
from ..waiting import Wait, check_time_limit
from .request import Features, features
from .timing import ENOUGH, WARM, take_turns, timed
from .verdict import candidates, holds, nearest, regions_of, verdict

MODES = {True: "with replacement", False: "without replacement"}
ROUNDS, ROUND_SECONDS = 9, 0.005  # for measure=True: a tenth of a second for two candidates
REFILLS = 3  # the minimum number of pool refills in one timing
# Rows of a call of a strategy with ``info.cost == "row"``, as in the benchmarks.
FEW_ROWS = 64
TRIAL_IDS = 2**10  # ids of the first call that is timed for the estimate
SLOW_FIRST = 1.0  # seconds: if the first call takes longer, its one-time preparations are a small part of it
SLOW_CALL = 0.01  # seconds: for slower calls, the time to update the bar can be neglected
TABLELESS = "uniform"  # of laws that it can draw from, the fastest, at any V
# On a GPU that was not measured, by the model of docs/gpu.md: the fewest bytes and words of each id first.
ON_CUDA = (
    "uniform_triton",
    "spectrum_triton",
    "alias_triton",
    "uniform_torch",
    "alias_torch",
    "spectrum_torch",
    "cuda_multinomial",
)
LIMIT_CURE = "ask for fewer rows or fewer ids a row, or leave measure out"


@dataclass(frozen=True)
class Recommendation:
    """The recommended sampler, and why.

    Attributes
    ----------
    name : str
        The name for `samplers.create`.
    reason : str
        The reason, as text.
    figures : mapping of str to float
        The time of each strategy in nanoseconds per id, fastest first, for the request ``measured_at``.
    measured_at : mapping
        The request that was measured (V, distinct, sorted, rows, k, redraws) and the machine. If the answer was looked
        up, it is the measured request that is most similar to yours.
    region : mapping of str to tuple of int or None
        The bounds of the requests with this answer, both included.
    passed_over : mapping of str to str
        Faster strategies that cannot be used, with the reason.
    replacement : bool
        False: distinct ids in a row.
    device : str
        The device that draws the ids: "cpu", "cuda" or "cuda:1".
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
    """Name the fastest sampler for a request, among those that passed every fidelity check.

    Parameters
    ----------
    noise : Law, array_like (V,), mapping, Series, gensim model, path
        A law, or counts, as in `create`.
    exponent : float, optional
        The power of the counts, as in `create`.
    rows, k : int
        The shape of the calls that you will make.
    replacement : bool
        False: distinct ids in a row.
    device : str or torch.device
        The device that draws the ids: "cpu", "cuda", or one of several, "cuda:1".
    measure : bool
        Time the candidates on this machine now, instead of looking the answer up.
    time_limit : float or None, default 60
        Seconds, for ``measure``; None for no limit. If the estimated time is longer, an error is raised. If it is
        longer than two seconds, a terminal shows a progress bar.

    Returns
    -------
    Recommendation
        The name of the sampler, the reason and the figures. ``str()`` gives a readable text.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid, or if measuring would take longer than ``time_limit``.
    RuntimeError
        If no strategy can run on the device; the message gives the reason for each.

    Examples
    --------
    >>> import samplers
    >>> recommendation = samplers.recommend([1000, 400, 30, 5], rows=1024, k=5)
    >>> samplers.create(recommendation.name, [1000, 400, 30, 5], rng=42).sample(1024, 5).shape
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
    if device == "cpu" and why_not(TABLELESS, noise, replacement, request.k) is None:
        text = (
            f"all {len(noise):,} ids are equally likely: {TABLELESS} needs no table, and its time does not depend on V"
        )
        return Recommendation(TABLELESS, text, replacement=replacement, device=device)
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
    """Build the sampler that `recommend` names.

    Parameters
    ----------
    noise : Law, array_like (V,), mapping, Series, gensim model, path
        A law, or counts, as in `create`.
    exponent : float, optional
        The power of the counts, as in `create`.
    rows, k : int
        The shape of the calls that you will make.
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
    recommendation = recommend(noise, rows=rows, k=k, replacement=replacement, device=device)
    placement = placed(recommendation.name, recommendation.device)
    return create(recommendation.name, noise, rng=rng, replacement=replacement, **placement, **options)


def as_device(device: Any) -> str:
    """The name of a device: "cpu", "cuda" or "cuda:1". ``str`` of a ``torch.device`` is such a name."""
    name = str(device)
    if not re.fullmatch(r"cpu(:0)?|cuda(:[0-9]+)?", name):
        raise ValueError(f"device must be 'cpu', 'cuda', 'cuda:0', ... or a torch.device, got {device!r}")
    return name.removesuffix(":0") if name.startswith("cpu") else name


def placed(name: str, device: str) -> dict[str, Any]:
    """The options of `create` with which a strategy draws on a device."""
    return {"device": device} if ":" in device or get(name).info.device == "any" else {}


def kind_of(device: str) -> str:
    """The kind of a device: "cpu" or "cuda"."""
    return device.partition(":")[0]


def why_not(name: str, noise: Law, replacement: bool, k: int = 1, device: str = "cpu") -> str | None:
    """Why a strategy cannot serve a request; None if it can. No table is built to find out."""
    reason = why_unavailable(name)
    if reason is None and get(name).info.device == "any" and kind_of(device) == "cuda":
        reason = cuda_missing()
    if reason is not None:
        return reason
    if replacement not in get(name).info.replacement_modes:
        return f"{name} does not draw {MODES[replacement]}"
    max_k = get(name).info.max_k
    if max_k is not None and k > max_k:
        return f"{name} draws at most {max_k:,} ids in a row"
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
    figures = dict(sorted(cell["ns"].items(), key=lambda item: item[1]))
    return Recommendation(
        name,
        _reason(name, region, noise, request.k),
        figures,
        cell["at"] | {"cpu": verdict()["environment"]["cpu"]},
        {axis: (low, high) for axis, (low, high) in region["bounds"].items()},
        passed_over,
        region["replacement"],
        region["device"],
    )


def _reason(name: str, region: Mapping[str, Any], noise: Law, k: int) -> str:
    """The reason of a looked-up recommendation."""
    bounds = [bound_in_words(axis, low, high) for axis, (low, high) in region["bounds"].items()]
    where = f"{MODES[region['replacement']]}, {', '.join(bounds) or 'any request'}"
    rivals = [n for n in region["ranking"] if n != name and why_not(n, noise, region["replacement"], k) is None]
    if name != region["winner"]:
        return f"the fastest that can serve here ({where}), after {region['winner']}"
    if not rivals:
        return f"the only one that can serve here and is fast enough to be compared ({where})"
    if rivals[0] != region["runner_up"]:
        return f"fastest of those that passed the fidelity checks ({where})"
    if region["close"]:
        return f"too close to call against {rivals[0]} ({where}); of the two, it won the neighbouring requests"
    return (
        f"fastest of those that passed the fidelity checks ({where}); "
        f"{rivals[0]} takes {region['margin']:.3g} times as long there on average"
    )


def bound_in_words(axis: str, low: int | None, high: int | None) -> str:
    """The bounds of a region on one axis, as text."""
    if axis == "sorted":
        return "ids sorted by weight" if low == 1 else "ids in any order"
    name = {"distinct": "distinct weights", "redraws": "draws for the last id of a row at worst"}.get(axis, axis)
    if low is None:
        return f"{name} up to {high:,}"
    return f"{name} from {low:,}" + ("" if high is None else f" to {high:,}")


def _unmeasured(noise: Law, request: Features, replacement: bool, device: str) -> Recommendation:
    """The first strategy that can draw on the device, for devices that were not measured."""
    passed_over: dict[str, str] = {}
    for name in _drawing_on(device):
        reason = why_not(name, noise, replacement, request.k, device)
        if reason is None:
            text = f"not measured on device={device!r}; the first strategy that draws there {MODES[replacement]}"
            return Recommendation(name, text, passed_over=passed_over, replacement=replacement, device=device)
        passed_over[name] = reason
    raise RuntimeError(f"device={device!r}: no strategy can run there: {_listed(passed_over) or 'there is none'}")


def _drawing_on(device: str) -> list[str]:
    """The built-in strategies that draw on a device. Plug-ins are left out, because nobody has checked their ids."""
    if kind_of(device) == "cuda":
        return list(ON_CUDA)
    return [name for name in BUILT_IN if get(name).info.device == "cpu"]


def _measured(
    noise: Law, request: Features, replacement: bool, device: str, time_limit: float | None
) -> Recommendation:
    """Time all candidates that can serve the request, in turns."""
    known = candidates(replacement, kind_of(device)) or _drawing_on(device)
    if TABLELESS not in known and device == "cpu" and get(TABLELESS).unsuitable(noise) is None:
        known = [*known, TABLELESS]
    reasons = {name: why_not(name, noise, replacement, request.k, device) for name in known}
    passed_over = {name: reason for name, reason in reasons.items() if reason is not None}
    able = [name for name in known if name not in passed_over]
    if not able:
        raise RuntimeError(f"device={device!r}: no strategy can run there: {_listed(passed_over) or 'there is none'}")
    calls, ids, min_calls, seconds = {}, {}, {}, {}
    for name in able:
        sampler = create(name, noise, rng=0, replacement=replacement, **placed(name, device))
        rows = min(request.rows, FEW_ROWS) if sampler.info.cost == "row" else request.rows
        calls[name], ids[name] = caller(sampler, rows, request.k), rows * request.k
        min_calls[name] = spanning(sampler, ids[name])
        seconds[name] = estimated(sampler, rows, request.k)
    total = sum(seconds[name] * _calls_of(seconds[name], min_calls[name]) for name in able)
    what = f"measuring {', '.join(able)} at rows={request.rows:,}, k={request.k:,}"
    with Wait(what, total, time_limit, LIMIT_CURE) as wait:
        with_bar = {name: _with_bar(calls[name], wait, seconds[name], total) for name in able}
        times = take_turns(with_bar, ROUNDS, ROUND_SECONDS, min_calls=min_calls)
    ns = {name: float(np.median(rounds)) / ids[name] * 1e9 for name, rounds in times.items()}
    figures = dict(sorted(ns.items(), key=lambda item: item[1]))
    return Recommendation(
        next(iter(figures)),
        f"the fastest on this machine, {MODES[replacement]}, in {ROUNDS} rounds of turns",
        figures,
        request.values(),
        {},
        passed_over,
        replacement,
        device,
    )


def estimated(sampler: Sampler, rows: int, k: int) -> float:
    """The estimated seconds of ``sample(rows, k)``, from smaller calls that take a twentieth of a second."""
    # Without replacement the last ids of a row take longer than the first ones, so that the trial must have whole rows.
    trial_rows, trial_k = 1, min(k, TRIAL_IDS) if sampler.replacement else k
    seconds = timed(caller(sampler, trial_rows, trial_k), 1)
    if seconds > SLOW_FIRST:
        return seconds * (rows / trial_rows) * (k / trial_k)
    while True:
        seconds = timed(caller(sampler, trial_rows, trial_k), 1)
        if seconds > ENOUGH or (trial_rows, trial_k) == (rows, k):
            return seconds * (rows / trial_rows) * (k / trial_k)
        if trial_k < k:
            trial_k = min(k, 8 * trial_k)
        else:
            trial_rows = min(rows, 8 * trial_rows)


def _calls_of(seconds: float, min_calls: int) -> float:
    """The number of calls that `take_turns` makes, if a call takes ``seconds``."""
    repeats = max(min_calls, round(ROUND_SECONDS / seconds))
    return 2 + ENOUGH / seconds + ROUNDS * (repeats + int(WARM * repeats))


def _with_bar(call: Any, wait: Wait, seconds: float, total: float) -> Any:
    """The call, extended by a step of the bar; fast calls are returned unchanged."""
    if seconds < SLOW_CALL:
        return call

    def run() -> Any:
        result = call()
        wait.advance(seconds / total)
        return result

    return run


def caller(sampler: Sampler, rows: int, k: int) -> Any:
    """The call that is timed: ``sample(rows, k)`` without ``out``, as most training loops write it."""
    return lambda: sampler.sample(rows, k)


def spanning(sampler: Sampler, ids: int) -> int:
    """The number of calls of ``ids`` ids that take `REFILLS` refills of a pool; 1 if the sampler has no pool."""
    return max(1, -(-REFILLS * sampler.ids_ahead // ids))


def _listed(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
