# SPDX-License-Identifier: MIT
"""Where the negatives of each law fall: the file of ``python -m benchmarks.strata``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import STRATA

from .grid.read import read_optional


@dataclass(frozen=True)
class OfLaw:
    """A law.

    Attributes
    ----------
    law : str
        How it follows from the counts.
    shares : mapping of str to float
        The probability of the head, the middle and the tail.
    hits : mapping of str to float
        The probability that a negative is a positive: of the "pair", of the "window", and of the "corpus".
    tokens, draws : tuple of float
        The curve: which share of the tokens and of the draws the most frequent ids hold.
    """

    law: str
    shares: Mapping[str, float]
    hits: Mapping[str, float]
    tokens: tuple[float, ...]
    draws: tuple[float, ...]


@dataclass(frozen=True)
class Strata:
    """All laws over a corpus; ``ids`` are the numbers of ids of head, middle and tail."""

    laws: tuple[OfLaw, ...]
    ids: Mapping[str, int]
    corpus: str
    V: int
    tokens: int
    pairs: int
    window: int
    commit: str | None
    dirty: bool


def read_strata(path: Path) -> Strata | None:
    """Read the shares; None if they were not computed."""
    return read_optional(path, STRATA, strata)


def strata(document: Mapping[str, Any]) -> Strata:
    return Strata(
        laws=tuple(of_law(entry) for entry in document["results"]),
        ids={str(name): int(number) for name, number in document["ids"].items()},
        corpus=str(document["corpus"]),
        V=int(document["V"]),
        tokens=int(document["tokens"]),
        pairs=int(document["pairs"]),
        window=int(document["window"]),
        commit=document["commit"],
        dirty=bool(document["dirty"]),
    )


def of_law(entry: Mapping[str, Any]) -> OfLaw:
    return OfLaw(
        law=str(entry["law"]),
        shares={name: float(entry["shares"][name]) for name in ("head", "middle", "tail")},
        hits={name: float(entry["hits"][name]) for name in ("pair", "window", "corpus")},
        tokens=tuple(map(float, entry["curve"]["tokens"])),
        draws=tuple(map(float, entry["curve"]["draws"])),
    )
