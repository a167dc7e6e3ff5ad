# SPDX-License-Identifier: MIT
"""The section on the time per id against V, and against the limit."""

from __future__ import annotations

from .. import limits, units
from ..asv_results import SAMPLE
from ..commands import reproduce
from ..figures.speed import throughput, throughput_title
from ..model import Report
from .section import Drawn, Section, Shown, Text


def finding(report: Report) -> str:
    """The winners at the smallest and the largest V, and the share of the limit that the nearest sampler reaches."""
    names = report.family
    if len(names) < 2:
        return f"Fewer than two sizes were measured: run `{reproduce(SAMPLE)}`."
    return " ".join(filter(None, (f"{throughput_title(report, names)}.", of_limit(report))))


def of_limit(report: Report) -> str:
    """The faithful sampler with the largest mean share of the limit's rate; "" if there is none."""
    shares = {
        name: share
        for name, by_size in report.shares.items()
        if report.status(name) == "pass" and (share := limits.mean(by_size.values()))
    }
    if not shares:
        return ""
    name = max(shares, key=lambda name: shares[name])
    return f"`{report.label(name)}` reaches {units.percent(shares[name])} of the rate of the limit, the mean over V."


def missing(report: Report) -> list[str]:
    """How to measure the limit, if it was not."""
    return [] if limits.table(report) else [f"The limit was not measured: run `{reproduce(limits.SOURCE)}`."]


SECTION = Section(
    key="size",
    title="Speed against vocabulary size",
    link="Vocabulary size",
    finding=finding,
    blocks=(
        Drawn("throughput", throughput),
        Shown(
            "limits",
            "Time per id and share of the limit's rate by sampler and number of ids",
            limits.table,
            heading="Comparison with the speed limit",
        ),
        Text(missing),
    ),
)
