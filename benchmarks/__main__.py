# SPDX-License-Identifier: MIT
"""``python -m benchmarks``: asv in the installed environment, then the fidelity checks.

asv's own commands work too (``asv run HEAD^!``, ``asv continuous``, ``asv publish``); this one picks the
benchmarks of a profile and saves what an existing environment gives, which plain ``asv run -E existing`` does
not.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time

import samplers

from . import claims, fidelity
from .bench_sample import FEW, MANY
from .environment import ROOT

# What the quick profile measures; the full one measures all.
QUICK_TIMED = ("english", "post004", "zipf_1e2", "zipf_1e4", "zipf_1e6")
QUICK_BUILT = ("english",)
QUICK_FIRST = ("english",)


def main(arguments: list[str] | None = None) -> int:
    """Run a profile."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--profile", choices=("quick", "full"), default="quick", help="default: %(default)s")
    profile = parser.parse_args(arguments).profile
    start = time.monotonic()
    run(["machine", "--yes"])
    run(
        [
            "run",
            "--environment",
            f"existing:{sys.executable}",
            "--set-commit-hash",
            "HEAD",
            "--record-samples",
        ]
        + (quick_options() if profile == "quick" else ["--attribute", "rounds=2"])
    )
    claims.main([])
    fidelity.main([])
    print(f"{profile} profile: {(time.monotonic() - start) / 60:.1f} minutes")
    return 0


def run(command: list[str]) -> None:
    """asv, from the root of the repository; its rows of cells that the profile leaves out are not shown."""
    with subprocess.Popen(
        [sys.executable, "-m", "asv", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as asv:
        assert asv.stdout is not None  # it is a pipe
        for line in asv.stdout:
            if line.strip() and not line.rstrip().endswith("n/a"):
                print(line, end="", flush=True)
    code = asv.returncode
    # asv ends with 2 when a benchmark failed: its results are saved, and the report shows the failure.
    if code not in (0, 2):
        raise SystemExit(f"asv {command[0]} ended with exit code {code}")


def quick_options() -> list[str]:
    """asv options of the quick profile: each sampler once, at the rows that its headline is measured at."""
    usable = [name for name in samplers.names() if samplers.why_unavailable(name) is None]
    each = [name for name in usable if samplers.get(name).per_row_call]
    rest = [name for name in usable if name not in each]
    patterns = [
        rf"time_sample\({among(each)}, {among(QUICK_TIMED)}, {FEW}, \d+\)",
        rf"time_sample\({among(rest)}, {among(QUICK_TIMED)}, {MANY}, \d+\)",
        rf"(time_build|track_nbytes)\({among(usable)}, {among(QUICK_BUILT)}\)",
        rf"(peakmem_build|time_first_call)\({among(usable)}, {among(QUICK_FIRST)}\)",
        r"time_method\(",
        r"time_part\(",
    ]
    return ["--attribute", "rounds=1", *(option for pattern in patterns for option in ("--bench", pattern))]


def among(values: list[str] | tuple[str, ...]) -> str:
    """A regular expression for the quoted form in which asv writes any of the strings."""
    return f"'({'|'.join(map(re.escape, values))})'"


if __name__ == "__main__":
    raise SystemExit(main())
