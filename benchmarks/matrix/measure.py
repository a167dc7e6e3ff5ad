# SPDX-License-Identifier: MIT
"""Draws the same negatives under every setting, and compares them row by row."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from samplers.kernels import rows as kernel

from ..describe import FAILURES, why_failed
from . import child, drawing, gensim_loop, loading
from .child import BATCHES, HALF, LARGE, Job
from .controls import CONTROLS
from .records import Cell, TrainingRun
from .settings import SETTINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .child import Drawn

    Ids = NDArray[np.int64]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Measured:
    """All that was measured; ``variables`` are those of the environment of each process."""

    cells: list[Cell]
    runs: list[TrainingRun]
    variables: dict[str, list[str]]


def blind(cells: Iterable[Cell]) -> list[str]:
    """The controls whose ids a setting changes on purpose, and which were not called others there; as sentences."""
    of = {(cell.sampler, cell.setting): cell for cell in cells}
    return [
        f"{name} differs on purpose under {setting!r}, and was called {of[name, setting].same}"
        for name, control in CONTROLS.items()
        for setting in control.differs
        if of[name, setting].same is not False and not of[name, setting].reason
    ]


def compared(name: str, setting: str, pairs: Iterable[tuple[Ids, Ids]]) -> Cell:
    """A cell of what was drawn before and after a change."""
    counts = [(int((before == after).all(axis=1).sum()), len(before)) for before, after in pairs]
    rows_same, rows = min(counts, key=lambda count: count[0] / count[1])
    return Cell(name, setting, rows_same == rows, rows_same, rows)


def measure(subjects: Sequence[str], folder: Path, progress: Progress = lambda step: None) -> Measured:
    """Measure the matrix.

    Parameters
    ----------
    subjects : sequence of str
        Names of samplers and controls, and perhaps "gensim". The reason why one cannot run stands in its cells.
    folder : Path
        For files between processes.
    progress : callable
        Is called with the name of each step before it begins.

    Returns
    -------
    Measured

    Raises
    ------
    RuntimeError
        If a process fails, or if a setting has changed nothing in it.
    """
    reasons = {name: why for name in subjects if (why := why_not(name)) is not None}
    able = tuple(name for name in subjects if name not in reasons)
    children = Children(able, folder, progress)
    cells = [*children.cells()]
    ranks = children.ranks()
    trained = []
    for name in filter(lambda name: name != gensim_loop.NAME, able):
        progress(f"workers of a DataLoader: {name}")
        here, runs = of_this_process(name, ranks)
        cells += here
        trained += runs
    if gensim_loop.NAME in able:
        cells += children.of_gensim()
    cells += [Cell(name, s.key, None, reason=why) for name, why in reasons.items() for s in SETTINGS]
    places = {name: place for place, name in enumerate(subjects)}, {s.key: place for place, s in enumerate(SETTINGS)}
    cells.sort(key=lambda cell: (places[0][cell.sampler], places[1][cell.setting]))
    return Measured(cells, trained, children.settings)


def why_not(name: str) -> str | None:
    """Why a subject cannot run here; None if it can. A plug-in that cannot draw must not end the run of the others."""
    if name == gensim_loop.NAME:
        return gensim_loop.why_not()
    reason = drawing.why_not(name)
    if reason is not None:
        return reason
    try:
        drawing.in_batches(drawing.build(name), drawing.BATCH)
    except FAILURES as error:
        return f"it cannot draw: {why_failed(error)}"
    return None


class Children:
    """The processes that draw under other settings."""

    def __init__(self, subjects: tuple[str, ...], folder: Path, progress: Progress) -> None:
        self.subjects, self.folder, self.progress = subjects, folder, progress
        self.settings: dict[str, list[str]] = {}
        self.facts: dict[str, Any] = {}
        self.reference = self._of("first process", save=str(folder))

    def cells(self) -> Iterator[Cell]:
        """The cells of the settings that a process reads when it starts."""
        again = self._of("another process", load=str(self.folder))
        other_seed = self._of("hash seed", {"PYTHONHASHSEED": "1"}, ("hash",))
        two = {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
        threaded = self._of("threads in a call", two, ("threads",), threads=2)
        older = {form: self._of_instructions(form) for form in kernel.available() if form != kernel.available()[-1]}
        for name in self.subjects:
            yield self._compared(name, "restart", [again])
            yield self._compared(name, "hash_seed", [other_seed])
            yield compared(name, "saved", [(self._second_half(name), again[f"{HALF} {name}"])])
            if older:
                yield self._compared(name, "instructions", [*older.values()])
            else:
                yield Cell(name, "instructions", None, reason="this processor has one form of the kernels")
            if name == gensim_loop.NAME:
                pair = self.reference[f"small jobs {name}"], threaded[f"{BATCHES} {name}"]
                yield compared(name, "threads", [pair])
            else:
                yield self._compared(name, "threads", [threaded])

    def ranks(self) -> Drawn:
        """What two ranks of a group draw together."""
        subjects = tuple(name for name in self.subjects if name != gensim_loop.NAME)
        self.progress("two ranks of torch.distributed")
        meeting = str(self.folder / "meeting")
        jobs = [Job(str(self.folder / f"rank{rank}.npz"), subjects, rank=rank, meeting=meeting) for rank in (0, 1)]
        with ExitStack() as stack:
            started = [stack.enter_context(child.start(job, {})) for job in jobs]
            (drawn, _), _ = (child.result(process, job) for process, job in zip(started, jobs, strict=True))
        return drawn

    def of_gensim(self) -> Iterator[Cell]:
        """The cells of gensim that no other process is needed for."""
        name = gensim_loop.NAME
        one_job, small_jobs = self.reference[f"{BATCHES} {name}"], self.reference[f"small jobs {name}"]
        yield Cell(name, "shared", None, reason="its threads are those of a call")
        yield Cell(name, "plain_batches", None, reason="it never draws the positive")
        yield compared(name, "batches", [(one_job, small_jobs)])
        yield Cell(name, "workers", None, reason="it reads no DataLoader; its workers are threads")
        yield Cell(name, "ranks", None, reason="it trains in one process")

    def _of(
        self, title: str, environment: dict[str, str] | None = None, changes: Sequence[str] = (), **more: Any
    ) -> Drawn:
        """What a process draws that differs from the first in its environment, and so in these of its facts."""
        self.progress(title)
        environment = environment or {}
        job = Job(str(self.folder / f"{len(self.settings)}.npz"), self.subjects, **more)
        self.settings[title] = sorted(f"{name}={value}" for name, value in environment.items())
        with child.start(job, environment) as process:
            drawn, facts = child.result(process, job)
        for fact in changes:
            if facts.get(fact, "") == self.facts.get(fact, "absent"):
                raise RuntimeError(f"{title}: {', '.join(self.settings[title])} changed no {fact} in the process")
        self.facts = self.facts or facts
        return drawn

    def _of_instructions(self, form: str) -> Drawn:
        """The oldest form with the oldest of the other libraries, or a form between with theirs."""
        oldest, targets = form == kernel.available()[0], child.numpys_targets()
        environment = {
            "SAMPLERS_SIMD": form,
            "ATEN_CPU_CAPABILITY": "default" if oldest else form,
            "MKL_CBWR": "COMPATIBLE",
            "NPY_DISABLE_CPU_FEATURES": " ".join(targets if oldest else targets[1:]),
        }
        changes = ("kernels", "torch", "numpy") if oldest else ("kernels",)
        return self._of(f"instruction set: {form}", environment, changes)

    def _compared(self, name: str, setting: str, others: Sequence[Drawn]) -> Cell:
        keys = [key for key in (f"{BATCHES} {name}", f"{LARGE} {name}") if key in self.reference]
        return compared(name, setting, [(self.reference[key], other[key]) for other in others for key in keys])

    def _second_half(self, name: str) -> Ids:
        ids = self.reference[f"{BATCHES} {name}"]
        return ids[len(ids) // 2 :]


def of_this_process(name: str, ranks: Drawn) -> tuple[list[Cell], list[TrainingRun]]:
    """The cells of a sampler for which this process draws, and its training runs; ``ranks`` are those of the group."""
    built = drawing.build(name)

    def new() -> Any:
        return copy.copy(built)  # at the start of the stream

    alone = drawing.in_batches(new(), drawing.BATCH)
    plain = [drawing.in_batches(new(), size, exclude=False) for size in (drawing.BATCH, drawing.OTHER_BATCH)]
    epoch = loading.negatives(new(), loading.REFERENCE)
    epochs = {run: loading.negatives(new(), run) for run in (*loading.WORKERS, *loading.BATCHES)}
    epochs |= {run: ranks[f"{run.title} {name}"] for run in loading.RANKS}
    in_order = alone, drawing.in_batches(new(), drawing.OTHER_BATCH)

    def of_runs(runs: Iterable[loading.Run]) -> list[tuple[Ids, Ids]]:
        return [(epoch, epochs[run]) for run in runs]

    cells = [
        compared(name, "shared", [(alone, drawing.by_two_threads(new()))]),
        compared(name, "plain_batches", [(plain[0], plain[1])]),
        compared(name, "batches", [in_order, *of_runs(loading.BATCHES[:1])]),
        compared(name, "workers", of_runs(loading.WORKERS)),
        compared(name, "ranks", of_runs(loading.RANKS)),
    ]
    trained = []
    for run in loading.RUNS:
        cell = compared(name, "workers", of_runs([run]))
        trained.append(TrainingRun(name, **asdict(run), rows_same=cell.rows_same or 0, rows=cell.rows or 0))
    return cells, trained


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for files between processes."""
    return tempfile.TemporaryDirectory(prefix=f"matrix-{os.getpid()}-")
