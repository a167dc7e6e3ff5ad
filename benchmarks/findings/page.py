# SPDX-License-Identifier: MIT
"""Writes docs/findings.md and its figure; every number on the page comes from docs/findings.json."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from samplers.files import write_text

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
PAGE, FIGURE = "findings.md", "figures/inclusion.svg"
# The colours of Okabe and Ito, which colour-blind readers can tell apart.
COLOURS = {"post004": "#009E73", "zipf_1e2": "#D55E00", "english": "#0072B2"}


def write_page(document: dict[str, Any], folder: Path) -> Path:
    """Write the page and its figure into a folder; returns the path of the page."""
    drawn, text = figure(document), render(document)
    (folder / FIGURE).parent.mkdir(parents=True, exist_ok=True)
    write_text(folder / FIGURE, drawn)
    write_text(folder / PAGE, text)
    return folder / PAGE


def render(document: dict[str, Any]) -> str:
    """The page as Markdown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = {"integer": integer, "percent": percent, "scientific": scientific, "off": off, "deviation": deviation}
    environment.filters |= filters
    text: str = environment.get_template("findings.md.j2").render(document, figure=FIGURE, case=by_case(document))
    return text


def by_case(document: dict[str, Any]) -> dict[str, Any]:
    """The cases of the expectations, by "workload k"."""
    return {f"{case['workload']} {case['k']}": case for case in document["expectations"]["cases"]}


def integer(value: float) -> str:
    """321,180"""
    return f"{value:,.0f}"


def percent(value: float, digits: int = 1) -> str:
    """12.8 %"""
    return f"{100 * value:.{digits}f} %"


def off(ratio: float, digits: int = 1) -> str:
    """The relative deviation of a ratio from 1: +2.7 %."""
    return f"{100 * (ratio - 1):+.{digits}f} %"


def scientific(value: float) -> str:
    """1.2e11, without the plus sign and the leading zeros of Python's exponent."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def deviation(ratio: float) -> str:
    """The relative deviation of a ratio from 1 in percent or, if it would round to zero, as -1.3e-9."""
    return off(ratio, 2) if abs(ratio - 1) > 5e-5 else ("-" if ratio < 1 else "+") + scientific(abs(ratio - 1))


def figure(document: dict[str, Any]) -> str:
    """An SVG of the inclusion probability divided by k p, by rank; the same text for the same JSON and matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "findings", "font.size": 10}):
        picture = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = picture.add_subplot()
        axes.axhline(1.0, color="0.4", linewidth=1)
        for case in document["expectations"]["cases"]:
            axes.plot(
                case["by_rank"]["rank"],
                case["by_rank"]["ratio"],
                color=COLOURS[case["workload"]],
                linestyle="--" if case["k"] > document["expectations"]["post"]["k"] else "-",
                label=f"{case['workload']}, k = {case['k']}",
            )
        axes.set(xscale="log", xlabel="rank of the word (1 = most frequent)", ylabel="inclusion probability / (k p)")
        axes.set_title("Distinct ids: frequent words come too rarely, rare ones too often", loc="left", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        out = io.StringIO()
        picture.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
