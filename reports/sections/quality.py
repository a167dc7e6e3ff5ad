# SPDX-License-Identifier: MIT
"""The section on what the way of drawing negatives does to the vectors that are learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes

from benchmarks.documents import QUALITY, Header

from .. import units
from ..figures.style import COLOURS, FAINT, INK, Picture, backed, canvas, heading, tidy
from ..model import Report, Source, recorded
from ..tables import Cell, Column, Table, by_column, headings, measured_elsewhere, numbers, words
from .section import Drawn, Section, Shown, Text

DIGITS = 4
LOSS = "loss"


@dataclass(frozen=True)
class Corpus:
    """The text that was trained on."""

    name: str
    tokens: int
    V: int


@dataclass(frozen=True)
class Pairs:
    """A list of pairs of words: how many the vocabulary has, and how many there are."""

    known: int
    of: int


@dataclass(frozen=True)
class Run:
    """A training: its measures after each epoch."""

    way: str
    seed: int
    epochs: tuple[Mapping[str, float], ...]


@dataclass(frozen=True)
class Gap:
    """The difference of a way of drawing from the reference in a measure.

    Attributes
    ----------
    way, measure : str
    mean : float
    low, high : float or None
        The interval over the seeds; None for one seed.
    over_words : float or None
        The standard error over the pairs of words; None for the loss.
    """

    way: str
    measure: str
    mean: float
    low: float | None
    high: float | None
    over_words: float | None


@dataclass(frozen=True)
class Quality:
    """Trainings that differ in how negatives were drawn; `reference` is one of the ways."""

    header: Header
    corpus: Corpus
    lists: Mapping[str, Pairs]
    optimiser: str
    reference: str
    confidence: float
    seeds: int
    epochs: int
    runs: tuple[Run, ...]
    differences: tuple[Gap, ...]

    def __post_init__(self) -> None:
        if self.reference not in self.ways:
            raise ValueError(f"no run is of the reference {self.reference!r}")
        if not all(run.epochs and run.epochs[-1].keys() >= set(self.measures) for run in self.runs):
            raise ValueError(f"the last epoch of a run lacks one of {', '.join(self.measures)}")

    @property
    def ways(self) -> list[str]:
        """In the order of the runs."""
        return list(dict.fromkeys(run.way for run in self.runs))

    @property
    def measures(self) -> list[str]:
        """The loss, and the lists of pairs."""
        return [LOSS, *self.lists]

    def last(self, way: str, measure: str) -> dict[int, float]:
        """A measure after the last epoch, by seed."""
        return {run.seed: run.epochs[-1][measure] for run in self.runs if run.way == way}

    def mean(self, way: str, measure: str) -> float:
        """The mean of a measure over the seeds, after the last epoch."""
        return fmean(self.last(way, measure).values())

    def gap(self, way: str, measure: str) -> Gap | None:
        """One difference; None for the reference."""
        return next((gap for gap in self.differences if (gap.way, gap.measure) == (way, measure)), None)

    def each(self, gap: Gap) -> list[float]:
        """A difference within each seed."""
        reference = self.last(self.reference, gap.measure)
        return [value - reference[seed] for seed, value in self.last(gap.way, gap.measure).items()]


SOURCE = Source(QUALITY, Quality)


def signed(value: float) -> str:
    """A difference with its sign."""
    return f"{value:+.{DIGITS}f}".replace("-", "−")


def clear(gap: Gap) -> bool:
    """Whether the interval over the seeds excludes zero."""
    return gap.low is not None and gap.high is not None and (gap.low > 0 or gap.high < 0)


@SOURCE.tells("The quality of vectors was not measured")
def finding(report: Report, found: Quality) -> str:
    """A sentence for each way: which differences are clear."""
    sentences = [sentence(found, way) for way in found.ways if way != found.reference]
    return " ".join(sentences) or "One way of drawing was trained, and there is nothing to compare."


def sentence(found: Quality, way: str) -> str:
    """The differences of a way from the reference."""
    gaps = [gap for measure in found.measures if (gap := found.gap(way, measure)) is not None]
    if not gaps:
        return f"{capital(way)}: no seed was trained both ways."
    sure = [gap for gap in gaps if clear(gap)]
    told = units.listed([f"{gap.measure} {signed(gap.mean)}" for gap in sure or gaps])
    if sure:
        return f"{capital(way)} differs from {found.reference}: {told}."
    return f"{capital(way)} does not differ from {found.reference} beyond the spread of the seeds: {told}."


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


@SOURCE.shows
def table(report: Report, found: Quality) -> Table:
    """One row per way: the means, and the differences from the reference."""
    columns = []
    for measure in found.measures:
        known = found.lists.get(measure)
        below = "mean over seeds" if known is None else f"{known.known} of {known.of} pairs"
        means = numbers((found.mean(way, measure) for way in found.ways), lambda mean: f"{mean:.{DIGITS}f}")
        gaps = [gap_cell(found.gap(way, measure)) for way in found.ways]
        columns += [
            (Column(measure, below), means),
            (Column("difference", f"{units.percent(found.confidence)} interval"), gaps),
        ]
    return by_column((words("negatives"), headings(found.ways)), *columns, notes=notes(report, found))


def gap_cell(gap: Gap | None) -> Cell:
    """A difference with its interval and its standard error over the words."""
    if gap is None:
        return Cell(units.NONE)
    ends = "one seed" if gap.low is None or gap.high is None else f"{signed(gap.low)} to {signed(gap.high)}"
    words = "" if gap.over_words is None else f"\nwords ±{gap.over_words:.{DIGITS}f}"
    return Cell(signed(gap.mean), ends + words, gap.mean)


def notes(report: Report, found: Quality) -> tuple[str, ...]:
    """How it was measured."""
    corpus = found.corpus
    how = (
        f"{corpus.name}: {corpus.tokens:,} tokens, V = {corpus.V:,}. {found.optimiser}, epochs: {found.epochs}, seeds: "
        f"{found.seeds}. Trainings of a seed share initial weights and examples. Differences are paired by seed, on "
        "the same pairs of words; the interval is Student's over the seeds. Words: the standard error if other pairs "
        "of words had been asked. Agreement: Spearman's correlation of cosines with the scores that people gave."
    )
    return (how, *measured_elsewhere(report, found.header))


@SOURCE.shows
def differences(report: Report, found: Quality) -> Picture | None:
    """A panel per measure, a row per way: each seed, the mean and the interval."""
    ways = [way for way in found.ways if way != found.reference]
    if not found.differences:
        return None
    figure = canvas(10, 1.9 + 0.5 * len(ways))
    panels = figure.subplots(1, len(found.measures), sharey=True, squeeze=False)[0]
    for axes, measure in zip(panels, found.measures, strict=True):
        for y, way in enumerate(ways):
            gap = found.gap(way, measure)
            if gap is not None:
                draw(axes, y, gap, found.each(gap))
        decorate(axes, found, measure)
    panels[0].set_yticks(range(len(ways)), ways)
    panels[0].set_ylim(len(ways) - 0.5, -0.5)
    title = headline(found)
    heading(figure, title, 112)
    listing = "; ".join(f"{gap.way}, {gap.measure}: {signed(gap.mean)}" for gap in found.differences)
    return Picture(
        "quality",
        title,
        f"A panel for the training loss and for each list of pairs of words, with differences from {found.reference}. "
        f"{listing}.",
        f"Dots: a seed each. Diamond: the mean, with the {units.percent(found.confidence)} interval over the seeds"
        f" (none for one seed). Zero is {found.reference}. A lower loss is no better if it comes from easier "
        "negatives: a pool that is cycled has the same ids again and again, and lacks all others.",
        QUALITY.made_by,
        figure,
        760,
    )


def draw(axes: Axes, y: int, gap: Gap, each: list[float]) -> None:
    """The seeds of a way in a panel, the mean and the interval."""
    colour = COLOURS[y % len(COLOURS)]
    axes.plot(each, [y + 0.22] * len(each), linestyle="none", marker="o", color=colour, alpha=0.5, markersize=4)
    if gap.low is not None and gap.high is not None:
        axes.plot([gap.low, gap.high], [y, y], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot([gap.mean], [y], marker="D", color=colour, markersize=7)
    where: Any = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center"}
    axes.annotate(signed(gap.mean), (gap.mean, y), fontsize=8.5, bbox=backed(), **where)


def decorate(axes: Axes, found: Quality, measure: str) -> None:
    """A panel with a line at zero and a symmetric axis, as wide as what it shows."""
    shown = [
        value for gap in found.differences if gap.measure == measure for value in (*found.each(gap), gap.low, gap.high)
    ]
    most = max((abs(value) for value in shown if value is not None), default=0.0) or 1e-3
    axes.set_xlim(-1.25 * most, 1.25 * most)
    axes.axvline(0, color=FAINT if measure == LOSS else INK, linewidth=1, zorder=1)
    axes.locator_params(axis="x", nbins=5)
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    axes.set_title("training loss" if measure == LOSS else f"agreement with {measure}", fontsize=10, loc="left")
    axes.set_xlabel("← lower" if measure == LOSS else "← worse      better →")


def headline(found: Quality) -> str:
    """The way whose loss is the furthest below the reference, and what it does to the vectors."""
    losses = [gap for gap in found.differences if gap.measure == LOSS]
    lowest = min(losses, key=lambda gap: gap.mean)
    vectors = next((gap for m in found.lists if (gap := found.gap(lowest.way, m)) is not None), None)
    if vectors is None or not clear(lowest) or lowest.mean > 0:
        return f"What the way of drawing negatives changes, beside negatives {found.reference}"
    text = f"{capital(lowest.way)}: the training loss is {abs(lowest.mean):.2f} lower"
    if clear(vectors) and vectors.mean < 0:
        return f"{text}, and the vectors agree {abs(vectors.mean):.3f} less with {vectors.measure}"
    return f"{text}; {found.seeds} seeds do not show what that does to the agreement with {vectors.measure}"


@SOURCE.shows
def record(report: Report, found: Quality) -> dict[str, Any]:
    """The means and the differences."""
    known = recorded(found)
    return {
        "means": [
            {"way": way, "measure": measure, "mean": found.mean(way, measure)}
            for way in found.ways
            for measure in found.measures
        ],
        "differences": [asdict(gap) | {"each": found.each(gap)} for gap in found.differences],
        **{key: known[key] for key in ("reference", "seeds", "epochs", "commit", "dirty")},
    }


SECTION = Section(
    key="quality",
    title="Does the way of drawing change the vectors?",
    link="Quality of vectors",
    finding=finding,
    blocks=(
        Text(
            "word2vec is trained on real text with negatives that are drawn in different ways. The measures are the "
            "training loss, and how well the cosines of pairs of words agree with what people said of them."
        ),
        Drawn("quality", differences),
        Shown("qualities", "Loss and agreement with people by the way of drawing", table),
    ),
    record=record,
    sources=(SOURCE,),
)
