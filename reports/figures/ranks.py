# SPDX-License-Identifier: MIT
"""The figure of observed and expected counts by rank, with residuals: the plot of post 004, made sensitive."""

from __future__ import annotations

import math
import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecFromSubplotSpec
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from benchmarks.checks import Check, Ranks, Sampler

from .. import units
from ..model import Report
from ..tables import STATUS_WORDS
from ..verdict import HEADLINE
from .style import Look, Picture, heading, log_ticks, looks, tidy

COLUMNS = 4
BAND = 4.9  # standard deviations of a normal variable: two-sided p = 1e-6, the threshold of the fidelity checks


def by_rank(report: Report) -> Picture | None:
    """Two panels per sampler: share of draws by rank, and (observed - expected) / sqrt(expected)."""
    checked = [w.name for w in report.checked()]
    if not checked:
        return None
    where = HEADLINE if HEADLINE in checked else checked[0]
    checks = {s.name: next(iter(report.checks_of(s.name, where)), None) for s in report.compared}
    ranks = [c.ranks for c in checks.values() if c and c.ranks]
    if not ranks:
        return None
    style = looks(report)
    n_rows = math.ceil(len(report.compared) / COLUMNS)
    # The margins are in inches, so that all panels have the same size. A constrained layout would not ensure that.
    height = 1.1 + 2.6 * n_rows
    figure = Figure(figsize=(10, height))
    grid = figure.add_gridspec(
        n_rows, COLUMNS, left=0.075, right=0.99, top=1 - 0.8 / height, bottom=0.5 / height, wspace=0.12, hspace=0.32
    )
    limits = Limits(ranks)
    for i, sampler in enumerate(report.compared):
        inner = GridSpecFromSubplotSpec(2, 1, grid[divmod(i, COLUMNS)], height_ratios=(2, 1.25), hspace=0.08)
        top = figure.add_subplot(inner[0])
        below = figure.add_subplot(inner[1], sharex=top)
        draw(top, below, report, sampler, checks[sampler.name], style[sampler.name], limits)
        decorate(top, below, limits, left=i % COLUMNS == 0, bottom=i + COLUMNS >= len(report.compared))
    title = rank_title(report, checks, where)
    heading(figure, title, 110)
    return Picture(
        "ranks",
        title,
        f"Two panels per sampler for {where}: share of draws by rank of probability on log-log axes, with the expected "
        f"share, and residuals in standard deviations. {title}.",
        f"Workload {where}. Horizontal: ids ranked by probability (1 = most frequent), in bins of ranks. Upper panel: "
        "share of the draws per id; the grey line is the expected share. Lower panel: (observed − expected) / "
        f"√expected, on a linear scale within the grey band (±{BAND}, p = 1e-6) and on a log scale outside. For draws "
        "without replacement the expected counts are the exact inclusion probabilities, and √expected is larger than "
        "the standard deviation.",
        "python -m benchmarks.fidelity",
        figure,
        860,
    )


class Limits:
    """Common axis limits of all panels."""

    def __init__(self, ranks: list[Ranks]) -> None:
        shares = [y for r in ranks for y in (*share(r, r.expected), *share(r, r.observed)) if y > 0]
        self.last = max(r.last[-1] for r in ranks)
        self.low, self.high = min(shares) / 3, max(shares) * 3
        extreme = max(abs(z) for r in ranks for z in residuals(r))
        self.decade = 10 ** max(1, math.ceil(math.log10(max(extreme, 1.0) * 1.05)))


def share(ranks: Ranks, counts: tuple[float, ...] | tuple[int, ...]) -> list[float]:
    """The share of all draws per id, for each bin."""
    total = sum(ranks.expected)
    return [c / total / (b - a + 1) for a, b, c in zip(ranks.first, ranks.last, counts, strict=True)]


def residuals(ranks: Ranks) -> list[float]:
    """The residual of each bin, in standard deviations of a Poisson count."""
    pairs = zip(ranks.observed, ranks.expected, strict=True)
    return [(o - e) / math.sqrt(e) if e > 0 else 0.0 for o, e in pairs]


