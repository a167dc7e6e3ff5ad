# SPDX-License-Identifier: MIT
"""Evidence that may be looked at after every draw, and goes on adding up over calls and days."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_count, require
from ..laws.law import Law
from .alternatives import alternatives
from .plan import Family, Plan
from .power import LEVEL, POWER
from .result import FidelityTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SCHEMA = "samplers/e-process/v1"
# Share of p mixed into each alternative: a draw that it rules out then costs it ln 100 nats, and not all hope.
SHARE = 0.01
# As in a score test: with less of the mass left than this, a draw of a row is mostly rounding and is passed over.
LEAST_LEFT = 1e-6
ROWS_AT_ONCE = 2**14  # the arrays of (rows, k) stay in cache


class EProcess:
    """The mean over a list of alternatives q of ``prod q(x) / p(x)`` over all draws x so far.

    For a faithful sampler it exceeds 1/a at any time, ever, with probability a at most (Ville 1939; as a test of
    categorical counts Lindon and Malek 2022, arXiv:2011.03567). So it may be looked at after every call, stopped
    at any time, saved, and resumed next night. Without replacement p and q are laws of rows: successive sampling.

    Parameters
    ----------
    noise : Law
        What a faithful sampler draws from; at least two ids of positive weight.
    replacement : bool
        How the rows are drawn.

    Raises
    ------
    TypeError
        When ``noise`` is no law or ``replacement`` no bool.
    ValueError
        When only one id has a positive weight: nothing else can be drawn.

    Notes
    -----
    The alternatives: exponents 1 %, 10 % and 0.01 off, exponents 0 and 1, ids shifted by one, the most probable id
    or the last one dropped, the rarer half of the ids or every second id 1 % or 10 % up or down. Memory O(V),
    time O(draws + 20 min(V, draws)) a call with replacement, O(20 draws) without.

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
        if not isinstance(noise, Law):
            raise TypeError(f"noise must be a NoiseDistribution or another law, got {type(noise).__name__}")
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
        """Natural logarithm of the evidence now; valid at any one moment that does not look ahead."""
        from scipy import special

        return float(special.logsumexp(self._logs) - math.log(len(self._logs)))

    @property
    def p_value(self) -> float:
        """1 over the largest evidence after any update so far, 1 at most: valid at all times together."""
        return math.exp(-self._max_log_e)

    @property
    def log_likelihood_ratios(self) -> dict[str, float]:
        """``log prod q(x) / p(x)`` of each alternative by name; the largest tells what the draws look like."""
        return {a.name: float(log) for a, log in zip(self._alternatives, self._logs, strict=True)}

    def update(self, ids: Any) -> None:
        """Take in the next draws.

        Parameters
        ----------
        ids : array_like of integers
            Any shape with replacement; (rows, k) without.

        Raises
        ------
        TypeError, ValueError
            For ids that are not integers of [0, V) with a positive weight, or, without replacement, not distinct
            in a row. Such an id is proof by itself.
        """
        array = np.asarray(ids)
        if array.size == 0:
            return
        if np.isneginf(self.noise.log_prob(array)).any():  # raises for what is no id
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
        """Take in draws with replacement that are counted already.

        Parameters
        ----------
        counts : array_like of integers, shape (V,)
            How often each id was drawn.

        Raises
        ------
        TypeError, ValueError
            For counts of another type or shape, negative ones, draws of an id of weight zero, or an e-process
            without replacement.
        """
        counts = np.asarray(counts)
        if not self.replacement:
            raise ValueError("counts do not tell the rows, which an e-process without replacement needs")
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
            Small; JSON takes it.
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
        """Go on where `save` left off.

        Parameters
        ----------
        noise : Law
            The same as before: equal fingerprints.
        state : dict
            What `save` returned.

        Returns
        -------
        EProcess
            At the same evidence.

        Raises
        ------
        ValueError
            For a state of another schema, of another noise distribution or of other alternatives.
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
        for alternative, tilt in enumerate(self._ratios(drawn)):
            for start in range(0, len(ids), ROWS_AT_ONCE):
                rows = ids[start : start + ROWS_AT_ONCE]
                self._logs[alternative] += _log_of_rows(self.noise.probabilities[rows], tilt[place[rows]])
        self._saw(ids.size)

    def _add_counts(self, counts: NDArray[np.int64]) -> None:
        drawn = np.flatnonzero(counts)
        times = counts[drawn].astype(np.float64)
        for alternative, ratio in enumerate(self._ratios(drawn)):
            self._logs[alternative] += times @ np.log(SHARE + (1 - SHARE) * ratio)
        self._saw(int(counts.sum()))

    def _ratios(self, ids: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
        """``q / p`` of the ids for each alternative in turn: all at once would be 160 MB at V = 1e6."""
        return (a.ratio(ids) for a in self._alternatives)

    def _saw(self, draws: int) -> None:
        self._draws += draws
        self._max_log_e = max(self._max_log_e, self.log_e)


def _log_of_rows(p: NDArray[np.float64], ratio: NDArray[np.float64]) -> float:
    """Log-likelihood ratio of rows of distinct ids, p and q / p given as (rows, k).

    The law of each id is p or q over what is left of it, and the mixture is of these. What is left depends on
    earlier ids alone, so a draw may be passed over by it and the evidence stays valid.
    """
    q = p * ratio
    p_left, q_left = 1 - (np.cumsum(p, axis=1) - p), 1 - (np.cumsum(q, axis=1) - q)
    known = np.minimum(p_left, q_left) > LEAST_LEFT
    ratio = ratio[known] * p_left[known] / q_left[known]
    return float(np.log(SHARE + (1 - SHARE) * ratio).sum())


class EProcessFamily(Family):
    """The e-process at the end of a check."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._process = None if plan.noise.nonzero < 2 else EProcess(plan.noise, replacement=plan.replacement)
        self._counts: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count, or with distinct ids add up."""
        if self._process is None:
            return
        if self.plan.replacement:
            self._counts += np.bincount(ids.reshape(-1), minlength=len(self._counts))
        else:
            self._process._add(ids)

    def tests(self) -> list[FidelityTest]:
        """One bound: the evidence at the end, as a maximum would depend on where the batches divide the rows."""
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
    """The Kullback-Leibler distance, nats a draw, of one of ``count`` alternatives that n draws find.

    Its log-likelihood ratio has mean n KL and, for a law close to p, variance 2 n KL; the mean less as many
    standard deviations as `POWER` asks must reach log(count / LEVEL).
    """
    from scipy import stats

    wanted = math.log(count / LEVEL)
    deviations = math.sqrt(2) * float(stats.norm.isf(1 - POWER))
    root = (deviations + math.sqrt(deviations**2 + 4 * wanted)) / 2
    return root**2 / n
