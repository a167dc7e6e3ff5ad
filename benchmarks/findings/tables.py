# SPDX-License-Identifier: MIT
"""The difference between the finished tables of gensim, word2vec.c and torch and the noise distribution."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.fidelity.audit import audit
from samplers.fidelity.power import ALPHA

from ..peers import TorchOneCall
from ..suite import SEED
from ..workloads import noise_of, zipf

if TYPE_CHECKING:
    from numpy.typing import NDArray

ON = ("english", "zipf_1e4", "zipf_1e6")
LIBRARY = {"alias": "alias", "cum_table": "gensim", "unigram_table": "word2vec.c"}
DTYPES = ("float32", "float64")
BIG = (("unigram_table", 10**7), ("unigram_table", 10**8), ("cum_table", 10**8))
GENSIM_DOMAIN = 2**31 - 1
IDS_AT_ONCE = 2**22
CATEGORIES, HALF_DRAWS = 2**24, 10**5  # pytorch/pytorch#43115


class TorchSums(TorchOneCall):
    """torch.multinomial with replacement on the CPU, for weights of single or double precision.

    aten/src/ATen/native/cpu/MultinomialKernel.cpp computes cumulative sums in the type of the weights from left to
    right. It divides by the total, sets the last sum to 1, and searches with a float64 uniform. (torch.cumsum would add
    in float64 and round.)
    """

    info = replace(TorchOneCall.info, name="torch_sums")

    def _build(self, *, dtype: str = "float32") -> None:  # type: ignore[override]
        import torch

        super()._build()
        self._p: Any = torch.tensor(self.noise.probabilities, dtype=getattr(torch, dtype))

    def sums(self) -> NDArray[np.float64]:
        """The cumulative distribution in which torch searches, float64 (V,)."""
        weights = self._p.numpy()
        sums = np.cumsum(weights, dtype=weights.dtype)
        sums /= sums[-1]
        sums[-1] = 1
        return sums.astype(np.float64)

    def implied_probabilities(self) -> NDArray[np.float64]:
        """The probabilities that follow from the sums, float64 (V,)."""
        return np.diff(self.sums(), prepend=0.0)


def tables() -> dict[str, Any]:
    """Audits of all tables, and draws in the cases in which an audit says that draws detect the difference."""
    rows = []
    for workload in ON:
        noise = noise_of(workload)
        for name, library in LIBRARY.items():
            rows.append(audited(library, workload, samplers.create(name, noise, rng=SEED)))
        rows += [audited(f"torch, {dtype}", workload, TorchSums(noise, rng=SEED, dtype=dtype)) for dtype in DTYPES]
    return {
        "audits": rows,
        "last_word": last_word(),
        "float32_draws": float32_draws("english"),
        "halves": [upper_half(dtype) for dtype in DTYPES],
    }


def audited(library: str, workload: str, sampler: samplers.Sampler) -> dict[str, Any]:
    """The audit of one table, JSON-ready."""
    result = audit(sampler)
    if result is None:
        raise ValueError(f"{sampler.name} has no implied probabilities to audit")
    return {"table": library, "workload": workload} | asdict(result)


def last_word() -> dict[str, Any]:
    """gensim's table for a vocabulary whose last word has a single unit."""
    counts = [GENSIM_DOMAIN - 4, 3, 1]
    noise = samplers.NoiseDistribution(counts, exponent=1.0)
    sampler = samplers.create("cum_table", noise, rng=SEED)
    law = sampler.implied_probabilities()
    assert law is not None  # cum_table has a table
    return {"counts": counts, "units": GENSIM_DOMAIN, "implied": law.tolist(), "target": noise.probabilities.tolist()}


def float32_draws(workload: str) -> dict[str, Any]:
    """A chi-square test of torch with float32 weights, on the number of draws that detects its error."""
    from scipy import stats

    from samplers.fidelity.chi_square import goodness_of_fit

    noise = noise_of(workload)
    sampler = TorchSums(noise, rng=SEED)
    n = math.ceil(audited("torch, float32", workload, sampler)["draws_to_notice"])
    observed = np.zeros(len(noise), dtype=np.int64)
    for first in range(0, n, IDS_AT_ONCE):
        ids = sampler.sample(min(IDS_AT_ONCE, n - first), 1)
        observed += np.bincount(ids[:, 0], minlength=len(noise))
    order = np.argsort(-noise.probabilities, kind="stable")
    fit = goodness_of_fit(observed, n * noise.probabilities, order)
    p_value = float(stats.chi2.sf(fit.pearson, fit.df))
    return {
        "workload": workload,
        "draws": n,
        "statistic": fit.pearson,
        "df": fit.df,
        "p_value": p_value,
        "rejected": p_value < ALPHA,
    }


def upper_half(dtype: str) -> dict[str, Any]:
    """The draws in the second half of the ids, whose weights are 1; the first half has 2 (pytorch/pytorch#43115)."""
    import torch

    weights = torch.ones(CATEGORIES, dtype=getattr(torch, dtype))
    weights[: CATEGORIES // 2] = 2
    drawn = torch.multinomial(weights, HALF_DRAWS, True, generator=torch.Generator().manual_seed(SEED))
    seen = int((drawn >= CATEGORIES // 2).sum())
    return {"dtype": dtype, "categories": CATEGORIES, "draws": HALF_DRAWS, "seen": seen, "expected": HALF_DRAWS / 3}


def big_tables() -> list[dict[str, Any]]:
    """Tables with fewer units than a large vocabulary needs; takes 5 GB of memory and two minutes."""
    return [big_table(name, n_ids) for name, n_ids in BIG]


def big_table(name: str, n_ids: int) -> dict[str, Any]:
    """The difference between a table and Zipf counts, in chunks: an audit would take twice the memory."""
    noise = samplers.NoiseDistribution(zipf(n_ids))
    q = samplers.create(name, noise, rng=SEED).implied_probabilities()
    assert q is not None  # both have tables
    p, never_drawn, never_drawn_mass, distance = noise.probabilities, 0, 0.0, 0.0
    smallest, largest = 1.0, 1.0
    for first in range(0, n_ids, IDS_AT_ONCE):
        target, implied = p[first : first + IDS_AT_ONCE], q[first : first + IDS_AT_ONCE]
        ratio = implied / target
        never_drawn += int(np.count_nonzero(implied == 0))
        never_drawn_mass += float(target[implied == 0].sum())
        distance += float(np.abs(implied - target).sum() / 2)
        smallest, largest = min(smallest, float(ratio.min())), max(largest, float(ratio.max()))
    return {
        "table": LIBRARY[name],
        "V": n_ids,
        "never_drawn": never_drawn,
        "never_drawn_mass": never_drawn_mass,
        "total_variation": distance,
        "least_ratio": smallest,
        "most_ratio": largest,
    }
