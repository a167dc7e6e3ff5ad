# SPDX-License-Identifier: MIT
"""The claimed speed ratios, and whether they were reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.documents import CLAIMS, Header

from . import units
from .model import Report, Source, recorded
from .tables import Cell, Column, Table, measured_elsewhere

FASTER, SHOWN = "times faster", 3  # so many gains lead the finding
SHARE = "of the limit's rate"
SIGNS = {FASTER: "×", "times the time": "×"}


@dataclass(frozen=True)
class Claim:
    """A claimed ratio and its measurement.

    Attributes
    ----------
    text : str
        What is compared.
    goal : float
        The claimed ratio.
    sense : {"at least", "at most"}
    unit : str
        If it is "of the limit's rate", the ratio is a share.
    ratio, q25, q75 : float
        Median and quartiles over the rounds.
    reached : bool
    own_ns, other_ns : float
        Nanoseconds per id of the subject of the claim, and of the reference.
    """

    text: str
    goal: float
    sense: Literal["at least", "at most"]
    unit: str
    ratio: float
    q25: float
    q75: float
    reached: bool
    own_ns: float
    other_ns: float

    def __post_init__(self) -> None:
        if not self.goal > 0:
            raise ValueError(f"the goal of {self.text!r} is {self.goal}, but it must be above 0")


@dataclass(frozen=True)
class Claims:
    """All claimed ratios."""

    header: Header
    rounds: int
    results: tuple[Claim, ...]

    @property
    def simd(self) -> str:
        """The kernels that ran."""
        return str(self.header.machine.get("simd"))

    @property
    def reached(self) -> int:
        """The number of claims that were reached."""
        return sum(claim.reached for claim in self.results)


SOURCE = Source(CLAIMS, Claims)


def finding(report: Report) -> str:
    """How many claims were reached, or how to measure them."""
    claims = SOURCE.of(report)
    if claims is None:
        return SOURCE.missing("The claimed ratios were")
    missed = len(claims.results) - claims.reached
    gains = [f"{c.text}: {units.ratio(c.ratio)} times faster" for c in claims.results if c.unit == FASTER][:SHOWN]
    first = f"{'; '.join(gains)}. " if gains else ""
    text = f"{first}{claims.reached} of {len(claims.results)} claimed ratios are reached"
    return text + (f", {missed} missed." if missed else ".")


def table(report: Report) -> Table | None:
    """One row per claim, in the order of the input; None if the claims were not measured."""
    claims = SOURCE.of(report)
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

    spread = units.between(write(claim.q25), write(claim.q75))
    return Cell(write(claim.ratio) + SIGNS.get(claim.unit, ""), spread, claim.ratio)


def outcome(claim: Claim) -> Cell:
    """Reached or missed, by how much, and whether the goal is within the quartiles of this run."""
    word, kind = ("reached", "pass") if claim.reached else ("missed", "fail")
    words = []
    if not claim.reached:
        gap = claim.ratio / claim.goal - 1
        words.append(f"by {units.percent(abs(gap))}")
    if claim.q25 <= claim.goal <= claim.q75:
        words.append("goal within the quartiles")
    return Cell(word, ", ".join(words), float(claim.reached), kind)


def notes(report: Report, claims: Claims) -> tuple[str, ...]:
    """How the ratios were measured."""
    how = (
        f"The two calls take turns in one process, {claims.rounds} rounds; {claims.simd} kernels. Measured: the median "
        "over the rounds of the ratio of the two times, which is not the ratio of the median times. If a claim is "
        "about one call, the times are per call."
    )
    return (how, *measured_elsewhere(report, claims.header))


def record(report: Report) -> dict[str, Any] | None:
    claims = SOURCE.of(report)
    if claims is None:
        return None
    origin = {"command": claims.header.command, "simd": claims.simd}
    return recorded(claims) | origin | {"reached": claims.reached, "total": len(claims.results)}
