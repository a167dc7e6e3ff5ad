# SPDX-License-Identifier: MIT
"""``python -m benchmarks.coverage``: how often the intervals of the regions and of the regret include the true ratio.

The raw rounds of ``python -m benchmarks.steadiness`` show how much the log ratio of two samplers changes within a visit
and between visits, and how strongly successive rounds and successive visits depend on each other. Measurements with
this dependence and a known ratio are simulated in two ways:

- *normal*: rounds and visits are autoregressive processes of order one with normal steps, one pair for each cell;
- *resampled*: whole visits are drawn with replacement from the measured ones of a cell, with all outliers. The true
  ratio is the mean over all visits of the cell.

The coverage is the share of the simulated measurements whose interval includes the true ratio.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from samplers.commands.ending import Parser

from . import regions, regret
from .decision_grid import VISITS
from .documents import ROUNDS, InputError
from .intervals import CONFIDENCE, WIDER, factor
from .suite import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ends = tuple[NDArray[np.float64], NDArray[np.float64]]
    Interval = Callable[[NDArray[np.float64]], Ends]

PROGRAM = "python -m benchmarks.coverage"
RUNS, RESAMPLES = 4000, 400
STRONGEST = 0.95  # the largest autocorrelation that is considered


@dataclass(frozen=True)
class Design:
    """How a measurement splits its rounds; `minutes` is the time from a visit to the next."""

    name: str
    visits: int
    rounds: int
    minutes: float


DESIGNS = (
    Design("regions", VISITS, regions.ROUNDS // VISITS, 2.5),
    Design("regret", regret.VISITS, regret.MOST_ROUNDS, 1.0),
)


@dataclass(frozen=True)
class Measured:
    """The log ratios of a cell, ndarray, float64 (visits, rounds), and the time from a visit to the next."""

    logs: NDArray[np.float64]
    minutes: float


Cells = Mapping[str, Measured]
Coverages = dict[tuple[str, str, str], list[float]]


@dataclass(frozen=True)
class Dependence:
    """How the log ratio of two samplers varies in a cell.

    Attributes
    ----------
    within, between : float
        Standard deviations of a round around the mean of its visit, and of the true mean of a visit.
    rounds_lag, visits_lag : float
        Autocorrelation of successive rounds within a visit, and of the true means of visits one minute apart.
    """

    within: float
    between: float
    rounds_lag: float
    visits_lag: float


def main(arguments: list[str] | None = None) -> int:
    """Print the dependence of each cell and the coverage of each interval; returns 2 if there are no rounds."""
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--rounds", type=Path, default=ROUNDS.path, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        cells = read(chosen.rounds)
    except InputError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    tables = dependence_table(cells), coverage_table(coverages(cells))
    print("\n\n".join("\n".join(table) for table in tables))
    return 0


def read(path: Path) -> Cells:
    """The log ratios of the cells, by a few words about the cell.

    Raises
    ------
    InputError
        If the file is missing, damaged, or of another version.
    """
    document = ROUNDS.read(path)
    try:
        minutes = float(document["minutes_between_visits"])
        return {named(cell): Measured(logs_of(cell["rounds_ns"]), minutes) for cell in document["cells"]}
    except (KeyError, TypeError, ValueError) as error:
        raise ROUNDS.damaged(path, repr(error)) from None


def named(cell: Mapping[str, Any]) -> str:
    """A cell in a few words."""
    mode = "" if cell["replacement"] else ", distinct"
    return f"{cell['kind']}, V = {cell['V']:,}, {cell['rows']:,} x {cell['k']}{mode}"


def logs_of(rounds_ns: Mapping[str, Any]) -> NDArray[np.float64]:
    """The log ratio of the two samplers of a cell, (visits, rounds).

    A visit that found the calls slow has fewer rounds. They are repeated, so that the visit is not left out.
    """
    above, below = rounds_ns.values()
    longest = max(map(len, above))
    logs = [np.log(np.divide(a, b)) for a, b in zip(above, below, strict=True)]
    return np.array([np.resize(visit, longest) for visit in logs])


def dependence(cell: Measured) -> Dependence:
    """Estimate the dependence from the log ratios of a cell."""
    logs = cell.logs
    visits, rounds = logs.shape
    centred = logs - logs.mean(axis=1, keepdims=True)
    lag = autocorrelation(centred)
    matrix = correlations(rounds, lag)
    share = float(matrix.mean())  # variance of the mean of the rounds, for a variance of 1
    within = float((centred**2).sum()) / (visits * rounds * (1 - share))
    means = logs.mean(axis=1)
    spread = means - means.mean()
    between = max(0.0, float(spread @ spread) / (visits - 1) - within * share)
    # The errors of the means are independent between visits, so that they do not contribute to this covariance.
    shared = max(0.0, float(means.var(ddof=1))) * max(0.0, autocorrelation(spread[None, :]))
    visits_lag = min(STRONGEST, shared / between) if between else 0.0
    return Dependence(math.sqrt(within), math.sqrt(between), lag, visits_lag ** (1 / cell.minutes))


def autocorrelation(centred: NDArray[np.float64]) -> float:
    """The autocorrelation of successive values, corrected for the bias of short series.

    Parameters
    ----------
    centred : ndarray, float64 (series, values)
        Each series minus its own mean.
    """
    seen = float((centred[:, 1:] * centred[:, :-1]).sum() / (centred**2).sum())
    lags = np.linspace(-STRONGEST, STRONGEST, 381)
    return float(lags[np.argmin([abs(expected(centred.shape[1], lag) - seen) for lag in lags])])


def expected(values: int, lag: float) -> float:
    """What `autocorrelation` sees before its correction if the true one is `lag`."""
    matrix = correlations(values, lag)
    means = matrix.mean(axis=1)
    centred = matrix - means - means[:, None] + means.mean()  # the covariance of the values minus their mean
    return float(np.trace(centred, offset=1) / np.trace(centred))


def correlations(values: int, lag: float) -> NDArray[np.float64]:
    """The correlation matrix of an autoregressive process of order one."""
    steps = np.arange(values)
    matrix: NDArray[np.float64] = lag ** np.abs(steps[:, None] - steps)
    return matrix


def normal(cell: Measured, design: Design, runs: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Measurements with the dependence of a cell and a true log ratio of 0: ndarray, float64 (runs, visits, rounds)."""
    return autoregressive(dependence(cell), design, runs, rng)


