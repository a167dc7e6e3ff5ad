# SPDX-License-Identifier: MIT
"""The section on error against time."""

from __future__ import annotations

from ..pareto_figure import headline, pareto
from .section import Drawn, Section

SECTION = Section(
    key="pareto",
    title="Error against time",
    link="Error and time",
    finding=headline,
    blocks=(Drawn("pareto", pareto),),
)
