# SPDX-License-Identifier: MIT
"""The section on the benchmarks that vary one setting: rows, k, exclusion, order of the ids and others."""

from __future__ import annotations

from functools import partial

from .. import axes
from ..axes import Axis
from ..commands import reproduce
from ..model import Report
from ..shape_figure import headline, scaling
from .section import Drawn, Heading, Section, Shown, Text


def finding(report: Report) -> str:
    """The time in the smallest and in the largest call, and which settings were not measured."""
    missing = [axis.title.lower() for axis in axes.ALL if axes.table(report, axis) is None]
    if len(missing) == len(axes.ALL):
        return "No setting besides V was varied in this run; each heading below names the command that does it."
    left_out = f" Not measured in this run: {', '.join(missing)}." if missing else ""
    return f"{headline(report)}.{left_out}"


def question(report: Report, axis: Axis) -> str:
    """The question of a benchmark, and its command."""
    known = "Measured with" if axes.table(report, axis) else "Not measured; to measure it, run"
    return f"{axis.question} {known} `{reproduce(axis.benchmark)}`."


SECTION = Section(
    key="axes",
    title="Rows, k, exclusion and other settings",
    link="Rows, k, exclusion",
    finding=finding,
    blocks=(
        Drawn("scaling", scaling),
        *(
            block
            for axis in axes.ALL
            for block in (
                Heading(axis.title),
                Text(partial(question, axis=axis)),
                Shown(f"axis-{axis.key}", axis.title, partial(axes.table, axis=axis)),
            )
        ),
    ),
    record=axes.record,
    wide=True,
)
