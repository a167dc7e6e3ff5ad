# SPDX-License-Identifier: MIT
"""Small documents in the formats of the fidelity run, the claims, the decision grid and the regret."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

from msgspec import convert

from benchmarks.documents import (
    CLAIMS,
    FIDELITY,
    INSTRUCTIONS,
    LAB,
    MATRIX,
    NEIGHBOURS,
    PRICES,
    QUALITY,
    QUESTIONS,
    REGIONS,
    REGRET,
    ROOFLINE,
    SHARE,
    STRATA,
    Document,
)
from benchmarks.questions import Question, asked
from tests.reports.asv_document import COMMIT, REASON, SAMPLERS, SIZES, UNSUITABLE, VARIANTS, K

MACHINE = {
    "cpu": "A CPU",
    "cores": 2,
    "ram_gib": 23.4,
    "os": "Linux",
    "python": "3.11.7",
    "compiler": None,
    "packages": {"numpy": "2.4.6", "torch": "2.13.0"},
    "simd": "avx512",
    "threads": 1,
    "caches": {"L1": 32768, "L2": 1048576},
}


def header(document: Document, **changes: Any) -> dict[str, Any]:
    """The header of a document of the commit of asv's results."""
    return {
        "schema": document.schema,
        "version": document.version,
        "command": document.made_by,
        "commit": COMMIT,
        "dirty": False,
        "machine": {},
        "time": "2026-11-18T21:46:40Z",
        "noise": None,
    } | changes


def questions_document() -> dict[str, Any]:
    """What ``python -m benchmarks.questions`` writes."""
    return {**header(QUESTIONS), "questions": asked()}


def questions() -> tuple[Question, ...]:
    """The same as the report reads them."""
    return convert(asked(), tuple[Question, ...])


def side(ns: float, best: float, width: float = 0.01) -> dict[str, float]:
    """A sampler in a cell of the decision grid."""
    ratio = ns / best
    low, high = (1.0, 1.0) if ratio == 1 else (ratio * (1 - width), ratio * (1 + width))
    return {"ns": ns, "q25": ns * 0.98, "q75": ns * 1.03, "ratio": ratio, "low": low, "high": high}


def regions_document() -> dict[str, Any]:
    """What ``python -m benchmarks.regions`` writes: cheat is the fastest everywhere, and may not win."""

    def cell(kind: str, v: int, rows: int, replacement: bool) -> dict[str, Any]:
        names = ["cheat", "stranger", "tower"] if replacement else ["loop", "one_call"]
        grown = {name: SAMPLERS[name][0] * (v / 100) ** SAMPLERS[name][1] for name in names}
        best = min(grown.values())
        return {
            "question": f"ids <{kind}>",
            "id": f"{kind} {v}",
            "kind": kind,
            "V": v,
            "rows": rows,
            "k": K,
            "at": {},
            "replacement": replacement,
            "device": "cpu",
            "slower": {"table": 99.0},
            "refused": {"picky": "no"},
            "sides": {name: side(ns, best, 0.2 if v == 200 else 0.01) for name, ns in grown.items()},
        }

    cells = [cell("sorted", v, rows, mode) for mode in (True, False) for v in (100, 200, 10**4) for rows in (1, 1024)]
    cells.append(cell("heavy", 100, 1, False))
    return {
        **header(REGIONS),
        "rounds": 15,
        "round_seconds": 0.008,
        "factor": 3.0,
        "confidence": 0.99,
        "wider": 1.5,
        "cells": cells,
    }


def regret_document() -> dict[str, Any]:
    """What ``python -m benchmarks.regret`` writes."""

    def request(workload: str, rows: int, regret: float) -> dict[str, Any]:
        return {
            "workload": workload,
            "rows": rows,
            "k": 2,
            "replacement": True,
            "exclude": False,
            "recommended": "tower",
            "best": "stranger" if regret > 1 else "tower",
            "regret": regret,
            "low": regret - 0.02,
            "high": regret + 0.02,
            "ns": {"tower": 10 * regret, "stranger": 10.0},
        }

    return {
        **header(REGRET),
        "rounds": 15,
        "confidence": 0.99,
        "wider": 1.0,
        "goals": {"worst": 1.1, "mean": 1.03},
        "visits": 5,
        "worst": 1.21,
        "worst_low": 1.19,
        "worst_high": 1.23,
        "mean": 1.0488088,
        "mean_low": 1.04,
        "mean_high": 1.06,
        "reached": False,
        "results": [request("held <back>", 1, 1.21), request("held <back>", 16, 1.0), request("other", 1, 1.0)],
    }


