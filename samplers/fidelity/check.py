# SPDX-License-Identifier: MIT
"""check_fidelity: draw, count, test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_count
from ..base import Sampler
from .result import FidelityResult
from .statistics import chi_square, never, total_variation

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDS_AT_ONCE = 2**20
FIRST_COLUMN_ROWS = 2**16
# A strategy that pays O(V) for each row gets as many rows as cost about 2**27 weights, some seconds.
WEIGHTS_PER_CHECK = 2**27


def check_fidelity(sampler: Sampler, k: int = 5, rows: int | None = None, rng: Any = None) -> FidelityResult:
    """Test whether a sampler draws its noise distribution.

    With replacement all ids are independent draws from p: chi-square on their raw counts, rare ids merged,
    and total variation. Without replacement the law of a row is not ``k * p``; tested are the first column,
    whose law is p, and that no row holds an id twice. The other columns are not tested yet.

    Parameters
    ----------
    sampler : Sampler
    k : int
        Ids a row.
    rows : int, optional
        Rows to draw; default 2**20 ids, or 2**16 rows without replacement;
        fewer for a strategy that pays for each row.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        None tests the next rows of the sampler's own stream; anything else a fresh stream over the same
        tables, and the sampler does not move.

    Returns
    -------
    FidelityResult
        ``.passed``, ``.tests``, and a readable ``str()``.

    Raises
    ------
    TypeError
        When ``sampler`` is no Sampler.
    ValueError
        For k or rows below 1, or so few draws that nothing could be found.

    Examples
    --------
    >>> import samplers
    >>> result = samplers.check_fidelity(samplers.create("cum_table", [10, 5, 1], rng=1), rows=10_000)
    >>> result.passed
    True
    """
    if not isinstance(sampler, Sampler):
        raise TypeError(f"sampler must be a samplers.Sampler, got {type(sampler).__name__}")
    k = as_count("k", k, least=1)
    rows = default_rows(sampler, k) if rows is None else as_count("rows", rows, least=1)
    if rng is not None:
        sampler = sampler.with_rng(rng)
    every, first, duplicates, outside = _count(sampler, rows, k)
    p = sampler.noise.probabilities
    tests = [never("range", outside, rows * k, "an id that does not exist")]
    if sampler.noise.nonzero < len(p):
        drawn = int(every[p == 0].sum())
        tests.append(never("zero weights", drawn, rows * k, "an id of weight zero"))
    where, observed, n = "", every, rows * k
    if not sampler.replacement:
        tests.append(never("duplicates", duplicates, rows, "a row with an id twice"))
        where, observed, n = " of the first column", first, rows
    tests.append(chi_square("chi-square" + where, observed, p, n))
    distance, mean = total_variation("total variation" + where, observed, p, n)
    return FidelityResult(
        sampler=sampler.name, n_ids=len(p), k=k, rows=rows, replacement=sampler.replacement,
        tests=(*tests, distance), total_variation=distance.statistic, total_variation_expected=mean,
        observed=observed,
    )  # fmt: skip


def default_rows(sampler: Sampler, k: int) -> int:
    """Rows of a check whose caller names none: a fixed number for each strategy, V and k."""
    # Without replacement the first column alone is compared with p, and a row costs more.
    rows = IDS_AT_ONCE // k if sampler.replacement else FIRST_COLUMN_ROWS
    if sampler.per_row_call:
        rows = min(rows, 2**16, max(512, WEIGHTS_PER_CHECK // len(sampler.noise)))
    return max(rows, 1)


def _count(sampler: Sampler, rows: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    """Counts of all columns and of the first, rows with an id twice, and ids outside [0, V)."""
    n_ids = len(sampler.noise)
    every = np.zeros(n_ids, dtype=np.int64)
    first = np.zeros_like(every)
    duplicates = outside = 0
    step = max(1, IDS_AT_ONCE // k)
    for start in range(0, rows, step):
        ids = sampler.sample(min(step, rows - start), k)
        known = (ids >= 0) & (ids < n_ids)
        outside += int(np.count_nonzero(~known))
        every += np.bincount(ids[known], minlength=n_ids)
        if not sampler.replacement:
            first += np.bincount(ids[:, 0][known[:, 0]], minlength=n_ids)
            ids.sort(axis=1)
            duplicates += int((ids[:, 1:] == ids[:, :-1]).any(axis=1).sum())
    return every, first, duplicates, outside
