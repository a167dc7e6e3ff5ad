# SPDX-License-Identifier: MIT
"""``make sanitize``: the kernels under AddressSanitizer and UndefinedBehaviorSanitizer.

The library is built with both. Over it run random draws on every instruction set that the processor has, and the
tests of the kernels. An access past an array, an undefined operation or a wrong id ends in exit code 1.

What it does not see: reads past an array by the masked loads and gathers of AVX-512, which gcc does not instrument
(12.2); that uninitialised memory is read; that an array below 1 KiB is used after it is freed, as NumPy keeps such
memory for the next one; anything in a form that this processor lacks.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from . import building, driver
from .building import PLACE, ROOT, SOUND, CannotSanitizeError

FULL, SHORT = 10_000, 600
TESTS = (
    "tests/sanitize/test_planted_faults.py",
    "tests/kernels/test_rows.py",
    "tests/kernels/test_filter.py",
    "tests/kernels/test_group.py",
    "tests/kernels/test_philox.py",
)
SLOW_TESTS = (
    "tests/kernels/test_lcg.py",
    "tests/counter_based/test_sampler.py",
    "tests/counter_based/test_arguments.py",
    "tests/counter_based/test_law.py",
    "tests/counter_based/test_exact.py",
    "tests/counter_based/test_many.py",
    "tests/strategies/test_unigram_table.py",
)
UNDER_WAY = PLACE / "configuration"


def say(line: str) -> None:
    """Prints a line before the next step writes its own."""
    print(line, flush=True)


def draws(seed: int, which: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether the random draws pass; where the process dies, the configuration that it died in is named."""
    UNDER_WAY.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.sanitize.driver", "--seed", str(seed), *which]
    code = subprocess.run(command, cwd=ROOT, env={**env, driver.AT: str(UNDER_WAY)}, check=False).returncode
    if code != 0 and UNDER_WAY.exists() and (number := UNDER_WAY.read_text().strip()):
        say(f"DIED: {driver.describe(seed, int(number))}. Again: {driver.again(seed, int(number))}")
    return code == 0


def tests(paths: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether the tests pass. Reports of the sanitizers, which go to the standard error, are not captured."""
    # pytest puts these before PYTHONPATH; pyproject.toml has the folder of the ordinary build alone.
    folders = shlex.join([str(SOUND), str(ROOT)])
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--capture=sys", "-o", f"pythonpath={folders}", *paths]
    return subprocess.run(command, cwd=ROOT, env=dict(env), check=False).returncode == 0


def run(seed: int, configurations: int, only: int | None, paths: Sequence[str]) -> bool:
    """Builds, draws and tests; whether all passed."""
    start = time.monotonic()
    compiler = building.compiler()
    asan = building.runtime(compiler)
    say(f"building with {compiler}, {asan.name}, into {SOUND.relative_to(ROOT)} (a minute where it is not there yet)")
    building.build()
    building.check_it_loads(SOUND, asan)
    say(f"built after {time.monotonic() - start:.0f} s; random draws")
    env = building.environment(SOUND, asan)
    if only is not None:
        return draws(seed, ["--only", str(only)], env)
    with ThreadPoolExecutor(1) as pool:  # the draws take one core
        broken = pool.submit(building.build_broken)
        drawn = draws(seed, ["--configurations", str(configurations)], env)
        broken.result()
    say(f"drawn after {time.monotonic() - start:.0f} s; tests")
    passed = tests(paths, env)
    say(f"{'passed' if drawn and passed else 'FAILED'} after {time.monotonic() - start:.0f} s")
    return drawn and passed


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0, 1 where something is wrong, 2 where the sanitizers cannot be used here."""
    parser = argparse.ArgumentParser(prog="python -m tests.sanitize", description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help=f"{SHORT} configurations and fewer tests, for CI")
    parser.add_argument("--seed", type=int, default=1, help="of the random draws (default: 1)")
    parser.add_argument("--configurations", type=int, metavar="N", help=f"random draws (default: {FULL:,})")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="draw this configuration of the seed and no other")
    arguments = parser.parse_args(argv)
    configurations = arguments.configurations or (SHORT if arguments.short else FULL)
    paths = TESTS if arguments.short else (*TESTS, *SLOW_TESTS)
    try:
        return 0 if run(arguments.seed, configurations, arguments.only, paths) else 1
    except CannotSanitizeError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
