# SPDX-License-Identifier: MIT
"""Things that must not happen at all."""

from __future__ import annotations

from .power import detectable_frequency
from .result import FidelityTest


def never(name: str, found: int, of: int, unit: str, what: str) -> FidelityTest:
    """``found`` forbidden events in ``of`` trials; a faithful sampler passes always."""
    size = detectable_frequency(of)
    return FidelityTest(
        name, float(found), None, float(found == 0), n=of, unit=unit, effect=found / of, detectable=size,
        detects=f"{what} with a probability of {size:.1e}", calibrated=False,
    )  # fmt: skip
