# SPDX-License-Identifier: MIT
"""The section on where the negatives of each noise distribution fall, and how often they are positives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.documents import STRATA, Header

from .. import units
from ..figures.style import COLOURS, FAINT, MOST_SERIES, Picture, canvas, heading, tidy
from ..model import Report, Source
from ..tables import Column, Table, by_column, measured_elsewhere, numbers, texts, words
from .section import Drawn, Section, Shown, Text


@dataclass(frozen=True)
class Curve:
    """Which share of the tokens and of the draws the most frequent ids hold."""

    tokens: tuple[float, ...]
    draws: tuple[float, ...]


@dataclass(frozen=True)
class OfLaw:
    """A law.

    Attributes
    ----------
    law : str
        How it follows from the counts.
    shares : mapping of str to float
        The probability of the "head", the "middle" and the "tail".
    hits : mapping of str to float
        The probability that a negative is a positive: of the "pair", of the "window", and of the "corpus".
    curve : Curve
    """

    law: str
    shares: Mapping[str, float]
    hits: Mapping[str, float]
    curve: Curve

    def __post_init__(self) -> None:
        for found, needed in ((self.shares, {"head", "middle", "tail"}), (self.hits, {"pair", "window", "corpus"})):
            if not needed <= set(found):
                raise ValueError(f"{self.law!r} needs a number for each of {sorted(needed)}")


@dataclass(frozen=True)
class Strata:
    """All laws over a corpus; ``ids`` are the numbers of ids of head, middle and tail."""

    header: Header
    results: tuple[OfLaw, ...]
    ids: Mapping[str, int]
    corpus: str
    V: int
    tokens: int
    pairs: int
    window: int


SOURCE = Source(STRATA, Strata)


USUAL = "counts ** 0.75"  # word2vec's law
EXPLAINED = (
    "The head are the most frequent ids that hold a third of the tokens, and the tail are the rarest ids that hold a "
    "third. A negative is a false one if it is a positive of its row. Three kinds of rows are told apart. The row is a "
    "pair of a centre and one context; or it is an occurrence of the centre with its window; or its positives are all "
    "words that the corpus has in a window around the centre. `exclude=` removes false negatives of any kind."
)
LINES = ("-", "--", "-.", ":")


@SOURCE.tells("Where draws fall was not computed")
def finding(report: Report, found: Strata) -> str:
    """Where the usual law draws, and how often it hits a positive, beside the uniform law."""
    laws = {law.law: law for law in found.results}
    usual, other = laws.get(USUAL), laws.get("uniform")
    if usual is None:
        return f"The file of `{STRATA.made_by}` lacks the noise distribution `{USUAL}`."
    text = (
        f"`{USUAL}` draws {units.percent(usual.shares['head'])} of its negatives from the {found.ids['head']:,} ids "
        f"that hold the first third of the tokens, and {units.percent(usual.shares['tail'])} from the "
        f"{found.ids['tail']:,} that hold the last. {units.percent(usual.hits['window'])} of them are in the window of "
        "their row"
    )
    return f"{text}, {units.percent(other.hits['window'])} with the uniform distribution." if other else f"{text}."


@SOURCE.shows
def table(report: Report, found: Strata) -> Table:
    """A law a row."""
    laws = found.results
    return by_column(
        (words("noise distribution"), texts(law.law for law in laws)),
        *(
            (Column(part, f"{number:,} ids"), numbers((law.shares[part] for law in laws), units.percent))
            for part, number in found.ids.items()
        ),
        *(
            (
                Column("false negatives", f"positives: the {kind}"),
                numbers((law.hits[kind] for law in laws), units.percent),
            )
            for kind in ("pair", "window", "corpus")
        ),
        notes=(note(found), *measured_elsewhere(report, found.header)),
    )


def note(found: Strata) -> str:
    """The corpus, and how the numbers were computed."""
    return (
        f"Added up from the probabilities, without draws. {found.corpus}: {found.V:,} ids, {found.tokens:,} tokens, "
        f"{found.pairs:,} pairs of one epoch of skip-gram (windows of 1 to {found.window}, subsampled, fixed seed)."
    )


@SOURCE.shows
def curves(report: Report, found: Strata) -> Picture | None:
    """Which share of its draws each law takes from the ids that hold a share of the tokens."""
    if not found.results:
        return None
    laws = found.results[:MOST_SERIES]
    figure = canvas(5.4, 4.2)
    axes = figure.subplots()
    for number, law in enumerate(laws):
        look: dict[str, Any] = {
            "color": COLOURS[number % len(COLOURS)],
            "linestyle": LINES[number % len(LINES)],
            "linewidth": 1.8,
        }
        axes.plot([100 * x for x in law.curve.tokens], [100 * y for y in law.curve.draws], label=law.law, **look)
    for share in (100 / 3, 200 / 3):
        axes.axvline(share, color=FAINT, linewidth=0.8)
    for share, part in zip((100 / 6, 50, 500 / 6), ("head", "middle", "tail"), strict=True):
        axes.text(share, 1.01, part, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=8.5)
    axes.set_xlabel("% of the tokens, the most frequent ids first")
    axes.set_ylabel("% of the negatives")
    axes.legend(frameon=False, fontsize=8.5)
    tidy(axes)
    title = "From which ids each noise distribution draws its negatives"
    heading(figure, title, 60)
    listing = "; ".join(f"{law.law} {units.percent(law.shares['tail'])}" for law in laws)
    alt = f"Line plot of the share of negatives against the share of tokens. Share from the tail: {listing}."
    caption = (
        "Vertical lines: the ends of the head and of the middle. The diagonal is a distribution that draws as the text "
        "does."
    )
    return Picture("strata", title, alt, caption, STRATA.made_by, figure, 380)


SECTION = Section(
    key="strata",
    title="Where negatives fall",
    link="Where negatives fall",
    finding=finding,
    blocks=(
        Text(EXPLAINED),
        Shown("laws", "Share of head, middle and tail, and of false negatives, by noise distribution", table),
        Drawn("strata", curves),
    ),
    record=SOURCE.recorded,
    sources=(SOURCE,),
)
