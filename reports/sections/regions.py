# SPDX-License-Identifier: MIT
"""The section on the decision grid, and on how good the recommendation is."""

from __future__ import annotations

from ..grid import regret, winners
from ..grid.figure import heat_map
from .section import Drawn, Heading, Section, Shown, Text

SECTION = Section(
    key="regions",
    title="The fastest sampler by request",
    link="Fastest by request",
    finding=winners.finding,
    blocks=(
        Drawn("regions", heat_map),
        Shown(
            "grid",
            "Fastest sampler of each request of the decision grid",
            winners.table,
            summary=lambda report: f"All {len(report.won)} requests of the decision grid",
            only="page",
        ),
        Heading("The recommendation of `samplers.recommend`"),
        Text(regret.RULE),
        Text(regret.finding),
        Shown("regrets", "Regret by workload", regret.by_workload),
        Shown("worst", "Requests with the largest regret", regret.worst, heading="The largest regrets"),
    ),
    wide=True,
    sources=(winners.GRID, regret.REGRETS),
)
