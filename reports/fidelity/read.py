# SPDX-License-Identifier: MIT
"""Reads the file of ``python -m benchmarks.fidelity``: the only module that knows its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..inputs import InputError, check_schema, read_json, record
from ..model import Sampler
from .described import read_described, reworded
from .records import Audit, Check, Mutant, Ranks, Test

SCHEMA, MADE_BY = "samplers/fidelity/v2", "python -m benchmarks.fidelity"
LISTS = ("samplers", "workloads", "results", "mutants")


@dataclass(frozen=True)
class Fidelity:
    """The checks, the broken samplers and the others, and the document for what else is in it."""

    checks: tuple[Check, ...]
    mutants: tuple[Mutant, ...]
    samplers: tuple[Sampler, ...]
    document: Mapping[str, Any]


def read_fidelity(path: Path) -> Fidelity:
    """All of the file.

    Raises
    ------
    InputError
        When it is missing, damaged or of another version.
    """
    document = read_json(path, MADE_BY)
    check_schema(path, document, SCHEMA, MADE_BY)
    missing = [key for key in LISTS if not isinstance(document.get(key), list)]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}: make it anew with `{MADE_BY}`")
    try:
        samplers = read_described(document["samplers"])
        known = {sampler.name: sampler for sampler in samplers}
        checks = tuple(read_check(found, known.get(found["sampler"])) for found in document["results"])
        mutants = tuple(record(Mutant, found | {"failed": tuple(found["failed"])}) for found in document["mutants"])
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}): make it anew with `{MADE_BY}`") from None
    return Fidelity(checks, mutants, samplers, document)


def read_check(found: Mapping[str, Any], sampler: Sampler | None = None) -> Check:
    """A fidelity result; one with an error has little but that."""
    ranks, audit = found.get("ranks"), found.get("audit")
    changed = {
        "error": reworded(found.get("error"), sampler or Sampler(found["sampler"])),
        "passed": bool(found["passed"]) and not found.get("error"),
        "tests": tuple(record(Test, test) for test in found.get("tests") or ()),
        "audit": None if audit is None else record(Audit, audit),
        "ranks": None if ranks is None else Ranks(*(tuple(ranks[f.name]) for f in fields(Ranks))),
    }
    return record(Check, {**found, **changed})
