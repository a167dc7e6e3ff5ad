# SPDX-License-Identifier: MIT
"""A section of the report as data, from which the page and REPORT.md are both rendered.

A section has a finding: a sentence with its result. The page folds a section under its finding, and REPORT.md shows it
below the title. A block has a function of the `Report`, which is called when the report is rendered. If the function
returns None, the block is left out, together with its heading.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..figures.style import Picture
from ..model import Report, Source
from ..tables import Table

Where = Literal["both", "page", "markdown"]


@dataclass(frozen=True)
class Text:
    """Paragraphs.

    Attributes
    ----------
    say : str or callable
        The text, or a function of the report that returns one or more paragraphs. Text in backticks is code.
    only : {"both", "page", "markdown"}
        Where it is shown.
    """

    say: str | Callable[[Report], str | Sequence[str]]
    only: Where = "both"
    kind: ClassVar[str] = "text"

    def paragraphs(self, report: Report) -> list[str]:
        """The paragraphs for a report."""
        text = self.say if isinstance(self.say, str) else self.say(report)
        return [text] if isinstance(text, str) else list(text)


@dataclass(frozen=True)
class Heading:
    """A heading within the section, with an anchor in the page if it has a key."""

    title: str
    key: str = ""
    only: ClassVar[Where] = "both"
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Pairs:
    """A list of names and values.

    Attributes
    ----------
    look : {"verdict", "facts"}
        How the page shows it: with sentences, or with short values.
    make : callable
        Returns the pairs. Text in backticks is code.
    """

    look: Literal["verdict", "facts"]
    make: Callable[[Report], Sequence[tuple[str, str]]]
    only: ClassVar[Where] = "both"
    kind: ClassVar[str] = "pairs"


@dataclass(frozen=True)
class Shown:
    """A table.

    Attributes
    ----------
    key : str
        Its anchor in the page, which must be unique.
    caption : str
        Its content in words, for readers who cannot see it.
    make : callable
        Returns the table, or None if there is nothing to show. A table without rows is left out too.
    heading : str
        The heading above it; "" for none.
    summary : callable, optional
        Returns a sentence, under which the page folds the table.
    only : {"both", "page", "markdown"}
        Where it is shown.
    """

    key: str
    caption: str
    make: Callable[[Report], Table | None]
    heading: str = ""
    summary: Callable[[Report], str] | None = None
    only: Where = "both"
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Drawn:
    """A figure.

    Attributes
    ----------
    name : str
        The name of the picture and of its file.
    make : callable
        Draws the picture; returns None if there is nothing to draw.
    heading : str
        The heading above it; "" for none.
    """

    name: str
    make: Callable[[Report], Picture | None]
    heading: str = ""
    only: ClassVar[Where] = "both"
    kind: ClassVar[str] = "figure"


@dataclass(frozen=True)
class Several:
    """Blocks that depend on what was measured."""

    make: Callable[[Report], Sequence[Block]]


Block = Text | Heading | Pairs | Shown | Drawn


@dataclass(frozen=True)
class Section:
    """A section.

    Attributes
    ----------
    key : str
        Its anchor in the page, and its key in summary.json.
    title : str
        Its subject.
    link : str
        The text in the list of sections.
    finding : callable
        Returns its result as a sentence or two: the heading under which the page folds the section.
    blocks : tuple of Block
        The content, from top to bottom.
    record : callable, optional
        Returns the data for summary.json, JSON-ready; `schema.md` must describe it.
    wide : bool
        Whether its tables need the width of the window.
    sources : tuple of Source
        The documents that it shows.
    """

    key: str
    title: str
    link: str
    finding: Callable[[Report], str]
    blocks: tuple[Block | Several, ...]
    record: Callable[[Report], Any] | None = None
    wide: bool = False
    sources: tuple[Source[Any], ...] = ()

    def shown(self, report: Report) -> list[Block]:
        """The blocks for a report."""
        nested = (block.make(report) if isinstance(block, Several) else [block] for block in self.blocks)
        return [block for blocks in nested for block in blocks]

    @staticmethod
    def has_data(
        report: Report, blocks: Sequence[Block], tables: Mapping[str, Table | None], pictures: Collection[str]
    ) -> bool:
        """Whether one of its tables or lists has rows or one of its figures was drawn."""
        return any(
            (isinstance(block, Pairs) and bool(block.make(report)))
            or (isinstance(block, Shown) and (made := tables[block.key]) is not None and bool(made.rows))
            or (isinstance(block, Drawn) and block.name in pictures)
            for block in blocks
        )

    def pictures(self, report: Report) -> list[Picture]:
        """Draw the figures of the section.

        Raises
        ------
        ValueError
            If a picture has another name than its block.
        """
        drawn = []
        for block in [block for block in self.blocks if isinstance(block, Drawn)]:
            picture = block.make(report)
            if picture is None:
                continue
            if picture.name != block.name:
                raise ValueError(
                    f"section {self.key!r}: the picture of Drawn({block.name!r}, ...) has the name {picture.name!r}: "
                    "give both the same name"
                )
            drawn.append(picture)
        return drawn