def claim(text: str, sense: str, unit: str, goal: float, ratio: float, reached: bool) -> dict[str, Any]:
    """A promised ratio with quartiles 2 % away."""
    return {
        "text": text,
        "goal": goal,
        "sense": sense,
        "unit": unit,
        "ratio": ratio,
        "q25": ratio * 0.98,
        "q75": ratio * 1.02,
        "reached": reached,
        "own_ns": 1.7,
        "other_ns": 47.04,
    }


def claims_document() -> dict[str, Any]:
    """What ``python -m benchmarks.claims`` writes."""
    results = [
        claim("tower against <table>", "at least", "times faster", 40, 41.23, True),
        claim("tower against the limit", "at least", "of the limit's rate", 0.6, 0.607, True),
        claim("tower | distinct", "at most", "times the time", 1.6, 2.0, False),
        claim("tower against loop", "at least", "times faster", 7000, 6930.0, False),
    ]
    return {
        **header(CLAIMS, dirty=True, machine={"cpu": "A CPU", "packages": {}, "simd": "avx2", "threads": 1}),
        "rounds": 15,
        "results": results,
    }


def price(request: str, unit: str, goal: float, value: float | None) -> dict[str, Any]:
    """A price with quartiles 10 % away, or a refused request."""
    about = {
        "request": request,
        "goal": goal,
        "unit": unit,
        "price": value,
        "reached": value is not None and value <= goal,
    }
    if value is None:
        return about | {"refused": "it would take about 9 <minutes>"}
    about |= {"q25": value * 0.9, "q75": value * 1.1, "times_measured": 5}
    return about | ({"own_us": 8.1 * value, "plain_us": 8.1} if unit == "times" else {})


def prices_document() -> dict[str, Any]:
    """What ``python -m benchmarks.prices`` writes."""
    return {
        **header(PRICES),
        "rounds": 5,
        "plain": "tower.sample(1024, k), zipf_1e4",
        "results": [
            price("into an <array> | row", "times", 1.05, 1.0),
            price("a history a row", "times", 2.5, 5.0),
            price("building", "s", 0.1, 0.0912),
            price("of all ids", "ms", 5, None),
        ],
    }


def neighbours_document() -> dict[str, Any]:
    """What ``python -m benchmarks.neighbours`` writes: a slow one, one with a wrong law, and one that is absent."""
    times = [("alias", 1000, 2.0, 1.0), ("slow <one>", 1000, 50.0, 25.0), ("wrong", 1000, 1.0, 0.5)]
    times += [("alias", 10**6, 4.0, 1.0), ("slow <one>", 10**6, 44.0, 11.0)]
    return {
        **header(NEIGHBOURS),
        "packages": {"slow-package": "1.2"},
        "rows": 16_384,
        "k": 5,
        "checked": 1000,
        "failed": {"alias": [], "slow <one>": [], "wrong": ["chi-square", "exponent"]},
        "left_out": ["absent: a_package is not installed"],
        "results": [dict(zip(("sampler", "size", "ns", "ratio"), time, strict=True)) for time in times],
    }


def matrix_document() -> dict[str, Any]:
    """What ``python -m benchmarks.matrix`` writes: tower is always the same, table is not, and gpu was not measured."""
    titles = {"restart": "another <process>", "batches": "batch size", "workers": "workers"}

    def cell(sampler: str, setting: str, rows_same: int | None, reason: str = "") -> dict[str, Any]:
        same = None if rows_same is None else rows_same == 256
        about = {"sampler": sampler, "setting": setting, "same": same, "rows_same": rows_same, "reason": reason}
        return about | {"rows": None if rows_same is None else 256}

    def run(sampler: str, workers: int, rows_same: int) -> dict[str, Any]:
        return {"sampler": sampler, "workers": workers, "batch": 64, "ranks": 1, "rows_same": rows_same, "rows": 256}

    return {
        **header(MATRIX),
        "examples": 256,
        "V": 1000,
        "k": 5,
        "settings": [{"key": key, "title": title, "how": f"How <{key}> is."} for key, title in titles.items()],
        "controls": {"control_restart": ["restart"]},
        "overlooked": [],
        "cells": [
            *(cell("tower", key, 256) for key in titles),
            cell("table", "restart", 256),
            cell("table", "batches", 60),
            cell("table", "workers", None, "it has no | workers"),
            *(cell("gpu", key, None, "no <GPU> | here") for key in titles),
        ],
        "runs": [run("alias", 2, 256), run("cum_table", 2, 64), run("cum_table", 1, 256)],
    }


