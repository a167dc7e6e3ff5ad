# SPDX-License-Identifier: MIT
"""Reads the files of ``python -m benchmarks.regions`` and ``.regret``; either may be missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.documents import REGIONS, REGRET, Document, finite

from ..statistics import Ratio
from .records import Grid, GridCell, Regret, Request, Side

Found = TypeVar("Found")


def read_grid(path: Path) -> Grid | None:
    """The measured cells; None where nobody measured them.

    Raises
    ------
    InputError
        When the file is damaged or of another version.
    """
    return read_optional(path, REGIONS, grid)


def read_regret(path: Path) -> Regret | None:
    """The measured regret; None where nobody measured it.

    Raises
    ------
    InputError
        When the file is damaged or of another version.
    """
    return read_optional(path, REGRET, regret)


def read_optional(path: Path, kind: Document, build: Callable[[Mapping[str, Any]], Found]) -> Found | None:
    """A document as a record; None where there is none.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    if not path.exists():
        return None
    document = kind.read(path)
    try:
        return build(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise kind.damaged(path, repr(error)) from None


def grid(document: Mapping[str, Any]) -> Grid:
    """All cells."""
    return Grid(
        cells=tuple(cell(found) for found in document["cells"]),
        command=document.get("command") or REGIONS.made_by,
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
        rounds=document.get("rounds"),
    )


def cell(found: Mapping[str, Any]) -> GridCell:
    """A cell; a side without a time is left out."""
    sides = {
        name: Side(ns, Ratio(float(side["ratio"]), finite(side.get("low")), finite(side.get("high"))))
        for name, side in found["sides"].items()
        if (ns := finite(side["ns"]))
    }
    return GridCell(
        question=found["question"],
        kind=found["kind"],
        V=int(found["V"]),
        rows=int(found["rows"]),
        k=int(found["k"]),
        replacement=found["replacement"] is True,
        device=found["device"],
        sides=sides,
        refused=dict(found["refused"]),
    )


def regret(document: Mapping[str, Any]) -> Regret:
    """All requests with the goals."""
    goals = document["goals"]
    return Regret(
        requests=tuple(request(found) for found in document["results"]),
        worst=float(document["worst"]),
        mean=float(document["mean"]),
        worst_goal=float(goals["worst"]),
        mean_goal=float(goals["mean"]),
        reached=document["reached"] is True,
        command=document.get("command") or REGRET.made_by,
        commit=document.get("commit"),
        verdict_commit=document.get("verdict_commit"),
        dirty=bool(document.get("dirty")),
    )


def request(found: Mapping[str, Any]) -> Request:
    behind = Ratio(float(found["regret"]), finite(found.get("low")), finite(found.get("high")))
    return Request(
        workload=found["workload"],
        rows=int(found["rows"]),
        k=int(found["k"]),
        replacement=found["replacement"] is True,
        recommended=found["recommended"],
        best=found["best"],
        regret=behind,
    )
