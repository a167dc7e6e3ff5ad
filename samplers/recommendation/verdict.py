# SPDX-License-Identifier: MIT
"""Reads `verdict.json`, the fastest strategy for each region of requests. ``python -m benchmarks.fitting`` wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import prod
from typing import Any

from ..registry import names
from .request import Features

SCHEMA = "samplers/verdict/v1"


@cache
def verdict() -> dict[str, Any]:
    """The published verdict: its regions, and the machine and the versions that were measured."""
    document: dict[str, Any] = json.loads(files(__package__).joinpath("verdict.json").read_text(encoding="utf-8"))
    if document.get("schema") != SCHEMA:
        raise RuntimeError(
            f"verdict.json has schema {document.get('schema')!r}, but this version reads {SCHEMA!r}: install it again"
        )
    return document


def regions_of(replacement: bool, device: str) -> list[dict[str, Any]]:
    """The regions for one mode and device. They partition all requests; the list is empty if nothing was measured."""
    return [r for r in verdict()["regions"] if r["device"] == device and r["replacement"] is replacement]


def candidates(replacement: bool, device: str) -> list[str]:
    """The strategies that have figures in the verdict, in the order of the registry."""
    measured = {name for region in regions_of(replacement, device) for name in region["ranking"]}
    return [name for name in names() if name in measured]


def holds(bounds: Mapping[str, Any], request: Features) -> bool:
    """Whether a request lies within the bounds, both included. An axis without bounds has no limit."""
    values = request.values()
    return all(
        (low is None or low <= values[axis]) and (high is None or values[axis] <= high)
        for axis, (low, high) in bounds.items()
    )


def nearest(region: Mapping[str, Any], request: Features) -> dict[str, Any]:
    """The measured cell of a region whose request is most similar."""
    cell: dict[str, Any] = min(region["cells"], key=lambda cell: distance(cell["at"], request.values()))
    return cell


def distance(at: Mapping[str, int], request: Mapping[str, int]) -> Fraction:
    """The product of the ratios by which two requests differ, exact."""
    pairs = [(value + 1, request[axis] + 1) for axis, value in at.items()]
    return Fraction(prod(max(pair) for pair in pairs), prod(min(pair) for pair in pairs))
