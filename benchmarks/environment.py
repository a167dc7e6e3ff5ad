# SPDX-License-Identifier: MIT
"""The machine, the versions and the commit of a measurement."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from samplers.kernels import rows

from . import caches
from .repository import ROOT, commit

__all__ = ["ROOT", "commit", "environment"]
PACKAGES = (
    "numpy",
    "scipy",
    "torch",
    "cython",
    "asv",
    "asv_runner",
    "wordfreq",
    "gensim",
    "matplotlib",
    "negative-samplers",
)


def environment() -> dict[str, Any]:
    """Machine and versions, JSON-ready."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "caches": caches.sizes(),
        "ram_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "compiler": _first_line([os.environ.get("CC", "cc"), "--version"]),
        "packages": {name: installed for name in PACKAGES if (installed := _version(name)) is not None},
        "simd": rows.simd(),
        "threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _first_line(command: list[str]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else None
