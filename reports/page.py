# SPDX-License-Identifier: MIT
"""Writes a report: a page that needs no network, Markdown, JSON and figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from samplers.files import write_bytes

from . import figures, noise, tables, units
from .answers import in_training
from .commands import reproduce, sources
from .fidelity import words as words_of_fidelity
from .form import form_data
from .model import Report
from .sections import SECTIONS
from .sections.section import Section, Shown
from .speed_figures import ranking_title
from .style import Picture
from .summary import as_json, strict, summary
from .tables import Cell

TEMPLATES = Path(__file__).parent / "templates"
PAGE, FIGURES = "index.html", "figures"


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
    """Write files into a folder, each atomically, and remove the figures of an earlier report."""
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write_bytes(folder / name, data)
    for old in sorted([*(folder / FIGURES).glob("*.svg"), *(folder / FIGURES).glob("*.png")]):
        if f"{FIGURES}/{old.name}" not in files:  # earlier versions wrote PNG files too
            old.unlink()


def rendered(report: Report) -> dict[str, bytes]:
    """The bytes of every file by its name; the pages come after the files to which they link."""
    pictures = figures.pictures(report)
    drawn = {p.name: p.svg() for p in pictures}
    files = {f"{FIGURES}/{name}.svg": svg for name, svg in drawn.items()}
    files["summary.json"] = as_json(summary(report, pictures)).encode("utf-8")
    context = make_context(report, pictures)
    context["data_uris"] = {name: data_uri(svg) for name, svg in drawn.items()}
    environment = make_environment()
    for template, name in (("REPORT.md.j2", "REPORT.md"), ("page.html.j2", PAGE)):
        files[name] = environment.get_template(template).render(context).encode("utf-8")
    return files


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
    blocks = {section.key: section.shown(report) for section in SECTIONS}
    shown = [block for of_section in blocks.values() for block in of_section if isinstance(block, Shown)]
    made_tables = {block.key: block.make(report) for block in shown}
    names = {p.name for p in pictures}
    sections = [s for s in SECTIONS if not report.few or s.has_data(blocks[s.key], made_tables, names)]
    return {
        "report": report,
        "origin": report.origin,
        "verdict": report.verdict,
        "ranking_title": ranking_title(report),
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
        "disturbed": {section.key: disturbed(report, section) for section in SECTIONS},
        "made_tables": made_tables,
        "noise": noise.stamp(report),
        "indicative": noise.warning(report),
        "made": made(report),
        "workloads": tables.workloads(report),
        "sources": [] if report.few else sources(report, pictures),
        "facts": facts(report),
    }


def disturbed(report: Report, section: Section) -> str:
    """That the times of a section are indicative only, and why; "" if nothing disturbed them."""
    read = [(source.document, found) for source in section.sources if (found := source.of(report)) is not None]
    return noise.in_a_sentence([why for document, found in read for why in noise.of_document(document, found.header)])


def made(report: Report) -> str:
    """The processor, the day and the commit of the times, as a sentence."""
    origin = report.origin
    where = f" on {origin.environment['cpu']}" if "cpu" in origin.environment else ""
    when = f" on {origin.measured}" if origin.measured else ""
    commit = f" at commit {origin.commit[:8]}" if origin.commit else ""
    changed = " with uncommitted changes" if origin.dirty else ""
    return f"The times were measured{when}{where}{commit}{changed}; {origin.command} does it again."


def facts(report: Report) -> list[tuple[str, str]]:
    """Names and values of the origin: command, commit, machine and versions."""
    origin = report.origin
    commit = origin.commit or "unknown"
    commit += " with uncommitted changes" if origin.dirty else ""
    pairs = [("command", origin.command), ("commit", commit)]
    if origin.fidelity_commit != origin.commit:
        pairs.append(("commit checked", f"{origin.fidelity_commit or 'unknown'}: not the commit that was timed"))
    pairs += [("timed at", origin.measured or "unknown"), ("fidelity checks", origin.fidelity_command)]
    if origin.seed is not None:
        pairs.append(("seed", str(origin.seed)))
    names = {
        "cpu": "processor",
        "ram_gib": "memory, GiB",
        "os": "system",
        "python": "Python",
        "simd": "kernels",
    }
    pairs += [(names.get(key, key), fact(value)) for key, value in origin.environment.items()]
    packages = ", ".join(f"{name} {version}" for name, version in origin.packages.items())
    return [*pairs, ("packages", packages)]


def fact(value: object) -> str:
    """A value of the environment as text; a mapping holds the sizes of caches in bytes."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {units.binary(int(size))}" for name, size in value.items())
    return str(value)


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
