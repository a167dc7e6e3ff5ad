# SPDX-License-Identifier: MIT
"""Reads the files of machines, which ``python -m reports submit`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.documents import InputError, Noise, finite, read_json
from benchmarks.machines.cells import CLOCK, SCHEMA, VERSION

from . import noise
from .machine_records import Machine, MachineTime
from .statistics import Measurement

LARGEST = 2**63  # no number of a file is larger
MAKE = "python -m reports submit"


def read_machines(folder: Path) -> tuple[Machine, ...]:
    """The files of a folder, by name; none if there is no folder."""
    return tuple(read_machine(path) for path in sorted(folder.glob("*.json")))


def read_machine(path: Path) -> Machine:
    """Read the file of a machine.

    Raises
    ------
    InputError
        If it is missing, damaged or of another version.
    """
    return machine_of(read_json(path, MAKE), path)


def machine_of(document: Mapping[str, Any], path: Path) -> Machine:
    """The machine of a document, which was read from a path; errors as in `read_machine`."""
    found = document.get("schema"), document.get("version")
    if found != (SCHEMA, VERSION):
        raise InputError(
            f"{path} has schema {found[0]!r} version {found[1]!r}, but {SCHEMA!r} version {VERSION} is needed: run "
            f"`{MAKE}` again"
        )
    try:
        if document["clock"] != CLOCK:
            raise ValueError(f"clock = {document['clock']!r}, not {CLOCK!r}")
        times, stamped = tuple(times_of(document["cells"])), noise_of(document["noise"])
        return Machine(
            name=text(document, "name"),
            command=text(document, "command"),
            commit=None if document["commit"] is None else text(document, "commit"),
            dirty=document["dirty"] is not False,
            time=text(document, "time"),
            environment=environment_of(document),
            noise=stamped,
            stamp=noise.recorded(in_model(stamped), noise.apart(time.ns for time in times)),
            rounds=whole(document["rounds"]),
            round_seconds=positive(document["round_seconds"]),
            times=times,
            left_out={text(entry, "sampler"): text(entry, "reason") for entry in document["left_out"]},
            tables=tuple(table_of(entry) for entry in document["tables"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error!r}): run `{MAKE}` again") from None


def text(document: Mapping[str, Any], key: str) -> str:
    """A string of a document; TypeError if it is none."""
    value = document[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} = {value!r}")
    return value


def environment_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The description of the machine; TypeError if a part that is shown has a wrong type."""
    described = dict(document["machine"])
    whole(described["cores"])
    for key in ("cpu", "simd"):
        text(described, key)
    for size in dict(described["caches"]).values():
        whole(size)
    dict(described["packages"])
    return described


def noise_of(stamped: Any) -> dict[str, float]:
    """The noise of the times; empty if the system has no counters, TypeError if it is no stamp."""
    if stamped is None:
        return {}
    found = {key: finite(stamped[key]) for key in ("seconds", "busy_cores", "stolen", "load")}
    known = {key: value for key, value in found.items() if value is not None and value >= 0}
    if len(known) < len(found):
        raise TypeError(f"noise = {stamped!r}")
    return known


def in_model(stamped: Mapping[str, float]) -> noise.Disturbance | None:
    """The same as a report has it."""
    return noise.Disturbance((Noise(**stamped),)) if stamped else None


def times_of(cells: Iterable[Mapping[str, Any]]) -> Iterator[MachineTime]:
    """Yield the times of all cells; TypeError or ValueError if one is no time."""
    for cell in cells:
        for time in cell["times"]:
            q25, median, q75 = map(positive, time["ns"])
            yield MachineTime(
                law=text(cell, "law"),
                rows=whole(cell["rows"]),
                k=whole(cell["k"]),
                request=text(cell, "request"),
                sampler=text(time, "sampler"),
                ns=Measurement(median, q25, q75, samples=tuple(map(positive, time["rounds_ns"]))),
                faster_than={peer: middle(ratio) for peer, ratio in time["faster_than"].items()},
            )


def middle(ratio: Any) -> float:
    """The median of three quartiles; TypeError or ValueError if they are none."""
    _, median, _ = map(positive, ratio)
    return median


def table_of(entry: Any) -> Mapping[str, Any]:
    """What a machine says of a table; TypeError if the keys by which it is found have a wrong type."""
    text(entry, "law")
    text(entry, "strategy")
    whole(entry["V"])
    if not isinstance(entry["replacement"], bool):
        raise TypeError(f"replacement = {entry['replacement']!r}")
    return dict(entry)


def positive(value: Any) -> float:
    """A positive finite number; TypeError if it is none."""
    number = finite(value)
    if number is None or number <= 0:
        raise TypeError(f"{value!r} is no positive number")
    return number


def whole(value: Any) -> int:
    """An integer of 1 or more; TypeError if it is none."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < LARGEST:
        raise TypeError(f"{value!r} is no whole number of 1 or more")
    return value
