# SPDX-License-Identifier: MIT
"""Checks whether a sampler follows its noise distribution: its table exactly, its draws by tests of stated power."""

from .audit import audit
from .check import check_fidelity
from .eprocess import EProcess
from .result import FidelityResult, FidelityTest, TableAudit

__all__ = ["EProcess", "FidelityResult", "FidelityTest", "TableAudit", "audit", "check_fidelity"]
