# SPDX-License-Identifier: MIT
"""The verdict's paragraphs on who could not win, and why."""

from __future__ import annotations

from statistics import quantiles

from benchmarks.checks import Check, Sampler

from .fidelity.words import failures, where
from .model import Report
from .units import listed, percent

# A tenth of the cells of quiet runs had quartiles more than 3.5 and 8.6 % of the time apart; beside a build 28 %.
STEADY = 0.15
FEWEST_CELLS = 10


def not_faithful(report: Report) -> str:
    """Which samplers failed, where, and by which test."""
    sentences = [
        f"`{s.display_name}` fails {'. It fails '.join(failures(report.checks_of(s.name)))}."
        for s in by_status(report, "fail")
    ]
    return " ".join(sentences) + (" What failed is shown, and cannot win." if sentences else "")


def skipped(report: Report) -> str:
    """Who could not run here, and why."""
    return " ".join(f"`{s.display_name}`: {s.unavailable}." for s in by_status(report, "skipped"))


def refused(report: Report) -> str:
    """Who says that it is not made for which distribution; that is no failure."""
    found: dict[tuple[str, str], list[Check]] = {}
    for check in report.checks:
        if check.refused:
            found.setdefault((check.sampler, check.reason), []).append(check)
    return " ".join(f"`{report.label(name)}` on {where(checks)}: {reason}." for (name, reason), checks in found.items())


def unchecked(report: Report) -> str:
    """Who was timed but never checked."""
    names = [f"`{s.display_name}`" for s in by_status(report, "unchecked")]
    return f"{listed(names)} had no fidelity check, hence cannot win." if names else ""


def broken(report: Report) -> str:
    """Benchmarks that ran and failed."""
    failed = [
        f"`{s.display_name}` on `{w.name}`"
        for s in report.samplers
        for w in report.workloads
        if report.ns(s.name, w.name).failed and s.unavailable is None
    ]
    return f"the benchmark failed for {listed(failed)}." if failed else ""


def unsteady(report: Report) -> str:
    """Whether something else used the machine meanwhile; empty where the times are steady, or too few to tell."""
    cells = [report.ns(s.name, w.name) for s in report.samplers for w in report.workloads]
    spreads = [(c.q75 - c.q25) / c.value for c in cells if c.value and c.q25 is not None and c.q75 is not None]
    if len(spreads) < FEWEST_CELLS:
        return ""
    tenth = quantiles(spreads, n=10)[-1]
    if tenth <= STEADY:
        return ""
    return (
        f"the quartiles of every tenth time lie more than {percent(tenth)} of it apart, on a machine that does nothing "
        f"else less than {percent(STEADY)}: leave it idle and repeat before you compare."
    )


def by_status(report: Report, status: str) -> list[Sampler]:
    """Samplers of a status, in order."""
    return [s for s in report.samplers if report.status(s.name) == status]
