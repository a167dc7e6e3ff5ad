# SPDX-License-Identifier: MIT
"""Recommends a sampler for a request.

The answer depends on the request and on a rule (`samplers.recommendation.rule`), and not on the machine, so that a seed
gives the same ids everywhere. If the recommended strategy cannot serve the request, the next one is recommended, and
`Recommendation.passed_over` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..arguments import as_count
from ..base import Sampler
from ..laws.law import Law
from ..laws.noise_distribution import as_law
from ..registry import BUILT_IN, create, get, why_unavailable
from ..torch_tools import cuda_missing
from ..waiting import Wait, check_time_limit
from .rule import ALIAS, SPECTRUM, UNIFORM, choose
from .timing import ENOUGH, WARM, take_turns, timed

MODES = {True: "with replacement", False: "without replacement"}
ROUNDS, ROUND_SECONDS = 9, 0.005  # for measure=True: a tenth of a second for two candidates
REFILLS = 3  # the minimum number of pool refills in one timing
# Rows of a call of a strategy with ``info.cost == "row"``, as in the benchmarks.
FEW_ROWS = 64
TRIAL_IDS = 2**10  # ids of the first call that is timed for the estimate
SLOW_FIRST = 1.0  # seconds: if the first call takes longer, its one-time preparations are a small part of it
SLOW_CALL = 0.01  # seconds: for slower calls, the time to update the bar can be neglected
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
        With ``measure=True``: the time of each candidate in nanoseconds per id, fastest first. Else empty.
    measured_at : mapping
        The request of the figures: V, rows, k. Empty if there are none.
    passed_over : mapping of str to str
        Strategies that would be better, but cannot serve the request, with the reason.
    replacement : bool
        False: distinct ids in a row.
    device : str
        The device that draws the ids: "cpu", "cuda" or "cuda:1".
    """

    name: str
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict, hash=False)
    measured_at: Mapping[str, Any] = field(default_factory=dict, hash=False)
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
    draws: int | None = None,
    measure: bool = False,
    time_limit: float | None = 60.0,
) -> Recommendation:
    """Name the fastest sampler for a request in a training loop, among those that passed every fidelity check.

    Of the strategies that draw on the CPU, ``uniform`` is for laws of equal weights, ``spectrum`` for counts that
    repeat if the table of ``alias`` is larger than a level-1 cache, and ``alias`` for all others.

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
    draws : int, optional
        The number of ids that you will draw in total. If there are few for each id of the law, a table that is built
        faster is better. By default they are many.
    measure : bool
        Time repeated calls of the candidates on this machine now. Nothing else uses the caches meanwhile, and building
        is not counted, so that the answer can differ from the one without ``measure``.
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
    draws = None if draws is None else as_count("draws", draws, minimum=1)
    device, replacement = as_device(device), bool(replacement)
    request = Request(noise, as_count("rows", rows, minimum=1), as_count("k", k, minimum=1), replacement, device)
    if not replacement and request.k > noise.nonzero:
        raise ValueError(f"k={k} distinct ids asked for, but only {noise.nonzero} ids have a positive weight")
    if measure:
        return _measured(request, time_limit)
    if device == "cpu":
        return _chosen(request, draws)
    return _first_on_device(request)


@dataclass(frozen=True)
class Request:
    """The valid arguments of `recommend`."""

    noise: Law
    rows: int
    k: int
    replacement: bool
    device: str

    def why_not(self, name: str) -> str | None:
        """Why a strategy cannot serve the request; None if it can."""
        return why_not(name, self.noise, self.replacement, self.k, self.device)


def fastest(
    noise: Any,
    *,
    exponent: float | None = None,
    rows: int = 1024,
    k: int = 5,
    replacement: bool = True,
    device: Any = "cpu",
    draws: int | None = None,
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
    draws : int, optional
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
    recommendation = recommend(noise, rows=rows, k=k, replacement=replacement, device=device, draws=draws)
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


def _chosen(request: Request, draws: int | None) -> Recommendation:
    """The first strategy of the rule that can serve the request; if none can, the first of the registry."""
    choice = choose(request.noise, draws)
    best = choice.names[0]
    name, passed_over = _first([*choice.names, *strategies_on(request.device)], request)
    reason = choice.reason if name == best else f"the best that can serve the request, after {best}"
    return Recommendation(name, reason, passed_over=passed_over, replacement=request.replacement, device=request.device)


def _first_on_device(request: Request) -> Recommendation:
    """The first strategy of the registry that draws on the device, for devices that no rule is for."""
    name, passed_over = _first(strategies_on(request.device), request)
    text = (
        f"not measured on device={request.device!r}; the first strategy that draws there {MODES[request.replacement]}"
    )
    return Recommendation(name, text, passed_over=passed_over, replacement=request.replacement, device=request.device)


def _first(names: Iterable[str], request: Request) -> tuple[str, dict[str, str]]:
    """The first strategy that can serve a request, and why those before it cannot."""
    passed_over: dict[str, str] = {}
    for name in names:
        reason = request.why_not(name)
        if reason is None:
            return name, passed_over
        passed_over[name] = reason
    raise RuntimeError(_none_can(request, passed_over))


def _none_can(request: Request, passed_over: Mapping[str, str]) -> str:
    """The message if no strategy can serve a request."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in passed_over.items():
        by_reason.setdefault(reason, []).append(name)
    reasons = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items()) or "there is none"
    cure = "" if request.device == "cpu" else "; write device='cpu'"
    return f"device={request.device!r}: no strategy can run there: {reasons}{cure}"


def strategies_on(device: str) -> list[str]:
    """The built-in strategies without a flaw that draw on a device, those whose rows cost much last.

    Plug-ins are left out, because nobody has checked their ids.
    """
    if kind_of(device) == "cuda":
        return list(ON_CUDA)
    infos = [get(name).info for name in BUILT_IN]
    able = [info for info in infos if info.device == "cpu" and not info.flaw]
    return [info.name for info in sorted(able, key=lambda info: info.cost != "id")]


def _measured(request: Request, time_limit: float | None) -> Recommendation:
    """Time all candidates that can serve the request, in turns."""
    known = [ALIAS, SPECTRUM, UNIFORM] if request.device == "cpu" else strategies_on(request.device)
    reasons = {name: request.why_not(name) for name in known}
    passed_over = {name: reason for name, reason in reasons.items() if reason is not None}
    able = [name for name in known if name not in passed_over]
    if not able:
        name, others = _first(strategies_on(request.device), request)
        able, passed_over = [name], passed_over | others
    calls, ids, min_calls, seconds = {}, {}, {}, {}
    for name in able:
        sampler = create(name, request.noise, rng=0, replacement=request.replacement, **placed(name, request.device))
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
        f"the fastest on this machine, {MODES[request.replacement]}, in {ROUNDS} rounds of turns",
        figures,
        {"V": len(request.noise), "rows": request.rows, "k": request.k},
        passed_over,
        request.replacement,
        request.device,
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
