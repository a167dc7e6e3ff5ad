# SPDX-License-Identifier: MIT
"""Reads the files of ``python -m benchmarks.regions`` and ``python -m benchmarks.regret``; both are optional."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.documents import REGIONS, REGRET, Document, finite

from ..statistics import Ratio
from .records import Goal, Grid, GridCell, Regret, Request, Side

Record = TypeVar("Record")


def read_grid(path: Path) -> Grid | None:
    """The decision grid; None if it was not measured.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    return read_optional(path, REGIONS, grid)


def read_regret(path: Path) -> Regret | None:
    """The measured regret; None if it was not measured.

    Raises
    ------
    InputError
        If the file is damaged or of another version.
    """
    return read_optional(path, REGRET, regret)


def read_optional(path: Path, kind: Document, build: Callable[[Mapping[str, Any]], Record]) -> Record | None:
    """A document as a record; None if the file does not exist.

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
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise kind.damaged(path, repr(error)) from None


def grid(document: Mapping[str, Any]) -> Grid:
    return Grid(
        cells=tuple(cell(entry) for entry in document["cells"]),
        command=document.get("command") or REGIONS.made_by,
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
        rounds=document.get("rounds"),
        wider=wider(document),
    )


def cell(entry: Mapping[str, Any]) -> GridCell:
    """A cell from its JSON object; samplers without a time are left out."""
    sides = {
        name: Side(ns, Ratio(float(side["ratio"]), finite(side.get("low")), finite(side.get("high"))))
        for name, side in entry["sides"].items()
        if (ns := finite(side["ns"]))
    }
    return GridCell(
        question=entry["question"],
        kind=entry["kind"],
        V=int(entry["V"]),
        rows=int(entry["rows"]),
        k=int(entry["k"]),
        replacement=entry["replacement"] is True,
        device=entry["device"],
        sides=sides,
        refused=dict(entry["refused"]),
    )


def regret(document: Mapping[str, Any]) -> Regret:
    goals = document["goals"]
    requests = tuple(request(entry) for entry in document["results"])
    return Regret(
        requests=requests,
        worst=Goal(*(float(x) for x in (document["worst"], document["worst_high"], goals["worst"]))),
        mean=Goal(*(float(x) for x in (document["mean"], document["mean_high"], goals["mean"]))),
        visits=int(document["visits"]),
        wider=wider(document),
        command=document.get("command") or REGRET.made_by,
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
    )


def wider(document: Mapping[str, Any]) -> float:
    """The factor by which the intervals are wider than Student's; documents from before it had none."""
    return float(document.get("wider", 1.0))


def request(entry: Mapping[str, Any]) -> Request:
    return Request(
        workload=entry["workload"],
        rows=int(entry["rows"]),
        k=int(entry["k"]),
        exclude=entry["exclude"] is True,
        replacement=entry["replacement"] is True,
        recommended=entry["recommended"],
        best=entry["best"],
        regret=Ratio(float(entry["regret"]), finite(entry.get("low")), finite(entry.get("high"))),
    )
