# SPDX-License-Identifier: MIT
"""Writes a report: a page that needs no network, Markdown, JSON and figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from benchmarks.documents import CLAIMS, PRICES, REGRET
from samplers.files import write_bytes

from . import axes, break_even, claims, figures, limits, ratios, tables, units
from .asv_results import SAMPLE
from .fidelity import audit, details, gate, mutants, words
from .grid import regret, winners
from .model import Report
from .sections import SECTIONS
from .style import Picture
from .summary import as_json, summary
from .tables import Cell
from .verdict import HEADLINE, Verdict, verdict

TEMPLATES = Path(__file__).parent / "templates"
PAGE, FIGURES = "index.html", "figures"
# The overview has this many columns before those of the workloads. The columns of cost and abilities come after them.
# In Markdown, where wide tables do not scroll everywhere, these are a separate table.
FIXED_LEFT = 2

ASV = ".venv/bin/asv run --environment existing --set-commit-hash HEAD --record-samples --bench"


def write(report: Report, out: Path) -> tuple[Path, Verdict]:
    """Write all files into ``out``, and remove the figures of an earlier report that this one does not have.

    Everything is rendered before the first file is written, and each file is written atomically.

    Returns
    -------
    page : Path
    verdict : Verdict
    """
    words, files = rendered(report)
    folder = out / FIGURES
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write_bytes(out / name, data)
    for old in sorted([*folder.glob("*.svg"), *folder.glob("*.png")]):  # earlier versions wrote PNG files too
        if f"{FIGURES}/{old.name}" not in files:
            old.unlink()
    return out / PAGE, words


def rendered(report: Report) -> tuple[Verdict, dict[str, bytes]]:
    """The verdict, and the bytes of every file by its name; the pages come after the files to which they link."""
    words, pictures = verdict(report), figures.pictures(report)
    drawn = {p.name: p.svg() for p in pictures}
    files = {f"{FIGURES}/{name}.svg": svg for name, svg in drawn.items()}
    files["summary.json"] = as_json(summary(report, words, pictures)).encode("utf-8")
    context = make_context(report, words, pictures)
    context["data_uris"] = {name: data_uri(svg) for name, svg in drawn.items()}
    environment = make_environment()
    for template, name in (("REPORT.md.j2", "REPORT.md"), ("page.html.j2", PAGE)):
        files[name] = environment.get_template(template).render(context).encode("utf-8")
    return words, files


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
    environment.filters |= {"code": code, "md": markdown_text, "cell": markdown_cell, "sortkey": sort_key}
    return environment


def make_context(report: Report, words: Verdict, pictures: list[Picture]) -> dict[str, Any]:
    """The variables of the templates, the same for both."""
    overview = tables.overview(report)
    first_cost = FIXED_LEFT + len(report.timed())
    return {
        "report": report,
        "origin": report.origin,
        "verdict": words,
        "pictures": {p.name: p for p in pictures},
        "commands": {p.name: reproduce(p.source) for p in pictures},
        "overview": overview,
        "winners": ratios.winners(report),
        "ratios": ratios.table(report),
        **grid_context(report),
        "breakeven": break_even.table(report),
        "breakeven_finding": break_even.finding(report),
        "axes": [(axis, table, reproduce(axis.benchmark)) for axis, table in axes.tables(report)],
        "speed": overview.part(list(range(first_cost)), overview.notes),
        "costs": overview.part([0, *range(first_cost, len(overview.columns))]),
        "claims": claims.table(report),
        "claims_finding": claims.finding(report),
        "limit": limits.table(report),
        "limit_missing": f"The limit was not measured: run `{reproduce(limits.SOURCE)}`.",
        **fidelity_context(report),
        "sections": SECTIONS,
        "workloads": tables.workloads(report),
        "sources": sources(pictures),
        "facts": facts(report),
    }


def grid_context(report: Report) -> dict[str, Any]:
    """The variables of the decision grid, of the recommendation, and of its regret."""
    return {
        "grid": winners.table(report),
        "grid_finding": winners.finding(report),
        "rule": regret.RULE,
        "regret": regret.by_workload(report),
        "regret_worst": regret.worst(report),
        "regret_finding": regret.finding(report),
    }


def fidelity_context(report: Report) -> dict[str, Any]:
    """The variables of the fidelity checks and of the broken samplers."""
    checked = [workload.name for workload in report.checked()]
    home = HEADLINE if HEADLINE in checked else (*checked, "")[0]
    caught = words.caught(report.mutants)
    return {
        "home": home,
        "power": words.power(report.checks, home, report.label),
        "by_test": gate.by_test(report, home),
        "by_workload": gate.by_workload(report),
        "failed_tests": details.failed(report),
        "home_tests": details.all_of(report, home),
        "audit": audit.table(report),
        "mutants": mutants.table(report),
        "mutants_finding": caught,
        "alarm": words.ALARM in caught,
    }


def sources(pictures: list[Picture]) -> list[tuple[str, str, str]]:
    """The name, the benchmarks and the command of each figure, and of the tables without a figure."""
    measured = [(p.name, p.source) for p in pictures]
    measured += [("claims (table)", CLAIMS.made_by), ("prices (table)", PRICES.made_by)]
    measured += [("limit (table)", f"{SAMPLE}, {limits.SOURCE}")]
    measured += [(f"{axis.title.lower()} (table)", axis.benchmark) for axis in axes.ALL]
    measured += [("regret (table)", REGRET.made_by)]
    return [(name, source, reproduce(source)) for name, source in measured]


def reproduce(source: str) -> str:
    """The command that measures the numbers of a figure, from its `Picture.source`."""
    parts = source.split(", ")
    names = dict.fromkeys(".".join(part.split(".")[:2]) for part in parts if part.startswith("bench_"))
    commands = [f'{ASV} "{"|".join(names)}"'] if names else []
    return "; ".join([*commands, *(part for part in parts if part.startswith("python"))])


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
