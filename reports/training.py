# SPDX-License-Identifier: MIT
"""What trainings of word2vec showed: the files of ``python -m benchmarks.sgns share`` and ``quality``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.documents import QUALITY, SHARE, finite

from .grid.read import read_optional

LOSS = "loss"


@dataclass(frozen=True)
class Share:
    """How much of a training step a sampler takes with an optimiser; quartiles over the steps."""

    sampler: str
    optimiser: str
    share: float
    q25: float
    q75: float
    draw_us: float
    rest_us: float


@dataclass(frozen=True)
class Shares:
    """All shares, and the step in words."""

    results: tuple[Share, ...]
    step: str
    commit: str | None
    dirty: bool

    @property
    def optimisers(self) -> list[str]:
        """In the order of the file."""
        return list(dict.fromkeys(share.optimiser for share in self.results))

    @property
    def samplers(self) -> list[str]:
        """From the largest to the smallest share, in the mean over the optimisers."""
        names = dict.fromkeys(share.sampler for share in self.results)
        return sorted(names, key=lambda name: -sum(share.share for share in self.results if share.sampler == name))

    def of(self, sampler: str, optimiser: str) -> Share | None:
        """One share; None if it was not measured."""
        found = (s for s in self.results if (s.sampler, s.optimiser) == (sampler, optimiser))
        return next(found, None)

    def ratio(self, slow: str, fast: str, optimiser: str) -> float | None:
        """How many times longer a whole step takes with one sampler than with another; None if one is missing.

        The rest of the step is the median over all samplers, because it does not depend on them.
        """
        a, b = self.of(slow, optimiser), self.of(fast, optimiser)
        if a is None or b is None:
            return None
        rest = median(share.rest_us for share in self.results if share.optimiser == optimiser)
        return (a.draw_us + rest) / (b.draw_us + rest)


@dataclass(frozen=True)
class Gap:
    """The difference of a way of drawing from the reference in a measure.

    Attributes
    ----------
    way, measure : str
    each : tuple of float
        The difference within each seed.
    mean : float
    low, high : float or None
        The interval over the seeds; None for one seed.
    over_words : float or None
        The standard error over the pairs of words; None for the loss.
    """

    way: str
    measure: str
    each: tuple[float, ...]
    mean: float
    low: float | None
    high: float | None
    over_words: float | None


@dataclass(frozen=True)
class Quality:
    """Trainings that differ in how negatives were drawn.

    Attributes
    ----------
    means : mapping of (way, measure) to float
        Over the seeds, after the last epoch.
    gaps : tuple of Gap
    reference : str
    known : mapping of str to tuple of int
        Of each list of pairs of words: how many the vocabulary has, and how many there are.
    """

    means: Mapping[tuple[str, str], float]
    gaps: tuple[Gap, ...]
    reference: str
    known: Mapping[str, tuple[int, int]]
    corpus: str
    tokens: int
    size: int
    seeds: int
    epochs: int
    optimiser: str
    confidence: float
    commit: str | None
    dirty: bool

    @property
    def ways(self) -> list[str]:
        """The reference, and the others in the order of the file."""
        return list(dict.fromkeys(way for way, _ in self.means))

    @property
    def measures(self) -> list[str]:
        """The loss, and the lists of pairs."""
        return [LOSS, *self.known]

    def gap(self, way: str, measure: str) -> Gap | None:
        """One difference; None for the reference."""
        return next((gap for gap in self.gaps if (gap.way, gap.measure) == (way, measure)), None)


def number(value: Any) -> float:
    """A finite number.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = finite(value)
    if found is None:
        raise ValueError(f"{value!r} is no number")
    return found


def read_shares(path: Path) -> Shares | None:
    """The shares of drawing; None if they were not measured.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    return read_optional(path, SHARE, shares)


def read_quality(path: Path) -> Quality | None:
    """The trainings; None if they were not measured.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    return read_optional(path, QUALITY, quality)


def shares(document: Mapping[str, Any]) -> Shares:
    keys = ("share", "q25", "q75", "draw_us", "rest_us")
    sizes = {key: int(document[key]) for key in ("batch", "k", "dimensions")}
    return Shares(
        results=tuple(
            Share(str(r["sampler"]), str(r["optimiser"]), **{key: number(r[key]) for key in keys})
            for r in document["results"]
        ),
        step="{batch:,} pairs, k = {k}, {dimensions} dimensions".format(**sizes) + f", {document['workload']}",
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
    )


def quality(document: Mapping[str, Any]) -> Quality:
    last = {(str(r["way"]), int(r["seed"])): r["epochs"][-1] for r in document["runs"]}
    known = {str(name): (int(of["known"]), int(of["of"])) for name, of in document["lists"].items()}
    ways = dict.fromkeys(way for way, _ in last)
    means = {}
    for way in ways:
        for measure in (LOSS, *known):
            values = [number(found[measure]) for (name, _), found in last.items() if name == way]
            means[way, measure] = sum(values) / len(values)
    reference = str(document["reference"])
    return Quality(
        means=means,
        gaps=tuple(gap(entry, last, reference) for entry in document["differences"]),
        reference=reference,
        known=known,
        corpus=str(document["corpus"]["name"]),
        tokens=int(document["corpus"]["tokens"]),
        size=int(document["corpus"]["V"]),
        seeds=int(document["seeds"]),
        epochs=int(document["epochs"]),
        optimiser=str(document["optimiser"]),
        confidence=number(document["confidence"]),
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
    )


def gap(entry: Mapping[str, Any], last: Mapping[tuple[str, int], Mapping[str, Any]], reference: str) -> Gap:
    way, measure = str(entry["way"]), str(entry["measure"])
    pairs = [(found, last[reference, seed]) for (name, seed), found in last.items() if name == way]
    return Gap(
        way=way,
        measure=measure,
        each=tuple(number(found[measure]) - number(other[measure]) for found, other in pairs),
        mean=number(entry["mean"]),
        low=finite(entry["low"]),
        high=finite(entry["high"]),
        over_words=finite(entry["over_words"]),
    )
