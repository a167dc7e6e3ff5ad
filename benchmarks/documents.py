# SPDX-License-Identifier: MIT
"""The JSON files that the benchmarks write: which command makes which, how they are written, and how they are read.

Whoever reads one, here or in `reports`, takes its schema and its command from here. Reading is strict, and an error
names the command to run.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from samplers.files import write_text

Record = TypeVar("Record")


class InputError(Exception):
    """An input that is missing or unreadable; the message says which, and what makes it."""


@dataclass(frozen=True)
class Document:
    """A kind of file.

    Attributes
    ----------
    schema : str
        Its name and version, as the file states them.
    made_by : str
        The command that writes it.
    path : Path
        Where it lies unless the user says otherwise, from the root of the repository.
    """

    schema: str
    made_by: str
    path: Path

    def read(self, path: Path) -> dict[str, Any]:
        """A file of this kind.

        Raises
        ------
        InputError
            If it is missing, is no JSON object, or is of another version.
        """
        document = read_json(path, self.made_by)
        found = document.get("schema")
        if found != self.schema:
            raise InputError(
                f"{path} has schema {found!r}, this reads {self.schema!r}: make it anew with `{self.made_by}`"
            )
        return document

    def damaged(self, path: Path, why: object) -> InputError:
        """The error for a file of this kind that lacks something, or holds something else."""
        return InputError(f"{path} is damaged ({why}): make it anew with `{self.made_by}`")


FIDELITY = Document("samplers/fidelity/v2", "python -m benchmarks.fidelity", Path(".asv/fidelity.json"))
CLAIMS = Document("samplers/claims/v1", "python -m benchmarks.claims", Path(".asv/claims.json"))
REGIONS = Document("samplers/regions/v1", "python -m benchmarks.regions", Path(".asv/regions.json"))
REGRET = Document("samplers/regret/v1", "python -m benchmarks.regret", Path(".asv/regret.json"))


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """A JSON object; Python's reader takes asv's NaN and Infinity.

    Raises
    ------
    InputError
        If the file is missing, or is no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: make it with `{made_by}`") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({error}): make it anew with `{made_by}`") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object: make it anew with `{made_by}`")
    return found


def finite(value: Any) -> float | None:
    """A number, or None for anything that is none: null, NaN, infinity."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer beyond floats
        return None


def record(kind: type[Record], found: Mapping[str, Any]) -> Record:
    """A dataclass from the keys that it knows."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in found.items() if key in known})


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write strict JSON, whole or not at all: a run that is broken off leaves the file of the last one."""
    text = json.dumps(document, indent=1, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
