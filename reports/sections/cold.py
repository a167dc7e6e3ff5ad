# SPDX-License-Identifier: MIT
"""The section on single calls: warm, with evicted caches, and within a training step."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from matplotlib.ticker import FuncFormatter

from .. import units
from ..asv_results import COLD
from ..figures.style import Picture, canvas, heading, joined, log_axis
from ..model import Report
from ..statistics import Measurement
from ..tables import Cell, Column, Table, by_column, labels, words
from .section import Drawn, Section, Shown, Text

WARM, TRAINING = "warm", "training step"
# The states in the order of the benchmark, and how each is drawn.
STATES: dict[str, Any] = {
    WARM: {"marker": "o", "color": "#0072B2"},
    "L2 evicted": {"marker": "s", "color": "#009E73", "markerfacecolor": "white"},
    "all caches evicted": {"marker": "D", "color": "#D55E00", "markerfacecolor": "white"},
    TRAINING: {"marker": "^", "color": "#000000"},
}
MISSING = "No single calls were measured in this run."

Line = tuple[int, str]  # V and the sampler


def lines(report: Report) -> dict[Line, dict[str, Measurement]]:
    """The measured nanoseconds per id by V and sampler, and by state."""
    found: dict[Line, dict[str, Measurement]] = {}
    ids = math.prod(call(report))
    for (name, n_ids, state), cell in report.axes.get(COLD, {}).items():
        if lower(cell) is not None:
            found.setdefault((int(n_ids), str(name)), {})[str(state)] = cell.scaled(1e9 / ids)
    return dict(sorted(found.items(), key=lambda item: (item[0][0], lower(item[1].get(WARM)) or 0.0)))


def call(report: Report) -> tuple[int, int]:
    """Rows and k of the timed call."""
    return report.question(COLD).call((), None)


def lower(cell: Measurement | None) -> float | None:
    """The lower quartile: what a call takes if no other program disturbs it."""
    return None if cell is None or cell.value is None else cell.q25


def fastest(report: Report, n_ids: int, state: str) -> str | None:
    """The faithful sampler with the shortest time at a V in a state."""
    times = {
        name: ns
        for (size, name), cells in lines(report).items()
        if size == n_ids and report.status(name) == "pass" and (ns := lower(cells.get(state))) is not None
    }
    return min(times, key=lambda name: times[name], default=None)


def finding(report: Report) -> list[str]:
    """For each V: the fastest sampler in a training step, and how much slower it and its rivals are than warm."""
    sentences = [text for size in dict.fromkeys(size for size, _ in lines(report)) for text in at(report, size)]
    return sentences or [MISSING]


def at(report: Report, n_ids: int) -> list[str]:
    """The sentence of one V; none if no faithful sampler was measured both warm and in a training step."""
    warm, training = (fastest(report, n_ids, state) for state in (WARM, TRAINING))
    if warm is None or training is None:
        return []
    cells = lines(report)[n_ids, training]
    text = f"V = {units.count(n_ids)}: `{report.label(training)}` is the fastest in a training step, with "
    text += f"{units.per_id(lower(cells[TRAINING]))} per id"
    text += f" ({units.per_id(lower(cells.get(WARM)))} warm)" if lower(cells.get(WARM)) else ""
    text += f"; warm, the fastest is `{report.label(warm)}`" if warm != training else ""
    return [f"{text}.", *rival(report, n_ids, training)]


def rival(report: Report, n_ids: int, winner: str) -> list[str]:
    """How many times longer the slowest sampler takes than the winner, warm and in a training step."""
    own = lines(report)[n_ids, winner]
    ratios = {
        name: (warm / (lower(own.get(WARM)) or warm), training / (lower(own[TRAINING]) or training))
        for (size, name), cells in lines(report).items()
        if size == n_ids
        and name != winner
        and (warm := lower(cells.get(WARM))) is not None
        and (training := lower(cells.get(TRAINING))) is not None
    }
    if not ratios or WARM not in own:
        return []
    name = max(ratios, key=lambda name: ratios[name][1])
    of_warm, of_training = map(units.ratio, ratios[name])
    label = report.label(name)
    return [f"There `{label}` takes {of_training} times as long, and {of_warm} times as long if both are warm."]


def headline(report: Report) -> str:
    """The sentence of the largest V."""
    found = [at(report, size) for size in dict.fromkeys(size for size, _ in lines(report))]
    return next((sentences[0] for sentences in reversed(found) if sentences), MISSING)


def introduction(report: Report) -> str:
    """What is timed."""
    return (
        "The other times of this report are of repeated calls, whose code and tables are in the caches. In a training "
        "loop, the model has filled the caches between two calls. Here each call of "
        "`sample({}, {})` is timed alone: warm, after the L2 or all caches were filled with other data, and within a "
        "training step of word2vec in torch (two tables of V vectors of 100 numbers)."
    ).format(*call(report))


def paragraph(report: Report) -> str:
    """The finding as one paragraph."""
    return " ".join(finding(report))


def table(report: Report) -> Table | None:
    """One row per V and sampler, one column per state; None if nothing was measured."""
    found = lines(report)
    if not found:
        return None
    return by_column(
        (words("sampler"), labels(report, (name for _, name in found))),
        (Column("V"), [Cell(units.count(size), sort=float(size)) for size, _ in found]),
        *((Column(state, "ns per id"), [time_cell(report, line, state) for line in found]) for state in STATES),
        (Column(TRAINING, "÷ warm"), [growth(cells) for cells in found.values()]),
        notes=(NOTE,),
    )


def absent(found: dict[Line, dict[str, Measurement]]) -> list[str]:
    """The samplers that were not timed at each V, although they were at another one."""
    names = dict.fromkeys(name for _, name in found)
    sizes = dict.fromkeys(size for size, _ in found)
    missing = {size: [f"`{name}`" for name in names if (size, name) not in found] for size in sizes}
    texts = [f"{units.listed(left)} at V = {units.count(size)}" for size, left in missing.items() if left]
    return [f"Not timed in single calls: {'; '.join(texts)}."] if texts else []


NOTE = (
    "Lower quartile of single calls, in processor time of the thread; below it the median and the upper quartile. "
    "Highlighted: the fastest faithful sampler at this V in this state."
)


def time_cell(report: Report, line: Line, state: str) -> Cell:
    """The lower quartile, and the spread above it."""
    cell = lines(report)[line].get(state)
    ns = lower(cell)
    if cell is None or ns is None or cell.value is None:
        return Cell(units.NONE)
    spread = units.between(units.ns(cell.value), units.ns(cell.q75)) if cell.q75 is not None else ""
    best = fastest(report, line[0], state) == line[1]
    return Cell(units.ns(ns), spread, ns, "best" if best else "")


def growth(cells: dict[str, Measurement]) -> Cell:
    """The time in a training step over the warm time."""
    warm, training = lower(cells.get(WARM)), lower(cells.get(TRAINING))
    if not warm or not training:
        return Cell(units.NONE)
    return Cell(units.times(training / warm), sort=training / warm)


def dots(report: Report) -> Picture | None:
    """A line per V and sampler, with a point for each state."""
    found = lines(report)
    if not found:
        return None
    figure = canvas(8, 1.5 + 0.3 * len(found))
    axes = figure.subplots()
    rows = {
        f"{report.label(name)}, V = {units.count(size)}": {
            state: lower(cell) or math.nan for state, cell in cells.items()
        }
        for (size, name), cells in found.items()
    }
    joined(figure, axes, rows, STATES)
    known = [lower(cell) for cells in found.values() for cell in cells.values()]
    log_axis(axes, known, "time per id (log scale; left is faster)", room=1.8)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: units.per_id(v, 1)))
    sizes = [size for size, _ in found]
    for y, (above, below) in enumerate(pairwise(sizes)):
        if above != below:
            axes.axhline(y + 0.5, color="#b0b0b0", linewidth=0.8)
    title = "One call of sample({}, {}): warm, and as a training loop finds it".format(*call(report))
    heading(figure, title, 88)
    return Picture("cold", title, alt(report, found), CAPTION, COLD, figure, 560)


CAPTION = (
    "Lower quartile of the time per id of single calls. The nearer the points of a line are to each other, the less a "
    "sampler depends on what is in the caches."
)


def alt(report: Report, found: dict[Line, dict[str, Measurement]]) -> str:
    """The figure in words."""
    listing = "; ".join(
        f"{report.label(name)} at V = {units.count(size)}: "
        + ", ".join(f"{state} {units.per_id(lower(cell))}" for state, cell in cells.items())
        for (size, name), cells in found.items()
    )
    return f"Dot plot, time per id on a log axis. {listing}."


def record(report: Report) -> list[dict[str, Any]]:
    """Each measured cell."""
    return [
        {"sampler": name, "V": size, "state": state} | cell.recorded("ns_per_id")
        for (size, name), cells in lines(report).items()
        for state, cell in cells.items()
    ]


SECTION = Section(
    key="cold",
    title="A call as training finds it",
    link="Cold calls",
    finding=headline,
    blocks=(
        Text(introduction),
        Text(paragraph),
        Drawn("cold", dots),
        Shown("cold-calls", "Time per id of single calls by sampler, V and what is in the caches", table),
    ),
    record=record,
)
