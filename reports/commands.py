# SPDX-License-Identifier: MIT
"""The commands that measure the numbers of each figure and table again."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.documents import CLAIMS, PRICES, REGRET

from . import limits
from .asv_results import SAMPLE
from .figures.style import Picture
from .model import Inputs

ASV = ".venv/bin/asv run --environment existing --set-commit-hash HEAD --record-samples --bench"


def sources(report: Inputs, pictures: Sequence[Picture]) -> list[tuple[str, str]]:
    """The name and the command of each figure, and of the tables without a figure."""
    measured = [(p.name, p.source) for p in pictures]
    measured += [("claims (table)", CLAIMS.made_by), ("prices (table)", PRICES.made_by)]
    measured += [("limit (table)", f"{SAMPLE}, {limits.SOURCE}")]
    measured += [(f"{axis.title.lower()} (table)", axis.benchmark) for axis in report.tables]
    measured += [("regret (table)", REGRET.made_by)]
    return [(name, reproduce(source)) for name, source in measured]


def reproduce(source: str) -> str:
    """The command that measures the numbers of a figure, from its `Picture.source`."""
    parts = source.split(", ")
    names = dict.fromkeys(".".join(part.split(".")[:2]) for part in parts if part.startswith("bench_"))
    commands = [f'{ASV} "{"|".join(names)}"'] if names else []
    return "; ".join([*commands, *(part for part in parts if part.startswith("python"))])
