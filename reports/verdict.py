# SPDX-License-Identifier: MIT
"""The verdict in words, computed from the numbers.

Names stand in backticks: Markdown as it is, code on the page, bare in the terminal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from .caveats import broken, not_faithful, refused, skipped, unchecked, unsteady
from .fidelity.words import ALARM, caught
from .model import Report, Workload
from .statistics import CONFIDENCE, Ratio
from .statistics import ratio as compare
from .units import an_id, count, listed, percent, ratio, scientific, significant

# What "real word counts" are here; without it the verdict speaks of the first workload that was timed.
HEADLINE = "english"
# A relative error of a table that no training run could ever notice.
EXACT = 1e-6
MODES = {True: "with replacement", False: "without replacement"}


@dataclass(frozen=True)
class Win:
    """The fastest faithful sampler of a workload and mode.

    Attributes
    ----------
    workload : Workload
    replacement : bool
    winner, runner_up, slowest : str or None
        Names; the last two None where the winner is alone.
    ns, runner_up_ns, slowest_ns : float or None
        Nanoseconds an id.
    margin : Ratio or None
        Time of the runner-up over that of the winner, with its bootstrap interval.
    overlap : bool
        Whether the quartiles of the first two overlap.
    """

    workload: Workload
    replacement: bool
    winner: str
    ns: float
    runner_up: str | None = None
    runner_up_ns: float | None = None
    slowest: str | None = None
    slowest_ns: float | None = None
    margin: Ratio | None = None
    overlap: bool = False

    @property
    def close(self) -> bool:
        """This run does not tell the first two apart: by their samples, by their quartiles where none were kept."""
        apart = None if self.margin is None else self.margin.told_apart
        return self.overlap if apart is None else not apart


@dataclass(frozen=True)
class Verdict:
    """A sentence to remember, and the paragraphs that go with it, each with a title."""

    headline: str
    paragraphs: tuple[tuple[str, str], ...]
    wins: tuple[Win, ...]

    def text(self) -> str:
        """For a terminal."""
        lines = [self.headline, *(f"{title}: {text}" for title, text in self.paragraphs)]
        return "\n".join(line.replace("`", "") for line in lines)


def verdict(report: Report) -> Verdict:
    """Compare the samplers that are what they claim to be."""
    wins = [w for workload in report.timed() for mode in MODES if (w := win(report, workload, mode))]
    paragraphs = [
        ("Unsteady", unsteady(report)),
        ("With replacement", of_mode(report, wins, True)),
        ("Without replacement", of_mode(report, wins, False)),
        ("Across vocabulary sizes", across_sizes(report, wins)),
        ("Beyond the checks", exactness(report, wins)),
        ("Not faithful", not_faithful(report)),
        ("The tests themselves", caught(report.mutants)),
        ("Refused", refused(report)),
        ("Skipped", skipped(report)),
        ("No verdict", unchecked(report)),
        ("Broken", broken(report)),
    ]
    paragraphs.sort(key=lambda one: ALARM not in one[1])  # a missed broken sampler puts all else in doubt
    return Verdict(headline(report, wins), tuple((t, x) for t, x in paragraphs if x), tuple(wins))


def win(report: Report, workload: Workload, replacement: bool) -> Win | None:
    """The ranking of one workload and mode; None when no faithful sampler was timed."""
    timed = rivals(report, workload, replacement)
    if not timed:
        return None
    first, *others = timed
    if not others:
        return Win(workload, replacement, first, timed[first])
    a, b = report.ns(first, workload.name), report.ns(others[0], workload.name)
    overlap = a.q75 is not None and b.q25 is not None and a.q75 >= b.q25
    return Win(
        workload,
        replacement,
        first,
        timed[first],
        others[0],
        timed[others[0]],
        others[-1],
        timed[others[-1]],
        compare(b, a),
        overlap,
    )


def rivals(report: Report, workload: Workload, replacement: bool) -> dict[str, float]:
    """Nanoseconds an id of the samplers that may win, fastest first."""
    able = [s.name for s in report.samplers if s.replacement is replacement]
    able = [name for name in able if report.eligible(name, workload.name)]
    timed = {name: value for name in able if (value := report.ns(name, workload.name).value) is not None}
    return dict(sorted(timed.items(), key=lambda one: one[1]))


def home(report: Report) -> Workload | None:
    """The workload that the headline is about."""
    timed = report.timed()
    return next((w for w in timed if w.name == HEADLINE), timed[0] if timed else None)


def place(workload: Workload) -> str:
    """A workload in words."""
    size = f" ({count(workload.V)} ids)" if workload.V else ""
    real = "real English word counts" if workload.name == HEADLINE else f"`{workload.name}`"
    return f"{real}{size}"


def headline(report: Report, wins: list[Win]) -> str:
    """Who is fastest with replacement, which is what training loops draw; else without."""
    at = home(report)
    if at is None:
        return "Nothing was timed: there is no winner."
    best = next((w for mode in MODES for w in wins if w.workload == at and w.replacement is mode), None)
    if best is None:
        return f"No sampler that passes every fidelity check was timed on {place(at)}: there is no winner."
    if best.close and best.runner_up:
        both = f"`{report.label(best.winner)}` and `{report.label(best.runner_up)}`"
        return (
            f"{both} are the fastest faithful samplers on {place(at)}, too close to call: "
            f"{an_id(best.ns)} and {an_id(best.runner_up_ns)} an id {MODES[best.replacement]}."
        )
    return (
        f"`{report.label(best.winner)}` is the fastest faithful sampler on {place(at)}: {an_id(best.ns)} an id "
        f"{MODES[best.replacement]}."
    )


def of_mode(report: Report, wins: list[Win], replacement: bool) -> str:
    """The winner of a kind of draw against the next one, the last one, and the other kind."""
    at = home(report)
    here = {w.replacement: w for w in wins if w.workload == at}
    if at is None or replacement not in here:
        return "no faithful sampler was timed." if at else ""
    best, other = here[replacement], here.get(not replacement)
    text = f"`{report.label(best.winner)}` takes {an_id(best.ns)} an id: {ahead_of(report, best)}"
    text += ahead_of_sequential(report, best)
    if best.slowest and best.slowest_ns and best.slowest != best.runner_up:
        gap = ratio(best.slowest_ns / best.ns)
        text += f", {gap} times faster than the slowest of its kind, `{report.label(best.slowest)}`"
    if other is None:
        return f"{text}."
    slow, slow_ns = other.slowest or other.winner, other.slowest_ns or other.ns
    if slow_ns > (best.slowest_ns or best.ns):
        gap = ratio(slow_ns / best.ns)
        text += f", and {gap} times faster than `{report.label(slow)}`, which draws {MODES[not replacement]}"
    if not replacement:
        gap = ratio(best.ns / other.ns)
        text += f". Distinct ids cost {gap} times what the fastest draw with replacement costs, as far as measured here"
    return f"{text}."


def ahead_of(report: Report, best: Win) -> str:
    """The distance to the next one, or that there is none to speak of."""
    if best.runner_up is None or best.runner_up_ns is None:
        return "the only faithful one that was timed"
    span, runner_up = best.margin.span if best.margin else "", f"`{report.label(best.runner_up)}`"
    if best.close:
        why = f"the ratio of their times may be {span}" if span else "their quartiles overlap"
        return f"too close to call against the runner-up {runner_up} ({an_id(best.runner_up_ns)}): {why}"
    interval = f" ({percent(CONFIDENCE)} interval {span})" if span else ""
    return f"{ratio(best.runner_up_ns / best.ns)} times faster than the runner-up {runner_up}{interval}"


def ahead_of_sequential(report: Report, best: Win) -> str:
    """How far a positional winner is ahead of those that must draw one row after the other."""
    positional = {s.name: s.positional for s in report.samplers}
    if positional[best.winner] is not True:
        return ""
    timed = rivals(report, best.workload, best.replacement)
    peer = next((name for name in timed if positional[name] is False), None)
    if peer is None or peer == best.runner_up:
        return ""
    gap = ratio(timed[peer] / best.ns)
    return f", {gap} times faster than the fastest sampler that is not positional, `{report.label(peer)}`"


def across_sizes(report: Report, wins: list[Win]) -> str:
    """How the winner depends on V, over the largest family of workloads that differ in V alone."""
    sentences, sizes = [], family([w.workload for w in wins])
    for mode, words in MODES.items():
        chain = sorted(
            (w for w in wins if w.replacement is mode and w.workload.name in sizes),
            key=lambda w: w.workload.V or 0,
        )
        if len(chain) < 2:
            continue
        runs = [list(group) for _, group in groupby(chain, key=lambda w: w.winner)]
        spans = [f"`{report.label(run[0].winner)}` {span(run)}" for run in runs]
        change = "the same one wins at every size: " if len(runs) == 1 else "the winner changes with V: "
        sentences.append(f"{words}, {change}{listed(spans)}.")
    return " ".join(s[0].upper() + s[1:] for s in sentences)


def span(run: list[Win]) -> str:
    """Sizes and times of a run of wins."""
    first, last = run[0], run[-1]
    if first is last:
        return f"at V = {count(first.workload.V)} ({an_id(first.ns)})"
    start = f"from V = {count(first.workload.V)} ({an_id(first.ns)})"
    return f"{start} to {count(last.workload.V)} ({an_id(last.ns)})"


def family(workloads: list[Workload]) -> list[str]:
    """Names of the workloads that share a stem and differ in their size: ``stem_100, stem_1e4, ...``."""
    stems: dict[str, list[str]] = {}
    for workload in dict.fromkeys(workloads):
        match = re.fullmatch(r"(.+)_\d+(?:e\d+)?", workload.name)
        if match and workload.V:
            stems.setdefault(match[1], []).append(workload.name)
    return max(stems.values(), key=len, default=[])


def exactness(report: Report, wins: list[Win]) -> str:
    """What the tests on draws could not see: errors that the winners' tables hold by construction."""
    sentences = []
    for win in wins:
        audit = next((c.audit for c in report.checks_of(win.winner, win.workload.name) if c.audit), None)
        if win.workload != home(report) or audit is None or audit.max_relative_error is None:
            continue
        worst, table = audit.max_relative_error, f"read back from its table, `{report.label(win.winner)}`"
        if worst < EXACT:
            sentences.append(f"{table} gives every id its share to within {worst:.0e}.")
            continue
        draws = f"; {scientific(audit.draws_to_notice)} draws would show it" if audit.draws_to_notice else ""
        share = f"up to {significant(100 * worst, 2)} % more or less than their share{draws}"
        sentences.append(f"the checks passed, yet {table} gives single ids {share}.")
    return " ".join(s[0].upper() + s[1:] for s in sentences)
