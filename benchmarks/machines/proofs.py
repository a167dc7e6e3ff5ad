# SPDX-License-Identifier: MIT
"""What anyone can recompute of a machine's file, on any processor: fingerprints, ids, audits.

A law is made of integers. The probability of an id in a table is an integer number of units, divided by a power of two
and by the size of its class. Ids follow from (key, epoch, row, column) by integers alone. So all of it is equal on
every machine: a file that states something else was changed, or is of a machine that draws wrong ids.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.fidelity.audit import audit

from ..documents import finite
from .cells import LAWS, OURS, SEED, Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

K = 5
SHOWN_ROWS = 200  # the first 1,000 ids
HASHED_ROWS = 16_384  # as many as a timed call
# An audit is a sum of rounded doubles, in an order that NumPy chooses by the processor.
RELATIVE, ABSOLUTE = 1e-6, 1e-12
DIGITS = 4  # significant, of a time: more would be noise
AUDITED = ("total_variation", "max_relative_error", "never_drawn", "impossible")


@cache  # the files of several machines have the same cases
def proof(case: Case) -> dict[str, Any]:
    """Everything of a case that can be recomputed, JSON-ready.

    Raises
    ------
    ImportError
        If the law has real words and wordfreq is not installed.
    """
    law = LAWS[case.law]()
    sampler = samplers.create(case.strategy, law, rng=SEED, replacement=case.replacement)
    table = audit(sampler)
    ids = sampler.sample(HASHED_ROWS, K)
    found: dict[str, Any] = {
        "law": case.law,
        "strategy": case.strategy,
        "replacement": case.replacement,
        "V": len(law),
        "stream": sampler.info.stream,
        "law_fingerprint": law.fingerprint,
        "table_fingerprint": table_fingerprint(sampler),
        "table_bytes": sampler.nbytes,
        "audit": {name: getattr(table, name) for name in AUDITED},
        "ids_fingerprint": ids_fingerprint(ids),
    }
    return found | ({"ids": ids[:SHOWN_ROWS].tolist()} if case.shown else {})


def table_fingerprint(sampler: Any) -> str:
    """SHA-256 of V and the probabilities of the finished table, as little-endian doubles."""
    shares = sampler.implied_probabilities()
    digest = hashlib.sha256(b"samplers.table/v1\n" + len(shares).to_bytes(8, "little"))
    digest.update(np.ascontiguousarray(shares, "<f8").data)
    return digest.hexdigest()


def ids_fingerprint(ids: Any) -> str:
    """SHA-256 of the shape and the ids, row by row, as little-endian 64-bit integers."""
    digest = hashlib.sha256(b"samplers.ids/v1\n")
    for size in ids.shape:
        digest.update(int(size).to_bytes(8, "little"))
    digest.update(np.ascontiguousarray(ids, "<i8").data)
    return digest.hexdigest()


def contradictions(stated: Iterable[Mapping[str, Any]], cases: Iterable[Case]) -> list[str]:
    """Recompute all cases, and say in words what a file states otherwise; empty if nothing."""
    by_key = {(entry.get("law"), entry.get("strategy"), entry.get("replacement")): entry for entry in stated}
    wanted = {case.key: case for case in cases}
    found = [f"{named(key)}: it is not one of the declared tables" for key in by_key if key not in wanted]
    for key, case in wanted.items():
        entry = by_key.get(key)
        if entry is None:
            found.append(f"{named(key)}: the table is missing")
            continue
        found += [f"{named(key)}: {text}" for text in differences(entry, proof(case))]
    return found


def named(key: tuple[Any, ...]) -> str:
    """A case in words."""
    law, strategy, replacement = key
    return f"{strategy} on {law}{'' if replacement is True else ', distinct ids'}"


def differences(stated: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """What an entry states otherwise than the recomputed one."""
    found = [f"{name} is no part of a proof" for name in stated if name not in right]
    for name, value in right.items():
        if name == "ids":
            found += different_ids(stated.get(name), value)
        elif name == "audit":
            found += different_audit(stated.get(name), value)
        elif stated.get(name) != value or isinstance(stated.get(name), bool) != isinstance(value, bool):
            found.append(f"{name} is {stated.get(name)!r}, but {value!r} was recomputed")
    return found


def different_ids(stated: Any, right: list[list[int]]) -> list[str]:
    """The first id that is not the recomputed one."""
    if not isinstance(stated, list) or len(stated) != len(right):
        return [f"ids must have {len(right)} rows"]
    for row, (given, drawn) in enumerate(zip(stated, right, strict=True)):
        if given == drawn:
            continue
        if not isinstance(given, list) or len(given) != len(drawn):
            return [f"row {row} of ids must have {len(drawn)} ids"]
        column = next(i for i, (a, b) in enumerate(zip(given, drawn, strict=True)) if a != b)
        return [f"the id of row {row}, column {column} is {given[column]!r}, but {drawn[column]} was drawn again"]
    return []


def different_audit(stated: Any, right: Mapping[str, float]) -> list[str]:
    """The numbers of an audit that differ by more than rounding."""
    if not isinstance(stated, dict) or stated.keys() != right.keys():
        return [f"audit must have {', '.join(right)}"]
    return [
        f"{name} of the audit is {stated[name]!r}, but {value!r} was recomputed"
        for name, value in right.items()
        if (number := finite(stated[name])) is None
        or not math.isclose(number, value, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    ]


def middle(values: NDArray[np.float64]) -> list[float]:
    """Lower quartile, median and upper quartile."""
    return [rounded(float(np.quantile(values, q))) for q in (0.25, 0.5, 0.75)]


def faster_than(name: str, rounds: Mapping[str, NDArray[np.float64]]) -> dict[str, list[float]]:
    """How many times faster one of ours is than each peer: quartiles of the ratios of the rounds, by peer."""
    if name not in OURS:
        return {}
    return {peer: middle(ns / rounds[name]) for peer, ns in rounds.items() if peer not in OURS}


def rounded(value: float) -> float:
    """A number with `DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}")
