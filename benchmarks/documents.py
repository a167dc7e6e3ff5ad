# SPDX-License-Identifier: MIT
"""The JSON files of the benchmarks: schema, command and path of each, and functions that read and write them.

Reading is strict. An error names the command that makes the file.
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
    """An input is missing or unreadable; the message names the file and the command that makes it."""


@dataclass(frozen=True)
class Document:
    """A kind of file.

    Attributes
    ----------
    schema : str
        Name and version, as the file states them.
    made_by : str
        The command that writes the file.
    path : Path
        The default path, relative to the root of the repository.
    """

    schema: str
    made_by: str
    path: Path

    def read(self, path: Path) -> dict[str, Any]:
        """Read a file of this kind.

        Raises
        ------
        InputError
            If it is missing, is no JSON object, or is of another version.
        """
        document = read_json(path, self.made_by)
        schema = document.get("schema")
        if schema != self.schema:
            raise InputError(f"{path} has schema {schema!r}, but {self.schema!r} is needed: run `{self.made_by}` again")
        return document

    def damaged(self, path: Path, why: object) -> InputError:
        """The error for a file of this kind with missing or wrong fields."""
        return InputError(f"{path} is damaged ({why}): run `{self.made_by}` again")


FIDELITY = Document("samplers/fidelity/v2", "python -m benchmarks.fidelity", Path(".asv/fidelity.json"))
CLAIMS = Document("samplers/claims/v1", "python -m benchmarks.claims", Path(".asv/claims.json"))
PRICES = Document("samplers/prices/v1", "python -m benchmarks.prices", Path(".asv/prices.json"))
REGIONS = Document("samplers/regions/v2", "python -m benchmarks.regions", Path(".asv/regions.json"))
REGRET = Document("samplers/regret/v3", "python -m benchmarks.regret", Path(".asv/regret.json"))
NEIGHBOURS = Document("samplers/neighbours/v1", "python -m benchmarks.neighbours", Path(".asv/neighbours.json"))
SHARE = Document("samplers/share/v1", "python -m benchmarks.sgns share", Path(".asv/sgns.share.json"))
QUALITY = Document("samplers/quality/v1", "python -m benchmarks.sgns quality", Path(".asv/sgns.quality.json"))
RESUME = Document("samplers/resume/v1", "python -m benchmarks.sgns resume", Path(".asv/sgns.resume.json"))
NOISE = Document("samplers/noise/v1", "python -m benchmarks", Path(".asv/noise.json"))
STRATA = Document("samplers/strata/v1", "python -m benchmarks.strata", Path(".asv/strata.json"))
INSTRUCTIONS = Document("samplers/instructions/v1", "python -m benchmarks.instructions", Path(".asv/instructions.json"))
ROOFLINE = Document("samplers/roofline/v1", "python -m benchmarks.roofline", Path(".asv/roofline.json"))
COMPARE = Document("samplers/compare/v1", "python -m benchmarks compare", Path(".asv/compare/compare.json"))
ROUNDS = Document("samplers/rounds/v1", "python -m benchmarks.steadiness", Path(".asv/rounds.json"))


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """Read a JSON object; asv's NaN and Infinity are accepted.

    Raises
    ------
    InputError
        If the file is missing, or is no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: make it with `{made_by}`") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({error}): run `{made_by}` again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no JSON object: run `{made_by}` again")
    return content


def finite(value: Any) -> float | None:
    """The number as float; None for null, NaN, infinity and all that is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer too large for a float
        return None


def record(kind: type[Record], entry: Mapping[str, Any]) -> Record:
    """A dataclass from a JSON object; keys that are no fields are ignored."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in entry.items() if key in known})


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write strict JSON atomically: an interrupted run leaves the previous file unchanged."""
    text = json.dumps(document, indent=1, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
