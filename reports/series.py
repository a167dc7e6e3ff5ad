# SPDX-License-Identifier: MIT
"""Reads a summary.json back: the inverse of `summary`, as far as two of them are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import InputError, finite, read_json

from .statistics import Measurement
from .summary import SCHEMA, SCHEMA_VERSION

MAKE = "python -m reports"
# Key of a sampler's record, the number in it, what it is called, and whether it is the same in every run.
COSTS = (("build_seconds", "build"), ("first_call_seconds", "first call"), ("table_bytes", "tables"))
EXACT = frozenset({"tables"})
TINY = 1e-30  # a time below it is none: ratios of floats overflow
Key = tuple[str, str, str]  # benchmark, sampler (or what else is measured), where


@dataclass(frozen=True)
class Summary:
    """What two reports are compared by.

    Attributes
    ----------
    cells : mapping of (benchmark, sampler, where) to Measurement
    status : mapping of sampler to its fidelity verdict
    origin : mapping
        Commit, time, environment, packages.
    headline : str
    labels : mapping of sampler to what a reader sees of it
    """

    cells: Mapping[Key, Measurement]
    status: Mapping[str, str]
    origin: Mapping[str, Any]
    headline: str
    labels: Mapping[str, str]


def read_summary(path: Path) -> Summary:
    """A summary.json, or the folder that holds it.

    Raises
    ------
    InputError
        When it is missing, damaged, or of another version than this code writes.
    """
    path = path / "summary.json" if path.is_dir() else path
    document = read_json(path, MAKE)
    found = document.get("schema"), document.get("schema_version")
    if found != (SCHEMA, SCHEMA_VERSION):
        raise InputError(
            f"{path} has schema {found[0]!r} version {found[1]!r}, this compares {SCHEMA!r} version "
            f"{SCHEMA_VERSION}: make it anew with `{MAKE}`"
        )
    try:
        return Summary(
            cells=dict(cells_of(document)),
            status={s["name"]: s["status"] for s in document["samplers"]},
            origin=origin_of(document),
            headline=document["verdict"]["headline"],
            labels={s["name"]: s.get("label") or s["name"] for s in document["samplers"]},
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}): make it anew with `{MAKE}`") from None


def origin_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the summary comes from, its parts what they must be."""
    origin = document["origin"]
    for part, kind in (("environment", dict), ("packages", dict), ("commit", str), ("measured", str)):
        if not isinstance(origin.get(part), kind | None):
            raise TypeError(f"origin.{part} = {origin[part]!r}")
    return dict(origin)


def cells_of(document: Mapping[str, Any]) -> Iterator[tuple[Key, Measurement]]:
    """Every measurement that holds a number."""
    for sampler in document["samplers"]:
        for workload, cell in sampler["speed"].items():
            # A call of other rows is another question.
            where = f"{workload}, {cell['rows']} × {cell['k']}"
            yield from known(("ns an id", sampler["name"], where), cell, "ns_per_id")
        for key, name in COSTS:
            for workload, cell in sampler[key].items():
                yield from known((name, sampler["name"], workload), cell, "value")
    for method in document["post004"]:
        yield from known(("post 004", method["method"], ""), method, "seconds")
    for axis, found in document["axes"].items():
        for cell in found:
            yield from known((axis, cell["of"], ", ".join(map(str, cell["setting"]))), cell, "value")


def known(key: Key, cell: Mapping[str, Any], name: str) -> Iterator[tuple[Key, Measurement]]:
    """The cell, if it holds a number above zero: a ratio to nothing is none."""
    value = finite(cell[name])
    if value and value > TINY:
        samples = tuple(s for x in cell.get("samples") or () if (s := finite(x)) and s > TINY)
        yield key, Measurement(value, finite(cell["q25"]), finite(cell["q75"]), samples=samples)
