# SPDX-License-Identifier: MIT
"""Random draws, checked: ``python -m tests.sanitize.driver --seed 1 --configurations 600``.

``make sanitize`` runs it over the build with sanitizers, where an access past an array ends the process. Over any
other build it checks the ids alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from samplers.kernels import rows as kernel

from . import invariants, sequential
from .configurations import configuration
from .drawing import Violation

EVERY = 10  # of so many configurations one is of a sequential strategy
FAILURES = 20  # that end the run
AT = "SANITIZE_AT"  # environment: the file that holds the number of the configuration under way, empty at the end


def describe(seed: int, number: int) -> str:
    """The configuration in one line."""
    return str(sequential.sequence(seed, number) if number % EVERY == 0 else configuration(seed, number))


def again(seed: int, number: int) -> str:
    """The command that draws one configuration once more."""
    return f'make sanitize ARGS="--seed {seed} --only {number}"'


def check(seed: int, number: int, forms: Sequence[str]) -> Counter[str]:
    """Draws one configuration and checks it."""
    if number % EVERY == 0:
        return sequential.check(sequential.sequence(seed, number))
    return invariants.check(configuration(seed, number), forms)


class Unraisable:
    """What Cython code that may not raise has swallowed: with bounds checks, an index out of bounds."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __enter__(self) -> Unraisable:
        self.before, sys.unraisablehook = sys.unraisablehook, self._note
        return self

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self.before

    def _note(self, unraisable: Any) -> None:
        self.seen.append(f"{unraisable.exc_type.__name__}: {unraisable.exc_value} in {unraisable.object}")


def run(seed: int, numbers: Iterable[int], report: Any = print) -> tuple[Counter[str], int]:
    """Checks configurations; what was done, and how many of them failed.

    Each failure is reported in one line, with the command that draws it again.
    """
    forms = kernel.available()
    before, tally, failed = kernel.simd(), Counter[str](), 0
    at = os.open(os.environ[AT], os.O_WRONLY | os.O_CREAT, 0o644) if AT in os.environ else None
    numbers, i = list(numbers), -1
    start = said = time.monotonic()
    try:
        for i, number in enumerate(numbers):
            if at is not None:
                os.pwrite(at, f"{number:<20}".encode(), 0)
            with Unraisable() as unraisable:
                try:
                    tally += check(seed, number, forms)
                    if unraisable.seen:
                        raise Violation(unraisable.seen[0])
                except Exception as error:
                    failed += 1
                    name = "" if isinstance(error, Violation) else f"{type(error).__name__}: "
                    report(f"FAILED: {name}{error}: {describe(seed, number)}. Again: {again(seed, number)}")
                    if failed == FAILURES:
                        report(f"stopped after {i + 1:,} configurations: {FAILURES} failed")
                        break
            if time.monotonic() - said > 10:
                said = time.monotonic()
                report(f"{i + 1:,} of {len(numbers):,} configurations, {said - start:.0f} s")
    finally:
        kernel.force(before)
        if at is not None:
            os.ftruncate(at, 0)
            os.close(at)
    tally["configurations"] = i + 1
    return tally, failed


def summary(tally: Counter[str], seed: int, seconds: float) -> Iterable[str]:
    """What was drawn, by which forms, in lines."""
    forms = kernel.available()
    lacking = [form for form in ("scalar", "avx2", "avx512") if form not in forms]
    yield f"{tally['configurations']:,} configurations of seed {seed} in {seconds:.0f} s"
    yield f"forms: {', '.join(forms)}" + (f" (not {', '.join(lacking)}: this processor lacks it)" if lacking else "")
    for what in sorted(set(tally) - {"configurations"}):
        yield f"  {tally[what]:>7,}  {what}"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 where a configuration failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sanitize.driver", description="Random draws, checked.")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--configurations", type=int, default=600, metavar="N", help="default: 600")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one configuration alone")
    arguments = parser.parse_args(argv)
    numbers = range(arguments.configurations) if arguments.only is None else [arguments.only]
    start = time.monotonic()
    tally, failed = run(arguments.seed, numbers, lambda line: print(line, flush=True))
    print(*summary(tally, arguments.seed, time.monotonic() - start), sep="\n")
    print(f"{failed} failed" if failed else "none failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
