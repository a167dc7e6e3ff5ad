# SPDX-License-Identifier: MIT
"""Broken samplers: those that `samplers.check_fidelity` must reject with the test that must do it, and those that pass.

They are not registered: none of them may ever be benchmarked, recommended or drawn from.
"""

from . import laws, dependence, distinct, requests, streams, multiply_shift  # noqa: F401, I001 - each appends its own to MUTANTS
from .mutant import LARGE, MUTANTS, SMALL, Honest, Mutant
from .unseen import UNSEEN, Unseen

__all__ = ["LARGE", "MUTANTS", "SMALL", "UNSEEN", "Honest", "Mutant", "Unseen"]
