# SPDX-License-Identifier: MIT
"""``python -m reports compare FILE``: the page of the strategies that ``python -m benchmarks compare`` has measured."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.checks import read_check, read_described
from benchmarks.documents import COMPARE, InputError, finite, record
from samplers.commands.ending import Parser

from .model import Noise, Origin, Report, Speed, Workload
from .statistics import Measurement

Costs = dict[tuple[str, str], Measurement]


def main(arguments: list[str]) -> int:
    """Write the page and print its path; returns 2 if the file cannot be read."""
    parser = Parser(prog="python -m reports compare", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=COMPARE.path, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=COMPARE.path.parent, help="folder to write into")
    chosen = parser.parse_args(arguments)
    try:
        report = read(chosen.file)
    except InputError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    from .page import write  # the import of matplotlib takes a second

    page, verdict = write(report, chosen.out)
    print(f"{verdict.headline.replace('`', '')}\n\n{page.resolve()}")
    return 0


def read(path: Path) -> Report:
    """The report of a few strategies.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another version.
    """
    document = COMPARE.read(path)
    try:
        return report_of(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise COMPARE.damaged(path, repr(error)) from None


def report_of(document: Mapping[str, Any]) -> Report:
    """The report of a document of the right schema."""
    samplers = read_described(document["samplers"])
    known = {sampler.name: sampler for sampler in samplers}
    workload = record(Workload, document["workload"])
    speed = {
        (entry["sampler"], workload.name): Speed(
            of(entry["seconds"]).scaled(1e9 / (entry["rows"] * entry["k"])), entry["rows"], entry["k"]
        )
        for entry in document["times"]
    }
    for name in document["failed"]:
        speed[name, workload.name] = Speed(Measurement(None, failed=True), 0, 0)
    return Report(
        samplers=samplers,
        workloads=(workload,),
        speed=speed,
        build=costs(document, workload.name, "build"),
        nbytes=costs(document, workload.name, "nbytes"),
        peak={},
        first_call=costs(document, workload.name, "first_call"),
        post004={},
        checks=tuple(read_check(result, known.get(result["sampler"])) for result in document["checks"]),
        origin=origin(document),
        noise=noise(document["noise"]),
        few=True,
    )


def of(samples: Any) -> Measurement:
    """The median and the quartiles of samples, or a single number."""
    if not isinstance(samples, list):
        return Measurement(finite(samples))
    q25, median, q75 = (float(np.quantile(samples, q)) for q in (0.25, 0.5, 0.75))
    return Measurement(median, q25, q75, samples=tuple(samples))


def costs(document: Mapping[str, Any], workload: str, key: str) -> Costs:
    """One cost of each strategy."""
    return {(entry["sampler"], workload): of(entry[key]) for entry in document["costs"]}


def origin(document: Mapping[str, Any]) -> Origin:
    """Where and how it was measured."""
    environment = dict(document["environment"])
    packages = environment.pop("packages")
    return Origin(
        command=document["command"],
        commit=document["commit"],
        measured=document["measured"],
        fidelity_command=document["command"],
        fidelity_commit=document["commit"],
        dirty=bool(document["dirty"]),
        seed=document["seed"],
        environment={key: value for key, value in environment.items() if value not in (None, "")},
        packages=packages,
    )


def noise(entry: Mapping[str, Any] | None) -> Noise | None:
    """What disturbed the times."""
    if entry is None:
        return None
    return Noise(float(entry["busy_cores"]), float(entry["stolen"]), float(entry["load"]), steps=1)
