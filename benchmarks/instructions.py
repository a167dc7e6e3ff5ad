# SPDX-License-Identifier: MIT
"""``python -m benchmarks.instructions``: how many instructions does an id take?

Times depend on the clock of the processor and on other programs; instruction counts of the same code do not. The
processor counts them (``perf stat``), where the machine lets it. Otherwise valgrind does, which runs a program some
50 times slower and knows no AVX-512, so that it counts the AVX2 kernels. The difference of two numbers of calls leaves
out the start of the program and the build. If there is neither, the file says why.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import samplers
from samplers.kernels import rows as kernel

from . import documents
from .bench_exclusion import ROWS
from .environment import ROOT
from .suite import FEW, SEED, sampler_names, why_not
from .variants import create
from .workloads import noise_of

WORKLOAD, K = "zipf_1e4", 5
CALLS = (10, 30)  # of the two counts whose difference is taken
PERF, VALGRIND = "perf", "valgrind"
EVENT = "instructions:u"
SIMD_OF_VALGRIND = "avx2"
# valgrind writes its counts before each call of this function, which nothing else in the program calls.
MARK, marked = "getppid", os.getppid
# torch alone executes 5e9 instructions before it draws, minutes under valgrind. `--samplers` counts it all the same.
USUAL = ("alias", "alias_distinct", "spectrum", "cum_table", "bisect", "numpy_choice", "scipy_alias_urn")


def draw(names: Sequence[str], calls: Sequence[int], mark: bool) -> None:
    """The program that is counted: the calls of each strategy, with a mark before and after each number of calls."""
    for name in names:
        sampler = create(name, noise_of(WORKLOAD), rng=SEED)
        out = np.zeros((rows_of(name), K), dtype=np.int64)
        sampler.sample(*out.shape, out=out)
        for number in calls:
            if mark:
                marked()
            for _ in range(number):
                sampler.sample(*out.shape, out=out)
        if mark:
            marked()


def rows_of(name: str) -> int:
    """Rows of a call: fewer if the cost of the strategy is per row."""
    return FEW if samplers.get(name).info.cost == "row" else ROWS


def program(names: Sequence[str], calls: Sequence[int], mark: bool) -> list[str]:
    """The command that runs `draw`."""
    code = f"from benchmarks.instructions import draw; draw({list(names)!r}, {list(calls)!r}, {mark})"
    return [sys.executable, "-c", code]


def run(command: Sequence[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a counter in a fixed environment: random hashes and threads would change the counts."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    fixed = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "PYTHONPATH": path, "LC_ALL": "C"}
    return subprocess.run(command, env=os.environ | fixed | settings, capture_output=True, text=True, check=False)


def counter() -> tuple[str | None, str]:
    """Which counter this machine has, and why it has none or not the better one."""
    reasons = [why_no_perf()]
    if reasons[0] is None:
        return PERF, ""
    if shutil.which(VALGRIND):
        return VALGRIND, reasons[0]
    return None, f"{reasons[0]}; valgrind is not installed"


def why_no_perf() -> str | None:
    """Why ``perf stat`` does not count instructions here; None if it does."""
    if shutil.which(PERF) is None:
        return "perf is not installed"
    done = run(perf(["true"]))
    if done.returncode == 0 and counted_by_perf(done.stderr) is not None:
        return None
    return "perf counts no instructions on this machine"


def perf(command: Sequence[str]) -> list[str]:
    """The command that counts the instructions of another one."""
    return [PERF, "stat", "--field-separator", ",", "--event", EVENT, "--", *command]


def counted_by_perf(text: str) -> int | None:
    """The count in the output of ``perf stat``; None if the machine has no such counter."""
    found = re.search(rf"^(\d+),[^,]*,{EVENT},", text, re.MULTILINE)
    return int(found[1]) if found else None


def by_perf(names: Sequence[str]) -> dict[str, list[int]]:
    """The instructions of each strategy for each number of calls; a process for each."""
    counts: dict[str, list[int]] = {name: [] for name in names}
    for name in names:
        for number in CALLS:
            done = run(perf(program([name], [number], mark=False)))
            found = counted_by_perf(done.stderr)
            if done.returncode != 0 or found is None:
                raise RuntimeError(f"perf stat of {name} ended with exit code {done.returncode}: {done.stderr}")
            counts[name].append(found)
    return counts


def by_valgrind(names: Sequence[str]) -> dict[str, list[int]]:
    """The instructions of each strategy for each number of calls, from one process with marks in between."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        options = ["--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={out}"]
        done = run([VALGRIND, *options, *program(names, CALLS, mark=True)], SAMPLERS_SIMD=SIMD_OF_VALGRIND)
        if done.returncode != 0:
            raise RuntimeError(f"valgrind ended with exit code {done.returncode}: {done.stderr}")
        files = sorted(Path(folder).glob("counts.*"), key=lambda path: int(path.suffix[1:]))
        totals = [total_of_dump(path.read_text(encoding="utf-8", errors="replace")) for path in files]
    expected = len(names) * (len(CALLS) + 1)
    if len(totals) < expected:
        raise RuntimeError(f"valgrind wrote {len(totals)} counts, and {expected} are needed")
    of_each = [totals[start : start + 1 + len(CALLS)] for start in range(0, expected, 1 + len(CALLS))]
    return {name: counts[1:] for name, counts in zip(names, of_each, strict=True)}  # the first is the build


