# SPDX-License-Identifier: MIT
"""Prints pip constraints: the lower bound of everything that the library runs and is built with, and of torch."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def oldest(project: Path = PROJECT) -> list[str]:
    """``name==version`` for each ``name>=version`` of pyproject.toml."""
    document = tomllib.loads(project.read_text(encoding="utf-8"))
    wanted = [
        *document["build-system"]["requires"],
        *document["project"]["dependencies"],
        *document["project"]["optional-dependencies"]["check"],
        *document["project"]["optional-dependencies"]["torch"],
    ]
    return list(dict.fromkeys(map(_pinned, wanted)))  # NumPy is needed to build and to run


def _pinned(requirement: str) -> str:
    match = re.fullmatch(r"([\w.-]+)>=([\w.]+)", requirement)
    if match is None:
        raise SystemExit(f"{PROJECT.name}: {requirement!r} has no lower bound of the form name>=version")
    return f"{match[1]}=={match[2]}"


if __name__ == "__main__":
    print("\n".join(oldest()))
