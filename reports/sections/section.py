# SPDX-License-Identifier: MIT
"""A section of the report as data, from which the page and REPORT.md are both rendered.

A block has a function of the `Report`, which is called when the report is rendered. If it returns None, the block is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..model import Report
from ..style import Picture
from ..tables import Table


@dataclass(frozen=True)
class Text:
    """Paragraphs.

    Attributes
    ----------
    say : str or callable
        The text, or a function of the report that returns one or more paragraphs. Text in backticks is code.
    """

    say: str | Callable[[Report], str | Sequence[str]]
    kind: ClassVar[str] = "text"

    def paragraphs(self, report: Report) -> list[str]:
        """The paragraphs for a report."""
        text = self.say if isinstance(self.say, str) else self.say(report)
        return [text] if isinstance(text, str) else list(text)


@dataclass(frozen=True)
class Heading:
    """A heading within the section."""

    title: str
    kind: ClassVar[str] = "heading"


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
        Returns the table, or None if there is nothing to show.
    """

    key: str
    caption: str
    make: Callable[[Report], Table | None]
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
    """

    name: str
    make: Callable[[Report], Picture | None]
    kind: ClassVar[str] = "figure"


Block = Text | Heading | Shown | Drawn


@dataclass(frozen=True)
class Section:
    """A section.

    Attributes
    ----------
    key : str
        Its anchor in the page, and its key in summary.json.
    title : str
        The heading.
    link : str
        The text in the list of sections.
    blocks : tuple of Block
        The content, from top to bottom.
    record : callable, optional
        Returns the data for summary.json, JSON-ready; `schema.md` must describe it.
    wide : bool
        Whether its tables need the width of the window.
    """

    key: str
    title: str
    link: str
    blocks: tuple[Block, ...]
    record: Callable[[Report], Any] | None = None
    wide: bool = False

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
