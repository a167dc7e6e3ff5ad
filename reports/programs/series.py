# SPDX-License-Identifier: MIT
"""Reads the parts of a summary.json by which two reports are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import InputError, finite, read_json
from benchmarks.machines.cells import INTO, MACHINE

from .. import noise
from ..machines.records import Machine, Place
from ..statistics import Measurement
from ..summary import SCHEMA, SCHEMA_VERSION

MAKE = "python -m reports"
# The key in a sampler's record, and the name of the benchmark.
COSTS = (("build_seconds", "build"), ("first_call_seconds", "first call"), ("table_bytes", "tables"))
EXACT = frozenset({"tables"})  # benchmarks whose number is the same in every run of the same code
TINY = 1e-30  # smaller times are ignored, because their ratios overflow
Key = tuple[str, str, str]  # benchmark, sampler (or method, or module), where


@dataclass(frozen=True)
class Summary:
    """The parts of a report by which two reports are compared.

    Attributes
    ----------
    cells : mapping of (benchmark, sampler, where) to Measurement
    status : mapping of str to str
        The result of the fidelity checks, by sampler.
    origin : mapping
        Commit, time, environment, packages.
    headline : str
    labels : mapping of str to str
        The name that the report shows, by sampler.
    noise : mapping
        The noise stamp; empty if the run has none.
    """

    cells: Mapping[Key, Measurement]
    status: Mapping[str, str]
    origin: Mapping[str, Any]
    headline: str
    labels: Mapping[str, str]
    noise: Mapping[str, Any]


def read_summary(path: Path) -> Summary:
    """Read a summary.json, given its path or its folder, or the file of a machine.

    Raises
    ------
    InputError
        If it is missing, damaged, or of another version than this code writes.
    """
    path = path / "summary.json" if path.is_dir() else path
    document = read_json(path, MAKE)
    if document.get("schema") == MACHINE.schema:
        return of_machine(MACHINE.load(Machine, path))
    schema, version = document.get("schema"), document.get("schema_version")
    if (schema, version) != (SCHEMA, SCHEMA_VERSION):
        raise InputError(
            f"{path} has schema {schema!r} version {version!r}, but {SCHEMA!r} version {SCHEMA_VERSION} is needed: "
            f"run `{MAKE}` again"
        )
    try:
        return Summary(
            cells=dict(cells_of(document)),
            status={s["name"]: s["status"] for s in document["samplers"]},
            origin=origin_of(document),
            headline=document["verdict"]["headline"],
            labels={s["name"]: s.get("label") or s["name"] for s in document["samplers"]},
            noise=noise_of(document),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}): run `{MAKE}` again") from None


def of_machine(machine: Machine) -> Summary:
    """The file of a machine as a summary, whose cells have the keys that a report gives to the same calls."""
    environment = dict(machine.environment)
    return Summary(
        cells={machine_key(place, time.sampler): time.measurement for place, time in machine.times},
        status={},
        origin={
            "commit": machine.header.commit,
            "dirty": machine.header.dirty,
            "measured": machine.header.time,
            "packages": environment.pop("packages"),
            "environment": environment,
        },
        headline=machine.name,
        labels={},
        noise=noise.of_machine(machine),
    )


def machine_key(place: Place, sampler: str) -> Key:
    """The key of a time."""
    law, rows, k, request = place
    return "ns an id", sampler, f"{law}, {rows} × {k}{'' if request == INTO else f', {request}'}"


def origin_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The origin of a summary; TypeError if a part has a wrong type."""
    origin = document["origin"]
    for part, kind in (("environment", dict), ("packages", dict), ("commit", str), ("measured", str)):
        if not isinstance(origin.get(part), kind | None):
            raise TypeError(f"origin.{part} = {origin[part]!r}")
    return dict(origin)


def noise_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The noise stamp of a summary, empty if it has none; TypeError if it has a wrong type."""
    stamp = document.get("noise") or {}
    if not isinstance(stamp, dict) or not isinstance(stamp.get("indicative_only"), list | None):
        raise TypeError(f"noise = {stamp!r}")
    return stamp


def cells_of(document: Mapping[str, Any]) -> Iterator[tuple[Key, Measurement]]:
    """Yield every measurement that has a number, with its key."""
    for sampler in document["samplers"]:
        for workload, cell in sampler["speed"].items():
            # Times of calls with different rows cannot be compared, so that the rows are part of the key.
            where = f"{workload}, {cell['rows']} × {cell['k']}"
            yield from known(("ns an id", sampler["name"], where), cell, "ns_per_id")
        for key, name in COSTS:
            for workload, cell in sampler[key].items():
                yield from known((name, sampler["name"], workload), cell, "value")
    for method in document["post004"]:
        yield from known(("post 004", method["method"], ""), method, "seconds")
    for axis, cells in document["axes"].items():
        for cell in cells:
            yield from known((axis, cell["of"], ", ".join(map(str, cell["setting"]))), cell, "value")


def known(key: Key, cell: Mapping[str, Any], name: str) -> Iterator[tuple[Key, Measurement]]:
    """Yield the cell if it has a number above `TINY`."""
    value = finite(cell[name])
    if value and value > TINY:
        samples = tuple(s for x in cell.get("samples") or () if (s := finite(x)) and s > TINY)
        yield key, Measurement(value, finite(cell["q25"]), finite(cell["q75"]), samples=samples)
