# SPDX-License-Identifier: MIT
"""``python -m benchmarks.gpu``: time `cuda_multinomial` and its alternatives, which draw ids for a training step.

It writes ``gpu.json`` and ``GPU.md`` into a folder. The compared calls take turns within one process. A call ends when
its ids are ready (``torch.cuda.synchronize``), so that its time is the waiting time of a training step.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser
from samplers.files import write_text
from samplers.recommendation.timing import take_turns

from .documents import write
from .environment import commit, environment
from .suite import SEED
from .workloads import noise_of

OUT = Path(".asv/gpu")
COMMAND = "python -m benchmarks.gpu"
ROWS, K = 16_384, 5
ROUNDS, ROUND_SECONDS = 9, 0.05
WORKLOADS = ("zipf_1e2", "zipf_1e4", "zipf_1e6", "zipf_1e7")
# Without replacement torch makes a matrix of rows x V exponential random numbers: 131 GB in all for 16,384 rows at
# V = 1e6.
DISTINCT_WORKLOADS, DISTINCT_ROWS = ("zipf_1e2", "zipf_1e4", "zipf_1e6"), 1024
CHECKED = ("zipf_1e2", "zipf_1e4", "zeros")
SIDES = {
    "torch on device": "`torch.multinomial` on the device, ids stay there",
    "cuda_multinomial": "`cuda_multinomial.sample`, ids copied to the host",
    "alias": "`alias.sample` on one CPU thread, ids stay on the host",
    "alias to device": "`alias.sample` into pinned memory, copied to the device",
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and write both files; returns 2 if the device is missing."""
    parser = Parser(prog=COMMAND, description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write into (default: %(default)s)")
    parser.add_argument("--device", default="cuda", help="torch device (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    reason = samplers.why_unavailable("cuda_multinomial")
    if reason is not None and chosen.device.startswith("cuda"):
        print(f"{COMMAND}: {reason}", file=sys.stderr)
        return 2
    start = time.perf_counter()
    document = measured(chosen.device)
    document["minutes"] = round((time.perf_counter() - start) / 60, 2)
    write(chosen.out / "gpu.json", document)
    write_text(chosen.out / "GPU.md", as_markdown(document))
    print(as_markdown(document))
    return 0


def measured(device: str) -> dict[str, Any]:
    """Times and fidelity on a device, with the commit and the environment; JSON-ready."""
    head, dirty = commit()
    tasks = [(name, True, ROWS) for name in WORKLOADS]
    tasks += [(name, False, DISTINCT_ROWS) for name in DISTINCT_WORKLOADS]
    cells = [cell(*task, device) for task in track(tasks, description="timing", disable=not sys.stderr.isatty())]
    checks = [check(name, mode, device) for name in CHECKED for mode in (True, False)]
    return {
        "schema": "samplers/gpu/v1",
        "command": COMMAND,
        "commit": head,
        "dirty": dirty,
        "seed": SEED,
        "device": about_device(device),
        "environment": environment(),
        "cells": cells,
        "fidelity": checks,
    }


def about_device(device: str) -> dict[str, Any]:
    """The name of a torch device and, for a GPU, its memory in GiB and the version of CUDA."""
    import torch

    if not device.startswith("cuda"):
        return {"name": device}
    properties = torch.cuda.get_device_properties(device)
    gib = round(properties.total_memory / 2**30, 1)
    return {"name": properties.name, "memory_gib": gib, "cuda": torch.version.cuda}


def cell(workload: str, replacement: bool, rows: int, device: str) -> dict[str, Any]:
    """Nanoseconds per id of every compared call in each round, on one workload; JSON-ready."""
    times = take_turns(sides(workload, replacement, rows, device), ROUNDS, ROUND_SECONDS)
    ns = {name: (seconds / (rows * K) * 1e9).tolist() for name, seconds in times.items()}
    return {"workload": workload, "replacement": replacement, "rows": rows, "k": K, "ns": ns}


def sides(workload: str, replacement: bool, rows: int, device: str) -> Mapping[str, Callable[[], object]]:
    """The compared calls, by the names of `SIDES`; each returns when its ids are ready."""
    import torch

    noise = noise_of(workload)
    wait: Any = torch.cuda.synchronize if device.startswith("cuda") else (lambda: None)
    ours = samplers.get("cuda_multinomial")(noise, rng=SEED, replacement=replacement, device=device)  # type: ignore[call-arg]
    alias: Any = samplers.create("alias", noise, rng=SEED, replacement=replacement)
    p = torch.tensor(noise.probabilities, device=device)
    generator = torch.Generator(device=device).manual_seed(SEED)
    host = torch.empty((rows, K), dtype=torch.int64, pin_memory=device.startswith("cuda"))
    on_device = torch.empty((rows, K), dtype=torch.int64, device=device)
    step = max(1, 2**27 // len(noise))  # rows that `cuda_multinomial` draws together without replacement

    def draw_on_device() -> None:
        if replacement:
            torch.multinomial(p, rows * K, replacement=True, generator=generator)
        else:
            for first in range(0, rows, step):
                torch.multinomial(p.expand(min(step, rows - first), -1), K, generator=generator)
        wait()

    def copy_to_device() -> None:
        alias.sample(rows, K, out=host)
        on_device.copy_(host, non_blocking=True)
        wait()

    calls = (
        draw_on_device,
        lambda: ours.sample(rows, K, out=host),
        lambda: alias.sample(rows, K, out=host),
        copy_to_device,
    )
    return dict(zip(SIDES, calls, strict=True))


def check(workload: str, replacement: bool, device: str) -> dict[str, Any]:
    """Check the fidelity of `cuda_multinomial` on a workload; JSON-ready."""
    sampler = samplers.get("cuda_multinomial")(noise_of(workload), rng=SEED, replacement=replacement, device=device)  # type: ignore[call-arg]
    start = time.perf_counter()
    result = samplers.check_fidelity(sampler, k=K)
    seconds = round(time.perf_counter() - start, 2)
    failed = [test.name for test in result.tests if not test.passed]
    return {
        "workload": workload,
        "replacement": replacement,
        "rows": result.rows,
        "k": K,
        "tests": len(result.tests),
        "passed": result.passed,
        "failed": failed,
        "seconds": seconds,
    }


def as_markdown(document: Mapping[str, Any]) -> str:
    """The page ``GPU.md``."""
    device, host = document["device"], document["environment"]
    lines = [
        "# Negatives for a GPU",
        "",
        f"`{document['command']}` at commit `{document['commit']}`"
        f"{' with uncommitted changes' if document['dirty'] else ''}, {document['minutes']} minutes: {device['name']}, "
        f"{host['cpu']}, torch {host['packages'].get('torch')}, NumPy {host['packages'].get('numpy')}.",
        "",
        f"Nanoseconds per id, k = {K}: the median of {ROUNDS} rounds and, in brackets, the minimum and the maximum. "
        "The compared calls take turns. A call ends when its ids are ready.",
        "",
        "| workload | ids of a row | rows per call |" + "".join(f" {text} |" for text in SIDES.values()),
        "|---|---|---:|" + "---:|" * len(SIDES),
    ]
    for timed in document["cells"]:
        figures = "".join(f" {spread(timed['ns'][name])} |" for name in SIDES)
        lines.append(f"| {timed['workload']} | {mode_in_words(timed)} | {timed['rows']:,} |{figures}")
    lines += ["", "Fidelity of `cuda_multinomial` on this device, by `samplers.check_fidelity`:", ""]
    lines += ["| workload | ids of a row | rows | tests | result | seconds |", "|---|---|---:|---:|---|---:|"]
    for checked in document["fidelity"]:
        result = "faithful" if checked["passed"] else f"not faithful: {', '.join(checked['failed'])}"
        lines.append(
            f"| {checked['workload']} | {mode_in_words(checked)} | {checked['rows']:,} | {checked['tests']} | {result} "
            f"| {checked['seconds']} |"
        )
    return "\n".join(lines) + "\n"


def mode_in_words(entry: Mapping[str, Any]) -> str:
    return "any" if entry["replacement"] else "distinct"


def spread(values: list[float]) -> str:
    """Median, minimum and maximum, with three significant digits."""
    return f"{float(np.median(values)):.3g} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    raise SystemExit(main())
