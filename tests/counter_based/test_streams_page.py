# SPDX-License-Identifier: MIT
"""docs/streams.md is enough for a second implementation: one that was written from the page alone gives our ids."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import numpy as np
import pytest

import samplers
from tests.counter_based.streams import both
from tests.data import second_stream as second
from tests.data.stream_model import KNOWN_ANSWERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "streams.md"
COUNTS = [1000, 400, 30, 5]


@pytest.mark.parametrize("case", json.loads(KNOWN_ANSWERS.read_text()), ids=lambda case: str(case["key"]))
def test_the_known_answers_are_those_of_the_second_implementation(case):
    stream = second.Stream(case["strategy"], case["counts"], case["quarters"] / 4)
    sets = case["excluded"] or [()] * len(case["rows"])
    ids = [
        stream.row(case["key"], case["epoch"], row, case["k"], not case["replacement"], excluded)
        for row, excluded in zip(case["rows"], sets, strict=True)
    ]
    assert ids == case["ids"]


@pytest.mark.parametrize("seed", [0, 1, 42, 2**70])
def test_keys_of_seeds(seed):
    assert second.key_of(seed) == samplers.create("alias", COUNTS, rng=seed).key


def drawn_counts(kind: str, rng: np.random.Generator, n_ids: int) -> np.ndarray:
    """Counts of a kind that takes a path of its own through the page."""
    kinds = {
        "equal": lambda: np.full(n_ids, rng.choice([1, 7, 2**62])),
        "small": lambda: rng.integers(0, 6, n_ids),
        "zipf": lambda: (1e9 / np.arange(1, n_ids + 1)).astype(np.int64) + 1,
        "zeros": lambda: rng.integers(0, 100, n_ids) * (rng.random(n_ids) < 0.3),
        "rising": lambda: np.sort(rng.integers(0, 50, n_ids)),
        "falling": lambda: np.sort(rng.integers(0, 50, n_ids))[::-1],
        "floats": lambda: rng.random(n_ids) * 10.0 ** rng.integers(-300, 300),
        "whole floats": lambda: np.floor(rng.random(n_ids) * 1e6),
        "far apart": lambda: 2.0 ** -np.minimum(np.arange(n_ids), 1000),
        "huge": lambda: rng.integers(2**61, 2**63 - 1, n_ids),
        "unsigned": lambda: rng.integers(2**63, 2**64 - 1, n_ids, dtype=np.uint64),
        "heavy": lambda: np.where(np.arange(n_ids) == n_ids // 2, 2**62, 1),
    }
    counts = kinds[kind]()
    counts[0] += not counts.any()
    return counts


KINDS = (
    "equal",
    "small",
    "zipf",
    "zeros",
    "rising",
    "falling",
    "floats",
    "whole floats",
    "far apart",
    "huge",
    "unsigned",
    "heavy",
)


@both
@pytest.mark.parametrize("kind", KINDS)
def test_random_draws_are_those_of_the_second_implementation(name, kind):
    """25 configurations a kind: weights, fingerprint, ids with and without replacement, excluded, marked."""
    choose, rng = random.Random(f"{name} {kind}"), np.random.default_rng(11)
    compared = 0
    while compared < 25:
        counts = drawn_counts(kind, rng, choose.choice([1, 2, 3, 8, 9, 33, 64, 200]))
        exponent = choose.choice([0.75, 0.75, 0.0, 0.25, 0.5, 1.0, 0.3, -2.0, 5.0, 1e3, -1e3])
        noise = samplers.NoiseDistribution(counts, exponent=exponent)
        stream = second.Stream(name, counts.tolist(), exponent)
        assert stream.weights == noise.weights.tolist()
        assert second.fingerprint_of(stream.weights) == noise.fingerprint
        distinct, k = choose.random() < 0.5, choose.choice([1, 2, 5, 9])
        k = min(k, noise.nonzero) if distinct else k
        sampler = samplers.create(name, noise, rng=1, replacement=not distinct)
        sampler.key, epoch = choose.choice([0, 2**64 - 1, choose.getrandbits(64)]), choose.choice([0, 7, 2**32 - 1])
        rows = [0, 1, 2**32 - 1, 2**32, choose.getrandbits(63)]
        sets = [[choose.randrange(len(counts)) for _ in range(choose.randrange(4))] for _ in rows]
        mark = choose.random() < 0.3
        try:
            ids = sampler.sample_rows(
                rows, k, epoch=epoch, exclude=sets, on_collision="mark" if mark else "redraw"
            ).tolist()
        except ValueError as error:
            if "exclude leaves" not in str(error):
                raise
            continue
        for row, excluded, drawn in zip(rows, sets, ids, strict=True):
            assert drawn == stream.row(sampler.key, epoch, row, k, distinct, excluded, mark)
        compared += 1


@both
def test_rising_counts_whose_weights_do_not_rise_keep_their_order(name):
    counts = [0.7071067811865472, 0.7071067811865475, 0.7071067811865476, 1000.3]
    stream = second.Stream(name, counts, 0.3)
    sampler = samplers.create(name, counts, exponent=0.3, rng=5, replacement=False)
    expected = [stream.row(sampler.key, 0, row, 4, True) for row in range(200)]
    assert sampler.sample(200, 4).tolist() == expected


def test_the_answers_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    key = int(re.search(r"Seed 42 gives the key\s+0x([0-9A-F]+)", text)[1], 16)
    assert key == second.key_of(42)
    rows = {
        title.strip(): [cell.strip() for cell in cells.split("|")]
        for title, cells in re.findall(r"^\| ([a-z0-9 ,=]+) \| (.*) \|$", text.partition("### 9.")[2], re.MULTILINE)
    }
    numbers = {title: [[int(n) for n in re.findall(r"\d+", cell)] for cell in cells] for title, cells in rows.items()}
    noise = samplers.NoiseDistribution(COUNTS)
    assert numbers["weights"][0] == noise.weights.tolist()
    assert f"`{noise.fingerprint}`" in text
    for column, name in enumerate(("alias", "spectrum")):
        stream, sampler = second.Stream(name, COUNTS), samplers.create(name, COUNTS, rng=42)
        distinct = samplers.create(name, COUNTS, rng=42, replacement=False)
        assert numbers["units"][column] == stream.units
        assert numbers["kept"][column] == stream.kept
        assert numbers["row 0, k = 5"][column] == sampler.sample_rows([0], 5)[0].tolist()
        assert numbers["row 999, k = 5"][column] == sampler.sample_rows([999], 5)[0].tolist()
        assert numbers["row 0, k = 4 distinct"][column] == distinct.sample_rows([0], 4)[0].tolist()
        assert numbers["row 0, k = 3, without 0"][column] == sampler.sample_rows([0], 3, exclude=[0])[0].tolist()
    small, large = (samplers.create("uniform", samplers.uniform(V), rng=42) for V in (3, 1431655766))
    for row in (0, 999):
        assert f"row {row} is {' '.join(map(str, small.sample_rows([row], 5)[0].tolist()))}" in text
    assert f"Of V = 1431655766, row 0 is {' '.join(map(str, large.sample_rows([0], 5)[0].tolist()))};" in text
    three = samplers.create("uniform", samplers.uniform(3), rng=42, replacement=False).sample_rows([0], 3)
    assert f"row 0 of three distinct ids is {' '.join(map(str, three[0].tolist()))}," in text
    without = small.sample_rows([0], 3, exclude=[0])
    assert f"without id 0 it is {' '.join(map(str, without[0].tolist()))}." in text
    portable = re.search(r"With exponent 0\.3 the weights are\s+([\d, ]+)\.", text)[1]
    assert [int(n) for n in portable.split(",")] == samplers.NoiseDistribution(COUNTS, exponent=0.3).weights.tolist()
    exact = samplers.create("alias", [1, 10**9, 2], exponent=1.0, rng=42).sample_rows([0], 4, exclude=[1])
    assert f"its ids are {' '.join(map(str, exact[0].tolist()))}." in text
