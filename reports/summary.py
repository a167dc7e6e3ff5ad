# SPDX-License-Identifier: MIT
"""The report as one strict JSON document; ``schema.md`` describes its fields."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.checks import Sampler
from benchmarks.documents import as_json as layout

from . import limits, noise, ratios
from .derived import Win
from .figures.style import Picture
from .grid import regret, winners
from .model import Report
from .sections import SECTIONS
from .statistics import recorded_margin
from .verdict import holds

SCHEMA = "samplers/report"
# The version rises if a key changes its meaning or is removed. A new key does not raise it.
SCHEMA_VERSION = 5


def summary(report: Report, pictures: Iterable[Picture] = ()) -> dict[str, Any]:
    """All data that the page shows, JSON-ready."""
    words = report.verdict
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "verdict": {
            "headline": words.headline,
            "beside": words.beside,
            "paragraphs": [list(p) for p in words.paragraphs],
        },
        "answers": [asdict(row) for row in report.answers],
        "winners": [winner(win) | {"leaders": list(holds(report, win).leaders)} for win in words.wins],
        "samplers": [sampler_record(report, s) for s in report.samplers],
        "workloads": [asdict(w) for w in report.workloads],
        "fidelity": [asdict(check) for check in report.checks],
        "mutants": {
            "caught": sum(mutant.caught for mutant in report.mutants),
            "total": len(report.mutants),
            "results": [asdict(mutant) for mutant in report.mutants],
        },
        "noise": noise.record(report),
        "limit": limits.record(report),
        "ratios": ratios.record(report),
        "regions": winners.record(report),
        "regret": regret.record(report),
        **{section.key: section.record(report) for section in SECTIONS if section.record is not None},
        "pictures": {p.name: {"title": p.title, "alt": p.alt, "source": p.source} for p in pictures},
        "origin": asdict(report.origin),
    }


def winner(win: Win) -> dict[str, Any]:
    """The fastest faithful sampler of a workload and mode."""
    return {
        "workload": win.workload.name,
        "V": win.workload.V,
        "replacement": win.replacement,
        "sampler": win.winner,
        "ns_per_id": win.ns,
        "runner_up": win.runner_up,
        "runner_up_ns_per_id": win.runner_up_ns,
        "slowest": win.slowest,
        "slowest_ns_per_id": win.slowest_ns,
        "too_close_to_call": win.close,
        **recorded_margin(win.margin),
    }


def sampler_record(report: Report, sampler: Sampler) -> dict[str, Any]:
    """A sampler with its status and its measurements by workload."""
    speeds = {w: s for (name, w), s in report.speed.items() if name == sampler.name}
    costs = (
        ("build_seconds", report.build),
        ("table_bytes", report.nbytes),
        ("peak_process_bytes", report.peak),
        ("first_call_seconds", report.first_call),
    )
    return asdict(sampler) | {
        "status": report.status(sampler.name),
        "speed": {
            w: s.ns.recorded("ns_per_id") | {"rows": s.rows, "k": s.k, "failed_rows": s.failed_rows}
            for w, s in speeds.items()
        },
        **{key: {w: m.recorded("value") for (name, w), m in at.items() if name == sampler.name} for key, at in costs},
    }


def as_json(document: Mapping[str, Any]) -> str:
    """A document as strict JSON; NaN and infinity become null."""
    return layout(strict(document)) + "\n"


def strict(value: Any) -> Any:
    """The value with None in place of NaN and infinity."""
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