def share_document() -> dict[str, Any]:
    """What ``python -m benchmarks.sgns share`` writes: the rest of a step takes 4 ms with SGD, and 12 with Adam."""

    def share(sampler: str, optimiser: str, draw: float, rest: float) -> dict[str, Any]:
        of = draw / (draw + rest)
        times = {"draw_us": draw, "rest_us": rest, "step_us": draw + rest}
        return {"sampler": sampler, "optimiser": optimiser, "share": of, "q25": of, "q75": of, "rounds": 9} | times

    draws = {"multinomial": 196_000.0, "cheat": 4.0, "tower": 40.0, "one_call": 1000.0}
    rests = {"SGD": 4000.0, "Adam": 12_000.0}
    return {
        **header(SHARE),
        "workload": "zipf_1e4",
        "batch": 1024,
        "k": 5,
        "dimensions": 100,
        "results": [share(s, o, draw, rest) for o, rest in rests.items() for s, draw in draws.items()],
    }


def quality_document() -> dict[str, Any]:
    """What ``python -m benchmarks.sgns quality`` writes: the cycled pool is worse, distinct ids are the same."""
    ways = {"with replacement": (2.25, 0.48), "without <replacement>": (2.25, 0.481), "a pool, cycled": (1.9, 0.42)}
    runs = [
        {
            "way": way,
            "seed": seed,
            "epochs": [{"loss": 3.0}, {"loss": loss + 0.01 * seed, "wordsim353": rho + 0.02 * seed}],
            "steps": 10,
            "seconds": 1.0,
        }
        for seed in range(2)
        for way, (loss, rho) in ways.items()
    ]

    def gap(way: str, measure: str, mean: float, half: float) -> dict[str, Any]:
        words = None if measure == "loss" else 0.02
        ends = {"low": mean - half, "high": mean + half}
        return {"way": way, "measure": measure, "mean": mean, "seeds": 2, "over_words": words} | ends

    return {
        **header(QUALITY),
        "corpus": {"name": "a text | <two>", "tokens": 530_110, "V": 9786},
        "lists": {"wordsim353": {"known": 260, "of": 353}},
        "optimiser": "Adam, fused",
        "rate": 0.002,
        "k": 5,
        "reference": "with replacement",
        "confidence": 0.95,
        "seeds": 2,
        "epochs": 2,
        "runs": runs,
        "differences": [
            gap("without <replacement>", "loss", 0.0, 0.001),
            gap("without <replacement>", "wordsim353", 0.001, 0.005),
            gap("a pool, cycled", "loss", -0.35, 0.01),
            gap("a pool, cycled", "wordsim353", -0.06, 0.02),
        ],
    }


def experiments_document() -> dict[str, Any]:
    """What ``python -m benchmarks.experiments`` writes: a claim of each verdict, and a post that was left out."""

    def row(claim: str, verdict: str, cause: str = "") -> dict[str, str]:
        return {"claim": claim, "measured": f"<measured> {claim}", "verdict": verdict, "cause": cause}

    rows = [
        row("It | repeats", "same"),
        row("It *differs*", "differs", "a [table]"),
        row("(Not in the post.)", "added"),
    ]
    told = {"name": "post002", "title": "Two processors", "claim": "They differ.", "tables": [], "seconds": 1.0}
    return {
        **header(LAB, machine={"cpu": "A <CPU>"}),
        "rsqrtss": "Intel's table",
        "experiments": [
            told | {"rows": rows},
            {
                "name": "post001",
                "title": "Keras",
                "claim": "A seed.",
                "left_out": "not installed: keras; `pip install keras`",
            },
        ],
    }


def fidelity_test(name: str, p: float, df: int | None, effect: float, detectable: float | None) -> dict[str, Any]:
    """A test of a check."""
    return {
        "name": name,
        "statistic": 1021.4,
        "df": df,
        "p_value": p,
        "p_adjusted": min(1.0, 3 * p),
        "passed": p >= 1e-6,
        "n": 327_680,
        "unit": "ids",
        "effect": effect,
        "detectable": detectable,
        "detects": f"a <bias> of {detectable}",
        "note": "",
        "calibrated": df is not None,
    }


def audit(never_drawn: int, draws: float | None) -> dict[str, Any]:
    """A table that gives the last id 13 % too little."""
    return {
        "n_ids": 100,
        "nonzero": 100,
        "total_variation": 1e-4,
        "max_relative_error": 0.13,
        "worst_id": 99,
        "worst_implied": 0.0087,
        "worst_target": 0.01,
        "never_drawn": never_drawn,
        "never_drawn_mass": 3e-9,
        "impossible": 0,
        "impossible_mass": 0.0,
        "draws_to_notice": draws,
    }


