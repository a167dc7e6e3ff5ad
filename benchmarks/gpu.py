# SPDX-License-Identifier: MIT
"""``python -m benchmarks.gpu``: time the samplers that draw on a GPU, and their peers, and check their ids.

It writes ``gpu.json`` and ``GPU.md`` into a folder. All compared calls leave their ids on the device, except for
`alias to device`, which draws on the CPU and copies. The calls are warm, and take turns within one process. CUDA events
take the time on the device. ``--device cpu`` tries the command out without a GPU, with the clock of the host.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser
from samplers.files import write_text
from samplers.torch_tools import cuda_missing, torch_missing

from .documents import GPU, Start, write
from .suite import SEED
from .workloads import noise_of

OUT = Path(".asv/gpu")
COMMAND = GPU.made_by
MINUTES = 8.0
ROUNDS, ROUND_SECONDS = 5, 0.05
K = 8
# Ids of a call: of a training step, and of a call that fills the device. Rows with rules have the first alone.
STEP, LARGE = 2**17, 2**26
ON_HOST = 2**12  # ids of all calls if there is no GPU
WORKLOADS = ("zipf_1e4", "zipf_1e6", "zipf_1e7")
UNIFORM_IDS = (10**6, 10**8)
CHECKED = ("zipf_1e2",)
CHECKED_IDS = 2**16  # that are compared with those of the CPU, in each mode
COPIED = 2**30  # bytes of the copy that measures the bandwidth
TORCH_LIMIT = 2**24  # categories of torch.multinomial
RACE = 2**28  # weights that torch.multinomial holds without replacement: it draws as many exponentials
SECTOR = 32  # bytes that a random read takes from the memory of a GPU
MODES = ("any", "distinct", "one excluded")
# Ids per second on an H100, by kind, V and bytes of an id.
GOALS = {("alias", 10**6, 8): 100e9, ("spectrum", 10**6, 4): 300e9, ("uniform", 10**6, 4): 300e9}


@dataclass(frozen=True)
class Cell:
    """What is compared: calls of one shape over one law.

    Attributes
    ----------
    law : str
        The name of the law.
    mode : {"any", "distinct", "one excluded"}
        The rule for the ids of a row.
    ids : int
        Ids of a call.
    dtype : {"int64", "int32"}
        Of an id.
    """

    law: str
    mode: str
    ids: int
    dtype: str

    @property
    def rows(self) -> int:
        """Rows of a call."""
        return max(1, self.ids // K)


def main(arguments: list[str] | None = None) -> int:
    """Measure and write both files; returns 2 if the device is missing, 1 if ids are wrong."""
    parser = Parser(prog=COMMAND, description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write into (default: %(default)s)")
    parser.add_argument("--device", default="cuda", help="torch device (default: %(default)s)")
    parser.add_argument(
        "--minutes",
        type=float,
        default=MINUTES,
        help="later cells are left out (default: %(default)s)",
    )
    chosen = parser.parse_args(arguments)
    reason = cuda_missing() if chosen.device.startswith("cuda") else torch_missing()
    if reason is not None:
        print(f"{COMMAND}: {reason}", file=sys.stderr)
        return 2
    start, file = Start.now(), chosen.out / GPU.path.name
    write(GPU, measured(chosen.device, chosen.minutes), file, start, f"--device {chosen.device}")
    document = GPU.read(file)
    write_text(chosen.out / "GPU.md", as_markdown(document))
    print(as_markdown(document))
    return 0 if all(check["equal"] for check in document["ids"]) else 1


def cells_of(device: str) -> list[Cell]:
    """All cells, the most important ones first."""
    step, large = (STEP, LARGE) if device.startswith("cuda") else (ON_HOST, ON_HOST)
    laws = [*WORKLOADS, *(f"uniform_{n}" for n in UNIFORM_IDS)]
    found = [Cell(law, "any", large, dtype) for law in laws for dtype in ("int64", "int32")]
    found += [Cell(law, mode, step, "int64") for law in laws for mode in MODES]
    return list(dict.fromkeys(found))


def measured(device: str, minutes: float = MINUTES) -> dict[str, Any]:
    """Times, ids and fidelity on a device, JSON-ready."""
    start = time.perf_counter()
    names, skipped = strategies(device)
    ids = [compared(name, mode, device) for name in names if name != "cuda_multinomial" for mode in MODES]
    fidelity = [check(name, workload, device) for workload in CHECKED for name in names if "uniform" not in name]
    bandwidth = copy_bandwidth(device)
    timed, left_out = [], []
    for cell in track(cells_of(device), description="timing", disable=not sys.stderr.isatty()):
        if time.perf_counter() - start > minutes * 60 * 0.9:
            left_out.append(f"{cell.law}, {cell.mode}, {cell.ids} {cell.dtype} ids")
            continue
        timed.append(timings(cell, names, device, bandwidth))
    return {
        "seed": SEED,
        "device": about_device(device),
        "copy_bytes_per_second": bandwidth,
        "cells": timed,
        "ids": ids,
        "fidelity": fidelity,
        "skipped": skipped,
        "left_out": left_out,
        "minutes": round((time.perf_counter() - start) / 60, 2),
    }


def strategies(device: str) -> tuple[list[str], dict[str, str]]:
    """The strategies that can draw on the device, and why others cannot."""
    names = [f"{kind}_{form}" for form in ("triton", "torch") for kind in ("alias", "spectrum", "uniform")]
    names.append("cuda_multinomial")
    reasons = {name: samplers.why_unavailable(name) for name in names}
    if not device.startswith("cuda"):
        reasons["cuda_multinomial"] = None  # the same calls on a tensor of the CPU
    if find_spec("cupy") is None:
        reasons["cupy"] = "cupy is not installed"
    usable = [name for name in names if reasons[name] is None]
    return usable, {name: reason for name, reason in reasons.items() if reason is not None}


def about_device(device: str) -> dict[str, Any]:
    """The name of a torch device and, for a GPU, its memory in GiB, its L2 cache in bytes and the version of CUDA."""
    import torch

    if not device.startswith("cuda"):
        return {"name": device, "l2_bytes": None}
    properties = torch.cuda.get_device_properties(device)
    return {
        "name": properties.name,
        "memory_gib": round(properties.total_memory / 2**30, 1),
        "l2_bytes": getattr(properties, "L2_cache_size", None),
        "cuda": torch.version.cuda,
    }


def law_of(name: str) -> Any:
    """A law by its name in the cells."""
    return samplers.uniform(int(name.partition("_")[2])) if name.startswith("uniform") else noise_of(name)


def created(name: str, law: Any, replacement: bool, device: str) -> Any:
    """A sampler of a strategy on the device."""
    return samplers.get(name)(law, rng=SEED, replacement=replacement, device=device)  # type: ignore[call-arg]


# Timing.


def seconds_of(call: Callable[[], object], repeats: int, device: str) -> float:
    """Seconds per call, of ``repeats`` calls one after another: by CUDA events, or by the clock of the host."""
    import torch

    if not device.startswith("cuda"):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        return (time.perf_counter() - start) / repeats
    event: Any = torch.cuda.Event
    begin, end = event(enable_timing=True), event(enable_timing=True)
    begin.record()
    for _ in range(repeats):
        call()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3 / repeats


def in_turns(calls: Mapping[str, Callable[[], object]], device: str) -> dict[str, list[float]]:
    """Seconds per call of each call in each round. The calls are warm, and take turns."""
    repeats = {}
    for name, call in calls.items():
        seconds_of(call, 2, device)  # Triton compiles
        repeats[name] = max(1, min(1000, round(ROUND_SECONDS / max(seconds_of(call, 1, device), 1e-6))))
    times: dict[str, list[float]] = {name: [] for name in calls}
    order = np.random.default_rng(SEED)
    for _ in range(ROUNDS):
        for name in order.permutation(list(calls)).tolist():
            times[name].append(seconds_of(calls[name], repeats[name], device))
    return times


def copy_bandwidth(device: str) -> float:
    """Bytes per second that a copy on the device reads and writes."""
    import torch

    size = COPIED if device.startswith("cuda") else COPIED // 2**6
    a, b = (torch.zeros(size, dtype=torch.uint8, device=device) for _ in range(2))
    times = in_turns({"copy": lambda: b.copy_(a)}, device)["copy"]
    return 2 * size / float(np.median(times))


def timings(cell: Cell, names: list[str], device: str, bandwidth: float) -> dict[str, Any]:
    """All calls of a cell: ids per second in each round, bytes by the model, share of the bandwidth; JSON-ready."""
    law = law_of(cell.law)
    l2 = about_device(device)["l2_bytes"]
    entries = []
    for name, seconds in in_turns(calls_of(cell, law, names, device), device).items():
        rates = [cell.rows * K / value for value in seconds]
        size = bytes_of(name, law, np.dtype(cell.dtype).itemsize, l2)
        share = None if size is None else float(np.median(rates)) * size / bandwidth
        goal = GOALS.get((name.removesuffix("_triton"), len(law), np.dtype(cell.dtype).itemsize))
        goal = goal if cell.mode == "any" else None
        entries.append({"name": name, "ids_per_second": rates, "bytes": size, "share": share, "goal": goal})
    return {"law": cell.law, "V": len(law), "mode": cell.mode, "rows": cell.rows, "k": K, "dtype": cell.dtype} | {
        "calls": entries
    }


def bytes_of(name: str, law: Any, written: int, l2: int | None) -> int | None:
    """Bytes of an id that must cross the memory of the device: it is written, and its slot read if no cache holds it.

    None for calls whose work is no model of this kind.
    """
    kind = name.partition("_")[0]
    if kind not in ("alias", "spectrum", "uniform") or name == "alias to device":
        return None
    table = {"alias": 4 * len(law), "spectrum": 16 * len(law.classes), "uniform": 0}[kind]
    return written + (SECTOR if l2 is not None and table > l2 else 0)


def calls_of(cell: Cell, law: Any, names: list[str], device: str) -> dict[str, Callable[[], object]]:
    """The compared calls. Each writes into a tensor of its own, or returns a new one."""
    import torch

    rows, distinct = cell.rows, cell.mode == "distinct"
    dtype = getattr(torch, cell.dtype)
    excluded = torch.arange(rows, device=device) % len(law) if cell.mode == "one excluded" else None
    calls: dict[str, Callable[[], object]] = {}
    for name in names:
        strategy = samplers.get(name)
        race = rows * len(law) if distinct else 0
        if strategy.unsuitable(law) is not None or (
            name == "cuda_multinomial" and (race > RACE or cell.mode == MODES[2])
        ):
            continue
        sampler, out = created(name, law, not distinct, device), torch.empty((rows, K), dtype=dtype, device=device)
        calls[name] = partial(sampler.sample, rows, K, exclude=excluded, out=out)
    calls |= peers(cell, law, device)
    return calls


def peers(cell: Cell, law: Any, device: str) -> dict[str, Callable[[], object]]:
    """What a user would call without this library, and the CPU's draw with its copy."""
    import torch

    rows, k = cell.rows, K
    found: dict[str, Callable[[], object]] = {}
    generator = torch.Generator(device=device).manual_seed(SEED)
    distinct = cell.mode == "distinct"
    if cell.mode == "any" and len(law) <= TORCH_LIMIT:
        p = torch.tensor(law.probabilities, device=device)
        found["torch.multinomial"] = lambda: torch.multinomial(p, rows * k, replacement=True, generator=generator)
    if distinct and rows * len(law) <= RACE:
        p = torch.tensor(law.probabilities, device=device)
        found["torch.multinomial"] = lambda: torch.multinomial(p.expand(rows, -1), k, generator=generator)
    if cell.mode == "any" and cell.law.startswith("uniform"):
        dtype = getattr(torch, cell.dtype)
        found["torch.randint"] = lambda: torch.randint(
            len(law), (rows, k), dtype=dtype, device=device, generator=generator
        )
    if cell.mode == "any" and device.startswith("cuda") and find_spec("cupy") is not None and cell.ids == STEP:
        import cupy  # type: ignore[import-not-found]

        with cupy.cuda.Device(torch.device(device).index or 0):
            weights = cupy.asarray(law.probabilities / law.probabilities.sum())
        stream = cupy.random.RandomState(SEED)
        found["cupy choice"] = lambda: stream.choice(len(law), size=(rows, k), p=weights)
    if cell.ids <= STEP:
        alias: Any = samplers.create("uniform" if cell.law.startswith("uniform") else "alias", law, rng=SEED)
        alias = alias if not distinct else type(alias)(law, rng=SEED, replacement=False)
        host = torch.empty((rows, k), dtype=torch.int64, pin_memory=device.startswith("cuda"))
        there = torch.empty((rows, k), dtype=torch.int64, device=device)
        exclude = np.arange(rows) % len(law) if cell.mode == "one excluded" else None

        def copied() -> None:
            alias.sample(rows, k, exclude=exclude, out=host)
            there.copy_(host)

        found["alias to device"] = copied
    return found


