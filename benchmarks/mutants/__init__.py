# SPDX-License-Identifier: MIT
"""Broken samplers, each of which `samplers.check_fidelity` must reject, and the test that must do it.

They are not registered: none of them may ever be benchmarked, recommended or drawn from.
"""

from . import laws, dependence, distinct, requests, streams  # noqa: F401, I001 - each appends its own to MUTANTS
from .mutant import LARGE, MUTANTS, SMALL, Honest, Mutant

__all__ = ["LARGE", "MUTANTS", "SMALL", "Honest", "Mutant"]
