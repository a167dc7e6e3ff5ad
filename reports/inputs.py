# SPDX-License-Identifier: MIT
"""What the readers of the inputs share: strict shapes, and an error that names the command to run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

Record = TypeVar("Record")


class InputError(Exception):
    """An input that is missing or unreadable; the message says which, and what makes it."""


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """A JSON object; Python's reader takes asv's NaN and Infinity."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: make it with `{made_by}`") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({error}): make it anew with `{made_by}`") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object: make it anew with `{made_by}`")
    return found


def check_schema(path: Path, document: Mapping[str, Any], schema: str, made_by: str) -> None:
    """Refuse a document of another version."""
    found = document.get("schema")
    if found != schema:
        raise InputError(f"{path} has schema {found!r}, this reads {schema!r}: make it anew with `{made_by}`")


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
