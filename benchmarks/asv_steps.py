# SPDX-License-Identifier: MIT
"""Runs asv step by step: one line of progress, what asv has finished kept, and no traces left after Ctrl-C.

Nothing depends on what asv prints, which goes to a log. The bar counts the time that each step should take.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from .documents import write
from .environment import ROOT, commit, environment
from .profiles import Step

GRACE = 20  # seconds for asv to end after Ctrl-C
REFRESH = 0.5  # seconds between two looks at asv
LOG = "asv.log"  # below asv's folder


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
    finished, before = cells - sum(step.cells() for step in left), 0.0
    console = Console()
    if finished:
        console.print(f"{title}: {finished} of {cells} cells are there already", highlight=False)
    # TimeRemainingColumn learns how this machine compares with the one whose seconds the steps state.
    columns = (TextColumn("{task.description}"), BarColumn(20), TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, console=console, speed_estimate_period=120) as progress:
        task = progress.add_task(title, total=sum(step.seconds for step in left))
        for number, step in enumerate(left, 1 + len(steps) - len(left)):
            progress.update(task, description=f"{title}: {number}/{len(steps)} {step.name}")
            start = time.time()
            failed = run_step(step, progress, task, before, asv_dir / LOG)
            before += step.seconds
            # asv ends with 2 after a wrong option too, as after a benchmark that failed.
            if not any(path.stat().st_mtime > start - 1 for path in results_of(record.head, asv_dir)):
                raise SystemExit(f"asv saved no results of {step.name!r} for commit {record.head}: see {asv_dir / LOG}")
            record.add(step.name, " ".join(step.options()))
            told = f"{step.name}: {step.cells()} cells, {time.time() - start:.0f} s"
            told += f"; a benchmark failed, see {asv_dir / LOG}" if failed else ""
            console.print(told, markup=False, highlight=False, soft_wrap=True)


def run_step(step: Step, progress: Progress, task: TaskID, before: float, log: Path) -> bool:
    """One run of asv, `before` seconds of the bar being done; whether a benchmark failed."""
    command = ["run", "--environment", f"existing:{sys.executable}", "--set-commit-hash", "HEAD", "--record-samples"]

    def show(seconds: float) -> None:
        progress.update(task, completed=before + min(seconds, step.seconds))

    failed = asv([*command, *step.options()], log, show)
    show(step.seconds)
    return failed


def asv(command: Sequence[str], log: Path, show: Callable[[float], None] = lambda seconds: None) -> bool:
    """Run asv from the root of the repository.

    Parameters
    ----------
    command : sequence of str
    log : Path
        What asv prints is appended to it.
    show : callable
        Called again and again with the seconds since the start.

    Returns
    -------
    bool
        Whether a benchmark failed: its results are saved, and the report shows the failure.

    Raises
    ------
    SystemExit
        If asv breaks down.
    """
    start = time.monotonic()
    with log.open("a+", encoding="utf-8", errors="replace") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "asv", *command],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone: we pass it on once, asv ends its own processes
        )
        try:
            while (code := process.poll()) is None:
                show(time.monotonic() - start)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(REFRESH)
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        if code not in (0, 2):
            out.seek(0)
            last = [line for line in out.read().splitlines() if line.strip()][-1:]
            raise SystemExit(f"asv {command[0]} ended with exit code {code}, see {log}: {''.join(last).strip()}")
    return code == 2
