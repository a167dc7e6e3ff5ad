# SPDX-License-Identifier: MIT
"""The verdict of the report in words, computed from the numbers.

Names are in backticks, which become code in Markdown and on the page, and are removed in the terminal.
"""

from __future__ import annotations

import re
from itertools import groupby

from benchmarks.checks import Workload

from . import lasting
from .caveats import broken, not_faithful, refused, skipped, unchecked, unsteady
from .derived import Verdict, Win
from .fidelity.words import ALARM, caught
from .model import Inputs
from .statistics import CONFIDENCE
from .statistics import ratio as compare
from .units import count, listed, per_id, percent, ratio, scientific, significant

# The workload of the headline. If it was not timed, the headline is about the first timed workload.
HEADLINE = "english"
# If the relative error of a table is smaller, no training run can detect it.
EXACT = 1e-6
MODES = {True: "with replacement", False: "without replacement"}


def verdict(report: Inputs) -> Verdict:
    """Compare the faithful samplers."""
    wins = [w for workload in report.timed() for mode in MODES if (w := win(report, workload, mode))]
    paragraphs = [
        ("Unsteady", unsteady(report)),
        ("With replacement", of_mode(report, wins, True)),
        ("Without replacement", of_mode(report, wins, False)),
        ("Across vocabulary sizes", across_sizes(report, wins)),
        ("Exact errors of the tables", exactness(report, wins)),
        ("Not faithful", not_faithful(report)),
        ("Test of the tests", caught(report.mutants)),
        ("Refused", refused(report)),
        ("Skipped", skipped(report)),
        ("Not checked", unchecked(report)),
        ("Failed benchmarks", broken(report)),
    ]
    # A broken sampler that was not caught comes first, because it puts all other results in doubt.
    paragraphs.sort(key=lambda paragraph: ALARM not in paragraph[1])
    return Verdict(*headline(report, wins), tuple((t, x) for t, x in paragraphs if x), tuple(wins))


def win(report: Inputs, workload: Workload, replacement: bool) -> Win | None:
    """The winner of a workload and mode; None if no faithful sampler was timed."""
    timed = rivals(report, workload, replacement)
    if not timed:
        return None
    first, *losers = timed
    if not losers:
        return Win(workload, replacement, first, timed[first])
    second, slowest = losers[0], losers[-1]
    a, b = report.ns(first, workload.name), report.ns(second, workload.name)
    return Win(
        workload,
        replacement,
        winner=first,
        ns=timed[first],
        runner_up=second,
        runner_up_ns=timed[second],
        slowest=slowest,
        slowest_ns=timed[slowest],
        margin=compare(b, a),
        overlap=a.q75 is not None and b.q25 is not None and a.q75 >= b.q25,
    )


def rivals(report: Inputs, workload: Workload, replacement: bool) -> dict[str, float]:
    """Nanoseconds per id of the samplers that may win, fastest first."""
    able = [s.name for s in report.samplers if s.replacement is replacement]
    able = [name for name in able if report.eligible(name, workload.name)]
    timed = {name: value for name in able if (value := report.ns(name, workload.name).value) is not None}
    return dict(sorted(timed.items(), key=lambda item: item[1]))


def home(report: Inputs) -> Workload | None:
    """The workload of the headline; None if nothing was timed."""
    timed = report.timed()
    return next((w for w in timed if w.name == HEADLINE), timed[0] if timed else None)


def place(workload: Workload) -> str:
    """A workload in words."""
    size = f" ({count(workload.V)} ids)" if workload.V else ""
    real = "real English word counts" if workload.name == HEADLINE else f"`{workload.name}`"
    return f"{real}{size}"


def headline(report: Inputs, wins: list[Win]) -> tuple[str, str]:
    """The winner with replacement, because training loops draw so; if there is none, the winner without.

    Returns
    -------
    str, str
        The headline, and the sentences below it.
    """
    workload = home(report)
    if workload is None:
        return "Nothing was timed: there is no winner.", ""
    best = next((w for mode in MODES for w in wins if w.workload == workload and w.replacement is mode), None)
    if best is None:
        return f"No sampler that passes every fidelity check was timed on {place(workload)}: there is no winner.", ""
    found = holds(report, best)
    title = lasting.headline(report, found, place(workload), MODES[best.replacement])
    return title, lasting.beside(report, workload, found)


def holds(report: Inputs, best: Win) -> lasting.Lasting:
    """What of a win the next run confirms."""
    timed = rivals(report, best.workload, best.replacement)
    return lasting.lasting(report, best.workload, best.replacement, timed)


