# SPDX-License-Identifier: MIT
"""The verdict's paragraphs on who could not win, and why."""

from __future__ import annotations

from .model import Report, Sampler
from .units import listed, probability


def not_faithful(report: Report) -> str:
    """Which samplers failed, where, and by which test."""
    sentences = []
    for name in (s.name for s in report.samplers if report.status(s.name) == "fail"):
        failed = [c for (who, _), c in report.checks.items() if who == name and c.failed]
        where = listed([f"`{c.workload}`" for c in failed])
        errors = [c.error for c in failed if c.error]
        tests = [c.worst for c in failed if c.worst and not c.error]
        worst = min(tests, key=lambda t: t.p_value or 0.0, default=None)
        why = f"{worst.name}, p = {probability(worst.p_value)}" if worst else (*errors, "no test")[0]
        sentences.append(f"`{name}` failed on {where} ({why}).")
    return " ".join(sentences) + (" What failed is shown, and cannot win." if sentences else "")


def skipped(report: Report) -> str:
    """Who could not run here, and why."""
    return " ".join(f"`{s.name}`: {s.unavailable}." for s in by_status(report, "skipped"))


def refused(report: Report) -> str:
    """Who says that it is not made for which distribution; that is no failure."""
    found: dict[tuple[str, str], list[str]] = {}
    for (name, workload), check in report.checks.items():
        if check.refused:
            found.setdefault((name, check.reason), []).append(f"`{workload}`")
    return " ".join(f"`{name}` on {listed(where)}: {reason.removeprefix(f'{name}: ')}."
                    for (name, reason), where in found.items())  # fmt: skip


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
