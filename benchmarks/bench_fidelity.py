# SPDX-License-Identifier: MIT
"""Does a change of the code move what is drawn? One number a sampler for asv's history.

The full tests, with their power, are in ``python -m benchmarks.fidelity``.
"""

from __future__ import annotations

import math

import samplers

from .suite import SEED, build, needed, not_applicable, sampler_names


class Fidelity:
    """The smallest adjusted p-value of `samplers.check_fidelity` as -log10: above 6 is a failure, lower better."""

    params = (sampler_names(), ["english", "zipf_1e4"])
    param_names = ("sampler", "workload")
    version = "2"
    unit = "-log10 adjusted p"
    timeout = 300

    def setup(self, sampler: str, workload: str) -> None:
        """Build, or say n/a."""
        test = needed("samplers.fidelity.result", "FidelityTest").FidelityTest
        adjusted = "p_adjusted" in test.__dataclass_fields__
        not_applicable(None if adjusted else "the checks of this version of the library adjust no p-values")
        self.sampler = build(sampler, workload)

    def track_neg_log10_p(self, sampler: str, workload: str) -> float:
        """asv knows no "higher is better", hence no plain p."""
        result = samplers.check_fidelity(self.sampler, rng=SEED)
        worst = min(test.p_adjusted for test in result.tests)
        return -math.log10(max(worst, 1e-300))