# Checks.


def compared(name: str, mode: str, device: str) -> dict[str, Any]:
    """Whether the ids of a strategy are those of the CPU, bit for bit; JSON-ready."""
    import torch

    law = samplers.uniform(10**6 + 3) if "uniform" in name else noise_of("zipf_1e4")
    distinct, rows = mode == "distinct", max(1, CHECKED_IDS // K)
    cpu = samplers.create(name.partition("_")[0], law, rng=SEED, replacement=not distinct)
    exclude = torch.arange(rows) % 100 if mode == "one excluded" else None
    ours = created(name, law, not distinct, device)
    drawn = ours.sample(rows, K, exclude=None if exclude is None else exclude.to(device))
    expected = cpu.sample(rows, K, exclude=exclude)
    equal = bool(np.array_equal(drawn.cpu().numpy(), expected)) and ours.faults == 0
    return {"name": name, "mode": mode, "ids": rows * K, "equal": equal}


def check(name: str, workload: str, device: str) -> dict[str, Any]:
    """Check the fidelity of a strategy on a workload; JSON-ready."""
    start = time.perf_counter()
    result = samplers.check_fidelity(created(name, noise_of(workload), True, device), k=5, rows=2**14, progress=False)
    return {
        "name": name,
        "workload": workload,
        "rows": result.rows,
        "tests": len(result.tests),
        "passed": result.passed,
        "failed": [test.name for test in result.tests if not test.passed],
        "seconds": round(time.perf_counter() - start, 2),
    }


# The page.


def as_markdown(document: Mapping[str, Any]) -> str:
    """The page ``GPU.md``."""
    device, host = document["device"], document["machine"]
    lines = [
        f"# Ids on a GPU: {device['name']}",
        "",
        f"`{document['command']}` at commit `{document['commit']}`"
        f"{' with uncommitted changes' if document['dirty'] else ''}, {document['minutes']} minutes: {device['name']}, "
        f"{host['cpu']}, torch {host['packages'].get('torch')}, NumPy {host['packages'].get('numpy')}. A copy on the "
        f"device moves {document['copy_bytes_per_second'] / 1e9:.4g} GB/s.",
        "",
        f"Billions of ids per second, k = {K}: the median of {ROUNDS} rounds and, in brackets, the minimum and the "
        "maximum. The calls are warm and take turns. Share: ids per second times the bytes of the model, over the "
        "bandwidth of the copy.",
        "",
        "| law | V | ids of a row | rows | type | call | G ids/s | bytes | share | goal |",
        "|---|---:|---|---:|---|---|---:|---:|---:|---:|",
    ]
    for cell in document["cells"]:
        for call in sorted(cell["calls"], key=lambda call: -float(np.median(call["ids_per_second"]))):
            size = "–" if call["bytes"] is None else str(call["bytes"])
            share = "–" if call["share"] is None else f"{call['share']:.1%}"
            goal = "–" if call["goal"] is None else f"{call['goal'] / 1e9:g}"
            lines.append(
                f"| {cell['law']} | {cell['V']:,} | {cell['mode']} | {cell['rows']:,} | {cell['dtype']} | "
                f"`{call['name']}` | {spread([rate / 1e9 for rate in call['ids_per_second']])} | {size} | {share} | "
                f"{goal} |"
            )
    lines += [
        "",
        "Ids against those of the CPU:",
        "",
        "| strategy | ids of a row | ids | result |",
        "|---|---|---:|---|",
    ]
    for check_ in document["ids"]:
        result = "equal, bit for bit" if check_["equal"] else "NOT EQUAL"
        lines.append(f"| `{check_['name']}` | {check_['mode']} | {check_['ids']:,} | {result} |")
    lines += ["", "Fidelity, by `samplers.check_fidelity`:", ""]
    lines += ["| strategy | workload | rows | tests | result | seconds |", "|---|---|---:|---:|---|---:|"]
    for checked in document["fidelity"]:
        result = "faithful" if checked["passed"] else f"not faithful: {', '.join(checked['failed'])}"
        lines.append(
            f"| `{checked['name']}` | {checked['workload']} | {checked['rows']:,} | {checked['tests']} | {result} | "
            f"{checked['seconds']} |"
        )
    skipped = [f"`{name}` ({reason})" for name, reason in document["skipped"].items()] + document["left_out"]
    lines += ["", f"Not measured: {'; '.join(skipped) or 'nothing'}."]
    return "\n".join(lines) + "\n"


def spread(values: list[float]) -> str:
    """Median, minimum and maximum, with three significant digits."""
    return f"{float(np.median(values)):.3g} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    raise SystemExit(main())
