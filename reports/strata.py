# SPDX-License-Identifier: MIT
"""Where the negatives of each law fall: the file of ``python -m benchmarks.strata``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.documents import STRATA, Header

from .model import Source


@dataclass(frozen=True)
class Curve:
    """Which share of the tokens and of the draws the most frequent ids hold."""

    tokens: tuple[float, ...]
    draws: tuple[float, ...]


@dataclass(frozen=True)
class OfLaw:
    """A law.

    Attributes
    ----------
    law : str
        How it follows from the counts.
    shares : mapping of str to float
        The probability of the "head", the "middle" and the "tail".
    hits : mapping of str to float
        The probability that a negative is a positive: of the "pair", of the "window", and of the "corpus".
    curve : Curve
    """

    law: str
    shares: Mapping[str, float]
    hits: Mapping[str, float]
    curve: Curve

    def __post_init__(self) -> None:
        for found, needed in ((self.shares, {"head", "middle", "tail"}), (self.hits, {"pair", "window", "corpus"})):
            if not needed <= set(found):
                raise ValueError(f"{self.law!r} needs a number for each of {sorted(needed)}")


@dataclass(frozen=True)
class Strata:
    """All laws over a corpus; ``ids`` are the numbers of ids of head, middle and tail."""

    header: Header
    results: tuple[OfLaw, ...]
    ids: Mapping[str, int]
    corpus: str
    V: int
    tokens: int
    pairs: int
    window: int


SOURCE = Source(STRATA, Strata)
