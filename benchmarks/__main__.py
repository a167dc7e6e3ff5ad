# SPDX-License-Identifier: MIT
"""``python -m benchmarks``: run asv in the installed environment, then the claims, prices, fidelity checks and regions.

asv's own commands work too (``asv run HEAD^!``, ``asv continuous``, ``asv publish``). This command selects the cells of
a profile and saves the results of an existing environment, which plain ``asv run -E existing`` does not. After Ctrl-C
the full profile continues with the cells that are missing for the commit and the machine. The output of asv is in
``.asv/asv.log``. ``python -m benchmarks compare NAME ...`` compares a few strategies, without asv.
"""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from samplers.commands.ending import Parser, ended

from . import profiles, questions
from .asv_steps import LOG, Record, asv, run_steps
from .documents import QUESTIONS
from .repository import MISSING, ROOT, why_no_history

PROGRAM = "python -m benchmarks"
ASV_DIR = ROOT / ".asv"
INTERRUPTED = 130  # 128 + SIGINT, the exit code of shells
AFTER_CTRL_C = {
    "full": "finished steps are kept: `make bench` continues, `make bench ARGS=--fresh` starts again",
    "quick": "`make report` starts again: it takes minutes",
}


@dataclass(frozen=True)
class Stage:
    """A module of this package that measures and writes ``.asv/<name>.json``.

    Attributes
    ----------
    name : str
    minutes : float
        Duration on two cores.
    options : tuple of str
        What its command gets beside ``--out``.
    needs : tuple of str
        The packages without which it is left out; those that are not in the extra ``bench``.
    """

    name: str
    minutes: float
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        return f"benchmarks.{self.name}"

    @property
    def file(self) -> Path:
        return ASV_DIR / f"{self.name}.json"

    @property
    def missing(self) -> list[str]:
        """The packages that it needs and that are not installed."""
        return [name for name in self.needs if not find_spec(name)]


STAGES = {
    "quick": (Stage("claims", 1), Stage("prices", 0.5, ("--rounds", "5")), Stage("fidelity", 5.5)),
    "full": (
        Stage("claims", 1),
        Stage("prices", 1),
        Stage("fidelity", 5.5),
        Stage("regions", 12.5),
        Stage("regret", 11),
        Stage("roofline", 0.5),
        Stage("instructions", 2),
        Stage("strata", 0.5, needs=("gensim",)),
        Stage("sgns.share", 1.5, needs=("torch",)),
        Stage("sgns.quality", 3, needs=("torch", "gensim")),
        Stage("matrix", 1, needs=("torch",)),
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """Run a profile.

    Returns
    -------
    int
        0; 2 if git knows no commit or if the results cannot be written; 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["compare"]:
        from .compare import main as compare

        return ended(f"{PROGRAM} compare", lambda: compare(words[1:]))
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--profile", choices=("quick", "full"), default="quick", help="default: %(default)s")
    parser.add_argument("--fresh", action="store_true", help="also measure what an earlier full profile has finished")
    chosen = parser.parse_args(words)
    reason = why_no_history()
    if reason is not None:
        print(f"{PROGRAM}: {reason}", file=sys.stderr)
        return MISSING
    return run(chosen.profile, chosen.fresh)


def run(profile: str, fresh: bool) -> int:
    """Measure, and print the duration or, after Ctrl-C, how to continue; returns the exit code."""
    start = time.monotonic()
    try:
        record = open_record(profile, fresh)
    except OSError as error:
        print(f"{PROGRAM}: results cannot be written: {error}", file=sys.stderr)
        return MISSING
    try:
        measure(profile, fresh, record)
    except KeyboardInterrupt:
        print(f"\nstopped; {AFTER_CTRL_C[profile]}", file=sys.stderr)
        return INTERRUPTED
    print(f"{profile} profile: {(time.monotonic() - start) / 60:.1f} minutes")
    return 0


def open_record(profile: str, fresh: bool) -> Record:
    """The record of finished steps, without the steps whose results the quick profile will overwrite.

    The record is written at once, so that a read-only folder fails before the first measurement.
    """
    record = Record(ASV_DIR / "progress.json", fresh)
    overwritten = [*profiles.full(), *profiles.quick()] if profile == "quick" else []
    record.drop([step.name for step in overwritten])
    return record


def measure(profile: str, fresh: bool, record: Record) -> None:
    """Run asv, then the other stages; a finished stage of the full profile is skipped."""
    stages = [stage for stage in STAGES[profile] if find_spec(stage.module)]
    (ASV_DIR / LOG).unlink(missing_ok=True)
    asv(["machine", "--yes"], ASV_DIR / LOG)
    questions.save(ASV_DIR / QUESTIONS.path.name)
    run_steps(getattr(profiles, profile)(), record, f"stage 1 of {1 + len(stages)}, asv", ASV_DIR)
    for number, stage in enumerate(stages, 2):
        title = f"stage {number} of {1 + len(stages)}, {stage.name}"
        if stage.missing:
            print(f"{title}: left out, because {', '.join(stage.missing)} is not installed")
            continue
        if profile == "full" and record.has(stage.name, stage.name, [stage.file]):
            print(f"{title}: finished by an earlier run")
            continue
        print(f"{title}: about {stage.minutes:g} min", flush=True)
        run_stage(stage, fresh)
        record.add(stage.name, stage.name)


def run_stage(stage: Stage, fresh: bool) -> None:
    """Run the module of a stage.

    The exit code is not checked, except for Ctrl-C: missed goals and failed checks are in the file of the stage.
    """
    if fresh:
        stage.file.unlink(missing_ok=True)  # `regions` continues from its file
    # The import is late because asv's stage needs none of these modules.
    if import_module(stage.module).main(["--out", str(stage.file), *stage.options]) == INTERRUPTED:
        raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `make` and `timeout` send SIGTERM: asv must end too
    raise SystemExit(main())
