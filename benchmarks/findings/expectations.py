# SPDX-License-Identifier: MIT
"""The question of post 004: is the expected count of a word the same with and without replacement?

In this module p is the probability of a word, and pi its inclusion probability in a row of k distinct ids.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.fidelity.inclusion_tests import Inclusion, divisors
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import ALPHA, POWER, noncentrality
from samplers.laws.inclusion import inclusion_probabilities

from ..suite import SEED
from ..workloads import noise_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samplers.fidelity.result import FidelityTest

POST_ROWS, POST_K = 10_000, 5  # "10000 times 5 without replacement"
CASES = (("post004", 5), ("zipf_1e2", 5), ("zipf_1e2", 20), ("english", 5), ("english", 20))
DUPLICATES = (("english", 5), ("english", 20))
OTHER_WEIGHTS, LARGEST_WEIGHT = 100, 1000  # sets of weights like those of the post, which are lost
REPEATS = 100
USUAL_LEVELS = (0.01, 0.05)  # false-alarm rates of a single experiment
ROWS_MEASURED = 2**20
POINTS = 60  # per curve in the figure


class AgainstKP(Inclusion):
    """The count tests of the fidelity check, with post 004's k p in place of the inclusion probabilities."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.inclusion = plan.k * plan.probabilities


def expectations() -> dict[str, Any]:
    """The exact ratio of the two expected counts, and the number of rows that detects the difference."""
    return {"cases": [case(workload, k) for workload, k in CASES], "post": post()}


def case(workload: str, k: int) -> dict[str, Any]:
    """The exact expected counts of a row of k distinct ids, compared with k p."""
    noise = noise_of(workload)
    pi, p = inclusion_probabilities(noise, k), noise.probabilities
    order = np.argsort(-p, kind="stable")[: noise.nonzero]
    ratio = pi[order] / (k * p[order])
    ranks = np.unique(np.rint(np.geomspace(1, len(order), POINTS)).astype(int))
    return {
        "workload": workload,
        "k": k,
        "V": len(noise),
        "drawable": noise.nonzero,
        "top_p": float(p[order[0]]),
        "top_kp": float(k * p[order[0]]),
        "top_inclusion": float(pi[order[0]]),
        "top_ratio": float(ratio[0]),
        "rarest_ratio": float(ratio[-1]),
        "too_rare": int(np.count_nonzero(ratio < 1)),
        "moved": float(np.abs(pi - k * p).sum() / (2 * k)),
        "rows_by_top_word": rows_by_one_word(float(k * p[order[0]]), float(pi[order[0]])),
        "by_rank": {"rank": ranks.tolist(), "ratio": ratio[ranks - 1].round(6).tolist()},
    }


def rows_by_one_word(claimed: float, true: float) -> int | None:
    """Rows in which the count of one word rejects the claimed probability, if its probability is `true`.

    A two-sided normal test at level `ALPHA` with power `POWER`. None if the claim is 1 or more.
    """
    from scipy import stats

    if claimed >= 1:
        return None
    spread = float(stats.norm.isf(ALPHA / 2)) * math.sqrt(claimed * (1 - claimed))
    spread += float(stats.norm.isf(1 - POWER)) * math.sqrt(true * (1 - true))
    return math.ceil((spread / (claimed - true)) ** 2)


def noncentrality_per_row(noise: samplers.NoiseDistribution, k: int) -> tuple[float, int]:
    """The noncentrality per row of Rao and Scott's test of k p on rows of distinct ids, and the degrees of freedom.

    The statistic is sum((N - n k p)**2 / (n b)). The b of `divisors` allow for the negative covariance of distinct
    draws (Rao and Scott 1981, doi:10.1080/01621459.1981.10477633).
    """
    drawable = noise.counts > 0
    pi, kp = inclusion_probabilities(noise, k)[drawable], k * noise.probabilities[drawable]
    return float((np.square(pi - kp) / divisors(kp - kp**2)).sum()), len(kp) - 1


def post() -> dict[str, Any]:
    """The rows that the experiment of post 004 needs to detect the difference: by formula, then by simulation."""
    from scipy import stats

    noise = noise_of("post004")
    per_row, df = noncentrality_per_row(noise, POST_K)
    rows = math.ceil(noncentrality(df, ALPHA) / per_row)
    kp, pi = POST_K * noise.probabilities.max(), float(inclusion_probabilities(noise, POST_K).max())
    return {
        "rows": POST_ROWS,
        "k": POST_K,
        "df": df,
        "alpha": ALPHA,
        "power": POWER,
        "rows_needed": rows,
        "rows_needed_at_one_percent": math.ceil(noncentrality(df, 0.01) / per_row),
        "rows_needed_if_known": math.ceil(noncentrality(1, ALPHA) / per_row),
        "rows_needed_for_other_weights": other_weights(),
        "power_at_post": float(stats.ncx2.sf(stats.chi2.isf(ALPHA, df), df, POST_ROWS * per_row)),
        "power_at_post_by_level": [
            {"level": level, "power": float(stats.ncx2.sf(stats.chi2.isf(level, df), df, POST_ROWS * per_row))}
            for level in USUAL_LEVELS
        ],
        "top_expected_by_kp": POST_ROWS * kp,
        "top_expected": POST_ROWS * pi,
        "top_standard_deviation": math.sqrt(POST_ROWS * pi * (1 - pi)),
        "repeats": REPEATS,
        "rejected_at_rows_needed": rejections(noise, rows),
        "rejected_at_post": rejections(noise, POST_ROWS),
        "torch_p_value": rao_scott(samplers.create("multinomial", noise, rng=SEED, replacement=False), rows).p_value,
        "true_law_rejected": rejections(noise, rows, family=Inclusion),
    }


