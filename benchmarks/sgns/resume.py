# SPDX-License-Identifier: MIT
"""``python -m benchmarks.sgns resume``: a training that goes on from a whole checkpoint, and from parts of it.

The weights after all steps are compared with those of a training that did not stop, bit by bit.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

import samplers

from .. import documents
from ..suite import SEED
from .checkpoint import restore, save
from .corpus import Corpus, read_corpus
from .step import OPTIMISERS, one_thread
from .training import Training

STEPS = 200
# What is restored, and whether the end must then be the same.
WAYS: dict[str, dict[str, bool]] = {
    "weights, optimiser and cursor": {},
    "weights alone": {"optimiser": False, "cursor": False},
    "without the optimiser": {"optimiser": False},
    "without the cursor": {"cursor": False},
}
WHOLE = "weights, optimiser and cursor"


def fingerprint(training: Training) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the weights."""
    weights = training.step.model.tensors().values()
    return hashlib.sha256(b"".join(w.detach().numpy().tobytes() for w in weights)).hexdigest()[:16]


def compare(corpus: Corpus, sampler: str, optimiser: str, steps: int) -> dict[str, Any]:
    """Train without a stop, and with a stop in the middle for each of `WAYS`; JSON-ready."""
    noise = samplers.NoiseDistribution(corpus.counts)

    def fresh() -> Training:
        return Training.begin(corpus, lambda rng: samplers.create(sampler, noise, rng=rng), optimiser, SEED)

    uninterrupted, first = fresh(), steps // 2
    with TemporaryDirectory() as folder, one_thread():
        file = Path(folder) / "checkpoint.safetensors"
        going_on = uninterrupted.steps(steps)  # an epoch has a step or more
        for _ in islice(going_on, first):
            pass
        save(uninterrupted, file)
        for _ in islice(going_on, steps - first):
            pass
        expected = uninterrupted.step.model.tensors()["centres"].detach().numpy()
        results = []
        for way, parts in track(WAYS.items(), description="resuming", total=len(WAYS)):
            resumed = fresh()
            restore(resumed, file, **parts)
            for _ in islice(resumed.steps(steps), steps - first):
                pass
            found = resumed.step.model.tensors()["centres"].detach().numpy()
            results.append(
                {
                    "restored": way,
                    "fingerprint": fingerprint(resumed),
                    "same": fingerprint(resumed) == fingerprint(uninterrupted),
                    "largest_difference": float(np.abs(found - expected).max()),
                }
            )
        size = file.stat().st_size
    return {"fingerprint": fingerprint(uninterrupted), "bytes": size, "results": results}


def main(arguments: list[str] | None = None) -> int:
    """Compare, write the file, and show a table; returns 1 if the whole checkpoint did not continue exactly."""
    parser = documents.RESUME.parser(__doc__)
    parser.add_argument("--sampler", default="alias", choices=samplers.names(), help="default: %(default)s")
    parser.add_argument("--optimiser", default="Adam", choices=tuple(OPTIMISERS), help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=STEPS, help="default: %(default)s; it stops after half of them")
    parser.add_argument("--text", type=Path, help="a text in UTF-8, a document a line; default: gensim's corpora")
    given = parser.parse_args(arguments)
    if given.steps < 2:
        parser.error(f"--steps must be at least 2, got {given.steps}")
    start = documents.Start.now()
    try:
        found = compare(read_corpus(given.text), given.sampler, given.optimiser, given.steps)
    except (TypeError, ValueError, OSError) as error:
        parser.error(str(error))
    settings = {"sampler": given.sampler, "optimiser": given.optimiser, "steps": given.steps}
    documents.write(documents.RESUME, settings | found, given.out, start)
    shown = Table(box=box.SIMPLE, pad_edge=False, title=f"{given.steps} steps; without a stop {found['fingerprint']}")
    for name in ("restored", "weights at the end", "", "largest difference"):
        shown.add_column(name)
    for r in found["results"]:
        mark = "[green]same[/]" if r["same"] else "differs"
        shown.add_row(r["restored"], r["fingerprint"], mark, f"{r['largest_difference']:.2g}")
    Console().print(shown)
    print(given.out)
    return 0 if next(r["same"] for r in found["results"] if r["restored"] == WHOLE) else 1