def of_mode(report: Inputs, wins: list[Win], replacement: bool) -> str:
    """The winner of a mode, compared with the runner-up, the slowest sampler, and the other mode."""
    workload = home(report)
    by_mode = {w.replacement: w for w in wins if w.workload == workload}
    if workload is None or replacement not in by_mode:
        return "no faithful sampler was timed." if workload else ""
    best, other_mode = by_mode[replacement], by_mode.get(not replacement)
    text = f"`{report.label(best.winner)}` takes {per_id(best.ns)} per id: {ahead_of(report, best)}"
    text += ahead_of_sequential(report, best)
    if best.slowest and best.slowest_ns and best.slowest != best.runner_up:
        gap = ratio(best.slowest_ns / best.ns)
        text += f", and {gap} times faster than the slowest sampler of this mode, `{report.label(best.slowest)}`"
    text += "."
    if other_mode is None:
        return text
    slowest, slowest_ns = other_mode.slowest or other_mode.winner, other_mode.slowest_ns or other_mode.ns
    if slowest_ns > (best.slowest_ns or best.ns):
        gap = ratio(slowest_ns / best.ns)
        text += f" It is {gap} times faster than `{report.label(slowest)}`, which draws {MODES[not replacement]}."
    if not replacement:
        gap = ratio(best.ns / other_mode.ns)
        text += f" It takes {gap} times the time of the fastest draw with replacement."
    return text


def ahead_of(report: Inputs, best: Win) -> str:
    """The ratio to the runner-up, or that there is none, or that the difference is not significant."""
    if best.runner_up is None or best.runner_up_ns is None:
        return "the only faithful sampler that was timed"
    span, runner_up = best.margin.span if best.margin else "", f"`{report.label(best.runner_up)}`"
    if best.close:
        why = f"the {percent(CONFIDENCE)} interval of the ratio is {span}" if span else "their quartiles overlap"
        return f"too close to call against the runner-up {runner_up} ({per_id(best.runner_up_ns)}): {why}"
    interval = f" ({percent(CONFIDENCE)} interval {span})" if span else ""
    doubt = ", which another run may reverse" if len(holds(report, best).leaders) > 1 else ""
    return f"{ratio(best.runner_up_ns / best.ns)} times faster than the runner-up {runner_up}{interval}{doubt}"


def ahead_of_sequential(report: Inputs, best: Win) -> str:
    """The ratio of the fastest sequential sampler to a positional winner; "" if it does not apply."""
    positional = {s.name: s.positional for s in report.samplers}
    if positional[best.winner] is not True:
        return ""
    timed = rivals(report, best.workload, best.replacement)
    peer = next((name for name in timed if positional[name] is False), None)
    if peer is None or peer == best.runner_up:
        return ""
    gap = ratio(timed[peer] / best.ns)
    return f", {gap} times faster than the fastest sampler that is not positional, `{report.label(peer)}`"


def across_sizes(report: Inputs, wins: list[Win]) -> str:
    """How the winner depends on V, over the largest family of workloads that differ only in V."""
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
        change = "the same sampler wins at every V: " if len(runs) == 1 else "the winner changes with V: "
        sentences.append(f"{words}, {change}{listed(spans)}{reversible(report, chain)}.")
    return " ".join(s[0].upper() + s[1:] for s in sentences)


def reversible(report: Inputs, chain: list[Win]) -> str:
    """At which V another run may name another winner; "" if nowhere."""
    sizes = [count(w.workload.V) for w in chain if len(holds(report, w).leaders) > 1]
    return f"; at V = {listed(sizes)} another run may name another one" if sizes else ""


def span(run: list[Win]) -> str:
    """The values of V and the times of consecutive wins of one sampler."""
    first, last = run[0], run[-1]
    if first is last:
        return f"at V = {count(first.workload.V)} ({per_id(first.ns)})"
    start = f"from V = {count(first.workload.V)} ({per_id(first.ns)})"
    return f"{start} to {count(last.workload.V)} ({per_id(last.ns)})"


def family(workloads: list[Workload]) -> list[str]:
    """The names of the largest group of workloads that differ only in V: ``stem_100, stem_1e4, ...``."""
    stems: dict[str, list[str]] = {}
    for workload in dict.fromkeys(workloads):
        match = re.fullmatch(r"(.+)_\d+(?:e\d+)?", workload.name)
        if match and workload.V:
            stems.setdefault(match[1], []).append(workload.name)
    return max(stems.values(), key=len, default=[])


def exactness(report: Inputs, wins: list[Win]) -> str:
    """The exact errors of the winners' tables, which are too small for tests on draws."""
    sentences = []
    for win in wins:
        audit = next((c.audit for c in report.checks_of(win.winner, win.workload.name) if c.audit), None)
        if win.workload != home(report) or audit is None or audit.max_relative_error is None:
            continue
        worst = audit.max_relative_error
        where = f"the largest relative error of a probability in the table of `{report.label(win.winner)}` is"
        if worst < EXACT:
            sentences.append(f"{where} {worst:.0e}.")
            continue
        draws = f"; {scientific(audit.draws_to_notice)} draws would detect it" if audit.draws_to_notice else ""
        sentences.append(f"the checks passed, but {where} {significant(100 * worst, 2)} %{draws}.")
    return " ".join(s[0].upper() + s[1:] for s in sentences)