def autoregressive(cell: Dependence, design: Design, runs: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Measurements with a given dependence, whose true log ratio is 0: ndarray, float64 (runs, visits, rounds)."""
    between = np.linalg.cholesky(correlations(design.visits, cell.visits_lag**design.minutes))
    within = np.linalg.cholesky(correlations(design.rounds, cell.rounds_lag))
    of_visits = cell.between * rng.standard_normal((runs, design.visits)) @ between.T
    of_rounds = cell.within * rng.standard_normal((runs, design.visits, design.rounds)) @ within.T
    simulated: NDArray[np.float64] = of_visits[:, :, None] + of_rounds
    return simulated


def resampled(cell: Measured, design: Design, runs: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Measurements of whole visits, drawn with replacement; their true log ratio is 0.

    If the design has fewer rounds in a visit than were measured, these are successive rounds of the visit.
    """
    visits, rounds = cell.logs.shape
    chosen = rng.integers(visits, size=(runs, design.visits, 1))
    first = rng.integers(rounds - design.rounds + 1, size=(runs, design.visits, 1))
    simulated: NDArray[np.float64] = cell.logs[chosen, first + np.arange(design.rounds)] - cell.logs.mean()
    return simulated


WAYS = {"normal": normal, "resampled": resampled}


def over_visits(simulated: NDArray[np.float64]) -> Ends:
    """Both ends of `intervals.over_visits` of each measurement."""
    means = simulated.mean(axis=2)
    visits = means.shape[1]
    middle = means.mean(axis=1)
    half = factor(visits, CONFIDENCE) * means.std(axis=1, ddof=1) / math.sqrt(visits)
    return middle - half, middle + half


def over_rounds(simulated: NDArray[np.float64]) -> Ends:
    """Both ends of the percentile bootstrap that takes all rounds for independent, for comparison."""
    return bootstrapped(simulated.reshape(len(simulated), -1))


def over_resampled_visits(simulated: NDArray[np.float64]) -> Ends:
    """Both ends of the percentile bootstrap that resamples visits, for comparison."""
    return bootstrapped(simulated.mean(axis=2))


def bootstrapped(values: NDArray[np.float64]) -> Ends:
    """Both ends of the percentile bootstrap of the mean of each row."""
    rng = np.random.default_rng(SEED)
    size = values.shape[1]
    weights = rng.multinomial(size, np.full(size, 1 / size), size=RESAMPLES) / size
    means = values @ weights.T
    low, high = np.quantile(means, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2), axis=1)
    return low, high


INTERVALS: dict[str, Interval] = {
    f"{WIDER} times Student's, over visits": over_visits,
    "bootstrap, visits": over_resampled_visits,
    "bootstrap, rounds": over_rounds,
}


def covered(interval: Interval, simulated: NDArray[np.float64]) -> float:
    """The share of the measurements whose interval includes the true log ratio, 0."""
    low, high = interval(simulated)
    return float(np.mean((low <= 0) & (high >= 0)))


def coverages(cells: Cells) -> Coverages:
    """The coverage of each interval, by design and way of simulation: one number per cell."""
    rng = np.random.default_rng(SEED)
    found: Coverages = {}
    for design in DESIGNS:
        for cell in cells.values():
            for way, simulate in WAYS.items():
                simulated = simulate(cell, design, RUNS, rng)
                for name, interval in INTERVALS.items():
                    found.setdefault((design.name, way, name), []).append(covered(interval, simulated))
    return found


def dependence_table(cells: Cells) -> Iterable[str]:
    """The dependence of each cell, as lines of Markdown."""
    yield "| cell | sd within a visit | sd between visits | autocorrelation of rounds | of visits a minute apart |"
    yield "|---|---:|---:|---:|---:|"
    for name, cell in cells.items():
        d = dependence(cell)
        yield f"| {name} | {percent(d.within)} | {percent(d.between)} | {d.rounds_lag:.2f} | {d.visits_lag:.2f} |"


def coverage_table(found: Coverages) -> Iterable[str]:
    """The mean and the smallest coverage over the cells, as lines of Markdown."""
    yield "| measurement | simulation | " + " | ".join(INTERVALS) + " |"
    yield "|---|---|" + "---:|" * len(INTERVALS)
    for design in DESIGNS:
        for way in WAYS:
            rates = [found[design.name, way, name] for name in INTERVALS]
            texts = [f"{percent(float(np.mean(rate)))} ({percent(min(rate))})" for rate in rates]
            yield f"| {design.name}: {design.visits} visits of {design.rounds} | {way} | {' | '.join(texts)} |"


def percent(share: float) -> str:
    """98.7 %"""
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    raise SystemExit(main())
