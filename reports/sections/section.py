# SPDX-License-Identifier: MIT
"""What a section of the report is: data, from which the page and REPORT.md are both rendered.

A block holds a function of the `Report`, called when the report is rendered. What it returns as None is left out.
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
        The words, or a function of the report that returns one paragraph or several. `Backticks` are code.
    """

    say: str | Callable[[Report], str | Sequence[str]]
    kind: ClassVar[str] = "text"

    def paragraphs(self, report: Report) -> list[str]:
        """The words for a report."""
        found = self.say if isinstance(self.say, str) else self.say(report)
        return [found] if isinstance(found, str) else list(found)


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
        Its anchor in the page, where no other element has this name.
    caption : str
        What it holds, for those who cannot see it.
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
        That of the picture, and of its file.
    make : callable
        Draws it; returns None if there is nothing to draw.
    """

    name: str
    make: Callable[[Report], Picture | None]
    kind: ClassVar[str] = "figure"


Block = Text | Heading | Shown | Drawn


@dataclass(frozen=True)
class Section:
    """A section, whole.

    Attributes
    ----------
    key : str
        Its anchor in the page, and its key in summary.json.
    title, link : str
        The heading, and the words in the list of sections.
    blocks : tuple of Block
        What is shown, from top to bottom.
    record : callable, optional
        What summary.json holds of it, JSON-ready; `schema.md` then says what that is.
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
        """Draw its figures.

        Raises
        ------
        ValueError
            If a picture has another name than its block.
        """
        found = []
        for block in [block for block in self.blocks if isinstance(block, Drawn)]:
            picture = block.make(report)
            if picture is None:
                continue
            if picture.name != block.name:
                raise ValueError(
                    f"section {self.key!r}: the picture of Drawn({block.name!r}, ...) has the name {picture.name!r}: "
                    "give both the same name"
                )
            found.append(picture)
        return found
