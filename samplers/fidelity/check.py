# SPDX-License-Identifier: MIT
"""`check_fidelity`: draws from a sampler and tests whether the ids follow its noise distribution."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_count, children, require
from ..base import Sampler
from ..progress import Progress
from ..waiting import check_time_limit, refuse_beyond
from .arrangement import Arrangement, between_streams
from .audit import audit, audit_tests
from .directed import Exponent
from .distinct import Distinct
from .eprocess import EProcessFamily
from .excluded import under_exclusion
from .inclusion_tests import Inclusion
from .marginal import Marginal, too_few
from .plan import Plan, ids_to_detect
from .requests import far_rows, other_k
from .result import FidelityResult, FidelityTest, adjusted, never
from .stream import IDS_AT_ONCE, batches
from .windows import RepeatedWindows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .plan import Family

DISTINCT_ROWS = 2**16
# For a strategy that pays O(V) for each row, rows * V is limited to this: a few seconds.
WEIGHTS_PER_CHECK = 2**26
LEAST_ROWS = 256
# For this many ids or more (16 times the default), the time of a check is estimated before it begins.
LONG_IDS, TRIAL_IDS = 2**24, 2**18

EITHER = (Marginal, Exponent, EProcessFamily, RepeatedWindows)
FAMILIES = {True: EITHER, False: (*EITHER, Distinct, Inclusion)}
SIDE_DRAWS = (between_streams, other_k, far_rows, under_exclusion)


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
    """Test whether the ids of a sampler follow its noise distribution.

    The finished table is compared with the noise distribution exactly, without drawing. The draws are tested: the law
    of each id (with replacement, ``p``; without, successive sampling, for each column and for the row), pairs within
    rows, between rows and between streams, repetition, and the law under exclusion. See ``docs/method.md``.

    Parameters
    ----------
    sampler : Sampler
        The sampler, in the mode in which it was created.
    k : int
        Ids in each row.
    rows : int, optional
        Rows to draw. Default: 2**20 ids, or 2**16 rows without replacement; fewer if ``info.cost`` is "row".
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        None: the next rows of the sampler are tested, so that it moves. Otherwise a new stream over the same tables is
        tested, and the sampler does not move.
    detect : float, optional
        In place of ``rows``: draw as many rows as the chi-square (without replacement: the Rao-Scott test) needs to
        detect a relative error of this size (root mean square over the draws) with probability 0.99, if it is spread
        over the ids. 0.01 is one percent.
    progress : bool, optional
        Whether to show a bar on standard error. Default: on a terminal.
    time_limit : float or None, default 3600
        Seconds; None for no limit. If the estimated time, from a trial of 2**18 ids, is longer, an error is raised
        before the stream moves.

    Returns
    -------
    FidelityResult
        It has ``.passed``, ``.tests`` and ``.audit``. ``str()`` gives a readable text.

    Raises
    ------
    TypeError
        If ``sampler`` is no Sampler.
    ValueError
        If k or rows is below 1, if there are too few draws to detect anything, if both ``rows`` and ``detect`` are
        given, if ``detect`` is outside (0, 1), if the stream has fewer rows, or if the check would exceed
        ``time_limit``.

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
        raise ValueError(
            f"rows={plan.rows}: the stream of this sampler ends after {sampler.rows_left} rows; give an rng"
        )
    if plan.rows * plan.k > LONG_IDS:
        what = f"a check of {plan.rows:,} rows of {plan.k}"
        refuse_beyond(what, _estimate(sampler, plan), time_limit, "ask for fewer rows, or for a larger error to detect")
    families = [family(plan) for family in FAMILIES[plan.replacement]]
    with Progress(progress, plan.rows, f"checking {sampler.name}") as bar:
        tests, observed = _main_stream(sampler, plan, families, bar)
    if observed.any():
        # The seed depends on the draws, so that checks of other streams of this sampler compare other streams here.
        seeds = np.random.default_rng(list(hashlib.sha256(observed.data).digest()))
        for make_tests, child in zip(SIDE_DRAWS, children(seeds, len(SIDE_DRAWS)), strict=True):
            tests += make_tests(sampler, plan, child)
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
    """The default number of rows of a check, which depends on the strategy, V and k only."""
    # Without replacement a row costs more, and each has k columns to test.
    rows = IDS_AT_ONCE // k if sampler.replacement else DISTINCT_ROWS
    if sampler.info.cost == "row":
        rows = min(rows, 2**16, max(LEAST_ROWS, WEIGHTS_PER_CHECK // len(sampler.noise)))
    return max(rows, 1)


def _estimate(sampler: Sampler, plan: Plan) -> float:
    """The estimated seconds of the main stream, by a trial with another stream."""
    trial = replace(plan, rows=max(1, TRIAL_IDS // plan.k))
    if sampler.info.cost == "row":
        trial = replace(trial, rows=min(trial.rows, LEAST_ROWS))
    families = [family(trial) for family in FAMILIES[plan.replacement]]
    start = time.perf_counter()
    _main_stream(sampler.with_rng(0), trial, families, Progress(False, trial.rows, "trial"))
    return (time.perf_counter() - start) * plan.rows / trial.rows


def _plan(sampler: Any, k: Any, rows: Any, detect: Any, time_limit: Any) -> Plan:
    """Check the arguments. Nothing is drawn before."""
    if not isinstance(sampler, Sampler):
        cure = "; judge one of its laws, sampler.of_law(number)" if hasattr(sampler, "of_law") else ""
        raise TypeError(f"sampler must be a samplers.Sampler, got {type(sampler).__name__}{cure}")
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
        raise ValueError(
            f"rows={rows} of {k} are too few to test: no two cells of ids have an expected count of 10; draw more rows"
        )
    return plan


def _main_stream(
    sampler: Sampler, plan: Plan, families: Sequence[Family], bar: Progress
) -> tuple[list[FidelityTest], NDArray[np.int64]]:
    """Draw the main stream batch by batch. Return the tests, and the count of each id."""
    n_ids, possible = len(plan.noise), plan.noise.support
    observed = np.zeros(n_ids, dtype=np.int64)
    outside = impossible = clean = 0
    arrangement = Arrangement(plan)
    for batch in batches(sampler, plan):
        ids = batch.ids
        bar.advance(len(ids))
        known = (ids >= 0) & (ids < n_ids)
        if not known.all():
            outside += int(np.count_nonzero(~known))
            batch = batch[np.flatnonzero(known.all(axis=1))]
            ids = batch.ids
        if plan.noise.nonzero < n_ids:
            drawable = possible[ids]
            impossible += int(np.count_nonzero(~drawable))
            batch = batch[np.flatnonzero(drawable.all(axis=1))]
            ids = batch.ids
        observed += np.bincount(ids.reshape(-1), minlength=n_ids)
        clean += len(ids)
        if len(ids):
            for family in families:
                family.see(ids)
            arrangement.see(batch)
    n = plan.rows * plan.k
    tests = [never("range", outside, n, "ids", "an id that does not exist")]
    if plan.noise.nonzero < n_ids:
        tests.append(never("zero weights", impossible, n, "ids", "an id of weight zero"))
    # Rows with an impossible id are left out of the other tests. If too few rows remain, there are no other tests.
    if not too_few(plan, clean * plan.k if plan.replacement else clean):
        tests += [test for family in families for test in family.tests()]
        tests += arrangement.tests()
    return tests, observed
