# SPDX-License-Identifier: MIT
"""``python -m benchmarks``: asv in the installed environment, then the promises, the fidelity checks and the regions.

asv's own commands work too (``asv run HEAD^!``, ``asv continuous``, ``asv publish``); this one picks the cells of a
profile and saves what an existing environment gives, which plain ``asv run -E existing`` does not. After Ctrl-C the
full profile goes on with what is missing for the commit and the machine. What asv prints is in ``.asv/asv.log``.
"""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from samplers.commands.ending import Parser

from . import profiles
from .asv_steps import LOG, Record, asv, run_steps
from .repository import MISSING, ROOT, why_no_history

PROGRAM = "python -m benchmarks"
ASV_DIR = ROOT / ".asv"
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
GOES_ON = {
    "full": "what is finished is kept: `make bench` goes on from there, `make bench ARGS=--fresh` starts anew",
    "quick": "`make report` starts anew: it takes minutes",
}


@dataclass(frozen=True)
class Stage:
    """A module that measures and writes a JSON file of its name.

    Attributes
    ----------
    name : str
    minutes : float
        What it takes on two cores.
    """

    name: str
    minutes: float

    @property
    def module(self) -> str:
        """The full name of its module."""
        return f"benchmarks.{self.name}"

    @property
    def file(self) -> Path:
        """The JSON file that it writes below ``.asv``."""
        return ASV_DIR / f"{self.name}.json"


STAGES = {
    "quick": (Stage("claims", 1), Stage("fidelity", 2.5)),
    "full": (Stage("claims", 1), Stage("fidelity", 2.5), Stage("regions", 7.5), Stage("regret", 5)),
}


def main(arguments: list[str] | None = None) -> int:
    """Run a profile; 2 where git knows no commit, or where nothing can be written; 130 after Ctrl-C."""
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--profile", choices=("quick", "full"), default="quick", help="default: %(default)s")
    parser.add_argument("--fresh", action="store_true", help="measure anew what an earlier full profile has finished")
    chosen = parser.parse_args(arguments)
    reason = why_no_history()
    if reason is not None:
        print(f"{PROGRAM}: {reason}", file=sys.stderr)
        return MISSING
    return run(chosen.profile, chosen.fresh)


def run(profile: str, fresh: bool) -> int:
    """Measure, and say how long it took or how it goes on after Ctrl-C."""
    start = time.monotonic()
    try:
        record = begun(profile, fresh)
    except OSError as error:
        print(f"{PROGRAM}: results cannot be written: {error}", file=sys.stderr)
        return MISSING
    try:
        measure(profile, fresh, record)
    except KeyboardInterrupt:
        print(f"\nstopped; {GOES_ON[profile]}", file=sys.stderr)
        return INTERRUPTED
    print(f"{profile} profile: {(time.monotonic() - start) / 60:.1f} minutes")
    return 0


def begun(profile: str, fresh: bool) -> Record:
    """What is finished, without what the quick profile is about to write over.

    It is written at once: a folder that cannot be written is told now, not after the first measurement.
    """
    record = Record(ASV_DIR / "progress.json", fresh)
    overwritten = [*profiles.full(), *profiles.quick()] if profile == "quick" else []
    record.drop([step.name for step in overwritten])
    return record


def measure(profile: str, fresh: bool, record: Record) -> None:
    """asv, then the other stages, each told by its number."""
    stages = [stage for stage in STAGES[profile] if find_spec(stage.module)]
    (ASV_DIR / LOG).unlink(missing_ok=True)
    asv(["machine", "--yes"], ASV_DIR / LOG)
    run_steps(getattr(profiles, profile)(), record, f"stage 1 of {1 + len(stages)}, asv", ASV_DIR)
    for number, stage in enumerate(stages, 2):
        title = f"stage {number} of {1 + len(stages)}, {stage.name}"
        if profile == "full" and record.has(stage.name, stage.name, [stage.file]):
            print(f"{title}: is there already")
            continue
        print(f"{title}: about {stage.minutes:g} min", flush=True)
        run_stage(stage, fresh)
        record.add(stage.name, stage.name)


def run_stage(stage: Stage, fresh: bool) -> None:
    """One module; imported now, as asv's stage needs none of it. What it finds missed or broken is in its file."""
    if fresh:
        stage.file.unlink(missing_ok=True)  # `regions` goes on from its file
    if import_module(stage.module).main(["--out", str(stage.file)]) == INTERRUPTED:
        raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what `make` and `timeout` send ends asv too
    raise SystemExit(main())
