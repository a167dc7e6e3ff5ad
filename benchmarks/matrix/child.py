# SPDX-License-Identifier: MIT
"""A process that draws under settings which are read when Python or a library starts.

``python -m benchmarks.matrix.child JOB``: a job is a JSON object, and the result is written where the job says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from samplers.kernels import rows as kernel

from ..repository import ROOT
from . import drawing, gensim_loop, loading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Drawn = dict[str, NDArray[np.int64]]

# What the settings change. The processes do not inherit it, so that each setting is alone.
CHANGED = ("SAMPLERS_SIMD", "ATEN_CPU_CAPABILITY", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES")
# Nobody in a group waits for a network.
FIXED = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
BATCHES, LARGE, HALF, FACTS = "batches", "large", "half", "facts"


@dataclass(frozen=True)
class Job:
    """What a process does.

    Attributes
    ----------
    out : str
        The file to write.
    subjects : tuple of str
        The samplers, and perhaps gensim.
    threads : int
        The option of the samplers that have it.
    save, load : str
        Folders, in which halves of streams are saved, or from which they go on; "" for none.
    rank : int
        The number of the process in a group of two, if there is a meeting.
    meeting : str
        The file by which the processes of a group find each other; "" for no group.
    """

    out: str
    subjects: tuple[str, ...]
    threads: int = 1
    save: str = ""
    load: str = ""
    rank: int = 0
    meeting: str = ""


def start(job: Job, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start a process of a job, with these variables in place of `FIXED`."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.matrix.child", json.dumps(asdict(job))]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    inherited = {name: value for name, value in os.environ.items() if name not in CHANGED}
    variables = inherited | {"PYTHONPATH": path} | FIXED | environment
    return subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def result(process: subprocess.Popen[str], job: Job) -> tuple[Drawn, dict[str, Any]]:
    """What a process has drawn, and the `facts` of it.

    Raises
    ------
    RuntimeError
        If it has failed; the message ends with what it printed.
    """
    _, printed = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a process of the matrix ended with code {process.returncode}: {printed[-2000:]}")
    with np.load(job.out) as arrays:
        found = dict(arrays)
    return found, json.loads(found.pop(FACTS).item())


def facts() -> dict[str, Any]:
    """What the settings of this process have changed, JSON-ready."""
    found = {"hash": hash("samplers"), "kernels": kernel.simd(), "numpy": numpys_targets()}
    torch = sys.modules.get("torch")  # if no sampler needs it, its import is seconds for nothing
    if torch is not None:
        found |= {"torch": torch.backends.cpu.get_cpu_capability(), "threads": torch.get_num_threads()}
    return found


def numpys_targets() -> list[str]:
    """The vector instructions beyond its baseline that NumPy uses, the newest last."""
    return list(np.show_config(mode="dicts")["SIMD Extensions"].get("found", ()))  # type: ignore[call-overload]


def drawn(job: Job) -> Drawn:
    """Do a job of one process: the key of an array is what was drawn, and the name of the sampler."""
    found: Drawn = {}
    for name in job.subjects:
        if name == gensim_loop.NAME:
            found |= {f"{what} {name}": ids for what, ids in of_gensim(job).items()}
            continue
        found[f"{BATCHES} {name}"] = drawing.in_batches(drawing.build(name, job.threads), drawing.BATCH)
        found[f"{LARGE} {name}"] = drawing.in_one_large_call(drawing.build(name, job.threads)).astype(np.int16)
        if job.save:
            drawing.save_half(name, Path(job.save))
        if job.load:
            found[f"{HALF} {name}"] = drawing.second_half(name, Path(job.load))
    return found


def of_gensim(job: Job) -> Drawn:
    """What gensim draws."""
    if job.save:
        gensim_loop.save_half(Path(job.save))
    halves = {HALF: gensim_loop.second_half(Path(job.load))} if job.load else {}
    if job.threads > 1:
        return {BATCHES: gensim_loop.by_threads(gensim_loop.drawn(job=gensim_loop.SMALL_JOBS))}
    small = gensim_loop.drawn(job=gensim_loop.SMALL_JOBS)
    return halves | {BATCHES: gensim_loop.drawn(), "small jobs": small}


def of_rank(job: Job) -> Drawn:
    """Do a job of one process of a group: what all of them draw together."""
    import torch

    torch.distributed.init_process_group(
        "gloo", init_method=Path(job.meeting).as_uri(), rank=job.rank, world_size=loading.RANKS[0].ranks
    )
    found: Drawn = {}
    for name in job.subjects:
        for run in loading.RANKS:
            own = loading.negatives(drawing.build(name), run, torch.distributed.get_rank())
            found[f"{run.title} {name}"] = loading.of_all_ranks(own)
    torch.distributed.destroy_process_group()
    return found


def main(words: list[str]) -> None:
    """Do the job."""
    entries: dict[str, Any] = json.loads(words[0])
    job = Job(**entries | {"subjects": tuple(entries["subjects"])})
    found = drawn(job) if not job.meeting else of_rank(job)
    np.savez(job.out, **found, **{FACTS: np.array(json.dumps(facts()))})  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1:])
