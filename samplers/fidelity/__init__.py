# SPDX-License-Identifier: MIT
"""Does a sampler draw what it should? Statistics on its ids, with the bias that each can detect."""

from .check import check_fidelity
from .result import FidelityResult, FidelityTest

__all__ = ["FidelityResult", "FidelityTest", "check_fidelity"]
