# SPDX-License-Identifier: MIT
"""The section on the claimed speed ratios."""

from __future__ import annotations

from .. import claims
from .section import Section, Shown, Text

SECTION = Section(
    key="claims",
    title="Claimed speed ratios",
    link="Claims",
    finding=claims.finding,
    blocks=(
        Text("Each claim is a goal of the project: a ratio of two times, or of a time to the limit."),
        Shown("promises", "Claimed and measured ratios", claims.table),
    ),
    record=claims.record,
    sources=(claims.SOURCE,),
)
