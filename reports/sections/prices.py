# SPDX-License-Identifier: MIT
"""The section on the prices of requests: what they cost beside a plain draw, against their goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.documents import PRICES, Header

from .. import units
from ..model import Report, Source, recorded
from ..tables import Cell, Column, Table, by_column, measured_elsewhere, refused_cell, texts, words
from .section import Section, Shown, Text

# What most users ask for, by the request, in words.
PAID = {
    "exclude= one id a row": "excluding one id a row takes",
    "a history a row, mean 20 ids, sets[users]": "excluding a history of 20 ids a row",
    "distinct, k = 5": "distinct ids in rows of 5",
}
TIMES = "times"  # the unit of a price that is a multiple


@dataclass(frozen=True)
class Price:
    """What a request costs.

    Attributes
    ----------
    request : str
        What is drawn, in words.
    goal : float
    unit : str
        "times": a multiple of a plain draw; else the unit of a time.
    price, q25, q75 : float or None
        Median and quartiles in the unit; None if the request was refused.
    reached : bool
    refused : str
        The reason; "" if it was not refused.
    own_us, plain_us : float or None
        Microseconds of the request and of the plain draw, if the price is a multiple.
    """

    request: str
    goal: float
    unit: str
    price: float | None
    reached: bool
    q25: float | None = None
    q75: float | None = None
    refused: str = ""
    own_us: float | None = None
    plain_us: float | None = None

    def __post_init__(self) -> None:
        if not self.goal > 0 or (self.price is None) != bool(self.refused):
            raise ValueError(f"{self.request!r} needs a goal above 0, and either a price or a reason")


@dataclass(frozen=True)
class Prices:
    """All prices; ``plain`` is the plain draw in words."""

    header: Header
    rounds: int
    plain: str
    results: tuple[Price, ...]

    @property
    def reached(self) -> int:
        """The number of goals that were reached."""
        return sum(price.reached for price in self.results)


SOURCE = Source(PRICES, Prices)


@SOURCE.tells("The prices were not measured")
def finding(report: Report, prices: Prices) -> str:
    """How many goals were reached."""
    missed = len(prices.results) - prices.reached
    known = {p.request: p.price for p in prices.results if p.unit == TIMES}
    costs = [f"{words} {units.ratio(price)} times" for request, words in PAID.items() if (price := known.get(request))]
    first = f"Beside a plain draw, {units.listed(costs)} the time. " if costs else ""
    text = f"{first}{prices.reached} of {len(prices.results)} goals for the prices of requests are reached"
    return text + (f", {missed} missed." if missed else ".")


@SOURCE.shows
def table(report: Report, prices: Prices) -> Table:
    """One row per request, in the order of the price list."""
    found = prices.results
    return by_column(
        (words("request"), texts(price.request for price in found)),
        (words("result"), [outcome(price) for price in found]),
        (Column("goal"), [Cell(in_unit(price, price.goal)) for price in found]),
        (Column("price", "median, q25–q75"), [price_cell(price) for price in found]),
        notes=notes(report, prices),
    )


def in_unit(price: Price, value: float) -> str:
    """A value with the unit of a price."""
    return units.significant(value, 3) + ("×" if price.unit == TIMES else f" {price.unit}")


def outcome(price: Price) -> Cell:
    """Reached or missed, and by how much."""
    if price.reached:
        return Cell("reached", "", 1.0, "pass")
    by = "" if price.price is None else f"{units.ratio(price.price / price.goal)} times the goal"
    return Cell("missed", by, 0.0, "fail")


def price_cell(price: Price) -> Cell:
    """The price with its quartiles, or that the request was refused."""
    if price.price is None:
        return refused_cell(price.refused)
    spread = ""
    if price.q25 is not None and price.q75 is not None:
        spread = units.between(units.significant(price.q25, 3), units.significant(price.q75, 3))
    return Cell(in_unit(price, price.price), spread)


def notes(report: Report, prices: Prices) -> tuple[str, ...]:
    """How the prices were measured."""
    how = (
        f"×: multiples of the time of {prices.plain} of the same k. These calls take turns in one process, "
        f"{prices.rounds} rounds. Prices with a unit of time are measured alone; the first time is left out if there "
        "are more."
    )
    return (how, *measured_elsewhere(report, prices.header))


@SOURCE.shows
def record(report: Report, prices: Prices) -> dict[str, Any]:
    """All prices with their goals."""
    return recorded(prices) | {"reached": prices.reached, "total": len(prices.results)}


SECTION = Section(
    key="prices",
    title="Prices of usual requests",
    link="Prices",
    finding=finding,
    blocks=(
        Text(
            "What users ask `alias` for besides a plain draw: an output array, rows by their numbers, excluded ids, "
            "distinct ids. The goals are those of the project."
        ),
        Shown("price-list", "Price, goal and result of each request", table),
    ),
    record=record,
    sources=(SOURCE,),
)
