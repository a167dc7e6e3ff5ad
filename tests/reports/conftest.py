# SPDX-License-Identifier: MIT
"""Small inputs in the formats of asv and of the fidelity run, with every oddity that those have.

The samplers have names that no code can know: whatever the report says of them comes from the inputs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

NAN = math.nan
PYTHON = "/somewhere/someone/python"
COMMIT = "0123abcd" * 5
COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip
FEW, MANY, K = 64, 16_384, 5
SIZES = {
    "english": 321_180,
    "post004": 100,
    "zipf_1e2": 100,
    "zipf_1e4": 10**4,
    "zipf_1e6": 10**6,
    "flat": 10**4,
}
# Nanoseconds an id at V = 100 and the power of V it grows with; replacement; origin; paid for each row.
SAMPLERS: dict[str, tuple[float, float, bool, str, bool]] = {
    "loop": (2_500.0, 0.8, False, "built-in", True),
    "one_call": (720.0, 0.95, False, "peer", True),
    "table": (30.0, 0.15, True, "built-in", False),
    "tower": (9.0, 0.12, True, "built-in", False),
    "gpu": (NAN, 0.0, True, "built-in", False),
    "cheat": (0.3, 0.0, True, "peer", False),
    "fragile": (14.0, 0.1, True, "peer", False),
    "stranger": (11.0, 0.0, True, "plug-in", False),
    "picky": (28.0, 0.0, True, "built-in", False),
}
# Seconds for 81,920 ids in nanoseconds an id; NaN where the CPU has no such instruction.
LIMITS = {
    "generator": [0.6, 0.6, 0.6, 0.6, 0.6],
    "one by one": [0.5, 0.5, 0.7, 3.5, 9.0],
    "prefetched": [0.7, 0.7, 0.8, 2.5, 6.0],
    "AVX-512 gather": [NAN] * 5,
}
LIMIT_SIZES = [10**2, 10**4, 10**5, 10**6, 10**7]
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
        [[v * 0.97, v, v * 1.04] if p and v else None for v, p in zip(values, present, strict=True)],
    ]


def asv_results() -> dict[str, list[Any]]:
    """All benchmarks."""
    names, built = list(SAMPLERS), ["english", "zipf_1e6"]

    def known(value: float) -> Callable[[str, str], float]:
        return lambda s, w: NAN if s == "gpu" or w != "english" else value * (1 + names.index(s))

    experiment = {"multinomial_per_item": 0.16, "multinomial_ahead": 0.0028, "bisect": 0.0145,
                  "multinomial_one_call": 0.031}  # fmt: skip
    return {
        "bench_sample.Sample.time_sample": asv_row([names, list(SIZES), [FEW, MANY], [K]], seconds),
        "bench_build.Build.time_build": asv_row([names, built], known(0.004)),
        "bench_build.Build.track_nbytes": asv_row([names, built], known(2_570_000), timed=False),
        "bench_build.Build.peakmem_build": asv_row([names, built], known(93_000_000), timed=False),
        # Everything failed: asv stores null for the whole column, and cuts off what follows.
        "bench_build.FirstCall.time_first_call": [None, [[repr(n) for n in names], ["'english'"]], "1"],
        "bench_post004.Post004.time_method": asv_row([list(experiment)], experiment.__getitem__),
        "bench_limit.Limit.time_part": asv_row(
            [list(LIMITS), LIMIT_SIZES], lambda part, v: LIMITS[part][LIMIT_SIZES.index(v)] * 81_920e-9
        ),
    }


def claim(text: str, sense: str, unit: str, goal: float, ratio: float, reached: bool) -> dict[str, Any]:
    """A promised ratio with quartiles 2 % away."""
    return {"text": text, "goal": goal, "sense": sense, "unit": unit, "ratio": ratio, "q25": ratio * 0.98,
            "q75": ratio * 1.02, "reached": reached, "own_ns": 1.7, "other_ns": 47.04}  # fmt: skip


def claims_document() -> dict[str, Any]:
    """What ``python -m benchmarks.claims`` writes."""
    results = [
        claim("tower against <table>", "at least", "times faster", 40, 41.23, True),
        claim("tower against the limit", "at least", "of the limit's rate", 0.6, 0.607, True),
        claim("tower | distinct", "at most", "times the time", 1.6, 2.0, False),
        claim("tower against loop", "at least", "times faster", 7000, 6930.0, False),
    ]
    return {
        "schema": "samplers/claims/v1", "command": "python -m benchmarks.claims", "commit": COMMIT,
        "dirty": True, "rounds": 15,
        "environment": {"cpu": "A CPU", "packages": {}, "simd": "avx2", "threads": 1},
        "results": results,
    }  # fmt: skip


def fidelity_test(name: str, p: float, df: int | None, effect: float, detectable: float | None) -> dict[str, Any]:
    """A test of a check."""
    return {
        "name": name, "statistic": 1021.4, "df": df, "p_value": p, "p_adjusted": min(1.0, 3 * p), "passed": p >= 1e-6,
        "n": 327_680, "unit": "ids", "effect": effect, "detectable": detectable,
        "detects": f"a <bias> of {detectable}", "note": "", "calibrated": df is not None,
    }  # fmt: skip


def audit(never_drawn: int, draws: float | None) -> dict[str, Any]:
    """A table that gives the last id 13 % too little."""
    return {
        "n_ids": 100, "nonzero": 100, "total_variation": 1e-4, "max_relative_error": 0.13, "worst_id": 99,
        "worst_implied": 0.0087, "worst_target": 0.01, "never_drawn": never_drawn, "never_drawn_mass": 3e-9,
        "impossible": 0, "impossible_mass": 0.0, "draws_to_notice": draws,
    }  # fmt: skip


def mutant(name: str, rejected_by: str, *others: str) -> dict[str, Any]:
    """A broken sampler that its test rejects."""
    return {
        "name": name, "flaw": f"{name} is <wrong>.", "source": "a | post", "replacement": True, "n_ids": 100, "k": K,
        "rows": 40_000, "rejected": True, "rejected_by": rejected_by, "caught": True, "p_adjusted": 4e-28,
        "failed": [rejected_by, *others],
    }  # fmt: skip


def ranks(n_ids: int, k: int, bad: bool, replacement: bool) -> dict[str, list[Any]]:
    """Counts by rank; what competes for k places comes less often where it is frequent."""
    first = sorted({round(10 ** (i / 5)) for i in range(int(5 * math.log10(n_ids)) + 1)})
    last = [*(f - 1 for f in first[1:]), n_ids]
    shares = [sum((i + 2.7) ** -0.75 for i in range(a, min(b, a + 500) + 1)) for a, b in zip(first, last, strict=True)]
    independent = [k * 65_536 * s / sum(shares) for s in shares]
    top = 1.0 if replacement else 1 - k / 100
    expected = [c * (1 + (top - 1) / a) for c, a in zip(independent, first, strict=True)]
    signs = [((i * 7919) % 13 - 6) / 4 for i in range(len(first))]
    observed = [max(0, round(e + s * math.sqrt(e) * (20 if bad else 1))) for e, s in zip(expected, signs, strict=True)]
    return {"first": first, "last": last, "observed": observed, "expected": expected, "independent": independent}


def fidelity_result(sampler: str, workload: str, k: int) -> dict[str, Any]:
    """A check: cheat fails everywhere, fragile ends with an exception on one workload, picky refuses one."""
    about = {"sampler": sampler, "workload": workload, "k": k, "error": None, "refused": False}
    if sampler == "picky" and workload == "flat":
        return about | {"passed": False, "error": UNSUITABLE, "refused": True}
    if sampler == "fragile" and workload == "flat":
        return about | {"passed": False, "error": "ValueError: <b>weights</b> | none"}
    bad, replacement = sampler == "cheat", SAMPLERS[sampler][2]
    tests = [fidelity_test("range", 1.0, None, 0.0, 1e-5)]
    tests += [] if replacement else [fidelity_test("duplicates", 1.0, None, 0.0, 7e-5)]
    tests += [fidelity_test("chi-square", 0.0 if bad else 0.12, 1021, 0.19 if bad else 0.004, 0.019)]
    tests += [fidelity_test("table law", 1.0, None, 1e-4, 1e-3)] if sampler == "stranger" else []
    return about | {
        "rows": 65_536, "ids": 65_536 * k, "n_ids": SIZES[workload], "replacement": replacement, "passed": not bad,
        "seconds": 1.3, "false_alarm": 1e-6, "tests": tests,
        "audit": audit(0, 1.2e11) if sampler == "stranger" else None,
        "ranks": ranks(SIZES[workload], k, bad, replacement),
    }  # fmt: skip


def fidelity_document() -> dict[str, Any]:
    """What ``python -m benchmarks.fidelity`` writes."""
    checked = ["english", "post004", "zipf_1e2", "zipf_1e4", "flat"]
    return {
        "schema": "samplers/fidelity/v2", "command": "python -m benchmarks.fidelity", "commit": COMMIT,
        "dirty": True, "seed": 42,
        "environment": {"cpu": "A CPU", "cores": 2, "ram_gib": 23.4, "os": "Linux", "python": "3.11.7",
                        "compiler": None, "packages": {"numpy": "2.4.6", "torch": "2.13.0"}, "simd": "avx512",
                        "threads": 1},
        "samplers": [
            {"name": name, "summary": f"What {name} is & does.", "source": "a post", "origin": origin,
             "replacement": replacement, "positional": name == "tower", "device": "cpu", "stream": "some",
             "unavailable": REASON if name == "gpu" else None, "exact_table": False, "limit": None}
            for name, (_, _, replacement, origin, _) in SAMPLERS.items()
        ],
        "workloads": [{"name": w, "formula": "a line", "V": SIZES[w], "nonzero": SIZES[w], "distinct": 52,
                       "total": 1e9} for w in checked],
        "results": [fidelity_result(s, w, K) for w in checked for s in SAMPLERS if s != "gpu"]
        + [fidelity_result(s, w, 20) for w in ("english", "zipf_1e2") for s in ("loop", "one_call")],
        "mutants": [
            mutant("shifted", "range", "chi-square"), mutant("<flat>", "chi-square"), mutant("cycled", "windows"),
        ],
    }  # fmt: skip


@dataclass
class Inputs:
    """Where the inputs of a test lie, and what is in them; ``save`` after a change."""

    root: Path
    run: dict[str, Any]
    fidelity: dict[str, Any]
    claims: dict[str, Any]

    @property
    def arguments(self) -> list[str]:
        """For the command line."""
        names = {"asv-dir": "results", "fidelity": "fidelity.json", "claims": "claims.json", "out": "out"}
        return [text for option, name in names.items() for text in (f"--{option}", str(self.root / name))]

    def save(self, name: str = f"{COMMIT[:8]}-existing-py_home_someone_bin_python.json") -> None:
        """Write all inputs; the name of the result file is that of asv."""
        folder = self.root / "results" / "secret-host"
        folder.mkdir(parents=True, exist_ok=True)
        machine = {"machine": "secret-host", "cpu": "another CPU", "num_cpu": "2", "ram": "25276502016", "os": "Linux"}
        (folder / "machine.json").write_text(json.dumps(machine))
        (folder / name).write_text(json.dumps(self.run))
        known = {key: {"version": "1", "name": key} for key in self.run["results"]} | {"version": 2}
        (self.root / "results" / "benchmarks.json").write_text(json.dumps(known))
        (self.root / "fidelity.json").write_text(json.dumps(self.fidelity))
        (self.root / "claims.json").write_text(json.dumps(self.claims, allow_nan=False))


def write_inputs(root: Path) -> Inputs:
    """Inputs in a folder."""
    run = {
        "commit_hash": COMMIT, "date": 1_795_000_000_000, "env_name": "existing-py_home_someone_bin_python",
        "params": {"machine": "secret-host", "python": PYTHON}, "python": PYTHON,
        "requirements": {}, "env_vars": {}, "result_columns": COLUMNS, "results": asv_results(),
        "durations": {}, "version": 2,
    }  # fmt: skip
    inputs = Inputs(root, run, fidelity_document(), claims_document())
    inputs.save()
    return inputs


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Fresh inputs."""
    return write_inputs(tmp_path)


@pytest.fixture
def load_report(inputs: Inputs) -> Callable[[], Any]:
    """Reads the inputs as they are now."""
    from reports.load import load

    def read() -> Any:
        inputs.save()
        paths = inputs.root / "results", inputs.root / "fidelity.json"
        return load(*paths, "make report", claims=inputs.root / "claims.json")

    return read


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished report; tests only read it."""
    from reports.__main__ import main

    inputs = write_inputs(tmp_path_factory.mktemp("report"))
    assert main(inputs.arguments) == 0
    return inputs.root / "out"
