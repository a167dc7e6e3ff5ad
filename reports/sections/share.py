# SPDX-License-Identifier: MIT
"""The section on the share of a training step that is spent drawing."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from matplotlib.ticker import FixedLocator, FuncFormatter

from benchmarks.documents import SHARE, Header

from .. import units
from ..figures.style import Picture, canvas, heading, joined, log_axis
from ..model import Report, Source, recorded
from ..tables import Cell, Column, Table, by_column, labels, measured_elsewhere, words
from .section import Drawn, Section, Shown, Text

SLOW, ONE_CALL = "multinomial", "torch_one_call"
# One look for each optimiser, in the order of the benchmark.
LOOKS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "color": "#0072B2"},
    {"marker": "s", "color": "#D55E00", "markerfacecolor": "white"},
    {"marker": "D", "color": "#009E73", "markerfacecolor": "white"},
    {"marker": "^", "color": "#000000"},
)


@dataclass(frozen=True)
class Share:
    """How much of a training step a sampler takes with an optimiser; quartiles over the steps."""

    sampler: str
    optimiser: str
    share: float
    q25: float
    q75: float
    draw_us: float
    rest_us: float


@dataclass(frozen=True)
class Shares:
    """All shares, and the size of the step."""

    header: Header
    workload: str
    batch: int
    k: int
    dimensions: int
    results: tuple[Share, ...]

    @property
    def step(self) -> str:
        """The step in words."""
        return f"{self.batch:,} pairs, k = {self.k}, {self.dimensions} dimensions, {self.workload}"

    @property
    def optimisers(self) -> list[str]:
        """In the order of the file."""
        return list(dict.fromkeys(share.optimiser for share in self.results))

    @property
    def samplers(self) -> list[str]:
        """From the largest to the smallest share, in the mean over the optimisers."""
        names = dict.fromkeys(share.sampler for share in self.results)
        return sorted(names, key=lambda name: -sum(share.share for share in self.results if share.sampler == name))

    def of(self, sampler: str, optimiser: str) -> Share | None:
        """One share; None if it was not measured."""
        found = (s for s in self.results if (s.sampler, s.optimiser) == (sampler, optimiser))
        return next(found, None)

    def ratio(self, slow: str, fast: str, optimiser: str) -> float | None:
        """How many times longer a whole step takes with one sampler than with another; None if one is missing.

        The rest of the step is the median over all samplers, because it does not depend on them.
        """
        a, b = self.of(slow, optimiser), self.of(fast, optimiser)
        if a is None or b is None:
            return None
        rest = median(share.rest_us for share in self.results if share.optimiser == optimiser)
        return (a.draw_us + rest) / (b.draw_us + rest)


SOURCE = Source(SHARE, Shares)


def best(report: Report, found: Shares) -> str | None:
    """The faithful sampler with the smallest share."""
    return next((name for name in reversed(found.samplers) if report.status(name) == "pass"), None)


def span(found: Shares, sampler: str) -> str | None:
    """The smallest and the largest share of a sampler over the optimisers; None if it was not measured."""
    shares = [s.share for s in found.results if s.sampler == sampler]
    if not shares:
        return None
    return units.between(units.percent(min(shares)), units.percent(max(shares)))


@SOURCE.tells("The share of drawing was not measured")
def finding(report: Report, found: Shares) -> str:
    """The shares of the slowest, of torch in one call and of the fastest faithful sampler."""
    winner = best(report, found)
    names = [name for name in dict.fromkeys((SLOW, ONE_CALL, winner)) if name and span(found, name)]
    if not names:
        return "No sampler that this sentence compares was measured."
    told = [f"{span(found, name)} of a step with `{report.label(name)}`" for name in names]
    text = f"Drawing takes {units.listed(told)}"
    ratios = [r for o in found.optimisers if winner and (r := found.ratio(SLOW, winner, o)) is not None]
    if not ratios or winner == SLOW:
        return f"{text}."
    low, high = (units.ratio(edge(ratios)) for edge in (min, max))
    return f"{text}. With `{report.label(SLOW)}`, a whole step takes {low} to {high} times as long as with `{winner}`."


@SOURCE.shows
def table(report: Report, found: Shares) -> Table:
    """One row per sampler, one column per optimiser."""
    winner = best(report, found)
    note = (
        f"A step of {found.step}, in processor time of one thread; below the share, the time of a draw. The samplers "
        "take turns step by step. Highlighted: the faithful sampler with the smallest share."
    )
    return by_column(
        (words("sampler"), labels(report, found.samplers)),
        *(
            (
                Column(optimiser, "% of the step"),
                [cell(found, name, optimiser, name == winner) for name in found.samplers],
            )
            for optimiser in found.optimisers
        ),
        notes=(note, *measured_elsewhere(report, found.header)),
    )


def cell(found: Shares, sampler: str, optimiser: str, wins: bool) -> Cell:
    """A share, and the time of a draw."""
    share = found.of(sampler, optimiser)
    if share is None:
        return Cell(units.NONE)
    return Cell(units.percent(share.share), units.seconds(share.draw_us * 1e-6), share.share, "best" if wins else "")


@SOURCE.shows
def dots(report: Report, found: Shares) -> Picture:
    """A line per sampler, with a point for each optimiser."""
    figure = canvas(8, 1.6 + 0.29 * len(found.samplers))
    axes = figure.subplots()
    rows = {
        report.label(name): {o: 100 * s.share for o in found.optimisers if (s := found.of(name, o))}
        for name in found.samplers
    }
    joined(figure, axes, rows, {o: LOOKS[i % len(LOOKS)] for i, o in enumerate(found.optimisers)})
    log_axis(axes, [100 * s.share for s in found.results], "drawing, % of a training step (log scale)", room=1.5)
    axes.xaxis.set_major_locator(FixedLocator([0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g} %"))
    title = "How much of a training step of word2vec is spent drawing, with four optimisers"
    heading(figure, title, 88)
    listing = "; ".join(f"{report.label(name)} {span(found, name)}" for name in found.samplers)
    return Picture(
        "share",
        title,
        f"Dot plot, share of a training step on a log axis, over the optimisers. {listing}.",
        "A sampler at 50 % takes as long as all the rest of the step. The rest is shortest with SGD and sparse "
        "gradients, so that the share of a sampler is largest there.",
        SHARE.made_by,
        figure,
        560,
    )


@SOURCE.shows
def record(report: Report, found: Shares) -> dict[str, Any]:
    """All shares."""
    known = recorded(found)
    return {"results": known["results"], "step": found.step, "commit": known["commit"], "dirty": known["dirty"]}


SECTION = Section(
    key="share",
    title="How much of a training step is spent drawing",
    link="Share of a step",
    finding=finding,
    blocks=(
        Text(
            "A step of word2vec in torch: forward, backward and the optimiser. The faster the rest of it is, the "
            "more a slow sampler costs. If drawing takes one percent of a step, no faster sampler can make training "
            "faster by more than that. `torch.multinomial` in one call with replacement is what a user of torch would "
            "take in place of a loop."
        ),
        Drawn("share", dots),
        Shown("shares", "Share of a training step that is spent drawing, by sampler and optimiser", table),
    ),
    record=record,
    sources=(SOURCE,),
)
