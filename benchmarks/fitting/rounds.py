# SPDX-License-Identifier: MIT
"""The rounds of each visit to a cell of the decision grid, from one run or from several, as the tree takes them.

A visit is some rounds within a second. Who else uses the machine changes between visits: a table of 8 MB was seen at
0.85 and at 1.8 times the time of a small one. A verdict for everybody goes by the worst visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .decision_tree import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

Visit = Mapping[str, "NDArray[np.float64]"]
REQUEST = ("question", "kind", "V", "rows", "k", "replacement", "device")


def pooled(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The cells of some runs, each with the visits of all of them."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for cell in (cell for document in documents for cell in document["cells"]):
        known = found.setdefault(tuple(cell[key] for key in REQUEST), dict(cell) | {"in_visits": []})
        known["in_visits"] += in_visits(cell)
    return list(found.values())


def in_visits(cell: Mapping[str, Any]) -> list[Visit]:
    """The rounds of a measured cell, nanoseconds an id, visit by visit."""
    parts = {name: np.array_split(np.asarray(ns), cell["visits"]) for name, ns in cell["rounds_ns"].items()}
    return [{name: found[i] for name, found in parts.items()} for i in range(cell["visits"])]


def as_cell(cell: Mapping[str, Any], able: Sequence[str]) -> Cell:
    """A pooled cell, of the strategies that may win and were timed in every visit."""
    visits = cell["in_visits"]
    names = [name for name in able if all(name in visit for visit in visits)]
    visits = [{name: visit[name] for name in names} for visit in visits]
    means = {name: float(np.mean(np.log(np.concatenate([v[name] for v in visits])))) for name in names}
    best = min(means.values(), default=0.0)
    return Cell(
        at=cell["at"],
        ns={name: float(np.median(np.concatenate([visit[name] for visit in visits]))) for name in names},
        ratio={name: float(np.exp(mean - best)) for name, mean in means.items()},
        worst={name: max(behind(visit, name) for visit in visits) for name in names},
        refused=frozenset(cell["refused"]),
    )


def behind(visit: Visit, name: str) -> float:
    """How many times the time of the best of a visit a strategy took; 1 where its rounds do not agree.

    Seven rounds of equals agree by chance once in 128 visits that it took longer.
    """
    best = min(visit, key=lambda other: float(np.log(visit[other]).mean()))
    ratios = visit[name] / visit[best]
    return float(np.exp(np.log(ratios).mean())) if ratios.min() > 1.0 else 1.0