def mutant(name: str, rejected_by: str, *others: str) -> dict[str, Any]:
    """A broken sampler that its test rejects."""
    return {
        "name": name,
        "flaw": f"{name} is <wrong>.",
        "source": "a | post",
        "replacement": True,
        "n_ids": 100,
        "k": K,
        "rows": 40_000,
        "rejected": True,
        "rejected_by": rejected_by,
        "caught": True,
        "p_adjusted": 4e-28,
        "failed": [rejected_by, *others],
    }


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
        "rows": 65_536,
        "ids": 65_536 * k,
        "n_ids": SIZES[workload],
        "replacement": replacement,
        "passed": not bad,
        "seconds": 1.3,
        "false_alarm": 1e-6,
        "tests": tests,
        "audit": audit(0, 1.2e11) if sampler == "stranger" else None,
        "ranks": ranks(SIZES[workload], k, bad, replacement),
    }


def described(name: str, replacement: bool, origin: str) -> dict[str, Any]:
    """A sampler, as the fidelity run tells it."""
    variant_of, options, label = VARIANTS.get(name, (None, {}, name))
    return {
        "name": name,
        "label": label,
        "variant_of": variant_of,
        "options": options,
        "summary": f"What {label} is & does.",
        "source": "a post",
        "origin": origin,
        "replacement": replacement,
        "positional": name == "tower",
        "device": "cpu",
        "cost": "row" if SAMPLERS[name][4] else "id",
        "stream": "some",
        "unavailable": REASON if name == "gpu" else None,
        "exact_table": False,
        "limit": None,
    }


def fidelity_document() -> dict[str, Any]:
    """What ``python -m benchmarks.fidelity`` writes."""
    checked = ["english", "post004", "zipf_1e2", "zipf_1e4", "flat"]
    return {
        **header(FIDELITY, dirty=True, machine=deepcopy(MACHINE)),
        "seed": 42,
        "samplers": [described(name, replacement, origin) for name, (_, _, replacement, origin, _) in SAMPLERS.items()],
        "workloads": [
            {"name": w, "formula": "a line", "V": SIZES[w], "nonzero": SIZES[w], "distinct": 52, "total": 1e9}
            for w in checked
        ],
        "results": [fidelity_result(s, w, K) for w in checked for s in SAMPLERS if s != "gpu"]
        + [fidelity_result(s, w, 20) for w in ("english", "zipf_1e2") for s in ("loop", "one_call")],
        "mutants": [
            mutant("shifted", "range", "chi-square"),
            mutant("<flat>", "chi-square"),
            mutant("cycled", "windows"),
        ],
    }


def instructions_document() -> dict[str, Any]:
    """What ``python -m benchmarks.instructions`` writes on a machine whose processor does not count."""
    return {
        **header(INSTRUCTIONS),
        "counter": "valgrind",
        "reason": "perf counts no instructions on this machine",
        "simd": "avx2",
        "workload": "zipf_1e4",
        "results": [{"sampler": "cum_table", "instructions": 140.0}, {"sampler": "alias", "instructions": 20.0}],
    }


def roofline_document() -> dict[str, Any]:
    """What ``python -m benchmarks.roofline`` writes."""

    def parts(size: int, gather: float, ns: float) -> dict[str, Any]:
        total = 0.5 + gather + 0.25
        bound = {"sampler": "alias", "ns": ns, "of_slowest": ns / max(0.5, gather), "of_sum": ns / total}
        slow = {"sampler": "cum_table", "ns": 50 * ns, "of_slowest": 100.0, "of_sum": 50 * ns / total}
        known = {"generator": 0.5, "gather": gather, "store": 0.25}
        return {"V": size, "parts": known, "slowest": max(0.5, gather), "sum": total, "strategies": [slow, bound]}

    results = [parts(1000, 0.25, 2.0), parts(10**6, 1.25, 3.0)]
    return {**header(ROOFLINE), "results": results}


def strata_document() -> dict[str, Any]:
    """What ``python -m benchmarks.strata`` writes."""

    def law(name: str, head: float, tail: float, hit: float) -> dict[str, Any]:
        return {
            "law": name,
            "shares": {"head": head, "middle": 1 - head - tail, "tail": tail},
            "hits": {"pair": hit / 10, "window": hit, "corpus": 10 * hit},
            "curve": {"tokens": [0.0, 0.5, 1.0], "draws": [0.0, 1.5 * head, 1.0]},
        }

    return {
        **header(STRATA),
        "corpus": "a <corpus>",
        "V": 1000,
        "tokens": 90_000,
        "pairs": 400_000,
        "window": 5,
        "ids": {"head": 10, "middle": 90, "tail": 900},
        "results": [law("uniform", 0.01, 0.9, 0.002), law("counts ** 0.75", 0.2, 0.5, 0.01)],
    }
