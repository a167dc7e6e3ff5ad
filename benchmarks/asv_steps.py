# SPDX-License-Identifier: MIT
"""Runs asv step by step: one line of progress, what asv has finished kept, and no traces left after Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .documents import write
from .environment import ROOT, commit, environment
from .profiles import Step

# What `asv run --verbose` tells, once, of each process that it starts for a cell; a path may hold spaces.
LAUNCH = re.compile(r"Running '.*benchmark\.py run .* \S+-\d+ \{.*' in ")
# The rest of what it says so; its results are in its table.
DETAIL = re.compile(r"(· Running ['(]|OUTPUT ---|^\s+asv: .*setup hooks|^\s+asv: skipped)")
# A figure in its table; a row without any was left out, but one "n/a" may stand beside a figure.
FIGURE = re.compile(r"\s(\d[\d.]*(±\S+|[a-zA-Zμ]+)|failed)(?=\s|$)")
GRACE = 20  # seconds for asv to end after Ctrl-C


class Record:
    """Which steps are finished, for this commit on this machine; in a file, so that the next run goes on.

    Parameters
    ----------
    path : Path
        Where it is kept.
    fresh : bool
        Forget what is finished.
    """

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        self.head, dirty = commit()
        self.about = {"commit": self.head, "dirty": dirty, "environment": environment()}
        self.done: dict[str, str] = {} if fresh else self._read()

    def _read(self) -> dict[str, str]:
        """What an earlier run has finished; of a damaged file, and with uncommitted changes, nobody knows what."""
        try:
            before = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(before, dict) or not isinstance(before.get("done"), dict):
            return {}
        same = not self.about["dirty"] and all(before.get(key) == value for key, value in self.about.items())
        return dict(before["done"]) if same else {}

    def has(self, key: str, what: str, files: Sequence[Path]) -> bool:
        """Whether a step is finished: of that name, measuring exactly that, its files still there."""
        return bool(files) and all(path.exists() for path in files) and self.done.get(key) == digest(what)

    def add(self, key: str, what: str) -> None:
        """Record a finished step, so that the next run leaves it out."""
        self.done[key] = digest(what)
        write(self.path, self.about | {"done": self.done})

    def drop(self, keys: Sequence[str]) -> None:
        """Steps whose results something else is about to write over."""
        self.done = {key: value for key, value in self.done.items() if key not in keys}
        write(self.path, self.about | {"done": self.done})


def digest(what: str) -> str:
    """A short name for what a step measures."""
    return sha256(what.encode()).hexdigest()[:16]


def results_of(head: str | None, asv_dir: Path) -> list[Path]:
    """asv's files of a commit in an existing environment."""
    return sorted(asv_dir.glob(f"results/*/{(head or '-')[:8]}-existing*.json"))


def run_steps(steps: Sequence[Step], record: Record, title: str, asv_dir: Path) -> None:
    """What is missing of the steps; Ctrl-C leaves all but the step at hand finished and recorded."""
    files = results_of(record.head, asv_dir)
    left = [step for step in steps if not record.has(step.name, " ".join(step.options()), files)]
    cells = sum(step.cells() for step in steps)
    finished = cells - sum(step.cells() for step in left)
    console = Console()
    if finished:
        console.print(f"{title}: {finished} of {cells} cells are there already", highlight=False)
    with progress_line(console, title, cells, sum(step.seconds for step in left)) as line:
        for step in left:
            start, options = time.time(), " ".join(step.options())
            run_step(step, line, finished)
            # asv ends with 2 after a wrong option too, as after a benchmark that failed.
            if not any(path.stat().st_mtime > start - 1 for path in results_of(record.head, asv_dir)):
                raise SystemExit(f"asv saved no results of {step.name!r} for commit {record.head}")
            record.add(step.name, options)
            finished += step.cells()
            console.print(f"{step.name}: {step.cells()} cells, {time.time() - start:.0f} s", highlight=False)


class Line:
    """The line of progress: steps in seconds, shown as cells."""

    def __init__(self, progress: Progress, task: Any, cells: int) -> None:
        self.progress, self.task, self.cells, self.before = progress, task, cells, 0.0

    def show(self, step: Step, share: float, cells: int) -> None:
        """A share of a step is done, and so many cells of all."""
        done = self.before + share * step.seconds
        self.progress.update(self.task, completed=done, step=step.name, cells=f"{cells}/{self.cells} cells")

    def finish(self, step: Step, cells: int) -> None:
        """Show the whole of a step; the next one begins where it ends."""
        self.show(step, 1, cells)
        self.before += step.seconds

    def above(self, text: str) -> None:
        """A line of asv's that stays."""
        self.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_line(console: Console, title: str, cells: int, seconds: float) -> Iterator[Line]:
    """Stage, cells done of all, time left; TimeRemainingColumn learns how this machine compares with ours."""
    columns = (
        TextColumn(f"{title}: {{task.fields[step]}}"),
        BarColumn(20),
        TextColumn("{task.fields[cells]}"),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=120) as progress:
        task = progress.add_task(title, total=seconds, step="", cells=f"0/{cells} cells")
        yield Line(progress, task, cells)


def run_step(step: Step, line: Line, finished: int) -> None:
    """One run of asv; its lines but the details and the rows of cells that were left out are shown."""
    cells, launched, detail = step.cells(), 0, False
    line.show(step, 0, finished)
    command = [
        "run",
        "--verbose",
        "--environment",
        f"existing:{sys.executable}",
        "--set-commit-hash",
        "HEAD",
        "--record-samples",
        *step.options(),
    ]
    for text in asv(command):
        if LAUNCH.search(text):
            launched += 1  # the one before it is done
            share = min(1.0, (launched - 1) / (cells * step.rounds))
            line.show(step, share, finished + int(share * cells))
        detail = bool(DETAIL.search(text)) or (detail and not text.lstrip().startswith(("[", "·")))
        left_out = not text.strip() or ("n/a" in text and not FIGURE.search(text))
        if not detail and not left_out:
            line.above(text.rstrip())
    line.finish(step, finished + cells)


def asv(command: list[str]) -> Iterator[str]:
    """The lines that asv prints, from the root of the repository.

    Raises
    ------
    SystemExit
        When asv breaks down. It ends with 2 when a benchmark failed: its results are saved, and the report shows the
        failure.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "asv", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        start_new_session=True,  # Ctrl-C reaches us alone: we pass it on once, asv ends its own processes
    )
    assert process.stdout is not None  # it is a pipe
    last = ""
    try:
        for text in process.stdout:
            yield text
            last = text if text.strip() else last
        code = process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        raise
    if code not in (0, 2):
        raise SystemExit(f"asv {command[0]} ended with exit code {code}: {last.strip()}")
