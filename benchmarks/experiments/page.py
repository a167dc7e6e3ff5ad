# SPDX-License-Identifier: MIT
"""Writes the tables of docs/laboratory.md between its marks, from docs/experiments.json and .tensorflow.json."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from samplers.files import write_text

from ..documents import LAB, LAB_TENSORFLOW
from ..environment import ROOT

PUBLISHED = ROOT / "docs" / "experiments.json"
OF_TENSORFLOW = ROOT / "docs" / LAB_TENSORFLOW.path.name
PAGE = ROOT / "docs" / "laboratory.md"
BEGIN, END = "<!-- experiments:begin -->", "<!-- experiments:end -->"


def publish(figures: Path) -> Path:
    """Copy the figures of a run and write the tables; returns the path of the page."""
    write_text(PUBLISHED, figures.read_text(encoding="utf-8"))
    return render()


def render() -> Path:
    """Write the tables into the page; returns its path.

    Raises
    ------
    InputError
        If a file of figures is missing or damaged.
    ValueError
        If the page has lost its marks.
    """
    text = PAGE.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{PAGE} must have one line {BEGIN} and one {END}: restore it with `git checkout`")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    write_text(PAGE, before + BEGIN + "\n\n" + tables() + "\n" + END + after)
    return PAGE


def tables() -> str:
    """The generated part of the page, as Markdown."""
    parts = [of_document(kind.read(path)) for kind, path in ((LAB, PUBLISHED), (LAB_TENSORFLOW, OF_TENSORFLOW))]
    return "\n".join(parts)


def of_document(document: dict[str, Any]) -> str:
    """The experiments of a document."""
    lines = []
    for experiment in document["experiments"]:
        lines += [f"### {heading(experiment)}", "", f"The post: {experiment['claim']}", "", made(document), ""]
        lines += markdown(
            ("the post says", "measured", "", "cause"), [list(row.values()) for row in experiment["rows"]]
        )
        for table in experiment["tables"]:
            lines += ["", f"{table['title']}:", "", *markdown(table["columns"], table["rows"])]
        lines.append("")
    return "\n".join(lines)


def heading(experiment: dict[str, Any]) -> str:
    """Post 002: RMSprop and Adam on two processors."""
    number = re.fullmatch(r"post(\d+)", experiment["name"])
    return f"Post {number[1]}: {experiment['title']}" if number else experiment["title"]


def made(document: dict[str, Any]) -> str:
    """Where and when it was measured."""
    machine = document["machine"]
    commit = (document.get("commit") or "unknown")[:8] + (" with uncommitted changes" if document.get("dirty") else "")
    return (
        f"Measured with `{document['command']}` on {machine['cpu']}, whose RSQRTSS has {document['rsqrtss']}; "
        f"{machine['os']}, Python {machine['python']}, commit {commit}."
    )


def markdown(columns: Any, rows: Any) -> list[str]:
    """A table in Markdown."""
    cells = [[escaped(cell) for cell in row] for row in (columns, *rows)]
    return [line(cells[0]), line(["---"] * len(cells[0])), *map(line, cells[1:])]


def line(cells: list[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Text in which nothing but code in backticks has a meaning in Markdown."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<>\[\]|])", r"\\\1", part) for part in parts)
