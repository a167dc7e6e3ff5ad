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
        "caches": _caches(),
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


def _caches(folder: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> dict[str, int]:
    """Bytes of the data caches of the first core, by level ("L1", "L2", ...); empty if the system does not tell."""
    sizes = {}
    for index in sorted(folder.glob("index[0-9]*")):
        try:
            level, kind, size = (
                (index / name).read_text(encoding="utf-8").strip() for name in ("level", "type", "size")
            )
        except OSError:
            continue
        number, unit = size.rstrip("KMG"), size[-1]
        if kind in ("Data", "Unified") and number.isdigit():
            sizes[f"L{level}"] = int(number) * 2 ** {"K": 10, "M": 20, "G": 30}.get(unit, 0)
    return sizes


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
