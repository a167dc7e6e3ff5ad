# SPDX-License-Identifier: MIT
"""Writes a report: a page that needs no network, Markdown, JSON and figures."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib import rc_context

from samplers.files import write_bytes

from . import noise, units
from .about import about
from .answers import in_training
from .commands import reproduce
from .fidelity import words as words_of_fidelity
from .figures.style import SETTINGS, Picture
from .form import form_data
from .model import Report
from .sections import SECTIONS
from .sections.section import Section, Shown
from .summary import as_json, strict, summary
from .tables import Cell

TEMPLATES = Path(__file__).parent / "templates"
PAGE, FIGURES, MARK = "index.html", "figures", "summary.json"


def write(report: Report, out: Path) -> Path:
    """Write all files into ``out``, and remove the figures of an earlier report that this one does not have.

    Everything is rendered before the first file is written, and each file is written atomically.

    Returns
    -------
    Path
        The page.
    """
    replace(out, rendered(report))
    return out / PAGE


def replace(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder, each atomically, and remove the figures of an earlier report.

    Raises
    ------
    FileExistsError
        If the folder has a page or figures of something else; nothing is written then.
    """
    new = {folder / name for name in files}
    pictures = [*(folder / FIGURES).glob("*.svg"), *(folder / FIGURES).glob("*.png")]
    # Figures of the same name are those of a first report that was interrupted.
    lost = [path for path in new if path.parent == folder and path.exists()] + sorted({*pictures} - new)
    if lost and not (folder / MARK).is_file():
        raise FileExistsError(
            errno.EEXIST, f"it is not of an earlier report, which has {MARK}: name another folder", str(lost[0])
        )
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write_bytes(folder / name, data)
    for old in sorted(pictures):
        if f"{FIGURES}/{old.name}" not in files:  # earlier versions wrote PNG files too
            old.unlink()


def rendered(report: Report) -> dict[str, bytes]:
    """The bytes of every file by its name; the pages come after the files to which they link."""
    found = pictures(report)
    drawn = {p.name: p.svg() for p in found}
    files = {f"{FIGURES}/{name}.svg": svg for name, svg in drawn.items()}
    files["summary.json"] = as_json(summary(report, found)).encode("utf-8")
    context = make_context(report, found)
    context["data_uris"] = {name: data_uri(svg) for name, svg in drawn.items()}
    environment = make_environment()
    for template, name in (("REPORT.md.j2", "REPORT.md"), ("page.html.j2", PAGE)):
        files[name] = environment.get_template(template).render(context).encode("utf-8")
    return files


def pictures(report: Report) -> list[Picture]:
    """All figures whose numbers were measured, in the order of the page, without pyplot and its global state."""
    with rc_context(SETTINGS):
        return [picture for section in SECTIONS for picture in section.pictures(report)]


def make_environment() -> Environment:
    """The templates, with automatic escapes for HTML; Markdown is escaped by the filters `md` and `cell`."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "code": code,
        "json": embedded,
        "md": markdown_text,
        "cell": markdown_cell,
        "sortkey": sort_key,
    }
    return environment


def make_context(report: Report, pictures: list[Picture]) -> dict[str, Any]:
    """The variables of the templates, the same for both."""
    caught = words_of_fidelity.caught(report.mutants)
    last = about(report, pictures)
    blocks = {section.key: section.shown(report) for section in (*SECTIONS, last)}
    shown = [block for of_section in blocks.values() for block in of_section if isinstance(block, Shown)]
    made_tables = {block.key: block.make(report) for block in shown}
    names = {p.name for p in pictures}
    with_data = (s for s in SECTIONS if not report.few or s.has_data(report, blocks[s.key], made_tables, names))
    sections = [*with_data, last]
    return {
        "report": report,
        "origin": report.origin,
        "verdict": report.verdict,
        "answers": report.answers,
        "in_training": in_training(report.answers),
        "form": {} if report.few else form_data(report),
        "alarm": caught if words_of_fidelity.ALARM in caught else "",
        "pictures": {p.name: p for p in pictures},
        "commands": {} if report.few else {p.name: reproduce(p.source) for p in pictures},
        "sections": sections,
        "blocks": blocks,
        # Both pages show them, and making them takes longer than rendering.
        "findings": {section.key: section.finding(report) for section in sections},
        "disturbed": {section.key: disturbed(report, section) for section in sections},
        "made_tables": made_tables,
        "noise": noise.stamp(report),
        "indicative": noise.warning(report),
    }


def disturbed(report: Report, section: Section) -> str:
    """That the times of a section are indicative only, and why; "" if nothing disturbed them."""
    read = [(source.document, found) for source in section.sources if (found := source.of(report)) is not None]
    return noise.in_a_sentence([why for document, found in read for why in noise.of_document(document, found.header)])


def data_uri(svg: bytes) -> Markup:
    """An image as a data URI, which needs no request and whose element ids cannot clash with those of another image.

    Escaped text is a fifth smaller than base64, if single quotes and spaces are not escaped.
    """
    text = " ".join(svg.decode("utf-8").replace('"', "'").split())
    return Markup("data:image/svg+xml," + quote(text, safe=" =:/,;()'!*+@"))


def code(text: str) -> Markup:
    """Escaped HTML: text in backticks becomes code, and no line breaks between a number and its unit."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(units.unbroken(text)))))


def embedded(document: object) -> Markup:
    """A document as JSON within a script element, which no text in it can end."""
    return Markup(json.dumps(strict(document), ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c"))


def sort_key(cell: Cell) -> str:
    """The attribute by which the script of the page sorts; empty values come last."""
    return "" if cell.sort is None else repr(cell.sort) if isinstance(cell.sort, float) else str(cell.sort)


def markdown_text(text: str) -> str:
    """Text with Markdown's special characters escaped, except in `code`."""
    parts = re.split(r"(`[^`]+`)", text.replace("\n", " "))
    return "".join(p if p.startswith("`") else re.sub(r"([\\*_<>\[\]|#])", r"\\\1", p) for p in parts)


def markdown_cell(cell: Cell) -> str:
    """A cell of a Markdown table, with its second line in brackets."""
    text = markdown_text(cell.text)
    if cell.kind in ("best", "fail"):
        text = f"**{text}**"
    elif cell.kind == "name":
        text = f"`{cell.text}`"
    return f"{text} ({markdown_text('; '.join(cell.sub.splitlines()))})" if cell.sub else text
