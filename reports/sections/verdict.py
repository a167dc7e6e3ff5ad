# SPDX-License-Identifier: MIT
"""The first section: the verdict in words, and the ranking on the workload of the headline."""

from __future__ import annotations

from ..figures.speed import ranking, ranking_title
from .section import Drawn, Pairs, Section

SECTION = Section(
    key="verdict",
    title="Verdict",
    link="Verdict",
    finding=lambda report: f"{ranking_title(report)}.",
    blocks=(
        Pairs("verdict", lambda report: report.verdict.paragraphs),
        Drawn("ranking", ranking),
    ),
)
