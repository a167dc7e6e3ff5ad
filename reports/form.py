# SPDX-License-Identifier: MIT
"""The data of the form that recommends a sampler: the rule of `samplers.recommend`, and the measured times.

``templates/form.js`` reads them. The constants of the rule come from the library, so that there is one source of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from samplers.counter_based.tables import FEW_CLASSES, IDS_PER_CLASS
from samplers.laws.noise_distribution import as_law
from samplers.recommendation.recommend import ON_CUDA, strategies_on
from samplers.recommendation.rule import (
    ALIAS,
    CLASS_BYTES,
    ID_BYTES,
    SLOT_BYTES,
    SMALL_TABLE,
    SMALLER,
    SPECTRUM,
    UNIFORM,
)
from samplers.registry import get

from .answers import NONE
from .asv_results import COLUMNS, EXCLUSION
from .asv_results import ROWS as ROWS_AXIS
from .lasting import GENSIM, NUMPY, ONE_CALL, ONE_CALL_DISTINCT, TORCH_LOOP, Peer, stored_as
from .model import Report
from .statistics import Measurement
from .verdict import HEADLINE

PEERS = (
    TORCH_LOOP,
    ONE_CALL,
    ONE_CALL_DISTINCT,
    GENSIM,
    NUMPY,
    Peer("ids drawn ahead by `torch.multinomial` (`pool`)", "pool"),
)
# The kinds of counts of the decision grid by those of the form, which times by V do not have.
ON_GRID = {"different": "reals", "unsorted": "shuffled"}
Points = list[tuple[float, float]]


def form_data(report: Report) -> dict[str, Any]:
    """The rule, the strategies, and the times of those that the form can name, JSON-ready."""
    candidates = dict.fromkeys([UNIFORM, SPECTRUM, ALIAS, *ON_CUDA, *strategies_on("cpu")])
    return {
        "rule": {
            "uniform": UNIFORM,
            "spectrum": SPECTRUM,
            "alias": ALIAS,
            "small_table": SMALL_TABLE,
            "smaller": SMALLER,
            "few_classes": FEW_CLASSES,
            "ids_per_class": IDS_PER_CLASS,
            "slot_bytes": SLOT_BYTES,
            "class_bytes": CLASS_BYTES,
            "id_bytes": ID_BYTES,
            "fallbacks": {"cpu": strategies_on("cpu"), "cuda": list(ON_CUDA)},
        },
        "strategies": {name: limits_of(name) for name in candidates},
        "distinct": classes(report),
        "grid": {kind: on_grid(report, of_grid, candidates) for kind, of_grid in ON_GRID.items()},
        "times": [times for times in (times_of(report, name) for name in candidates) if times],
        "peers": [
            times | {"title": peer.title.replace("`", "")}
            for peer in PEERS
            if (times := times_of(report, peer.strategy))
        ],
    }


def on_grid(report: Report, kind: str, candidates: Iterable[str]) -> dict[str, list[tuple[Any, ...]]]:
    """The requests of the decision grid with a kind of counts by mode: V, rows, k, and ns per id by sampler."""
    found: dict[str, list[tuple[Any, ...]]] = {"with": [], "distinct": []}
    for cell in (result.cell for result in report.won if result.cell.kind == kind):
        times = {name: float(f"{side.ns:.4g}") for name in candidates if (side := cell.sides.get(name))}
        found["with" if cell.replacement else "distinct"].append((cell.V, cell.rows, cell.k, times))
    return found


def limits_of(name: str) -> dict[str, Any]:
    """What a strategy refuses, and whether `create` must name its device."""
    info = get(name).info
    return {
        "uniform_only": info.laws == "uniform",
        "repeating_only": refuses_different_weights(name),
        "max_ids": info.max_ids,
        "max_k": info.max_k,
        "modes": list(info.replacement_modes),
        "names_device": info.device == "any",
    }


def refuses_different_weights(name: str) -> bool:
    """Whether a strategy refuses a law because its weights do not repeat, asked of the strategy itself."""
    different = as_law(np.arange(1, FEW_CLASSES + 2), 1.0)
    return get(name).info.laws != "uniform" and get(name).unsuitable(different) is not None


def classes(report: Report) -> Points:
    """The number of distinct counts by V, of the workloads that differ only in V."""
    return points((w.V, w.distinct) for w in report.workloads if w.name in report.family)


def times_of(report: Report, strategy: str) -> dict[str, Any] | None:
    """The times of a strategy by mode, in nanoseconds per id; None if it was not timed.

    ``over_V`` has the times by V of each measured call, a list for each kind of exclusion. ``rows`` and ``columns`` are
    the times over rows and over k, of one workload and without exclusion; the form takes only their ratios.
    """
    modes = {}
    for mode in (True, False):
        name = stored_as(report, strategy, mode)
        over_sizes = [plain(report, name), *by_exclusion(report, name)]
        if any(call["sizes"] for call in over_sizes):
            modes["with" if mode else "distinct"] = {
                "over_V": [call for call in over_sizes if call["sizes"]],
                "rows": along(report, name, ROWS_AXIS),
                "columns": along(report, name, COLUMNS),
                "passes": report.status(name) == "pass",
            }
    return {"name": strategy, "modes": modes} if modes else None


def sorted_counts(report: Report) -> list[str]:
    """The workloads of counts that are sorted: the one of the headline, and those that differ only in V."""
    return [HEADLINE, *report.family]


def plain(report: Report, name: str) -> dict[str, Any]:
    """The times by V without exclusion, in the calls of the table of all samplers."""
    speeds = {w: s for (of, w), s in report.speed.items() if of == name and s.ns.value and w in sorted_counts(report)}
    call = next(([s.rows, s.k] for s in speeds.values()), [0, 0])
    sizes = points((report.workload(w).V, s.ns.value) for w, s in speeds.items() if [s.rows, s.k] == call)
    return {"rows": call[0], "k": call[1], "excluded": NONE, "sizes": sizes}


def by_exclusion(report: Report, name: str) -> list[dict[str, Any]]:
    """The times by V for each kind of exclusion, in the calls of that benchmark."""
    cells = of_axis(report, name, EXCLUSION)
    rows, k = report.question(EXCLUSION).call((), report.sampler(name).cost)
    return [
        {
            "rows": rows,
            "k": k,
            "excluded": kind,
            "sizes": points(
                (report.workload(str(w)).V, cell.value)
                for (w, of), cell in cells.items()
                if of == kind and w in sorted_counts(report)
            ),
        }
        for kind in dict.fromkeys(str(kind) for _, kind in cells)
    ]


def of_axis(report: Report, name: str, benchmark: str) -> Mapping[tuple[Any, ...], Measurement]:
    """The cells of a sampler in a benchmark of one setting."""
    return report.measured[report.question(benchmark).key].get(name, {})


def along(report: Report, name: str, benchmark: str) -> Points:
    """The times over the second setting of a benchmark, on the workload with the most of them."""
    by_workload: dict[str, list[tuple[Any, Any]]] = {}
    for (workload, setting), cell in of_axis(report, name, benchmark).items():
        by_workload.setdefault(str(workload), []).append((setting, cell.value))
    chains = sorted(by_workload.values(), key=len)
    return points(chains[-1]) if chains else []


def points(pairs: Iterable[tuple[Any, Any]]) -> Points:
    """The pairs of positive numbers, sorted, with four significant digits of the second."""
    return sorted((float(x), float(f"{y:.4g}")) for x, y in pairs if x and y)
