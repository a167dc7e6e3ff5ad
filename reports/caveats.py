# SPDX-License-Identifier: MIT
"""The paragraphs of the verdict on samplers that cannot win, and on doubtful times."""

from __future__ import annotations

from benchmarks.checks import Check, Sampler

from .fidelity.float32 import of_pool
from .fidelity.words import failures, where
from .model import Inputs
from .noise import warning
from .units import listed

CONSEQUENCE = (
    "Samplers that fail are shown, but cannot win: a model that is trained with them sees another noise distribution, "
    "as docs/findings.md describes."
)


def not_faithful(report: Inputs) -> str:
    """The samplers that failed, the workloads, and the tests."""
    sentences = [
        " ".join(filter(None, (fails(report, s), of_pool(report, "english") if is_pool(s) else "")))
        for s in by_status(report, "fail")
    ]
    return " ".join([*sentences, CONSEQUENCE] if sentences else [])


def fails(report: Inputs, sampler: Sampler) -> str:
    """The workloads on which a sampler fails, and the tests."""
    return f"`{sampler.display_name}` fails {'. It fails '.join(failures(report.checks_of(sampler.name)))}."


def is_pool(sampler: Sampler) -> bool:
    """Whether it draws a pool once and uses it again."""
    return sampler.variant_of == "pool" and sampler.options.get("reuse") is True


def skipped(report: Inputs) -> str:
    """The samplers that could not run on this machine, by the reason."""
    groups: dict[str, list[str]] = {}
    for s in by_status(report, "skipped"):
        reason = (s.unavailable or "").replace(s.name, "the strategy")
        groups.setdefault(reason, []).append(f"`{s.display_name}`")
    return " ".join(f"{listed(names)}: {reason}." for reason, names in groups.items())


def refused(report: Inputs) -> str:
    """The samplers that refuse a distribution, with the reason; that is no failure."""
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in report.checks:
        if check.refused:
            groups.setdefault((check.sampler, check.reason), []).append(check)
    return " ".join(
        f"`{report.label(name)}` on {where(checks)}: {reason}." for (name, reason), checks in groups.items()
    )


def unchecked(report: Inputs) -> str:
    """The samplers that were timed but not checked."""
    names = [f"`{s.display_name}`" for s in by_status(report, "unchecked")]
    return f"{listed(names)} had no fidelity check, so cannot win." if names else ""


def broken(report: Inputs) -> str:
    """The benchmarks that failed."""
    failed = [
        f"`{s.display_name}` on `{w.name}`"
        for s in report.samplers
        for w in report.workloads
        if report.ns(s.name, w.name).failed and s.unavailable is None
    ]
    return f"the benchmark failed for {listed(failed)}." if failed else ""


def unsteady(report: Inputs) -> str:
    """A warning that other programs disturbed the times; empty if nothing shows that they did."""
    text = warning(report)
    return f"{text} Stop other programs and measure again before you compare times." if text else ""


def by_status(report: Inputs, status: str) -> list[Sampler]:
    """The samplers with a status, in the order of the report."""
    return [s for s in report.samplers if report.status(s.name) == status]
