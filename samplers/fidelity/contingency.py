# SPDX-License-Identifier: MIT
"""Chi-square tests of cells of draws: by group of draws, and of pairs of draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .cells import FINE
from .chi_square import GUARDED, LEAST_EXPECTED, GoodnessOfFit, added
from .deviance import on_chi_square_scale
from .power import LEVEL, noncentrality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .cells import Cells
    from .result import FidelityTest

    Pairs = tuple[NDArray[Any], NDArray[Any]]

COARSE = 32
# A group of draws that is smaller than this share of the mean is not compared: it would make all cells coarse.
LEAST_SHARE = 1 / 20


def by_group(name: str, counts: NDArray[np.int64], cells: Cells, what: str, *, against_law: bool) -> list[FidelityTest]:
    """Whether all groups of draws follow the same law.

    There are two chi-squares, with classes of 1 / 32 of the probability, and with as many classes as the draws allow.
    The first detects small errors of many ids, the second errors of single ids. The smaller p-value is doubled.

    Parameters
    ----------
    name : str
        The name of the test.
    counts : ndarray, int64 (G, C)
        The number of draws of each group in each cell.
    cells : Cells
        The C cells.
    what : str
        What the groups are, as a plural.
    against_law : bool
        Whether groups are compared with the law of the cells; else with each other, so that a wrong law which all
        groups have in common, which other tests detect, does not count.

    Returns
    -------
    list of FidelityTest
        One test; none if there are too few draws, or too few groups.
    """
    sizes = counts.sum(axis=1)
    kept = sizes > LEAST_SHARE * counts.sum() / max(1, len(sizes))
    counts, sizes = counts[kept], sizes[kept]
    if len(sizes) < (1 if against_law else 2):
        return []
    merged = [_merged(counts, cells, 2 * LEAST_EXPECTED / int(sizes.min()), most) for most in (COARSE, FINE)]
    by_classes = {len(law): (table, law) for table, law in merged if len(law) > 1}
    if not by_classes:
        return []
    tests = []
    for classes, (table, law) in by_classes.items():
        fit = _between_groups(table, law, against_law=against_law)
        between = f"{classes:,} cells of {len(sizes)} {what}" if len(sizes) > 1 else f"{classes:,} cells"
        tests.append(fit.test(name, int(sizes.sum()), "ids", between, LEVEL / len(by_classes)))
    best = min(tests, key=lambda test: test.p_value)
    return [replace(best, p_value=min(1.0, len(tests) * best.p_value), calibrated=False)]


def _merged(
    counts: NDArray[np.int64], cells: Cells, least: float, most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The counts (G, B) of merged cells, and their probabilities (B,)."""
    labels = cells.merged(least, most)
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    return np.add.reduceat(counts, starts, axis=1), np.add.reduceat(cells.mass, starts)


def _between_groups(table: NDArray[np.int64], law: NDArray[np.float64], *, against_law: bool) -> GoodnessOfFit:
    """Pearson's statistic and G of counts (G, B); the part of the pooled counts is taken off unless ``against_law``."""
    rows = [_fit(row, law) for row in table]
    total = added(rows)
    if against_law:
        return total
    pooled = _fit(table.sum(axis=0), law)
    return replace(total, pearson=total.pearson - pooled.pearson, g=total.g - pooled.g, df=total.df - pooled.df)


def _fit(observed: NDArray[np.int64], law: NDArray[np.float64]) -> GoodnessOfFit:
    """Pearson's statistic and G of counts (B,). The cells are large enough already."""
    n = int(observed.sum())
    expected = n * law
    logs = np.log(np.divide(observed, expected, out=np.ones(len(law)), where=observed > 0))
    pearson = float((np.square(observed - expected) / expected).sum())
    g = on_chi_square_scale(float(2 * (observed * logs).sum()), expected)
    return GoodnessOfFit(pearson, g, len(law) - 1, float(expected.min()), n)


