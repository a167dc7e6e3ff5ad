# SPDX-License-Identifier: MIT
"""The section on build time, memory, and the number of ids from which a long build pays off."""

from __future__ import annotations

from .. import break_even
from ..cost_figures import costs
from .section import Drawn, Section, Shown

SECTION = Section(
    key="cost",
    title="Build time, memory, break-even",
    link="Cost",
    finding=break_even.finding,
    blocks=(
        Drawn("costs", costs),
        Drawn("breakeven", break_even.total, heading="When a long build pays off"),
        Shown("plans", "Number of ids from which a sampler with a long build is cheaper", break_even.table),
    ),
)