def total_of_dump(text: str) -> int:
    """The instructions since the dump before.

    Raises
    ------
    RuntimeError
        If the file has another format.
    """
    found = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    if found is None:
        raise RuntimeError("a file of callgrind has no line `totals:`")
    return int(found[1])


def per_id(name: str, counts: Sequence[int]) -> float:
    """Instructions an id, from the counts for `CALLS`."""
    return (counts[1] - counts[0]) / ((CALLS[1] - CALLS[0]) * rows_of(name) * K)


def measure(names: Sequence[str], which: str | None) -> list[dict[str, Any]]:
    """Instructions an id of each strategy, the fewest first; none without a counter."""
    if which is None:
        return []
    counts = by_perf(names) if which == PERF else by_valgrind(names)
    found = [
        {"sampler": name, "instructions": per_id(name, of_it), "rows": rows_of(name)} for name, of_it in counts.items()
    ]
    return sorted(found, key=lambda entry: float(entry["instructions"]))


def table(results: Sequence[Mapping[str, Any]], simd: str) -> Table:
    """A strategy a row."""
    shown = Table("strategy", title=f"instructions an id, {WORKLOAD}, {simd} kernels", title_style="")
    shown.add_column("instructions an id", justify="right")
    for result in results:
        shown.add_row(result["sampler"], f"{result['instructions']:,.1f}")
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Count, print the table and write the file; returns 0, also if the machine has no counter."""
    document = documents.INSTRUCTIONS
    parser = document.parser(__doc__)
    parser.add_argument("--samplers", nargs="+", choices=sampler_names(), metavar="NAME", help="default: without torch")
    given = parser.parse_args(arguments)
    which, reason = counter()
    names = given.samplers or [name for name in USUAL if why_not(name) is None]
    for name in names:
        if why_not(name) is not None:
            parser.error(f"--samplers {name}: {why_not(name)}")
    simd = SIMD_OF_VALGRIND if which == VALGRIND else kernel.simd()
    start = documents.Start.now()
    results = measure(names, which)
    documents.write(
        document,
        {"counter": which, "reason": reason, "simd": simd, "workload": WORKLOAD, "k": K, "results": results},
        given.out,
        start,
    )
    if results:
        Console().print(table(results, simd))
    print(
        f"counted with {which}" + (f", because {reason}" if reason else "") if which else f"nothing counted: {reason}"
    )
    print(given.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
