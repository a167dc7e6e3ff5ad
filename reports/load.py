# SPDX-License-Identifier: MIT
"""Reads all inputs into one `Report`; `asv_results` reads the format of asv."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.checks import Fidelity, Sampler, Workload, read_fidelity
from benchmarks.documents import FIDELITY, QUESTIONS, finite
from benchmarks.questions import Question, Questions

from . import noise
from .asv_results import (
    BUILD,
    FIRST_CALL,
    LIMIT,
    NBYTES,
    PEAK,
    POST004,
    SAMPLE,
    Cells,
    by_pair,
    headline_speeds,
    limit_parts,
    read_cells,
    read_run,
    started,
)
from .machines.records import read_machines
from .model import Inputs, Origin


def load(
    asv_dir: Path, paths: Mapping[str, Path], command: str, commit: str | None = None, machines: Path | None = None
) -> Inputs:
    """Read all inputs.

    Parameters
    ----------
    asv_dir : Path
        The folder of asv's results.
    paths : mapping of str to Path
        The files of `benchmarks.documents.DOCUMENTS`, by name. All may be missing but the
        questions and the fidelity run.
    command : str
        The command that produced the inputs, as the page shows it.
    commit : str, optional
        A hash or its beginning; default: the newest commit of the results.
    machines : Path, optional
        The folder of the files of ``python -m reports submit``; it may be missing.

    Raises
    ------
    InputError
        If an input is missing, damaged or of another version.
    """
    run, machine = read_run(asv_dir, commit)
    checked = read_fidelity(paths[FIDELITY.name])
    questions = QUESTIONS.load(Questions, paths[QUESTIONS.name]).questions
    from .sections import SECTIONS  # late, because matplotlib takes a second: the errors above come at once

    sources = [noise.SOURCE, *(source for section in SECTIONS for source in section.sources)]
    cells = {name: read_cells(run, name) for name in run["results"]}
    names, order = axis(cells, 0, SAMPLE, BUILD, FIRST_CALL), axis(cells, 1, SAMPLE, BUILD)
    return Inputs(
        samplers=with_timed(checked.samplers, names),
        workloads=tuple(sorted_workloads(checked.workloads, order)),
        checks=checked.results,
        origin=read_origin(run, machine, checked, command),
        mutants=checked.mutants,
        questions=questions,
        **measurements(cells, {question.benchmark: question for question in questions}),
        documents={source.document.name: source.read(paths) for source in sources},
        machines=() if machines is None else read_machines(machines),
    )


def measurements(cells: Mapping[str, Cells], questions: Mapping[str, Question]) -> dict[str, Any]:
    """The fields of a report that asv measured."""
    return {
        "speed": headline_speeds(cells.get(SAMPLE, {})),
        "build": by_pair(cells.get(BUILD, {})),
        "nbytes": by_pair(cells.get(NBYTES, {})),
        "peak": by_pair(cells.get(PEAK, {})),
        "first_call": by_pair(cells.get(FIRST_CALL, {})),
        "post004": {str(key[0]): cell for key, cell in cells.get(POST004, {}).items()},
        "limits": limit_parts(cells.get(LIMIT, {}), math.prod(questions[LIMIT].call((), None))),
        "axes": cells,
    }


def axis(cells: Mapping[str, Cells], at: int, *names: str) -> list[str]:
    """The values of the parameter at position `at` for which the named benchmarks were run."""
    return list(dict.fromkeys(str(key[at]) for name in names for key in cells.get(name, {})))


def with_timed(described: tuple[Sampler, ...], timed: Iterable[str]) -> tuple[Sampler, ...]:
    """All samplers in the order of the registry; samplers that only asv knows come last, with their name alone."""
    known = {sampler.name for sampler in described}
    return described + tuple(Sampler(name) for name in dict.fromkeys(timed) if name not in known)


def sorted_workloads(described: Iterable[Workload], timed: Iterable[str]) -> list[Workload]:
    """All workloads in the order of the benchmarks; workloads that differ only in V are together, sorted by V.

    Parameters
    ----------
    described : iterable of Workload
        The workloads of the fidelity run.
    timed : iterable of str
        Names of the workloads that asv measured.
    """
    known = {w.name: w for w in described}
    names = list(dict.fromkeys([*timed, *known]))
    workloads = [known.get(name) or Workload(name, V=size_in(name)) for name in names]
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        first.setdefault(stem(name), i)
    return sorted(workloads, key=lambda w: (first[stem(w.name)], size_in(w.name) or 0))


def stem(name: str) -> str:
    """A workload's name without its size."""
    return re.sub(r"_\d+(?:e\d+)?$", "", name)


def size_in(name: str) -> int | None:
    """V from the name of a workload that is not described, such as zipf_1e6; None if the name has no size."""
    match = re.search(r"_(\d+(?:e\d+)?)$", name)
    return int(float(match[1])) if match else None


def read_origin(run: Mapping[str, Any], machine: Mapping[str, Any], checked: Fidelity, command: str) -> Origin:
    """The origin of the numbers, without the names of hosts and paths that asv stores."""
    environment = dict(checked.header.machine)
    packages = environment.pop("packages", None) or {}
    ram = finite(float(machine["ram"])) if str(machine.get("ram", "")).isdigit() else None
    facts = {
        "cpu": machine.get("cpu"),
        "cores": machine.get("num_cpu"),
        "os": machine.get("os"),
        "ram_gib": None if ram is None else round(ram / 2**30, 1),
    }
    environment = {k: v for k, v in (facts | environment).items() if v not in (None, "")}
    milliseconds = started(run)
    measured = datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    return Origin(
        command=command,
        commit=run["commit_hash"],
        measured=None if measured is None else f"{measured:%Y-%m-%d %H:%M} UTC",
        fidelity_command=checked.header.command,
        fidelity_commit=checked.header.commit,
        dirty=checked.header.dirty,
        seed=checked.seed,
        environment=environment,
        packages=packages,
    )
