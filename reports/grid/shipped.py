# SPDX-License-Identifier: MIT
"""The table of the recommendation that the library ships: the regions of its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from samplers.recommendation.lookup import bound_in_words
from samplers.recommendation.verdict import verdict

from .. import units
from ..tables import DRAWS, Cell, Column, Table


def table() -> Table:
    """One row per region."""
    columns = (
        Column("draws", numeric=False),
        Column("request", numeric=False),
        Column("recommended", numeric=False),
        Column("runner-up", numeric=False),
        Column("its time", "× the recommended, mean"),
        Column("cells"),
    )
    return Table(columns, tuple(row(region) for region in verdict()["regions"]), (note(verdict()),))


def row(region: Mapping[str, Any]) -> tuple[Cell, ...]:
    bounds = [bound_in_words(axis, low, high) for axis, (low, high) in region["bounds"].items()]
    device = "" if region["device"] == "cpu" else region["device"]
    margin, close = region["margin"], region["close"]
    times = units.NONE if margin is None else f"{units.significant(margin, 3)}×"
    return (
        Cell(DRAWS[region["replacement"]], device),
        Cell("; ".join(bounds) or "any"),
        Cell(region["winner"], sort=region["winner"], kind="name"),
        Cell(region["runner_up"] or units.NONE, sort=region["runner_up"]),
        Cell(times, "too close to call" if close else "", margin),
        Cell(str(len(region["cells"])), sort=len(region["cells"])),
    )


def note(document: Mapping[str, Any]) -> str:
    """How the verdict was measured."""
    cpu = document["environment"].get("cpu") or "an unknown processor"
    commits = units.listed([(commit or "unknown")[:8] for commit in document["runs"]])
    alarms = document["false_alarms"]
    return (
        f"From `samplers/recommendation/verdict.json`, measured with `{document['command']}` on {cpu} at {commits}. "
        "The recommendation is the same on every machine, so that a seed gives the same ids everywhere; the rest of "
        "this page can be of another machine. A sampler counts as slower in a cell if it was slower in every round of "
        "a visit. If two samplers are equally fast, that happens to a given one by chance in "
        f"{units.significant(100 * alarms['rate'], 2)} % of the cells ({alarms['visits']} visits of {alarms['rounds']} "
        "independent rounds). The mean is over the cells in which both samplers were timed. A sampler "
        "that is more than 30 times slower than the fastest is not timed."
    )
