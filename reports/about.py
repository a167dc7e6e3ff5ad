# SPDX-License-Identifier: MIT
"""The last section: where the numbers come from, the workloads, and the commands that measure them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import tables, units
from .commands import sources
from .figures.style import Picture
from .model import Report
from .sections.section import Block, Heading, Pairs, Section, Shown, Text

NAMES = {"cpu": "processor", "ram_gib": "memory, GiB", "os": "system", "python": "Python", "simd": "kernels"}
LIMITS = (
    "The checks cannot detect a bias that is smaller than the stated one. The only dependences that they test are "
    "between columns, between neighbouring rows, between streams, and repeated windows of ids.",
    "Samplers with the same generator draw the same numbers from one seed. If their p-values are equal, they are not "
    "independent evidence.",
    "Workloads without a fidelity result were timed, but not checked. Their samplers can win if they pass on all other "
    "workloads.",
)


def about(report: Report, pictures: Sequence[Picture]) -> Section:
    """The section; the list of commands has an entry for each picture that was drawn."""
    commands: tuple[Block, ...] = (
        Heading("Commands for each figure"),
        Text("Run the command of a figure, then `python -m reports`."),
        Pairs("facts", lambda report: [(name, f"`{command}`") for name, command in sources(report, pictures)]),
    )
    return Section(
        key="about",
        title="How this was made",
        link="How it was made",
        finding=made,
        blocks=(
            Pairs("facts", facts),
            Heading("Workloads"),
            Text("The weights of the noise distribution are counts ** 0.75, if the line states no other exponent."),
            Shown("workloads", "Workloads", tables.workloads),
            *(() if report.few else commands),
            Heading("Limits of the checks"),
            Text(lambda report: LIMITS),
        ),
    )


def made(report: Report) -> str:
    """The processor, the day and the commit of the times, as a sentence."""
    origin = report.origin
    where = f" on {origin.environment['cpu']}" if "cpu" in origin.environment else ""
    when = f" on {origin.measured}" if origin.measured else ""
    commit = f" at commit {origin.commit[:8]}" if origin.commit else ""
    changed = " with uncommitted changes" if origin.dirty else ""
    return f"The times were measured{when}{where}{commit}{changed}; {origin.command} does it again."


def facts(report: Report) -> list[tuple[str, str]]:
    """Names and values of the origin: command, commit, machine and versions."""
    origin = report.origin
    commit = origin.commit or "unknown"
    commit += " with uncommitted changes" if origin.dirty else ""
    pairs = [("command", origin.command), ("commit", commit)]
    if origin.fidelity_commit != origin.commit:
        pairs.append(("commit checked", f"{origin.fidelity_commit or 'unknown'}: not the commit that was timed"))
    pairs += [("timed at", origin.measured or "unknown"), ("fidelity checks", origin.fidelity_command)]
    if origin.seed is not None:
        pairs.append(("seed", str(origin.seed)))
    pairs += [
        (NAMES.get(key, key), units.caches(value) if isinstance(value, Mapping) else str(value))
        for key, value in origin.environment.items()
    ]
    return [*pairs, ("packages", ", ".join(f"{name} {version}" for name, version in origin.packages.items()))]
