# SPDX-License-Identifier: MIT
"""Report -> files: one offline page, Markdown, JSON, figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from benchmarks.documents import CLAIMS, REGRET
from samplers.files import write_bytes

from . import axes, break_even, claims, figures, limits, ratios, tables, units
from .asv_results import SAMPLE
from .fidelity import audit, details, gate, mutants, words
from .grid import regret, shipped, winners
from .model import Report
from .sections import SECTIONS
from .style import Picture
from .summary import as_json, summary
from .tables import Cell
from .verdict import HEADLINE, Verdict, verdict

TEMPLATES = Path(__file__).parent / "templates"
PAGE, FIGURES = "index.html", "figures"
# Columns of the overview that are about cost and abilities start after the timed workloads; in Markdown,
# which does not scroll everywhere, they are a table of their own.
FIXED_LEFT = 2

ASV = ".venv/bin/asv run --environment existing --set-commit-hash HEAD --record-samples --bench"


def write(report: Report, out: Path) -> tuple[Path, Verdict]:
    """Write all files below ``out``; figures that an earlier report had and this one has not are removed.

    Nothing is written before everything is rendered, and each file is whole at any time.

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
    for old in sorted([*folder.glob("*.svg"), *folder.glob("*.png")]):  # reports had PNG files too, once
        if f"{FIGURES}/{old.name}" not in files:
            old.unlink()
    return out / PAGE, words


def rendered(report: Report) -> tuple[Verdict, dict[str, bytes]]:
    """The verdict, and every file of the report by its name below the folder, the pages after what they link to."""
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
    """Templates: escaped for HTML by default; Markdown has escapes of its own."""
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
    """What the templates see; both get the same."""
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
        "limit_missing": f"The limit was not measured: `{reproduce(limits.SOURCE)}` measures it.",
        **fidelity_context(report),
        "sections": SECTIONS,
        "workloads": tables.workloads(report),
        "sources": sources(pictures),
        "facts": facts(report),
    }


def grid_context(report: Report) -> dict[str, Any]:
    """Who wins where, and what the recommendations cost elsewhere."""
    return {
        "grid": winners.table(report),
        "grid_finding": winners.finding(report),
        "shipped": shipped.table(),
        "regret": regret.by_workload(report),
        "regret_worst": regret.worst(report),
        "regret_finding": regret.finding(report),
    }


def fidelity_context(report: Report) -> dict[str, Any]:
    """What was checked, what failed, and what the checks are worth."""
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
    """What each figure, and each table beside them, is measured with."""
    found = [(p.name, p.source) for p in pictures]
    found += [("promises (table)", CLAIMS.made_by), ("limit (table)", f"{SAMPLE}, {limits.SOURCE}")]
    found += [(f"{axis.title.lower()} (table)", axis.benchmark) for axis in axes.ALL]
    found += [("regret (table)", REGRET.made_by)]
    return [(name, source, reproduce(source)) for name, source in found]


def reproduce(source: str) -> str:
    """The command that measures what a figure shows."""
    parts = source.split(", ")
    names = dict.fromkeys(".".join(part.split(".")[:2]) for part in parts if part.startswith("bench_"))
    found = [f'{ASV} "{"|".join(names)}"'] if names else []
    return "; ".join([*found, *(part for part in parts if part.startswith("python"))])


def facts(report: Report) -> list[tuple[str, str]]:
    """Machine and versions, a line each."""
    origin = report.origin
    commit = origin.commit or "unknown"
    commit += " with uncommitted changes" if origin.dirty else ""
    found = [("command", origin.command), ("commit", commit)]
    if origin.fidelity_commit != origin.commit:
        found.append(("commit checked", f"{origin.fidelity_commit or 'unknown'}: not the one that was timed"))
    found += [("timed at", origin.measured or "unknown"), ("fidelity checks", origin.fidelity_command)]
    if origin.seed is not None:
        found.append(("seed", str(origin.seed)))
    names = {
        "cpu": "processor",
        "ram_gib": "memory, GiB",
        "os": "system",
        "python": "Python",
        "simd": "kernels",
    }
    found += [(names.get(key, key), fact(value)) for key, value in origin.environment.items()]
    packages = ", ".join(f"{name} {version}" for name, version in origin.packages.items())
    return [*found, ("packages", packages)]


def fact(value: object) -> str:
    """A fact of the environment; sizes of caches are bytes by name."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {units.binary(int(size))}" for name, size in value.items())
    return str(value)


def data_uri(svg: bytes) -> Markup:
    """An image that needs no request, and whose ids cannot clash with those of another one.

    Escaped text is a fifth smaller than base64; single quotes and spaces stay as they are.
    """
    text = " ".join(svg.decode("utf-8").replace('"', "'").split())
    return Markup("data:image/svg+xml," + quote(text, safe=" =:/,;()'!*+@"))


def code(text: str) -> Markup:
    """Escaped HTML in which `backticks` are code and numbers keep their units."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(units.unbroken(text)))))


def sort_key(cell: Cell) -> str:
    """The attribute that the page's script sorts by; empty goes last."""
    return "" if cell.sort is None else repr(cell.sort) if isinstance(cell.sort, float) else str(cell.sort)


def markdown_text(text: str) -> str:
    """Text that Markdown takes literally, but for `code`, in which nothing else is special."""
    parts = re.split(r"(`[^`]+`)", text.replace("\n", " "))
    return "".join(p if p.startswith("`") else re.sub(r"([\\*_<>\[\]|#])", r"\\\1", p) for p in parts)


def markdown_cell(cell: Cell) -> str:
    """A cell of a Markdown table, its second line in brackets."""
    text = markdown_text(cell.text)
    if cell.kind in ("best", "fail"):
        text = f"**{text}**"
    elif cell.kind == "name":
        text = f"`{cell.text}`"
    return f"{text} ({markdown_text('; '.join(cell.sub.splitlines()))})" if cell.sub else text
