# SPDX-License-Identifier: MIT
"""``python -m benchmarks.gpu``: ids for a training step on a GPU, by `cuda_multinomial` and by its alternatives.

It writes ``gpu.json`` and ``GPU.md`` into a folder. The sides take turns within one process. A call ends when its ids
are there (``torch.cuda.synchronize``), so that a figure holds what a training step waits for.
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
# A matrix of rows x V exponentials without replacement: at V = 1e6 a call of 16,384 rows takes 131 GB of them in turns.
DISTINCT_WORKLOADS, DISTINCT_ROWS = ("zipf_1e2", "zipf_1e4", "zipf_1e6"), 1024
CHECKED = ("zipf_1e2", "zipf_1e4", "zeros")
SIDES = {
    "torch on device": "`torch.multinomial` on the device, ids stay there",
    "cuda_multinomial": "`cuda_multinomial.sample`, ids copied to the host",
    "alias": "`alias.sample` on one CPU thread, ids stay on the host",
    "alias to device": "`alias.sample` into pinned memory, copied to the device",
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and write; 2 where there is no such device."""
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
    """Times and fidelity on a device, with what made them."""
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
    """The name and the memory of a torch device."""
    import torch

    if not device.startswith("cuda"):
        return {"name": device}
    found = torch.cuda.get_device_properties(device)
    return {"name": found.name, "memory_gib": round(found.total_memory / 2**30, 1), "cuda": torch.version.cuda}


def cell(workload: str, replacement: bool, rows: int, device: str) -> dict[str, Any]:
    """Nanoseconds an id of every side, on one workload."""
    times = take_turns(sides(workload, replacement, rows, device), ROUNDS, ROUND_SECONDS)
    ns = {name: (found / (rows * K) * 1e9).tolist() for name, found in times.items()}
    return {"workload": workload, "replacement": replacement, "rows": rows, "k": K, "ns": ns}


def sides(workload: str, replacement: bool, rows: int, device: str) -> Mapping[str, Callable[[], object]]:
    """The calls that are compared, by the names of `SIDES`; each returns when its ids are there."""
    import torch

    noise = noise_of(workload)
    wait: Any = torch.cuda.synchronize if device.startswith("cuda") else (lambda: None)
    ours = samplers.get("cuda_multinomial")(noise, rng=SEED, replacement=replacement, device=device)  # type: ignore[call-arg]
    alias: Any = samplers.create("alias", noise, rng=SEED, replacement=replacement)
    p = torch.tensor(noise.probabilities, device=device)
    generator = torch.Generator(device=device).manual_seed(SEED)
    host = torch.empty((rows, K), dtype=torch.int64, pin_memory=device.startswith("cuda"))
    there = torch.empty((rows, K), dtype=torch.int64, device=device)
    step = max(1, 2**27 // len(noise))  # rows that `cuda_multinomial` draws together without replacement

    def on_device() -> None:
        if replacement:
            torch.multinomial(p, rows * K, replacement=True, generator=generator)
        else:
            for first in range(0, rows, step):
                torch.multinomial(p.expand(min(step, rows - first), -1), K, generator=generator)
        wait()

    def to_device() -> None:
        alias.sample(rows, K, out=host)
        there.copy_(host, non_blocking=True)
        wait()

    calls = (on_device, lambda: ours.sample(rows, K, out=host), lambda: alias.sample(rows, K, out=host), to_device)
    return dict(zip(SIDES, calls, strict=True))


def check(workload: str, replacement: bool, device: str) -> dict[str, Any]:
    """Whether `cuda_multinomial` is faithful on a workload."""
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
    """The page."""
    device, about = document["device"], document["environment"]
    lines = [
        "# Negatives for a GPU",
        "",
        f"`{document['command']}` at commit `{document['commit']}`"
        f"{' with uncommitted changes' if document['dirty'] else ''}, {document['minutes']} minutes: {device['name']}, "
        f"{about['cpu']}, torch {about['packages'].get('torch')}, NumPy {about['packages'].get('numpy')}.",
        "",
        f"Nanoseconds an id, k = {K}: the median of {ROUNDS} rounds in turns and, in brackets, the smallest and the "
        "largest. A call ends when its ids are there.",
        "",
        "| workload | ids of a row | rows a call |" + "".join(f" {text} |" for text in SIDES.values()),
        "|---|---|---:|" + "---:|" * len(SIDES),
    ]
    for found in document["cells"]:
        mode = "any" if found["replacement"] else "distinct"
        figures = "".join(f" {spread(found['ns'][name])} |" for name in SIDES)
        lines.append(f"| {found['workload']} | {mode} | {found['rows']:,} |{figures}")
    lines += ["", "What `cuda_multinomial` draws there, by `samplers.check_fidelity`:", ""]
    lines += ["| workload | ids of a row | rows | tests | verdict | seconds |", "|---|---|---:|---:|---|---:|"]
    for found in document["fidelity"]:
        verdict = "faithful" if found["passed"] else f"not faithful: {', '.join(found['failed'])}"
        mode = "any" if found["replacement"] else "distinct"
        lines.append(
            f"| {found['workload']} | {mode} | {found['rows']:,} | {found['tests']} | {verdict} | {found['seconds']} |"
        )
    return "\n".join(lines) + "\n"


def spread(values: list[float]) -> str:
    """Median, smallest and largest, three digits each."""
    return f"{float(np.median(values)):.3g} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    raise SystemExit(main())