def other_weights() -> dict[str, int]:
    """The rows needed for other sets of 100 uniform weights; the weights of the post were drawn without a seed."""
    needed = []
    for seed in range(OTHER_WEIGHTS):
        # The legacy generator is frozen (NEP 19), as in the workload, whose weights are 0 to 999.
        weights = np.random.RandomState(seed).randint(0, LARGEST_WEIGHT + 1, size=100)
        per_row, df = noncentrality_per_row(samplers.NoiseDistribution(weights, exponent=1.0), POST_K)
        needed.append(math.ceil(noncentrality(df, ALPHA) / per_row))
    return {
        "sets": OTHER_WEIGHTS,
        "largest_weight": LARGEST_WEIGHT,
        "least": min(needed),
        "median": round(float(np.median(needed))),
        "most": max(needed),
    }


def rao_scott(sampler: samplers.Sampler, rows: int, family: type[Inclusion] = AgainstKP) -> FidelityTest:
    """Rao and Scott's test of the sampler's next rows: against k p, or against the law of another family."""
    counts = family(Plan(sampler.noise, POST_K, rows, False))
    counts.see(np.asarray(sampler.sample(rows, POST_K), dtype=np.int64))
    return next(test for test in counts.tests() if test.name == "Rao-Scott")


def rejections(noise: samplers.NoiseDistribution, rows: int, family: type[Inclusion] = AgainstKP) -> int:
    """The number of `REPEATS` experiments of `rows` rows in which the test rejects at level `ALPHA`."""
    sampler = samplers.create("alias_distinct", noise, rng=SEED)
    return sum(rao_scott(sampler, rows, family).p_value < ALPHA for _ in range(REPEATS))


def duplicate_probability(p: NDArray[np.float64], k: int) -> float:
    """The probability that k independent draws are not all distinct, ``1 - k! e_k(p)``.

    The elementary symmetric polynomial e_k is computed from the power sums by Newton's identities.

    Parameters
    ----------
    p : ndarray, float64 (V,)
        Probabilities.
    k : int
        1 or more. The terms alternate in sign, so that digits cancel if k is above a few dozen or if a p is near 1.
    """
    sums = [float((p**j).sum()) for j in range(1, k + 1)]
    distinct = [1.0]  # j! e_j
    for j in range(1, k + 1):
        terms = ((-1) ** (i - 1) * math.perm(j - 1, i - 1) * distinct[j - i] * sums[i - 1] for i in range(1, j + 1))
        distinct.append(math.fsum(terms))
    return 1.0 - distinct[k]


def repeated_share(p: NDArray[np.float64], k: int) -> float:
    """The expected share of the draws of a row with replacement that repeat an id of the row.

    Parameters
    ----------
    p : ndarray, float64 (V,)
        Probabilities below 1.
    k : int
        1 or more.
    """
    distinct = -np.expm1(k * np.log1p(-p)).sum()
    return 1.0 - float(distinct) / k


def variance_ratios(noise: samplers.NoiseDistribution, k: int) -> tuple[float, float]:
    """The variance of a sum over a row of distinct ids, with weights k p / pi, relative to a row with replacement.

    Both sums have the mean k E_p[f]. Of distinct ids, the sum is that of Horvitz and Thompson (1952,
    doi:10.1080/01621459.1952.10483446).

    Parameters
    ----------
    noise : samplers.NoiseDistribution
    k : int
        2 or more.

    Returns
    -------
    random, top : float
        For a random f, whose values at all ids are independent and of equal variance (the ratio of the mean
        variances), and for the f that is 1 at the most probable id and 0 elsewhere.
    """
    drawable = noise.counts > 0
    p, pi = noise.probabilities[drawable], inclusion_probabilities(noise, k)[drawable]
    distinct, independent = np.square(k * p) * (1 - pi) / pi, k * p * (1 - p)
    top = int(np.argmax(p))
    return float(distinct.sum() / independent.sum()), float(distinct[top] / independent[top])


def duplicates() -> list[dict[str, Any]]:
    """The shares of rows and of draws with a duplicate, and what distinct ids change: the top word, the variance."""
    results = []
    for workload, k in DUPLICATES:
        noise = noise_of(workload)
        exact = duplicate_probability(noise.probabilities, k)
        rows = np.sort(samplers.create("alias", noise, rng=SEED).sample(ROWS_MEASURED, k), axis=1)
        seen = int(np.count_nonzero((rows[:, 1:] == rows[:, :-1]).any(axis=1)))
        deviation = math.sqrt(ROWS_MEASURED * exact * (1 - exact))
        ratio, variances = case(workload, k)["top_ratio"], variance_ratios(noise, k)
        results.append(
            {
                "workload": workload,
                "k": k,
                "exact": exact,
                "rows": ROWS_MEASURED,
                "seen": seen,
                "measured": seen / ROWS_MEASURED,
                "z": (seen - ROWS_MEASURED * exact) / deviation,
                "top_ratio": ratio,
                "top_shift": -math.log(ratio),
                "repeated_share": repeated_share(noise.probabilities, k),
                "variance_ratio_random": variances[0],
                "variance_ratio_top": variances[1],
            }
        )
    return results
