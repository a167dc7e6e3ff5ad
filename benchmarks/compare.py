# SPDX-License-Identifier: MIT
"""``python -m benchmarks compare NAME ...``: time and check a few strategies on one workload, and write a page of them.

The strategies take turns in one process and on one thread, so that a slow phase of the machine affects all of them. asv
is not used: it needs a commit, a process for each cell, and workloads with names. The exit code is 1 if a strategy
fails, or if it fails its fidelity check.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

import samplers
from samplers.arguments import as_count
from samplers.commands.ending import Parser
from samplers.recommendation.recommend import spanning
from samplers.recommendation.timing import take_turns

from . import noise as noise_stamp
from .bench_sample import MANY
from .describe import FAILURES, describe, describe_noise, label, why_failed
from .documents import COMPARE, FOLDER, Start, write
from .environment import ROOT
from .fidelity import K, check, in_processes
from .questions import asked
from .suite import FEW, SEED, for_gpus, sampler_names
from .variants import create
from .workloads import EXTRA, WORKLOADS, noise_of

Result = TypeVar("Result")
OUT = FOLDER / "compare"
ROUNDS, ROUND_SECONDS = 15, 0.03
BUILDS = 5
WIDTH = 100  # columns of a terminal
UNUSABLE, NOT_FAITHFUL = 2, 1
UNREADABLE = (OSError, TypeError, ValueError, MemoryError)  # what a file of counts may raise


def main(arguments: list[str] | None = None) -> int:
    """Time and check the strategies, print a table, and write the file and the page.

    Returns
    -------
    int
        0; 1 if a strategy fails or is not faithful; 2 if the page cannot be written.
    """
    words = sys.argv[1:] if arguments is None else arguments
    parser = Parser(prog=COMPARE.made_by, description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help="registered strategies, plug-ins and peers")
    parser.add_argument(
        "--workload", default="english", help="a workload by name, or a file of counts; default: %(default)s"
    )
    parser.add_argument("--exponent", type=float, help="power of the counts of a file; default: 0.75")
    parser.add_argument(
        "--module", action="append", default=[], help="a module to import first, which registers strategies"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="folder; default: %(default)s")
    chosen = parser.parse_args(words)
    names = list(dict.fromkeys(chosen.names))
    try:
        load(chosen.module)
        refuse_unknown(names)
        workload, noise = read_workload(chosen.workload, chosen.exponent)
    except ValueError as error:
        parser.error(str(error))
    start = Start.now()
    described = [describe(name) for name in names]
    document = {"seed": SEED, "questions": asked(), "workload": workload, "samplers": described}
    document |= measure(names, noise)
    tasks = [(chosen.module, name, workload["name"], K, noise) for name in names]
    document["checks"] = in_processes(check_in_process, tasks, 2, "checking fidelity")
    file = chosen.out / COMPARE.path.name
    write(COMPARE, document, file, start, shlex.join(words))
    Console(width=min(WIDTH, Console().width)).print(table(names, document))
    written = subprocess.run(
        [sys.executable, "-m", "reports", "compare", str(file.resolve()), "--out", str(chosen.out.resolve())],
        cwd=ROOT,
        check=False,
    )
    if written.returncode != 0:
        return UNUSABLE
    return 0 if all(faithful(name, document) for name in names) else NOT_FAITHFUL


def load(modules: Sequence[str]) -> None:
    """Import the modules of ``--module``, which may be in the current folder.

    Raises
    ------
    ValueError
        If a module cannot be imported.
    """
    for module in modules:
        try:
            import_module(module)
        except FAILURES as error:  # whatever the code of a user raises
            raise ValueError(f"--module {module}: it cannot be imported: {why_failed(error)}") from error


def refuse_unknown(names: Sequence[str]) -> None:
    """Refuse names that are not registered, and strategies that cannot run here.

    Raises
    ------
    ValueError
        With the near names if a name is unknown, or with the reason why a strategy cannot run.
    """
    known = sampler_names()
    for name in names:
        if name not in samplers.names():
            raise ValueError(
                f"there is no strategy {name!r}: {near(name, known)}; --module imports one that registers itself"
            )
        reason = samplers.why_unavailable(name) or for_gpus(name)
        if reason is not None:
            raise ValueError(f"{name} cannot run here: {reason}")


def near(name: str, known: Sequence[str]) -> str:
    """The names that are near a wrong one; all of them if none is near."""
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"the names are {', '.join(known)}"


def read_workload(given: str, exponent: float | None) -> tuple[dict[str, Any], samplers.NoiseDistribution]:
    """The description of a workload and its noise distribution, from a name or a file of counts.

    Raises
    ------
    ValueError
        If there is neither a workload nor a file of this name, if the file cannot be read, or if an exponent is given
        for a workload that has its own.
    """
    named = WORKLOADS | EXTRA
    if given in named:
        if exponent is not None:
            raise ValueError(f"--exponent {exponent:g}: the workload {given} has its own exponent; leave it out")
        try:
            noise = noise_of(given)
        except ImportError as error:
            raise ValueError(f"--workload {given}: {error}") from error
        return describe_noise(given, named[given].formula, noise), noise
    path = Path(given)
    if not path.exists():
        raise ValueError(f"--workload {given}: there is no such file, and no such workload: {near(given, list(named))}")
    try:
        read = samplers.read_counts(path)
        noise = samplers.NoiseDistribution(read, exponent=0.75 if exponent is None else exponent)
    except UNREADABLE as error:
        raise ValueError(f"--workload {given}: {error}") from error
    return describe_noise(path.name, f"the counts of {path.name}, read as {read.form}", noise), noise


def measure(names: Sequence[str], noise: samplers.NoiseDistribution) -> dict[str, Any]:
    """Time the calls and the builds of all strategies, JSON-ready.

    Returns
    -------
    dict
        "times": of each strategy "rows", "k" and "seconds", those of a call in each round. "costs": "build" and
        "first_call", seconds in each round, and "nbytes". "failed": the message of each strategy that cannot draw.
        "disturbed": what disturbed the times.
    """
    quiet, calls, failed = noise_stamp.reading(), {}, {}
    shapes = {name: (FEW if samplers.get(name).info.cost == "row" else MANY, K) for name in names}
    built: dict[str, samplers.Sampler] = {}
    sizes: dict[str, int] = {}
    for name in track(names, "building"):
        try:
            built[name] = create(name, noise, rng=SEED)
            call = drawing(name, built[name], *shapes[name])
            call()
            sizes[name], calls[name] = as_count(f"nbytes of {name}", built[name].nbytes, minimum=0), call
        except Failed as error:
            failed[name] = why_failed(error.__cause__ or error)
        except FAILURES as error:  # the code of a user may raise anything; the others are measured
            failed[name] = why_failed(error)
    spans = {name: spanning(built[name], shapes[name][0] * K) for name in calls}
    times = without_failures(calls, failed, lambda: take_turns(calls, ROUNDS, ROUND_SECONDS, min_calls=spans))
    costs = without_failures(calls, failed, lambda: building(list(calls), noise))
    disturbed = noise_stamp.between(quiet, noise_stamp.reading())
    return {
        "times": [
            {"sampler": name, "rows": shapes[name][0], "k": K, "seconds": seconds.tolist()}
            for name, seconds in times.items()
            if name in calls
        ],
        "costs": [{"sampler": name, "nbytes": sizes[name]} | costs[name] for name in calls],
        "failed": failed,
        "disturbed": None if disturbed is None else asdict(disturbed),
    }


class Failed(Exception):
    """A strategy raised an error while it was timed; the cause is its error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def without_failures(calls: dict[str, Any], failed: dict[str, str], run: Callable[[], Result]) -> Result:
    """What ``run`` returns, again without each strategy that fails; these move from ``calls`` to ``failed``."""
    while True:
        try:
            return run()
        except Failed as error:
            calls.pop(error.name)
            failed[error.name] = why_failed(error.__cause__ or error)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Raise `Failed` in place of what the code of a strategy raises."""
    try:
        yield
    except FAILURES as error:
        raise Failed(name) from error


def drawing(name: str, sampler: samplers.Sampler, rows: int, k: int) -> Callable[[], object]:
    """A call that draws into an array that is in memory."""
    out = np.zeros((rows, k), dtype=np.int64)

    def draw() -> object:
        try:  # a context manager would take a microsecond of each call
            return sampler.sample(rows, k, out=out)
        except FAILURES as error:
            raise Failed(name) from error

    return draw


def building(names: Sequence[str], noise: samplers.NoiseDistribution) -> dict[str, dict[str, list[float]]]:
    """Seconds to build each sampler, and of its first five ids, in turns."""
    costs: dict[str, dict[str, list[float]]] = {name: {"build": [], "first_call": []} for name in names}
    for _ in track(range(BUILDS), "timing builds"):
        for name in names:
            with named(name):
                start = time.perf_counter()
                sampler = create(name, noise, rng=SEED)
                middle = time.perf_counter()
                sampler.sample(1, 5)
                costs[name]["first_call"].append(time.perf_counter() - middle)
                costs[name]["build"].append(middle - start)
    return costs


def check_in_process(
    modules: Sequence[str], name: str, workload: str, k: int, noise: samplers.NoiseDistribution
) -> dict[str, Any]:
    """Check a strategy in another process, which must import the modules again."""
    load(modules)
    return check(name, workload, k, noise)


def faithful(name: str, document: Mapping[str, Any]) -> bool:
    """Whether a strategy could draw and passed its check; a strategy that refuses the law is no failure."""
    result = next(result for result in document["checks"] if result["sampler"] == name)
    return bool(result["refused"] or (result["passed"] and name not in document["failed"]))


def table(names: Sequence[str], document: Mapping[str, Any]) -> Table:
    """The strategies as a table, the fastest first; ratios are those of the rounds to the first named strategy."""
    times = {entry["sampler"]: np.array(entry["seconds"]) / (entry["rows"] * entry["k"]) for entry in document["times"]}
    costs = {entry["sampler"]: entry for entry in document["costs"]}
    first = next((name for name in names if name in times), "")
    workload = document["workload"]
    shown = Table(box=box.SIMPLE, pad_edge=False, title_style="")
    shown.title = f"{workload['name']}, {workload['V']:,} ids; ratio: of the times, to {escape(first)}"
    shown.add_column("strategy", no_wrap=True)
    for title in ("ns an id", "ratio", "quartiles", "build, ms", "KiB"):
        shown.add_column(title, justify="right", no_wrap=title != "quartiles")
    shown.add_column("law", overflow="fold", min_width=8)
    for name in sorted(times, key=lambda name: float(np.median(times[name]))):
        low, middle, high = np.quantile(times[name] / times[first], (0.25, 0.5, 0.75))
        shown.add_row(
            escape(label(name)),
            f"{np.median(times[name]) * 1e9:.3g}",
            f"{middle:.3g}",
            f"{low:.3g} {high:.3g}",
            f"{np.median(costs[name]['build']) * 1e3:.3g}",
            f"{costs[name]['nbytes'] / 1024:,.0f}",
            law(name, document),
        )
    for name, reason in document["failed"].items():
        shown.add_row(escape(label(name)), "", "", "", "", "", escape(reason))
    return shown


def law(name: str, document: Mapping[str, Any]) -> str:
    """The result of the fidelity check in a few words."""
    result = next(result for result in document["checks"] if result["sampler"] == name)
    if result["error"]:
        return escape(result["error"])
    failed = [test["name"] for test in result["tests"] if not test["passed"]]
    return f"[red]fails {escape(failed[0])}[/]" if failed else "faithful"


if __name__ == "__main__":
    raise SystemExit(main())
