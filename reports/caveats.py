# SPDX-License-Identifier: MIT
"""The verdict's paragraphs on who could not win, and why."""

from __future__ import annotations

from .fidelity.records import Check
from .fidelity.words import failures, where
from .model import Report, Sampler
from .units import listed


def not_faithful(report: Report) -> str:
    """Which samplers failed, where, and by which test."""
    sentences = [
        f"`{s.name}` fails {'. It fails '.join(failures(report.checks_of(s.name)))}." for s in by_status(report, "fail")
    ]
    return " ".join(sentences) + (" What failed is shown, and cannot win." if sentences else "")


def skipped(report: Report) -> str:
    """Who could not run here, and why."""
    return " ".join(f"`{s.name}`: {s.unavailable}." for s in by_status(report, "skipped"))


def refused(report: Report) -> str:
    """Who says that it is not made for which distribution; that is no failure."""
    found: dict[tuple[str, str], list[Check]] = {}
    for check in report.checks:
        if check.refused:
            found.setdefault((check.sampler, check.reason), []).append(check)
    return " ".join(
        f"`{name}` on {where(checks)}: {reason.removeprefix(f'{name}: ')}." for (name, reason), checks in found.items()
    )


def unchecked(report: Report) -> str:
    """Who was timed but never checked."""
    names = [f"`{s.name}`" for s in by_status(report, "unchecked")]
    return f"{listed(names)} had no fidelity check, hence cannot win." if names else ""


def broken(report: Report) -> str:
    """Benchmarks that ran and failed."""
    failed = [
        f"`{s.name}` on `{w.name}`"
        for s in report.samplers
        for w in report.workloads
        if report.ns(s.name, w.name).failed and s.unavailable is None
    ]
    return f"the benchmark failed for {listed(failed)}." if failed else ""


def by_status(report: Report, status: str) -> list[Sampler]:
    """Samplers of a status, in order."""
    return [s for s in report.samplers if report.status(s.name) == status]
