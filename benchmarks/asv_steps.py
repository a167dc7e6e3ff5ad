# SPDX-License-Identifier: MIT
"""Runs asv step by step, with one progress bar. Finished steps are recorded, so that Ctrl-C loses one step at most.

The output of asv goes to a log and is not parsed. The progress bar counts the expected seconds of the steps.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from . import noise
from .documents import NOISE, PROGRESS, InputError, Start, continued, write
from .environment import ROOT
from .profiles import Step

GRACE = 20  # seconds for asv to end after Ctrl-C
REFRESH = 0.5  # seconds between two polls of asv
LOG = "asv.log"  # in asv's folder


class Record:
    """The finished steps of this commit on this machine, in a file from which the next run continues.

    Parameters
    ----------
    path : Path
        The JSON file. A damaged file counts as empty.
    fresh : bool
        Whether to ignore the steps that an earlier run has finished.
    """

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path, self.start = path, Start.now()
        done = None if fresh else continued(PROGRESS, path, self.start).get("done")
        self.done: dict[str, str] = dict(done) if isinstance(done, dict) else {}

    def has(self, key: str, measures: str, files: Sequence[Path]) -> bool:
        """Whether the step `key` is finished, has measured exactly `measures`, and all its files still exist."""
        return bool(files) and all(path.exists() for path in files) and self.done.get(key) == digest(measures)

    def add(self, key: str, measures: str) -> None:
        """Record a finished step, so that the next run skips it."""
        self.done[key] = digest(measures)
        self._write()

    def drop(self, keys: Sequence[str]) -> None:
        """Forget steps, because their results are about to be overwritten."""
        self.done = {key: value for key, value in self.done.items() if key not in keys}
        self._write()

    def _write(self) -> None:
        write(PROGRESS, {"done": self.done}, self.path, self.start)


def digest(measures: str) -> str:
    """Sixteen hexadecimal digits that identify what a step measures."""
    return sha256(measures.encode()).hexdigest()[:16]


def results_of(head: str | None, asv_dir: Path) -> list[Path]:
    """The result files of asv for a commit, measured in an existing environment."""
    return sorted(asv_dir.glob(f"results/*/{(head or '-')[:8]}-existing*.json"))


def run_steps(steps: Sequence[Step], record: Record, title: str, asv_dir: Path) -> None:
    """Run the steps that are not finished and record each one when it ends."""
    head = record.start.commit
    files = results_of(head, asv_dir)
    missing = [step for step in steps if not record.has(step.name, " ".join(step.options()), files)]
    cells = sum(step.cells() for step in steps)
    finished, before = cells - sum(step.cells() for step in missing), 0.0
    console = Console()
    if finished:
        console.print(f"{title}: {finished} of {cells} cells were finished by an earlier run", highlight=False)
    # The seconds of the steps are those of another machine. TimeRemainingColumn estimates the ratio of the two speeds.
    columns = (TextColumn("{task.description}"), BarColumn(20), TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, console=console, speed_estimate_period=120) as progress:
        task = progress.add_task(title, total=sum(step.seconds for step in missing))
        for number, step in enumerate(missing, 1 + len(steps) - len(missing)):
            progress.update(task, description=f"{title}: {number}/{len(steps)} {step.name}")
            start, quiet = time.time(), noise.reading()
            failed = run_step(step, progress, task, before, asv_dir / LOG)
            before += step.seconds
            # asv ends with exit code 2 after a failed benchmark, and also after a wrong option. Only the first one
            # saves results.
            if not any(path.stat().st_mtime > start - 1 for path in results_of(head, asv_dir)):
                raise SystemExit(f"asv saved no results of {step.name!r} for commit {head}: see {asv_dir / LOG}")
            disturbed = noise.between(quiet, noise.reading())
            keep(asv_dir / NOISE.path.name, record.start, step.name, disturbed)
            record.add(step.name, " ".join(step.options()))
            summary = f"{step.name}: {step.cells()} cells, {time.time() - start:.0f} s"
            summary += f"; a benchmark failed, see {asv_dir / LOG}" if failed else ""
            console.print(summary, markup=False, highlight=False, soft_wrap=True)


def keep(path: Path, start: Start, step: str, found: noise.Noise | None) -> None:
    """Add the noise of a step to the document of a commit; the steps of another commit are dropped."""
    try:
        before = NOISE.read(path)
    except InputError:
        before = {}
    steps = before.get("steps") if before.get("commit") == start.commit else None
    known = dict(steps) if isinstance(steps, dict) else {}
    known.pop(step, None)
    if found is not None:
        known[step] = asdict(found)
    write(NOISE, {"steps": known}, path, start)


def run_step(step: Step, progress: Progress, task: TaskID, before: float, log: Path) -> bool:
    """Run asv once; the progress bar starts at `before` seconds. Returns whether a benchmark failed."""
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
        Called every `REFRESH` seconds with the seconds since the start.

    Returns
    -------
    bool
        Whether a benchmark failed. Its results are saved, and the report shows the failure.

    Raises
    ------
    SystemExit
        If asv ends with an exit code other than 0 or 2.
    """
    start = time.monotonic()
    with log.open("a+", encoding="utf-8", errors="replace") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "asv", *command],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            # The terminal sends Ctrl-C to this process only. It is passed on to asv, which ends its own processes.
            start_new_session=True,
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
