# SPDX-License-Identifier: MIT
"""Does a change of the code change the distribution of the ids? One number per sampler, for asv's history.

``python -m benchmarks.fidelity`` runs the full tests and states their power.
"""

from __future__ import annotations

import math

import samplers

from .suite import SEED, build, needed, not_applicable, sampler_names


class Fidelity:
    """-log10 of the smallest adjusted p-value of `samplers.check_fidelity`; a value above 6 is a failure."""

    params = (sampler_names(), ["english", "zipf_1e4"])
    param_names = ("sampler", "workload")
    version = "2"
    unit = "-log10 adjusted p"
    timeout = 300

    def setup(self, sampler: str, workload: str) -> None:
        """Build the sampler; n/a if it cannot be measured."""
        test = needed("samplers.fidelity.result", "FidelityTest").FidelityTest
        adjusted = "p_adjusted" in test.__dataclass_fields__
        not_applicable(None if adjusted else "the checks of this version of the library adjust no p-values")
        self.sampler = build(sampler, workload)

    def track_neg_log10_p(self, sampler: str, workload: str) -> float:
        """The logarithm is negative because asv takes a higher value for a regression."""
        result = samplers.check_fidelity(self.sampler, rng=SEED)
        worst = min(test.p_adjusted for test in result.tests)
        return -math.log10(max(worst, 1e-300))
