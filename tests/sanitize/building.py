# SPDX-License-Identifier: MIT
"""The library built with AddressSanitizer and UndefinedBehaviorSanitizer, in a place of its own, and how to run it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "sanitize"
SOUND = PLACE / "lib"
# Scratch that is too small for what the kernels write past its nominal end: each run over it must be stopped.
BROKEN = PLACE / "broken" / "lib"
TOO_SMALL = ("-DWORDS_SLACK=16", "-DMAX_LANES=8")
# Set while a build with sanitizers is run: the folder that `samplers` must come from.
RUNNING = "SAMPLERS_SANITIZED"


class CannotSanitizeError(Exception):
    """Why the sanitizers cannot be used here, in one line."""


def compiler() -> str:
    """The C compiler as setuptools chooses it, with its arguments."""
    return os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"


CURE = "install gcc with its sanitizer libraries (libasan, libubsan), or name such a compiler: CC=gcc"


def _library(command: str, name: str) -> Path:
    """A shared library of a compiler."""
    ask = [*shlex.split(command), f"-print-file-name={name}"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotSanitizeError(f"sanitize: the C compiler {command!r} does not run ({error}): {CURE}") from error
    path = Path(answer)
    if path.is_absolute() and path.is_file():
        # Fedora's libasan.so is a linker script that names the library; the dynamic loader needs the library itself.
        script = re.search(rb"INPUT *\( *(\S+)", path.read_bytes()[:4096])
        path = Path(os.fsdecode(script[1])) if script else path
        if path.is_file():
            return path.resolve()
    raise CannotSanitizeError(f"sanitize: the C compiler {command!r} has no {name}: {CURE}")


def runtime(command: str) -> Path:
    """The shared library of AddressSanitizer that belongs to a compiler.

    Raises
    ------
    CannotSanitizeError
        Where there is no such compiler, or it has no library for one of the sanitizers.
    """
    _library(command, "libubsan.so")
    return _library(command, "libasan.so")


def environment(library: Path, asan: Path) -> dict[str, str]:
    """What a Python needs that runs a build with sanitizers."""
    preloaded = dict.fromkeys([str(asan), *os.environ.get("LD_PRELOAD", "").split()])
    return {
        **os.environ,
        RUNNING: str(library),
        # The interpreter is not instrumented, so that the runtime must be loaded before everything else.
        "LD_PRELOAD": " ".join(preloaded),
        # Python and NumPy keep objects until the process ends, which is no leak of ours; a leak check also needs
        # ptrace, which containers forbid. Tests ask for arrays that fit nowhere and expect a MemoryError.
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        # Python's own allocator cuts small objects from large blocks, whose inner borders no sanitizer knows.
        "PYTHONMALLOC": "malloc",
        # Not from the current folder, where the ordinary build lies.
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join([str(library), str(ROOT)]),
    }


def _compile(library: Path, flags: Sequence[str] = ()) -> None:
    """setup.py with the sanitizers; what is up to date stays."""
    base = library.parent
    env = {**os.environ, "SAMPLERS_SANITIZE": "1", "CFLAGS": " ".join([os.environ.get("CFLAGS", ""), *flags])}
    command = [sys.executable, "setup.py", "-q", "build", "-j2", "--build-base", str(base), "--build-lib", str(library)]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, **output)
    if done.returncode:
        raise CannotSanitizeError(f"{done.stdout}sanitize: {compiler()!r} cannot build with the sanitizers (see above)")


def build() -> None:
    """The library, into `SOUND`.

    Raises
    ------
    CannotSanitizeError
        Where the compiler fails; its messages come with it.
    """
    _compile(SOUND)


def build_broken() -> None:
    """The same with scratch that is too small, into `BROKEN`; only `forms`, with the C kernels, is compiled anew."""
    shutil.copytree(SOUND, BROKEN, dirs_exist_ok=True, ignore=shutil.ignore_patterns("forms.*.so"))
    _compile(BROKEN, TOO_SMALL)


def python(code: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A Python that runs some code."""
    return subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def check_it_loads(library: Path, asan: Path) -> None:
    """That Python takes the modules of a build from there.

    Raises
    ------
    CannotSanitizeError
        Where it does not.
    """
    code = "from samplers.kernels import rows; from samplers.strategies import cum_table; print(rows.__file__)"
    done = python(code, environment(library, asan))
    if done.returncode or not done.stdout.startswith(str(library)):
        raise CannotSanitizeError(
            f"{done.stdout}{done.stderr}sanitize: the build in {library.relative_to(ROOT)} does not load under {asan}; "
            f"if another compiler made it, remove {PLACE.relative_to(ROOT)}"
        )