def draw(
    top: Axes, below: Axes, report: Report, sampler: Sampler, check: Check | None, look: Look, limits: Limits
) -> None:
    """Draw the panels of a sampler; if there are no counts, write the reason."""
    verdict = STATUS_WORDS[report.status(sampler.name)]
    if check is not None:
        verdict = "refused" if check.refused else "pass" if check.passed else "FAIL"
        worst = check.worst
        if worst and not check.error:
            verdict += f", p {units.probability(worst.p_adjusted)}" if check.passed else f": {worst.name}"
    top.set_title(f"{sampler.display_name}\n", fontsize=8, fontweight="bold", loc="left", pad=5)
    colour = "#b3261e" if check is not None and check.failed else "#555555"
    top.text(0, 1.03, verdict, transform=top.transAxes, fontsize=8, color=colour, va="bottom")
    if check is None or check.ranks is None:
        reason = report.refusal(sampler.name, check.workload) if check else None
        reason = reason or (check.error if check else None) or sampler.unavailable or "not checked on this workload"
        top.text(
            0.5,
            0.5,
            textwrap.fill(reason, 26),
            transform=top.transAxes,
            ha="center",
            va="center",
            fontsize=8,
            color="#666666",
        )
        return
    ranks = check.ranks
    x = [math.sqrt(a * b) for a, b in zip(ranks.first, ranks.last, strict=True)]
    top.plot(x, share(ranks, ranks.expected), color="#9a9a9a", linewidth=3, solid_capstyle="round", zorder=1)
    small = look.point | {"markersize": 3, "markeredgewidth": 0.8}
    seen = [(a, y) for a, y in zip(x, share(ranks, ranks.observed), strict=True) if y > 0]
    top.plot([a for a, _ in seen], [y for _, y in seen], **small)
    below.axhspan(-BAND, BAND, color="#ececec", zorder=0)
    below.axhline(0, color="#bbbbbb", linewidth=0.8)
    below.plot(x, residuals(ranks), **small)


def decorate(top: Axes, below: Axes, limits: Limits, left: bool, bottom: bool) -> None:
    """Set the common limits, with tick labels only at the edge of the grid."""
    for axes in (top, below):
        tidy(axes)
        axes.set_xscale("log")
        axes.set_xlim(0.7, limits.last * 1.4)
        log_ticks(axes.xaxis, lambda rank: units.significant(rank, 1), few=True)
        axes.tick_params(labelsize=7.5, labelleft=left)
    top.set_yscale("log")
    top.set_ylim(limits.low, limits.high)
    top.yaxis.set_major_locator(LogLocator(base=100, numticks=9))
    top.yaxis.set_minor_formatter(NullFormatter())
    top.tick_params(labelbottom=False)
    below.set_yscale("symlog", linthresh=BAND, linscale=1.0)
    below.set_ylim(-limits.decade, limits.decade)
    below.yaxis.set_major_locator(FixedLocator([-limits.decade, -BAND, 0, BAND, limits.decade]))
    below.yaxis.set_minor_locator(NullLocator())
    below.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+,.3g}" if v else "0"))
    below.tick_params(labelbottom=bottom)
    if left:
        top.set_ylabel("share per id", fontsize=8)
        below.set_ylabel("residual, σ", fontsize=8)
    if bottom:
        below.set_xlabel("rank", fontsize=8)


def rank_title(report: Report, checks: dict[str, Check | None], where: str) -> str:
    """How many samplers pass on the workload, and which fail."""
    checked = [c for c in checks.values() if c is not None and not c.refused]
    passed = sum(c.passed for c in checked)
    failed = [report.label(c.sampler) for c in checked if not c.passed]
    text = f"{passed} of {len(checked)} samplers pass every test on {where}"
    return text + (f"; {units.listed(failed)} {'does' if len(failed) == 1 else 'do'} not" if failed else "")
