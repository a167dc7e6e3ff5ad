# SPDX-License-Identifier: MIT
"""Does a sampler draw what it should? Its table exactly, its draws by tests with their power stated."""

from .audit import audit
from .check import check_fidelity
from .eprocess import EProcess
from .result import FidelityResult, FidelityTest, TableAudit

__all__ = ["EProcess", "FidelityResult", "FidelityTest", "TableAudit", "audit", "check_fidelity"]
