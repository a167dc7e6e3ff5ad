# SPDX-License-Identifier: MIT
"""The section on where the negatives of each law fall, and how often they are positives."""

from __future__ import annotations

from typing import Any

from benchmarks.documents import STRATA

from .. import units
from ..model import Report, recorded
from ..strata import SOURCE, Strata
from ..style import COLOURS, FAINT, MOST_SERIES, Picture, canvas, heading, tidy
from ..tables import Cell, Column, Table, measured_elsewhere
from .section import Drawn, Section, Shown, Text

USUAL = "counts ** 0.75"  # word2vec's law
EXPLAINED = (
    "The head are the most frequent ids that hold a third of the tokens, and the tail are the rarest ids that hold a "
    "third. A negative is a false one if it is a positive of its row. Three kinds of rows are told apart. The row is a "
    "pair of a centre and one context; or it is an occurrence of the centre with its window; or its positives are all "
    "words that the corpus has in a window around the centre. `exclude=` removes false negatives of any kind."
)
LINES = ("-", "--", "-.", ":")


def finding(report: Report) -> str:
    """Where the usual law draws, and how often it hits a positive, beside the uniform law."""
    found = SOURCE.of(report)
    if found is None:
        return f"Where draws fall was not computed: run `{STRATA.made_by}`."
    laws = {law.law: law for law in found.results}
    usual = laws.get(USUAL)
    if usual is None:
        return f"The file of `{STRATA.made_by}` lacks the law `{USUAL}`."
    text = (
        f"`{USUAL}` draws {units.percent(usual.shares['head'])} of its negatives from the {found.ids['head']:,} ids "
        f"that hold the first third of the tokens, and {units.percent(usual.shares['tail'])} from the "
        f"{found.ids['tail']:,} that hold the last. {units.percent(usual.hits['window'])} of them are in the window of "
        "their row"
    )
    other = laws.get("uniform")
    return f"{text}, {units.percent(other.hits['window'])} with the uniform law." if other else f"{text}."


def table(report: Report) -> Table | None:
    """A law a row."""
    found = SOURCE.of(report)
    if found is None or not found.results:
        return None
    columns = (
        Column("law", numeric=False),
        *(Column(name, f"{number:,} ids") for name, number in found.ids.items()),
        *(Column("false negatives", f"positives: the {kind}") for kind in ("pair", "window", "corpus")),
    )
    rows = tuple(
        (
            Cell(law.law, sort=law.law),
            *(Cell(units.percent(law.shares[name]), sort=law.shares[name]) for name in found.ids),
            *(Cell(units.percent(law.hits[kind]), sort=law.hits[kind]) for kind in ("pair", "window", "corpus")),
        )
        for law in found.results
    )
    return Table(columns, rows, (note(found), *measured_elsewhere(report, found.header)))


def note(found: Strata) -> str:
    """The corpus, and how the numbers were computed."""
    return (
        f"Added up from the probabilities, without draws. {found.corpus}: {found.V:,} ids, {found.tokens:,} tokens, "
        f"{found.pairs:,} pairs of one epoch of skip-gram (windows of 1 to {found.window}, subsampled, fixed seed)."
    )


def curves(report: Report) -> Picture | None:
    """Which share of its draws each law takes from the ids that hold a share of the tokens."""
    found = SOURCE.of(report)
    if found is None or not found.results:
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
    title = "From which ids each law draws its negatives"
    heading(figure, title, 60)
    listing = "; ".join(f"{law.law} {units.percent(law.shares['tail'])}" for law in laws)
    alt = f"Line plot of the share of negatives against the share of tokens. Share from the tail: {listing}."
    caption = (
        "Vertical lines: the ends of the head and of the middle. The diagonal is a law that draws as the text does."
    )
    return Picture("strata", title, alt, caption, STRATA.made_by, 380, figure)


def record(report: Report) -> dict[str, Any] | None:
    """All laws."""
    found = SOURCE.of(report)
    return None if found is None else recorded(found)


SECTION = Section(
    key="strata",
    title="Where negatives fall",
    link="Where negatives fall",
    finding=finding,
    blocks=(
        Text(EXPLAINED),
        Shown("laws", "Share of head, middle and tail, and of false negatives, by law", table),
        Drawn("strata", curves),
    ),
    record=record,
    sources=(SOURCE,),
)
