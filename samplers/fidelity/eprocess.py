# SPDX-License-Identifier: MIT
"""A sequential test: its evidence accumulates over calls and days, and may be read after every draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_count, require
from ..laws.law import Law, check_law
from .alternatives import alternatives
from .plan import Family, Plan
from .power import LEVEL, POWER
from .result import FidelityTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SCHEMA = "samplers/e-process/v1"
# The share of p in each alternative. A draw that the alternative excludes then costs ln 100 nats, and not infinitely
# many.
SHARE = 0.01
# If the remaining probability of a row is below this, it is mostly rounding error, and the draw is not used.
LEAST_LEFT = 1e-6
IDS_AT_ONCE = 2**15  # the arrays of so many float64 stay in cache
# Logarithms are taken of products of so many ratios. Each is above 0.01, and below 1e20 in any use.
FACTORS = 8


class EProcess:
    """The evidence that a sampler follows a wrong law: the mean over alternatives q of ``prod q(x) / p(x)``.

    The product is over all draws x so far. For a faithful sampler, the probability that the evidence ever exceeds 1/a
    is at most a (Ville 1939; as a test of categorical counts Lindon and Malek 2022, arXiv:2011.03567). So it may be
    read after every call, stopped at any time, saved, and resumed later. Without replacement, p and q are laws of rows:
    successive sampling.

    Parameters
    ----------
    noise : Law
        The noise distribution, with at least two ids of positive weight.
    replacement : bool
        Whether the rows are drawn with replacement.

    Raises
    ------
    TypeError
        If ``noise`` is no law or ``replacement`` no bool.
    ValueError
        If only one id has a positive weight.

    Notes
    -----
    The alternatives are exponents that are 1 %, 10 % and 0.01 off, the exponents 0 and 1, ids shifted by one, the most
    probable id or the last id dropped, and the rarer half of the ids or every second id 1 % or 10 % up or down. Memory
    is O(V). The time of a call is O(draws + 20 min(V, draws)) with replacement, and O(20 draws) without.

    Examples
    --------
    >>> import samplers
    >>> sampler = samplers.create("cum_table", [1000, 400, 30, 5], rng=42)
    >>> process = EProcess(sampler.noise)
    >>> process.update(sampler.sample(10_000, 5))
    >>> process.p_value > 1e-6
    True
    """

    def __init__(self, noise: Law, *, replacement: bool = True) -> None:
        check_law("noise", noise)
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement must be True or False, got {replacement!r}")
        if noise.nonzero < 2:
            raise ValueError(f"noise must have two ids of positive weight or more, got {noise.nonzero}")
        require("scipy", "EProcess")
        self.noise = noise
        self.replacement = replacement
        self._alternatives = alternatives(noise)
        self._logs: NDArray[np.float64] = np.zeros(len(self._alternatives))
        self._max_log_e = 0.0
        self._draws = 0

    @property
    def draws(self) -> int:
        """Ids seen so far."""
        return self._draws

    @property
    def log_e(self) -> float:
        """Natural logarithm of the present evidence. It is valid at a time that is chosen without looking ahead."""
        from scipy import special

        return float(special.logsumexp(self._logs) - math.log(len(self._logs)))

    @property
    def p_value(self) -> float:
        """1 over the largest evidence after any update so far, at most 1. It is valid at all times together."""
        return math.exp(-self._max_log_e)

    @property
    def log_likelihood_ratios(self) -> dict[str, float]:
        """``log prod q(x) / p(x)`` of each alternative by name. The largest fits the draws best."""
        return {a.name: float(log) for a, log in zip(self._alternatives, self._logs, strict=True)}

    def update(self, ids: Any) -> None:
        """Add draws to the evidence.

        Parameters
        ----------
        ids : array_like of integers
            Any shape with replacement; (rows, k) without.

        Raises
        ------
        TypeError, ValueError
            If ids are not integers in [0, V) with a positive weight or, without replacement, not distinct in a row.
            Such an id is a proof by itself that the sampler is wrong.
        """
        array = np.asarray(ids)
        if array.size == 0:
            return
        if np.isneginf(self.noise.log_prob(array)).any():  # log_prob raises if an id is not valid
            at = array[self.noise.probabilities[array] == 0][0]
            raise ValueError(f"ids holds {at}, which has weight zero")
        array = array.astype(np.int64, copy=False)
        if not self.replacement:
            if array.ndim != 2:
                raise ValueError(f"ids must have shape (rows, k) without replacement, got {array.shape}")
            if (np.diff(np.sort(array, axis=1)) == 0).any():
                raise ValueError("ids has a row that holds an id twice, without replacement")
        self._add(array)

    def update_counts(self, counts: Any) -> None:
        """Add draws with replacement, given as counts.

        Parameters
        ----------
        counts : array_like of integers, shape (V,)
            The count of each id.

        Raises
        ------
        TypeError, ValueError
            If counts have another type or shape, if a count is negative, if an id of weight zero has a positive count,
            or if the e-process is without replacement.
        """
        counts = np.asarray(counts)
        if not self.replacement:
            raise ValueError("an e-process without replacement needs rows, and not counts: use update(ids)")
        if counts.dtype.kind not in "iu":
            raise TypeError(f"counts must be integers, got dtype {counts.dtype}")
        if counts.shape != (len(self.noise),):
            raise ValueError(f"counts must have shape ({len(self.noise)},), got {counts.shape}")
        bad = (counts < 0) | ((counts > 0) & (self.noise.probabilities == 0))
        if bad.any():
            at = int(bad.argmax())
            raise ValueError(f"counts[{at}] = {counts[at]}, of an id of weight {self.noise.weights[at]}")
        self._add_counts(counts)

    def save(self) -> dict[str, Any]:
        """The state, for `resume`.

        Returns
        -------
        dict
            Small; it can be written as JSON.
        """
        return {
            "schema": SCHEMA,
            "fingerprint": self.noise.fingerprint,
            "replacement": self.replacement,
            "draws": self._draws,
            "max_log_e": self._max_log_e,
            "log_likelihood_ratios": self.log_likelihood_ratios,
        }

    @classmethod
    def resume(cls, noise: Law, state: dict[str, Any]) -> EProcess:
        """Create an e-process from a state of `save`.

        Parameters
        ----------
        noise : Law
            The same noise distribution as before: fingerprints must be equal.
        state : dict
            A result of `save`.

        Returns
        -------
        EProcess
            With the same evidence.

        Raises
        ------
        ValueError
            If the state has another schema, another noise distribution or other alternatives.
        """
        if not isinstance(state, dict) or state.get("schema") != SCHEMA:
            raise ValueError(f"state must be a dict of schema {SCHEMA!r}, got {state!r:.80}")
        missing = {"fingerprint", "replacement", "draws", "max_log_e", "log_likelihood_ratios"} - state.keys()
        if missing:
            raise ValueError(f"state lacks {sorted(missing)}")
        if state["fingerprint"] != noise.fingerprint:
            raise ValueError(f"state is of noise {state['fingerprint'][:12]}, and this is {noise.fingerprint[:12]}")
        process = cls(noise, replacement=state["replacement"])
        logs, names = state["log_likelihood_ratios"], list(process.log_likelihood_ratios)
        if sorted(logs) != sorted(names):
            raise ValueError(f"state has other alternatives: {list(logs)}")
        process._logs = np.array([logs[name] for name in names], dtype=np.float64)
        process._draws = as_count("state['draws']", state["draws"], minimum=0)
        process._max_log_e = float(state["max_log_e"])
        if not (np.isfinite(process._logs).all() and 0 <= process._max_log_e < math.inf):
            raise ValueError(f"state has evidence that is no number: max_log_e={state['max_log_e']}, {logs}")
        return process

    def _add(self, ids: NDArray[np.int64]) -> None:
        counts = np.bincount(ids.reshape(-1), minlength=len(self.noise))
        if self.replacement:
            self._add_counts(counts)
            return
        drawn = np.flatnonzero(counts)
        place = np.cumsum(counts > 0) - 1  # of an id among those drawn
        rows_at_once = max(1, IDS_AT_ONCE // ids.shape[1])
        blocks = [ids[start : start + rows_at_once].T.copy() for start in range(0, len(ids), rows_at_once)]
        prepared = [(place[block], _remaining(self.noise.probabilities[block])) for block in blocks]
        for alternative, tilt in enumerate(self._ratios(drawn)):
            q = tilt * self.noise.probabilities[drawn]
            for places, p_left in prepared:
                self._logs[alternative] += _log_of_rows(p_left, tilt[places], _remaining(q[places]))
        self._saw(ids.size)

    def _add_counts(self, counts: NDArray[np.int64]) -> None:
        drawn = np.flatnonzero(counts)
        times = counts[drawn].astype(np.float64)
        for alternative, ratio in enumerate(self._ratios(drawn)):
            self._logs[alternative] += times @ np.log(SHARE + (1 - SHARE) * ratio)
        self._saw(int(counts.sum()))

    def _ratios(self, ids: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
        """Yield ``q / p`` of the ids for one alternative after another: all at once would take 160 MB at V = 1e6."""
        return (a.ratio(ids) for a in self._alternatives)

    def _saw(self, draws: int) -> None:
        self._draws += draws
        self._max_log_e = max(self._max_log_e, self.log_e)


def _remaining(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability that remains before each draw of rows of distinct ids; p and the result are (k, rows)."""
    return 1 - (np.cumsum(p, axis=0) - p)


