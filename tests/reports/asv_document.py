# SPDX-License-Identifier: MIT
"""Results in asv's format, with every oddity that it has, for samplers whose names no code can know.

Whatever the report says of them comes from the inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

NAN = math.nan
PYTHON = "/somewhere/someone/python"
COMMIT = "0123abcd" * 5
COLUMNS = [
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
    "samples",
    "profile",
]
FEW, MANY, K = 64, 16_384, 5
SIZES = {
    "english": 321_180,
    "post004": 100,
    "zipf_1e2": 100,
    "zipf_1e4": 10**4,
    "zipf_1e6": 10**6,
    "flat": 10**4,
}
# Nanoseconds per id at V = 100 and the power of V it grows with; replacement; origin; paid for each row.
SAMPLERS: dict[str, tuple[float, float, bool, str, bool]] = {
    "loop": (2_500.0, 0.8, False, "built-in", True),
    "one_call": (720.0, 0.95, False, "variant", True),
    "table": (30.0, 0.15, True, "built-in", False),
    "tower": (9.0, 0.12, True, "built-in", False),
    "gpu": (NAN, 0.0, True, "built-in", False),
    "cheat": (0.3, 0.0, True, "peer", False),
    "fragile": (14.0, 0.1, True, "peer", False),
    "stranger": (11.0, 0.0, True, "plug-in", False),
    "picky": (28.0, 0.0, True, "built-in", False),
}
# The strategy that a sampler is a variant of, its options, and what a reader sees in place of its name.
VARIANTS: dict[str, tuple[str, dict[str, Any], str]] = {"one_call": ("loop", {"calls": 1}, "loop, calls=1")}
# Seconds for 81,920 ids in nanoseconds per id; NaN where the CPU has no such instruction.
LIMITS = {
    "generator": [0.6, 0.6, 0.6, 0.6, 0.6],
    "one by one": [0.5, 0.5, 0.7, 3.5, 9.0],
    "prefetched": [0.7, 0.7, 0.8, 2.5, 6.0],
    "AVX-512 gather": [NAN] * 5,
}
LIMIT_SIZES = [10**2, 10**4, 10**5, 10**6, 10**7]
# Samples over their median.
SPREAD = (0.95, 0.97, 0.98, 1.0, 1.02, 1.04, 1.06)
UNSUITABLE = "UnsuitableNoiseError: picky: the weights <hardly> repeat"
REASON = "no <GPU> | here"


def ns_of(sampler: str, workload: str) -> float:
    """What the report must find again."""
    base, power, *_ = SAMPLERS[sampler]
    return base * (SIZES[workload] / 100) ** power


def seconds(sampler: str, workload: str, rows: int, k: int) -> float | None:
    """A cell of time_sample: NaN for what the quick profile leaves out, None for what broke."""
    per_row = SAMPLERS[sampler][4]
    if sampler == "fragile" and workload == "zipf_1e6":
        return None
    if workload == "flat" or per_row != (rows == FEW):
        return NAN
    return ns_of(sampler, workload) * rows * k * 1e-9


def asv_row(axes: list[list[Any]], value: Callable[..., float | None], timed: bool = True) -> list[Any]:
    """A row of an asv result file; statistics, samples and trailing nulls as asv writes them."""
    values = [value(*key) for key in product(*axes)]
    params = [[repr(item) for item in axis] for axis in axes]
    row: list[Any] = [values, params, "1", 1_795_000_000_000, 12.5]
    if not timed:
        return row

    def scaled(factor: float) -> list[float | None]:
        return [v * factor if v is not None and math.isfinite(v) else None for v in values]

    present = [v is not None and math.isfinite(v) for v in values]
    row += [[-math.inf if p else None for p in present], [math.inf if p else None for p in present]]
    row += [
        scaled(0.97),
        scaled(1.04),
        [1 if p else None for p in present],
        [3 if p else None for p in present],
    ]
    return [
        *row,
        [[v * f for f in SPREAD] if p and v else None for v, p in zip(values, present, strict=True)],
    ]


COLD_SIZES = [10**4, 10**5]
# Seconds of sample(1024, 5) over that of a warm call. With evicted caches, tower loses more than stranger.
COLD = {"warm": 1.0, "L2 evicted": 1.5, "all caches evicted": 9.0, "training step": 6.0}


def cold(sampler: str, n_ids: int, state: str) -> float:
    """A single call; NaN for samplers that the benchmark leaves out."""
    if sampler not in ("tower", "stranger", "cheat", "table", "one_call"):
        return NAN
    base, power, *_ = SAMPLERS[sampler]
    grown = 1.0 if sampler == "stranger" and state != "warm" else COLD[state]
    return 5120e-9 * base * (n_ids / 100) ** power * grown


def axes_results() -> dict[str, list[Any]]:
    """Some of the benchmarks of one question; the others were not measured."""
    names = list(SAMPLERS)
    shapes = [w for w in SIZES if w in ("english", "zipf_1e4")]

    def shaped(rows: int, k: int, sampler: str, factor: float = 1.0) -> float:
        """A call: 1 us, and what its ids take; samplers that pay for each row are asked for few."""
        rows = min(rows, FEW) if SAMPLERS[sampler][4] else rows
        return 1e-6 + factor * SAMPLERS[sampler][0] * rows * k * 1e-9

    def large(sampler: str, size: str) -> float:
        return 4e-3 * len(size) if sampler in ("tower", "stranger") else NAN

    return {
        "bench_shape.Rows.time_rows": asv_row(
            [names, shapes, [1, 64, 65_536]],
            lambda s, w, rows: NAN if SAMPLERS[s][4] and rows > FEW else shaped(rows, K, s),
        ),
        "bench_shape.Columns.time_columns": asv_row([names, shapes, [1, 5, 64]], lambda s, w, k: shaped(1024, k, s)),
        "bench_exclusion.Exclusion.time_exclusion": asv_row(
            [names, shapes, ["none", "one", "csr"]],
            lambda s, w, e: shaped(1024, K, s, {"none": 1.0, "one": 1.001, "csr": 1.8}[e]),
        ),
        "bench_large.Large.time_large": asv_row([names, ["2**24 + 1", "1e8"]], large),
        "bench_large.Large.track_nbytes_large": asv_row(
            [names, ["2**24 + 1", "1e8"]], lambda s, v: large(s, v) * 1e9, timed=False
        ),
        "bench_cold.Cold.track_call": asv_row([names, COLD_SIZES, list(COLD)], cold),
        "bench_import.Import.timeraw_import": asv_row([["numpy", "samplers"]], lambda module: 0.01 * len(module)),
    }


def asv_results() -> dict[str, list[Any]]:
    """All benchmarks."""
    names, built = list(SAMPLERS), ["english", "zipf_1e6"]

    def known(value: float) -> Callable[[str, str], float]:
        return lambda s, w: NAN if s == "gpu" or w != "english" else value * (1 + names.index(s))

    experiment = {
        "multinomial_per_item": 0.16,
        "multinomial_ahead": 0.0028,
        "bisect": 0.0145,
        "multinomial_one_call": 0.031,
    }
    return {
        "bench_sample.Sample.time_sample": asv_row([names, list(SIZES), [FEW, MANY], [K]], seconds),
        "bench_build.Build.time_build": asv_row([names, built], known(0.004)),
        "bench_build.Build.track_nbytes": asv_row([names, built], known(2_570_000), timed=False),
        "bench_build.Build.peakmem_build": asv_row([names, built], known(93_000_000), timed=False),
        # Everything failed: asv stores null for the whole column, and cuts off what follows.
        "bench_build.FirstCall.time_first_call": [None, [[repr(n) for n in names], ["'english'"]], "1"],
        "bench_post004.Post004.time_method": asv_row([list(experiment)], experiment.__getitem__),
        **axes_results(),
        "bench_limit.Limit.time_part": asv_row(
            [list(LIMITS), LIMIT_SIZES], lambda part, v: LIMITS[part][LIMIT_SIZES.index(v)] * 81_920e-9
        ),
    }
