# SPDX-License-Identifier: MIT
"""``python -m reports compare FILE``: the page of the strategies that ``python -m benchmarks compare`` has measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.checks import Check, Sampler, Workload, relabelled
from benchmarks.documents import COMPARE, FOLDER, NOISE, Header, Noise
from benchmarks.questions import Question
from samplers.commands.ending import Parser

from ..analysis import analyse
from ..model import Inputs, Origin, Report, Speed
from ..noise import Stamps
from ..statistics import Measurement

OUT = FOLDER / "compare"


@dataclass(frozen=True)
class Times:
    """The seconds of a call in each round."""

    sampler: str
    rows: int
    k: int
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Cost:
    """The bytes of the tables, and the seconds of a build and of the first ids in each round."""

    sampler: str
    nbytes: int | None
    build: tuple[float, ...]
    first_call: tuple[float, ...]


@dataclass(frozen=True)
class Compared:
    """The file; ``failed`` are the messages of strategies that cannot draw, ``disturbed`` is the noise of the times."""

    header: Header
    seed: int
    workload: Workload
    samplers: tuple[Sampler, ...]
    times: tuple[Times, ...]
    costs: tuple[Cost, ...]
    failed: Mapping[str, str]
    checks: tuple[Check, ...]
    disturbed: Noise | None
    questions: tuple[Question, ...]


def main(arguments: list[str]) -> int:
    """Write the page and print its path; returns 0."""
    parser = Parser(prog="python -m reports compare", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=OUT / COMPARE.path.name, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write into")
    chosen = parser.parse_args(arguments)
    report = read(chosen.file)
    from ..page import write  # the import of matplotlib takes a second

    page = write(report, chosen.out)
    print(f"{report.verdict.headline.replace('`', '')}\n\n{page.resolve()}")
    return 0


def read(path: Path) -> Report:
    """The report of a few strategies.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another version.
    """
    return analyse(inputs_of(COMPARE.load(Compared, path)))


def inputs_of(found: Compared) -> Inputs:
    """The same as the inputs of a report."""
    at, samplers = found.workload.name, found.samplers
    speed = {
        (entry.sampler, at): Speed(
            of(entry.seconds).scaled(1e9 / (entry.rows * entry.k)),
            entry.rows,
            entry.k,
        )
        for entry in found.times
    }
    speed |= {(name, at): Speed(Measurement(None, failed=True), 0, 0) for name in found.failed}
    return Inputs(
        samplers=samplers,
        workloads=(found.workload,),
        speed=speed,
        build={(cost.sampler, at): of(cost.build) for cost in found.costs},
        nbytes={(cost.sampler, at): Measurement(cost.nbytes) for cost in found.costs},
        peak={},
        first_call={(cost.sampler, at): of(cost.first_call) for cost in found.costs},
        post004={},
        checks=relabelled(found.checks, samplers),
        origin=origin(found),
        documents={} if found.disturbed is None else {NOISE.name: Stamps(found.header, {at: found.disturbed})},
        questions=found.questions,
        few=True,
    )


def of(samples: Sequence[float]) -> Measurement:
    """The median and the quartiles of samples."""
    q25, median, q75 = (float(np.quantile(samples, q)) for q in (0.25, 0.5, 0.75))
    return Measurement(median, q25, q75, samples=tuple(samples))


def origin(found: Compared) -> Origin:
    """Where and how it was measured."""
    header, environment = found.header, dict(found.header.machine)
    packages = environment.pop("packages")
    return Origin(
        command=header.command,
        commit=header.commit,
        measured=f"{header.time[:10]} {header.time[11:16]} UTC",
        fidelity_command=header.command,
        fidelity_commit=header.commit,
        dirty=header.dirty,
        seed=found.seed,
        environment={key: value for key, value in environment.items() if value not in (None, "")},
        packages=packages,
    )