def _log_of_rows(p_left: NDArray[np.float64], ratio: NDArray[np.float64], q_left: NDArray[np.float64]) -> float:
    """Log-likelihood ratio of rows of distinct ids; ratio is q / p, and all arrays are (k, rows).

    The law of each id is p or q over the remaining probability, and `SHARE` mixes these. The remaining probability
    depends on earlier ids only. So draws may be left out because of it, and the evidence stays valid.
    """
    known = np.minimum(p_left, q_left) > LEAST_LEFT
    if not known.all():
        p_left, q_left = np.where(known, p_left, 1.0), np.where(known, q_left, 1.0)
        ratio = np.where(known, ratio, 1.0)
    mixed = SHARE + (1 - SHARE) * (ratio * p_left / q_left)
    products = np.multiply.reduceat(mixed, np.arange(0, len(mixed), FACTORS), axis=0)
    return float(np.log(products).sum())


class EProcessFamily(Family):
    """The e-process as a test of a check, at its end."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._process = None if plan.noise.nonzero < 2 else EProcess(plan.noise, replacement=plan.replacement)
        self._counts: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count the ids with replacement; without, add them to the e-process."""
        if self._process is None:
            return
        if self.plan.replacement:
            self._counts += np.bincount(ids.reshape(-1), minlength=len(self._counts))
        else:
            self._process._add(ids)

    def tests(self) -> list[FidelityTest]:
        """One bound, the evidence at the end, because the maximum would depend on how the batches divide the rows."""
        process = self._process
        if process is None:
            return []
        if self.plan.replacement:
            process._add_counts(self._counts)
        n, log_e, ratios = process.draws, process.log_e, process.log_likelihood_ratios
        closest = max(ratios, key=ratios.__getitem__)
        size = detectable_divergence(n, len(ratios))
        return [
            FidelityTest(
                "e-process",
                log_e,
                None,
                math.exp(-max(0.0, log_e)),
                n=n,
                unit="ids",
                effect=max(0.0, ratios[closest] / n),
                detectable=size,
                calibrated=False,
                detects=f"one of {len(ratios)} wrong laws that is {size:.1e} nats a draw away",
                note=f"most like: {closest}" if log_e > 0 else "",
            )
        ]


def detectable_divergence(n: int, count: int) -> float:
    """The Kullback-Leibler divergence, in nats per draw, at which n draws detect one of ``count`` alternatives.

    The log-likelihood ratio has mean n KL and, if the law is close to p, variance 2 n KL. The mean, minus the number of
    standard deviations that `POWER` requires, must reach log(count / LEVEL).
    """
    from scipy import stats

    threshold = math.log(count / LEVEL)
    deviations = math.sqrt(2) * float(stats.norm.isf(1 - POWER))
    root = (deviations + math.sqrt(deviations**2 + 4 * threshold)) / 2
    return root**2 / n
