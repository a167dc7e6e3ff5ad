# SPDX-License-Identifier: MIT
"""The section on the claimed speed ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.documents import CLAIMS, Header

from .. import units
from ..model import Report, Source, recorded
from ..tables import Cell, Column, Table, by_column, measured_elsewhere, numbers, texts, words
from .section import Section, Shown, Text

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


@SOURCE.tells("The claimed ratios were not measured")
def finding(report: Report, claims: Claims) -> str:
    """The first gains, and how many claims were reached."""
    missed = len(claims.results) - claims.reached
    gains = [f"{c.text}: {units.ratio(c.ratio)} times faster" for c in claims.results if c.unit == FASTER][:SHOWN]
    first = f"{'; '.join(gains)}. " if gains else ""
    text = f"{first}{claims.reached} of {len(claims.results)} claimed ratios are reached"
    return text + (f", {missed} missed." if missed else ".")


@SOURCE.shows
def table(report: Report, claims: Claims) -> Table:
    """One row per claim, in the order of the input."""
    found = claims.results
    return by_column(
        (words("compared"), texts(claim.text for claim in found)),
        (words("result"), [outcome(claim) for claim in found]),
        (words("claimed"), [Cell(f"{claim.sense} {goal(claim)} {claim.unit}") for claim in found]),
        (Column("measured", "median, q25–q75"), [ratio_cell(claim) for claim in found]),
        (Column("time of the first", "ns per id"), numbers((claim.own_ns for claim in found), units.ns)),
        (Column("time of the second", "ns per id"), numbers((claim.other_ns for claim in found), units.ns)),
        notes=notes(report, claims),
    )


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


@SOURCE.shows
def record(report: Report, claims: Claims) -> dict[str, Any]:
    """All claims, with the kernels that ran."""
    origin = {"command": claims.header.command, "simd": claims.simd}
    return recorded(claims) | origin | {"reached": claims.reached, "total": len(claims.results)}


SECTION = Section(
    key="claims",
    title="Claimed speed ratios",
    link="Claims",
    finding=finding,
    blocks=(
        Text("Each claim is a goal of the project: a ratio of two times, or of a time to the limit."),
        Shown("promises", "Claimed and measured ratios", table),
    ),
    record=record,
    sources=(SOURCE,),
)