def dependence(
    name: str,
    draws: Sequence[NDArray[np.int16]],
    pairs: Callable[..., Iterable[Pairs]],
    cells: Cells,
    n: int,
    partner: str,
) -> list[FidelityTest]:
    """Whether the cells of two draws are independent, for several kinds of pairs.

    For each kind, and for all kinds together, there is Pearson's chi-square of a contingency table against the product
    of its margins, so that a wrong law does not count. The smallest p-value is multiplied by the number of tables. A
    draw may be in several pairs of a table: the terms of different pairs are not correlated for independent draws,
    because each has a mean of zero given one of its draws.

    Parameters
    ----------
    name : str
        The name of the test.
    draws : sequence of ndarray, int16
        The cells of draws; below 0 for draws that are not compared.
    pairs : callable
        Takes the arrays of ``draws``, and returns for each kind of pairs the parts of them that are compared: the first
        and the second draws.
    cells : Cells
        The cells.
    n : int
        The least number of pairs of a kind, by which the classes are chosen.
    partner : str
        What the second draw of a pair is compared with.

    Returns
    -------
    list of FidelityTest
        One test; none if there are too few pairs to detect that half of the ids are copies.
    """
    from scipy import stats

    labels = cells.merged(math.sqrt(LEAST_EXPECTED / max(n, 1)), COARSE).astype(np.int16)
    classes = int(labels.max()) + 1
    if classes < 2:
        return []
    labels = np.append(labels, np.int16(-1))  # the class of -1
    tables = [_pair_table(first, second, classes) for first, second in pairs(*(labels[cell] for cell in draws))]
    tables = [table for table in tables if table.sum() >= n // 2]
    if len(tables) > 1:
        tables.append(np.sum(tables, axis=0))
    p_values = [float(stats.chi2.sf(*_pearson(table))) for table in tables]
    if not p_values:
        return []
    test = _of_table(name, tables[int(np.argmin(p_values))], cells, labels[:-1], partner, len(tables))
    return [] if test is None else [test]


def _pearson(table: NDArray[np.int64]) -> tuple[float, int]:
    """The statistic and the degrees of freedom of `scipy.stats.chi2_contingency`, which takes 20 times as long."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(rows, columns) / max(1, int(rows.sum()))
    df = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1)
    used = expected > 0
    return float((np.square(table - expected)[used] / expected[used]).sum()), max(0, int(df))


def _of_table(
    name: str, table: NDArray[np.int64], cells: Cells, labels: NDArray[np.int16], partner: str, tables: int
) -> FidelityTest | None:
    """The test of the most extreme of several tables; None if it has too few pairs to detect that half are copies.

    The bias is the share of ids that are copies of their partner. With a share e, the cells have probabilities
    ``(1 - e) p_i p_j + e p_i [i = j]``, and the noncentrality is ``n e**2 (classes - 1)`` for any p.
    """
    from scipy import stats

    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape, default=0) < 2:
        return None
    pairs = int(table.sum())
    pearson, _, df, _ = stats.chi2_contingency(table, correction=False)
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    per_share, needed = pairs * (min(table.shape) - 1), noncentrality(int(df), LEVEL / tables)
    size = math.sqrt(needed / per_share)
    if df <= GUARDED and size < 1:
        size = max(size, _share_that_g_detects(cells, labels, needed / pairs))
    if size >= 0.5:
        return None
    test = GoodnessOfFit(float(pearson), float(g), int(df)).test(name, pairs, "pairs", "")
    return replace(
        test,
        p_value=min(1.0, tables * test.p_value),
        effect=math.sqrt(max(0.0, test.statistic - df) / per_share),
        detectable=size,
        detects=f"{size:.2%} of ids that copy {partner}, or a dependence as strong",
        calibrated=False,  # a bound if there are several tables, and with few classes the table takes few values
    )


def _pair_table(first: NDArray[np.int16], second: NDArray[np.int16], classes: int) -> NDArray[np.int64]:
    """The contingency table of two arrays of classes of one shape, int64 (classes, classes)."""
    cell = (first * np.int16(classes) + second).reshape(-1)
    if first.min(initial=0) < 0 or second.min(initial=0) < 0:
        cell = cell[((first >= 0) & (second >= 0)).reshape(-1)]
    return np.bincount(cell, minlength=classes**2).reshape(classes, classes)


def _share_that_g_detects(cells: Cells, labels: NDArray[np.int16], noncentrality_per_pair: float) -> float:
    """The share of copies at which G has this noncentrality per pair; 1 if no share has it.

    The noncentrality is twice the Kullback-Leibler divergence. Copies are in few cells, so that it is smaller than that
    of Pearson's statistic.
    """
    from scipy import optimize

    p = np.bincount(labels, weights=cells.mass)
    same = float(np.square(p).sum())

    def missing(share: float) -> float:
        x = share * (1 / p - 1)
        diagonal = np.square(p) @ ((1 + x) * np.log1p(x) - x)
        divergence = diagonal + (1 - same) * ((1 - share) * np.log1p(-share) + share)
        return float(2 * divergence - noncentrality_per_pair)

    return float(optimize.brentq(missing, 0.0, 1 - 1e-12)) if missing(1 - 1e-12) > 0 else 1.0
