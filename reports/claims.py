# SPDX-License-Identifier: MIT
"""The claimed speed ratios, and whether they were reached."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarks.documents import CLAIMS

from . import units
from .model import Claim, Claims, Report
from .tables import Cell, Column, Table, measured_elsewhere

MISSING = f"The claimed ratios were not measured: run `{CLAIMS.made_by}`."
SHARE = "of the limit's rate"
SIGNS = {"times faster": "×", "times the time": "×"}


def finding(report: Report) -> str:
    """How many claims were reached, or how to measure them."""
    claims = report.claims
    if claims is None:
        return MISSING
    missed = len(claims.results) - claims.reached
    text = f"{claims.reached} of {len(claims.results)} claimed ratios are reached"
    return text + (f", {missed} missed." if missed else ".")


def table(report: Report) -> Table | None:
    """One row per claim, in the order of the input; None if the claims were not measured."""
    claims = report.claims
    if claims is None:
        return None
    columns = (
        Column("compared", numeric=False),
        Column("result", numeric=False),
        Column("claimed", numeric=False),
        Column("measured", "median, q25–q75"),
        Column("time of the first", "ns per id"),
        Column("time of the second", "ns per id"),
    )
    rows = tuple(
        (
            Cell(c.text, sort=c.text),
            outcome(c),
            Cell(f"{c.sense} {goal(c)} {c.unit}"),
            ratio_cell(c),
            Cell(units.ns(c.own_ns), sort=c.own_ns),
            Cell(units.ns(c.other_ns), sort=c.other_ns),
        )
        for c in claims.results
    )
    return Table(columns, rows, notes(report, claims))


def goal(claim: Claim) -> str:
    """The claimed number."""
    return units.percent(claim.goal) if claim.unit == SHARE else f"{claim.goal:,g}"


def ratio_cell(claim: Claim) -> Cell:
    """The measured number with its quartiles."""

    def write(value: float) -> str:
        return units.percent(value) if claim.unit == SHARE else units.significant(value, 3)

    spread = ""
    if claim.q25 is not None and claim.q75 is not None:
        spread = units.between(write(claim.q25), write(claim.q75))
    return Cell(write(claim.ratio) + SIGNS.get(claim.unit, ""), spread, claim.ratio)


def outcome(claim: Claim) -> Cell:
    """Reached or missed, by how much, and whether the goal is within the quartiles of this run."""
    word, kind = ("reached", "pass") if claim.reached else ("missed", "fail")
    words = []
    if not claim.reached:
        gap = claim.ratio / claim.goal - 1
        words.append(f"by {units.percent(abs(gap))}")
    if claim.q25 is not None and claim.q75 is not None and claim.q25 <= claim.goal <= claim.q75:
        words.append("goal within the quartiles")
    return Cell(word, ", ".join(words), float(claim.reached), kind)


def notes(report: Report, claims: Claims) -> tuple[str, ...]:
    """How the ratios were measured."""
    how = "The two calls take turns in one process"
    how += f", {claims.rounds} rounds" if claims.rounds else ""
    how += f"; {claims.simd} kernels" if claims.simd else ""
    how += (
        ". Measured: the median over the rounds of the ratio of the two times, which is not the ratio of the median "
        "times. If a claim is about one call, the times are per call."
    )
    return (how, *measured_elsewhere(report, claims.commit, claims.dirty))


def record(report: Report) -> dict[str, Any] | None:
    claims = report.claims
    return None if claims is None else asdict(claims) | {"reached": claims.reached, "total": len(claims.results)}
