# SPDX-License-Identifier: MIT
"""check_fidelity: draw, look, judge."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_count, children, require
from ..base import Sampler
from ..progress import Progress
from ..waiting import check_time_limit, refuse_beyond
from .audit import audit, audit_tests
from .directed import Exponent
from .distinct import Distinct
from .eprocess import EProcessFamily
from .excluded import under_exclusion
from .inclusion_tests import Inclusion
from .marginal import Marginal, too_few
from .pairs import PairsBetweenRows, PairsWithinRows, between_streams
from .plan import Plan, ids_to_detect
from .result import FidelityResult, FidelityTest, adjusted, never
from .windows import RepeatedWindows, overlapping_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .plan import Family

IDS_AT_ONCE = 2**20
DISTINCT_ROWS = 2**16
# A strategy that pays O(V) for each row gets as many rows as cost about 2**26 weights, some seconds.
WEIGHTS_PER_CHECK = 2**26
LEAST_ROWS = 256
# From so many ids on, 15 times the default, the time of a check is estimated before it begins.
LONG_IDS, TRIAL_IDS = 2**24, 2**18
SMALL_CALLS = (1, 3, 10, 32)
LEAST_SMALL_CALLS, MOST_SMALL_CALLS = 16, 1024

EITHER = (Marginal, Exponent, EProcessFamily, PairsBetweenRows, RepeatedWindows)
FAMILIES = {True: (*EITHER, PairsWithinRows), False: (*EITHER, Distinct, Inclusion)}


def check_fidelity(
    sampler: Sampler,
    k: int = 5,
    rows: int | None = None,
    rng: Any = None,
    *,
    detect: float | None = None,
    progress: bool | None = None,
    time_limit: float | None = 3600.0,
) -> FidelityResult:
    """Test whether a sampler draws what it says.

    The finished table is compared with the noise distribution without a draw. What is drawn is tested on raw
    counts: the law of each id (with replacement ``p``; without, that of successive sampling, column by column
    and as a row), pairs within rows, between rows and between streams, repetition, and the law under exclusion.
    See ``docs/method.md``.

    Parameters
    ----------
    sampler : Sampler
        What is tested, in the mode in which it was created.
    k : int
        Ids a row.
    rows : int, optional
        Rows to draw; default 2**20 ids, or 2**16 rows without replacement;
        fewer for a strategy that pays for each row.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        None tests the next rows of the sampler's own stream; anything else a fresh stream over the same
        tables, and the sampler does not move.
    detect : float, optional
        In place of ``rows``: as many as the chi-square needs to find a relative error of this size (root mean
        square over the draws) with probability 0.99; 0.01 is one percent.
    progress : bool, optional
        Whether to show the progress on standard error; default: on a terminal.
    time_limit : float or None, default 3600
        Seconds. If the check takes longer by estimate, from a trial of 2**18 ids, an error says so before the stream
        moves; None waits.

    Returns
    -------
    FidelityResult
        ``.passed``, ``.tests``, ``.audit`` and a readable ``str()``.

    Raises
    ------
    TypeError
        When ``sampler`` is no Sampler.
    ValueError
        For k or rows below 1, so few draws that nothing could be found, both of ``rows`` and ``detect``, a
        ``detect`` outside (0, 1), more rows than the stream has left, or a check longer than ``time_limit``.

    Examples
    --------
    >>> import samplers
    >>> result = samplers.check_fidelity(samplers.create("cum_table", [10, 5, 1], rng=1), rows=10_000)
    >>> result.passed
    True
    """
    require("scipy", "check_fidelity")
    plan = _plan(sampler, k, rows, detect, time_limit)
    if rng is not None:
        sampler = sampler.with_rng(rng)
    if sampler.rows_left is not None and plan.rows > sampler.rows_left:
        raise ValueError(f"rows={plan.rows}: the stream of this sampler has {sampler.rows_left} rows left; give an rng")
    if plan.rows * plan.k > LONG_IDS:
        what = f"a check of {plan.rows:,} rows of {plan.k}"
        refuse_beyond(what, _estimate(sampler, plan), time_limit, "ask for fewer rows, or for a larger error to detect")
    families = [family(plan) for family in FAMILIES[plan.replacement]]
    with Progress(progress, plan.rows, f"checking {sampler.name}") as bar:
        tests, observed = _main_stream(sampler, plan, families, bar)
    if observed.any():
        # Seeded by what was drawn: another stream of the sampler is tested beside other streams.
        aside = np.random.default_rng(list(hashlib.sha256(observed.data).digest()))
        for beside, child in zip(
            (between_streams, overlapping_streams, under_exclusion), children(aside, 3), strict=True
        ):
            tests += beside(sampler, plan, child)
    table = audit(sampler)
    if table is not None:
        tests += audit_tests(table)
    return FidelityResult(
        sampler=sampler.name,
        n_ids=len(plan.noise),
        k=plan.k,
        rows=plan.rows,
        replacement=plan.replacement,
        tests=adjusted(tests),
        audit=table,
        observed=observed,
    )


def default_rows(sampler: Sampler, k: int) -> int:
    """Rows of a check whose caller names none: a fixed number for each strategy, V and k."""
    # Without replacement a row costs more, and each has k columns to test.
    rows = IDS_AT_ONCE // k if sampler.replacement else DISTINCT_ROWS
    if sampler.info.cost == "row":
        rows = min(rows, 2**16, max(LEAST_ROWS, WEIGHTS_PER_CHECK // len(sampler.noise)))
    return max(rows, 1)


def _estimate(sampler: Sampler, plan: Plan) -> float:
    """About how many seconds the main stream takes, by a trial with another stream."""
    trial = replace(plan, rows=max(1, TRIAL_IDS // plan.k))
    if sampler.info.cost == "row":
        trial = replace(trial, rows=min(trial.rows, LEAST_ROWS))
    families = [family(trial) for family in FAMILIES[plan.replacement]]
    start = time.perf_counter()
    _main_stream(sampler.with_rng(0), trial, families, Progress(False, trial.rows, "trial"))
    return (time.perf_counter() - start) * plan.rows / trial.rows


def _plan(sampler: Any, k: Any, rows: Any, detect: Any, time_limit: Any) -> Plan:
    """The arguments, read; nothing is drawn before this."""
    if not isinstance(sampler, Sampler):
        raise TypeError(f"sampler must be a samplers.Sampler, got {type(sampler).__name__}")
    k = as_count("k", k, minimum=1)
    check_time_limit(time_limit)
    if detect is not None:
        if rows is not None:
            raise ValueError(f"give rows or detect, not both: rows={rows!r}, detect={detect!r}")
        rows = math.ceil(ids_to_detect(sampler.noise, detect) / k)
    rows = default_rows(sampler, k) if rows is None else as_count("rows", rows, minimum=1)
    plan = Plan(sampler.noise, k, rows, sampler.replacement, time_limit)
    n = rows * k if sampler.replacement else rows
    if too_few(plan, n):
        raise ValueError(f"rows={rows} of {k} are too few to test: no two cells of ids are expected 10 times")
    return plan


def _batches(sampler: Sampler, plan: Plan) -> Iterator[NDArray[np.int64]]:
    """The rows of the main stream: many small calls first, as a training loop makes them, then few that are large.

    A sampler that begins anew with every call, or draws small batches in another way, shows in these. As many as
    cost about 2**24 weights where a call costs O(V). What they give comes as one batch.
    """
    calls = min(MOST_SMALL_CALLS, max(LEAST_SMALL_CALLS, 2**24 // len(plan.noise)))
    small, left = [], plan.rows
    for number in range(calls):
        rows = min(SMALL_CALLS[number % len(SMALL_CALLS)], left)
        if rows:
            small.append(sampler.sample(rows, plan.k))
        left -= rows
    yield np.concatenate(small, dtype=np.int64)
    while left:
        rows = min(left, max(1, IDS_AT_ONCE // plan.k))
        yield np.asarray(sampler.sample(rows, plan.k), dtype=np.int64)
        left -= rows


def _main_stream(
    sampler: Sampler, plan: Plan, families: Sequence[Family], bar: Progress
) -> tuple[list[FidelityTest], NDArray[np.int64]]:
    """Draw it batch by batch; the tests, and how often each id came."""
    n_ids, possible = len(plan.noise), plan.noise.support
    observed = np.zeros(n_ids, dtype=np.int64)
    outside = impossible = clean = 0
    for ids in _batches(sampler, plan):
        bar.advance(len(ids))
        known = (ids >= 0) & (ids < n_ids)
        if not known.all():
            outside += int(np.count_nonzero(~known))
            ids = ids[known.all(axis=1)]
        if plan.noise.nonzero < n_ids:
            drawable = possible[ids]
            impossible += int(np.count_nonzero(~drawable))
            ids = ids[drawable.all(axis=1)]
        observed += np.bincount(ids.reshape(-1), minlength=n_ids)
        clean += len(ids)
        if len(ids):
            for family in families:
                family.see(ids)
    n = plan.rows * plan.k
    tests = [never("range", outside, n, "ids", "an id that does not exist")]
    if plan.noise.nonzero < n_ids:
        tests.append(never("zero weights", impossible, n, "ids", "an id of weight zero"))
    # Rows with an impossible id are left out of the other tests, which need some draws to say anything.
    if not too_few(plan, clean * plan.k if plan.replacement else clean):
        tests += [test for family in families for test in family.tests()]
    return tests, observed
