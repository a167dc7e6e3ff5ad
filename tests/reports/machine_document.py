# SPDX-License-Identifier: MIT
"""A small file of a machine, in which everything that can be recomputed is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.machines.cells import CASES, CLOCK, INTO, MACHINE, MANY, OURS, Case, Cell
from benchmarks.machines.proofs import faster_than, middle, proof, rounded
from tests.reports.asv_document import COMMIT

ROUNDS = 7
SMALL_CELLS = (
    Cell("zipf_1e2", MANY, 5, INTO, ("alias", "spectrum", "cum_table", "numpy_choice")),
    Cell("zipf_1e4", MANY, 5, INTO, ("alias", "spectrum", "cum_table", "torch_one_call")),
    Cell("zipf_1e4", 1, 5, "plain", ("alias", "cum_table")),
)
SMALL_CASES = tuple(case for case in CASES if case.law in ("zipf_1e2", "zipf_1e4"))
NS = {"alias": 1.0, "spectrum": 2.0, "cum_table": 40.0, "numpy_choice": 80.0}


def timed(cell: Cell, factor: float) -> dict[str, Any]:
    """A cell in which torch was left out; the rounds differ by up to 2 %."""
    noise = 1 + 0.01 * np.sin(np.arange(ROUNDS))
    rounds = {
        name: np.array([rounded(x) for x in NS[name] * (factor if name in OURS else 1) * (5 / cell.k) * noise])
        for name in cell.samplers
        if name in NS
    }
    return {
        "law": cell.law,
        "rows": cell.rows,
        "k": cell.k,
        "request": cell.request,
        "times": [
            {
                "sampler": name,
                "ns": middle(ns),
                "faster_than": faster_than(name, rounds),
                "rounds_ns": ns.tolist(),
            }
            for name, ns in rounds.items()
        ],
    }


def machine_document(
    simd: str = "avx512",
    factor: float = 1.0,
    cells: tuple[Cell, ...] = SMALL_CELLS,
    cases: tuple[Case, ...] = SMALL_CASES,
) -> dict[str, Any]:
    """What ``python -m reports submit`` writes, for few cells and cases; our times are multiplied by the factor."""
    return {
        "schema": MACHINE.schema,
        "version": MACHINE.version,
        "name": f"a-cpu-{simd}",
        "command": f"python -m reports submit --name a-cpu-{simd}",
        "commit": COMMIT,
        "dirty": False,
        "time": "2026-11-28T10:00:00Z",
        "machine": {
            "cpu": "A <CPU>",
            "cores": 2,
            "caches": {"L1": 32768, "L2": 1048576},
            "ram_gib": 23.4,
            "os": "Linux",
            "python": "3.11.7",
            "compiler": None,
            "packages": {"numpy": "2.4.6"},
            "simd": simd,
            "threads": 2,
        },
        "noise": {"seconds": 30.0, "busy_cores": 1.05, "stolen": 0.001, "load": 1.0},
        "rounds": ROUNDS,
        "round_seconds": 0.02,
        "clock": CLOCK,
        "cells": [timed(cell, factor) for cell in cells],
        "left_out": [{"sampler": "torch_one_call", "reason": "torch is not installed"}],
        "tables": [dict(proof(case)) for case in cases],
    }
