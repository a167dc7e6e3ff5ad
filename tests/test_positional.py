# SPDX-License-Identifier: MIT
"""A row is a function of (key, epoch, row): the same ids however they are drawn, and of the right law."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pickle
import signal
import subprocess
import sys
from itertools import permutations, product

import numpy as np
import pytest
from scipy import stats

import samplers
from benchmarks.workloads import WORKLOADS
from samplers import positional
from samplers.kernels import rows as kernel
from tests.data import stream_model as model

NAMES = ("alias", "spectrum")
FORMS = ("scalar", "avx2", "avx512")
# The smallest p-value that a test may see: its false-alarm rate. Seeds are fixed.
ALPHA = 1e-6

both = pytest.mark.parametrize("name", NAMES)
modes = pytest.mark.parametrize("replacement", [True, False], ids=["with", "without"])


def make(name, counts, key=None, exponent=1.0, **options):
    """A sampler over counts; with a key of its own where one is named."""
    sampler = samplers.create(name, samplers.NoiseDistribution(counts, exponent=exponent), rng=1, **options)
    return sampler if key is None else with_key(sampler, key)


def with_key(sampler, key, position=0):
    """The same sampler under another key."""
    twin = copy.copy(sampler)
    twin.key, twin.position = key, position
    return twin


def fingerprint(ids: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(ids, dtype="<i8")).hexdigest()


# Pinned for ever.


@pytest.mark.parametrize("case", json.loads(model.KNOWN_ANSWERS.read_text()), ids=lambda c: str(c["key"]))
def test_known_answers(form, case):
    """Written by tests/data/stream_model.py, not by the library; a change here is a v2 of the stream."""
    sampler = make(case["strategy"], case["counts"], case["key"], case["quarters"] / 4, replacement=case["replacement"])
    assert sampler.stream == "philox4x32-10/v1"
    exclude = None
    if case["excluded"]:
        starts = np.cumsum([0, *map(len, case["excluded"])])
        exclude = (starts, np.array([i for s in case["excluded"] for i in s], dtype=np.int64))
    arguments = dict(epoch=case["epoch"], exclude=exclude)
    ids = sampler.sample_rows(case["rows"], case["k"], **arguments)
    assert ids.tolist() == case["ids"]
    narrow = np.empty(ids.shape, dtype=np.int32)
    sampler.sample_rows(case["rows"], case["k"], out=narrow, **arguments)
    assert narrow.tolist() == case["ids"]


def test_the_known_answers_are_those_of_the_model():
    assert json.loads(model.KNOWN_ANSWERS.read_text()) == json.loads(json.dumps(model.known_answers()))


@both
def test_the_key_is_that_of_numpys_seed_sequence(name):
    """Through raw words only: NumPy keeps these for ever, and the methods of a Generator not (NEP 19)."""
    words = np.random.PCG64(42).random_raw(8)
    halves = [int(half) for word in words for half in (word & 0xFFFFFFFF, word >> 32)]
    expected = int(np.random.PCG64(np.random.SeedSequence(halves[:8])).random_raw())
    assert make(name, [3, 2, 1]).with_rng(42).key == expected


# One stream, however it is drawn.

SETS = {"nothing": None, "one id": 1, "sets": 3}


def excluded_of(kind, first, rows):
    """What rows first to first + rows exclude: functions of the row number."""
    number = np.arange(first, first + rows)
    if kind == "one id":
        return number * 7 % 100
    if kind == "sets":
        sizes = number % 11
        ids = [i for r, size in zip(number.tolist(), sizes.tolist(), strict=True) for i in range(r % 50, r % 50 + size)]
        return np.concatenate([[0], np.cumsum(sizes)]), np.array(ids, dtype=np.int64)
    return None


ROWS, K = 125_000, 5  # more than 2**19 ids: several chunks, so that threads share


def stream(name, replacement, threads=1):
    return make(name, WORKLOADS["zipf_1e4"].counts(), 11, 0.75, replacement=replacement, threads=threads)


@both
@modes
@pytest.mark.parametrize("kind", SETS)
def test_one_fingerprint_however_the_rows_are_drawn(name, replacement, kind):
    whole = stream(name, replacement).sample(ROWS, K, exclude=excluded_of(kind, 0, ROWS))
    expected = fingerprint(whole)

    threaded = stream(name, replacement, threads=4).sample(ROWS, K, exclude=excluded_of(kind, 0, ROWS))
    assert fingerprint(threaded) == expected

    sampler, parts = stream(name, replacement), []
    for first in range(0, ROWS, ROWS // 1000):
        parts.append(sampler.sample(ROWS // 1000, K, exclude=excluded_of(kind, first, ROWS // 1000)))
    assert sampler.position == ROWS
    assert fingerprint(np.concatenate(parts)) == expected

    sampler = stream(name, replacement)
    by_position = np.empty_like(whole)
    for first in (100_000, 0, 37, 90_000):
        stop = {0: 37, 37: 90_000, 90_000: 100_000, 100_000: ROWS}[first]
        sampler.position = first
        sampler.sample(stop - first, K, exclude=excluded_of(kind, first, stop - first), out=by_position[first:stop])
        assert sampler.position == stop
    assert fingerprint(by_position) == expected


@both
@modes
@pytest.mark.parametrize("threads", [1, 4])
def test_rows_in_any_order_are_the_rows_of_one_call(name, replacement, threads):
    whole = stream(name, replacement).sample(ROWS, K, exclude=excluded_of("one id", 0, ROWS))
    order = np.random.default_rng(1).permutation(ROWS)
    sampler = stream(name, replacement, threads)
    exclude = excluded_of("one id", 0, ROWS)[order]
    shuffled = sampler.sample_rows(order, K, exclude=exclude)
    np.testing.assert_array_equal(shuffled, whole[order])
    assert sampler.position == 0


@both
@modes
def test_repeated_rows_are_equal_and_no_rows_are_none(name, replacement):
    sampler = stream(name, replacement)
    ids = sampler.sample_rows([4, 9, 4], 6)
    assert (ids[0] == ids[2]).all()
    assert sampler.sample_rows([], 6).shape == (0, 6)
    assert sampler.sample_rows(np.array([2**63 - 1], dtype=np.uint64), 6).shape == (1, 6)


IN_A_PROCESS = """
import hashlib, numpy as np, samplers
from benchmarks.workloads import WORKLOADS
from samplers.kernels import rows
print(rows.simd())
for name in ("alias", "spectrum"):
    for replacement in (True, False):
        sampler = samplers.create(name, WORKLOADS["zipf_1e4"].noise(), rng=1, replacement=replacement)
        sampler._stream.key = 11
        for exclude in (None, np.arange(4_000) * 7 % 100, np.stack([np.arange(4_000) % 50, np.full(4_000, 3)], 1)):
            for k in (5, 16, 21, 70):
                sampler.position = 2**32 - 2_000
                ids = sampler.sample(4_000, k, exclude=exclude)
                print(hashlib.sha256(ids.astype("<i8")).hexdigest())
"""


def test_every_process_draws_the_same_whatever_its_instruction_set():
    results = {}
    for name in FORMS:
        if name in kernel.available():
            env = {**os.environ, "SAMPLERS_SIMD": name}
            done = subprocess.run(
                [sys.executable, "-c", IN_A_PROCESS], env=env, capture_output=True, text=True, check=True
            )
            used, *digests = done.stdout.split()
            assert used == name
            results[name] = digests
    if len(results) == 1:
        pytest.skip(f"this processor has one form only: {kernel.available()}")
    assert len(set(results["scalar"])) == 48
    assert all(digests == results["scalar"] for digests in results.values())


@both
@modes
@pytest.mark.parametrize("widths", [(1, 2), (3, 5), (5, 64), (64, 65), (65, 600), (1000, 3000)])
def test_the_first_columns_do_not_depend_on_k(name, replacement, widths):
    for exclude in (None, np.arange(20)):
        sampler = stream(name, replacement)
        few, many = (sampler.sample_rows(np.arange(20) + 2**33, k, exclude=exclude) for k in widths)
        np.testing.assert_array_equal(few, many[:, : widths[0]])


@both
@modes
def test_the_first_rows_do_not_depend_on_how_many_follow(name, replacement):
    few, many = (stream(name, replacement).sample(rows, 5) for rows in (77, 12_345))
    np.testing.assert_array_equal(few, many[:77])


@both
def test_distinct_rows_differ_from_those_with_replacement_in_repeated_ids_only(name):
    with_, without = (stream(name, mode).sample(5000, 5) for mode in (True, False))
    free = np.array([len(set(row)) == 5 for row in with_.tolist()])
    assert 0 < free.mean() < 1
    np.testing.assert_array_equal(with_[free], without[free])
    assert all(len(set(row)) == 5 for row in without.tolist())


@both
@modes
def test_small_calls_take_a_shorter_way_to_the_same_rows(name, replacement):
    """Calls of up to 1024 rows and 64 columns have one; arguments of other types take the long one."""
    for rows, k in ((1, 1), (1, 5), (3, 64), (3, 65), (1024, 5), (1025, 5)):
        short, long = (stream(name, replacement) for _ in range(2))
        short.epoch = long.epoch = 9
        short.position = long.position = 2**32 - 2
        ids = [short.sample(rows, k) for _ in range(3)]
        other = [long.sample(np.int64(rows), np.int64(k), out=np.empty((rows, k), dtype=np.int64)) for _ in range(3)]
        np.testing.assert_array_equal(ids, other)
        assert short.position == long.position == 2**32 - 2 + 3 * rows
        assert ids[0].dtype == np.int64


@both
def test_epochs_and_keys_have_rows_of_their_own(name):
    sampler = stream(name, True)
    zero = sampler.sample_rows(range(100), 5)
    sampler.epoch = 1
    one = sampler.sample(100, 5)
    assert (zero != one).any()
    np.testing.assert_array_equal(sampler.sample_rows(range(100), 5, epoch=0), zero)
    np.testing.assert_array_equal(sampler.sample_rows(range(100), 5), one)
    assert (sampler.with_rng(2).sample_rows(range(100), 5, epoch=0) != zero).any()


# Distinct ids and excluded ones: the law.


def successive(p: np.ndarray, k: int) -> dict[tuple[int, ...], float]:
    """The exact law of an ordered row of k distinct ids."""
    law = {}
    for row in permutations(np.flatnonzero(p).tolist(), k):
        left, probability = 1.0, 1.0
        for i in row:
            probability *= p[i] / left
            left -= p[i]
        law[row] = probability
    return law


def rows_follow(ids: np.ndarray, law: dict[tuple[int, ...], float]) -> float:
    """p-value of the rows under their law, rare ones together; a row of no law is a KeyError."""
    seen = dict.fromkeys(law, 0)
    for row, n in zip(*np.unique(ids, axis=0, return_counts=True), strict=True):
        seen[tuple(row.tolist())] += int(n)
    expected = len(ids) * np.array(list(law.values()))
    observed = np.array(list(seen.values()))
    rare = expected < 10
    if rare.any():
        expected = np.append(expected[~rare], expected[rare].sum())
        observed = np.append(observed[~rare], observed[rare].sum())
        if expected[-1] < 10:
            assert stats.poisson.sf(observed[-1] - 1, expected[-1]) > ALPHA
            expected, observed = expected[:-1], observed[:-1]
    if len(expected) == 1:
        return 1.0
    return float(stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue)


DISTINCT = {
    "all of four": ([60, 25, 10, 5], 4),
    "three of five, one zero": ([60, 0, 25, 10, 5], 3),
    "all of five alike": ([1, 1, 1, 1, 1], 5),
    "one of 1 - 1e-6": ([3_000_000, 1, 1, 1], 4),
    "one of 1 - 1e-6, others apart": ([6_000_000, 3, 2, 1], 3),
}


@both
@pytest.mark.parametrize("case", DISTINCT)
def test_distinct_rows_follow_successive_sampling(name, case):
    """Chi-square over ordered rows; false alarms 1e-6. In the skewed ones the exact path does the work."""
    counts, k = DISTINCT[case]
    sampler = make(name, counts, 5, replacement=False)
    ids = sampler.sample(5000 if "1e-6" in case else 20_000, k)
    p = sampler.noise.probabilities
    assert rows_follow(ids, successive(p, k)) > ALPHA


@both
def test_rows_on_the_exact_path_are_the_same_in_any_split(name, monkeypatch):
    sampler = make(name, [10**7, 4, 3, 2, 1], 6, replacement=False)
    whole = sampler.sample(3000, 5)
    assert (np.sort(whole, axis=1) == np.arange(5)).all()
    sampler.position = 0
    np.testing.assert_array_equal(np.concatenate([sampler.sample(n, 5) for n in (1, 1000, 1999)]), whole)
    order = np.random.default_rng(1).permutation(3000)
    np.testing.assert_array_equal(sampler.sample_rows(order, 5), whole[order])
    for k in (1, 2, 3, 4):
        np.testing.assert_array_equal(sampler.sample_rows(range(300), k), whole[:300, :k])
    monkeypatch.setattr(positional, "CHUNK_IDS", 999)
    threaded = make(name, [10**7, 4, 3, 2, 1], 6, replacement=False, threads=3)
    np.testing.assert_array_equal(threaded.sample(3000, 5), whole)


EXCLUDED = {
    "one": ([60, 25, 10, 5], [0]),
    "all but two": ([60, 25, 10, 5, 1], [0, 1, 4]),
    "none": ([60, 25, 10, 5], []),
    "zero weight": ([60, 0, 25, 10, 5], [1]),
    "nearly everything": ([10**7, 5, 3, 1], [0]),
}


@both
@modes
@pytest.mark.parametrize("case", EXCLUDED)
def test_rows_beside_an_excluded_set_follow_p_of_what_is_left(name, replacement, case):
    """p / (1 - p(E)), and successive sampling of the same; false alarms 1e-6."""
    counts, out = EXCLUDED[case]
    sampler = make(name, counts, 7, replacement=replacement)
    rows = 4000 if case == "nearly everything" else 20_000
    ids = sampler.sample(rows, 2, exclude=np.tile(np.array(out, dtype=np.int64), (rows, 1)))
    p = sampler.noise.probabilities.copy()
    p[out] = 0
    p /= p.sum()
    left = np.flatnonzero(p).tolist()
    law = {row: p[row[0]] * p[row[1]] for row in product(left, left)} if replacement else successive(p, 2)
    assert rows_follow(ids, law) > ALPHA


@both
@modes
@pytest.mark.parametrize("light", [[1000, 1], [10, 1]])
def test_light_ids_keep_their_proportions_where_all_heavy_ones_are_excluded(name, replacement, light):
    """All that is left has 1e-15 of the mass, less than the resolution of the table: the law still holds."""
    counts = [10**18, *light]
    sampler = make(name, counts, 8, replacement=replacement)
    ids = sampler.sample(4000, 1, exclude=np.zeros(4000, dtype=np.int64))[:, 0]
    expected = 4000 * np.array(light) / sum(light)
    assert stats.binomtest(int((ids == 2).sum()), 4000, float(expected[1] / 4000)).pvalue > ALPHA


@both
@modes
def test_classes_of_less_than_a_unit_an_id_are_still_drawn_when_nothing_else_is_left(name, replacement):
    """A thousand light ids share one unit of 2**62."""
    counts = np.concatenate([np.full(2000, 2.0**62), np.ones(1000)])
    sampler = make(name, counts, 8, replacement=replacement)
    ids = sampler.sample(20, 5, exclude=np.tile(np.arange(2000), (20, 1)))
    assert ids.min() >= 2000
    assert ids.max() < 3000
    assert len(np.unique(ids)) > 80


@both
@modes
def test_a_row_that_keeps_one_id_of_next_to_no_weight_gets_it(name, replacement):
    sampler = make(name, [10**9, 1, 10**9, 10**9], 9, replacement=replacement)
    assert (sampler.sample(50, 1, exclude=np.tile([0, 2, 3], (50, 1))) == 1).all()
    if replacement:
        assert (sampler.sample(3, 4, exclude=np.tile([0, 2, 3], (3, 1))) == 1).all()


@both
@modes
def test_all_forms_of_exclude_give_the_same_ids(name, replacement, form):
    rng = np.random.default_rng(3)
    table = rng.integers(100, size=(3000, 3))
    sets = [sorted(set(row)) for row in table.tolist()]
    starts = np.cumsum([0, *map(len, sets)])
    shuffled = [list(rng.permutation(s)) for s in sets]
    twice = [s + s[::-1] for s in shuffled]
    forms = [
        table,
        table.astype(np.int32),
        np.hstack([table, table[:, ::-1]]),
        (starts, np.array([i for s in sets for i in s])),
        (starts, np.array([i for s in shuffled for i in s], dtype=np.uint8)),
        (2 * starts, np.array([i for s in twice for i in s])),
    ]
    drawn = [stream(name, replacement).sample(3000, 5, exclude=exclude) for exclude in forms]
    for ids in drawn[1:]:
        np.testing.assert_array_equal(ids, drawn[0])
    one = [stream(name, replacement).sample(3000, 5, exclude=e) for e in (
        table[:, 0], table[:, :1], table[:, [0, 0]], (np.arange(3001), table[:, 0])
    )]  # fmt: skip
    for ids in one[1:]:
        np.testing.assert_array_equal(ids, one[0])
    plain = stream(name, replacement).sample(3000, 5)
    nothing = stream(name, replacement).sample(3000, 5, exclude=np.zeros((3000, 0), dtype=np.int64))
    np.testing.assert_array_equal(plain, nothing)


@both
@modes
def test_a_row_with_nothing_excluded_is_the_plain_row_beside_others_that_exclude(name, replacement):
    plain = stream(name, replacement).sample(1000, 5)
    sizes = np.arange(1000) % 2 * 12
    exclude = (np.concatenate([[0], np.cumsum(sizes)]), np.tile(np.arange(12), 500))
    beside = stream(name, replacement).sample(1000, 5, exclude=exclude)
    np.testing.assert_array_equal(beside[::2], plain[::2])
    assert beside[1::2].min() >= 12


@both
@modes
def test_mark_leaves_every_other_id_as_it_is(name, replacement):
    plain = stream(name, replacement).sample(ROWS, K)
    exclude = excluded_of("sets", 0, ROWS)
    marked = stream(name, replacement, threads=2).sample(ROWS, K, exclude=exclude, on_collision="mark")
    np.testing.assert_array_equal(plain[marked >= 0], marked[marked >= 0])
    row, column = np.nonzero(marked == -1)
    starts, ids = exclude
    assert len(row) > 1000
    for r, c in zip(row[:500].tolist(), column[:500].tolist(), strict=True):
        assert plain[r, c] in ids[starts[r] : starts[r + 1]]


# What a training loop does with samplers.


@both
def test_with_rng_starts_a_fresh_stream_and_copies_go_their_own_way(name):
    sampler = stream(name, True)
    head = sampler.sample(10, 5)
    twin = copy.copy(sampler)
    np.testing.assert_array_equal(twin.sample(10, 5), sampler.sample(10, 5))
    twin.sample(5, 5)
    assert (sampler.position, twin.position) == (20, 25)
    fresh = sampler.with_rng(5)
    assert fresh.position == 0
    assert fresh.key != sampler.key
    np.testing.assert_array_equal(stream(name, True).sample(10, 5), head)


@both
@modes
def test_a_pickled_sampler_goes_on_where_it_was(name, replacement):
    """Data loaders that spawn their workers send the sampler to them."""
    sampler = stream(name, replacement)
    sampler.epoch = 4
    sampler.sample(33, 5)
    twin = pickle.loads(pickle.dumps(sampler))
    deep = copy.deepcopy(sampler)
    assert (twin.position, twin.epoch, twin.key) == (33, 4, sampler.key)
    expected = sampler.sample(20, 5)
    np.testing.assert_array_equal(twin.sample(20, 5), expected)
    np.testing.assert_array_equal(deep.sample(20, 5), expected)


FORK = """
import os, numpy as np, samplers
from benchmarks.workloads import WORKLOADS
for name in ("alias", "spectrum"):
    sampler = samplers.create(name, WORKLOADS["zipf_1e4"].noise(), rng=1, threads=2)
    before = sampler.sample(200_000, 5)
    child = os.fork()
    if child == 0:
        same = np.array_equal(sampler.sample_rows(range(200_000), 5), before) and sampler.position == 200_000
        os._exit(0 if same else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_draws_the_same_rows_also_with_threads():
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["0", "0"]


LONG = """
import numpy as np, samplers
counts, k, exclude = CASE
sampler = samplers.create(NAME, samplers.NoiseDistribution(counts, exponent=1), rng=1, replacement=k == 1,
                          threads=THREADS)
rows = 2**20
exclude = None if exclude is None else np.full(rows, exclude)
out = np.empty((rows, k), dtype=np.int32)
sampler.sample(1, k, exclude=None if exclude is None else exclude[:1])
print("drawing", flush=True)
try:
    sampler.sample(rows, k, exclude=exclude, out=out)
except KeyboardInterrupt:
    print("interrupted at", sampler.position)
else:
    print("finished")
"""
CASES = {
    "distinct": "np.ones(70), 66, None",
    # Each row goes the exact path, a sum over 200,001 ids: a chunk of 2**19 such rows takes minutes.
    "exact path": "np.concatenate([[1e12], np.ones(200_000)]), 1, 0",
}


@pytest.mark.skipif(os.name == "nt", reason="SIGINT goes to process groups on Windows")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("case", CASES)
def test_ctrl_c_ends_a_long_draw(case, threads):
    """Within 10 s of the signal; without it these draws take minutes."""
    code = LONG.replace("CASE", CASES[case]).replace("THREADS", str(threads)).replace("NAME", "'alias'")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "drawing"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.4)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert rest.strip() == "interrupted at 1"


# Arguments.

BAD = [
    ("position", -1, ValueError, "position must be at least 0, got -1"),
    ("position", 2**63 + 1, ValueError, "position must be at most 2\\*\\*63"),
    ("position", 1.0, TypeError, "position must be an integer, got 1.0"),
    ("position", True, TypeError, "position must be an integer, got True"),
    ("epoch", -1, ValueError, "epoch must be at least 0, got -1"),
    ("epoch", 2**32, ValueError, "epoch must be below 2\\*\\*32"),
    ("epoch", "1", TypeError, "epoch must be an integer, got '1'"),
    ("epoch", None, TypeError, "epoch must be an integer, got None"),
]


@both
@pytest.mark.parametrize(("attribute", "value", "error", "message"), BAD)
def test_positions_and_epochs_that_do_not_exist_are_refused(name, attribute, value, error, message):
    sampler = make(name, [3, 2, 1])
    sampler.position, sampler.epoch = 5, 6
    with pytest.raises(error, match=message):
        setattr(sampler, attribute, value)
    assert (sampler.position, sampler.epoch) == (5, 6)


BAD_ROWS = [
    ([-1], ValueError, "row_ids\\[0\\] = -1 lies outside"),
    (np.array([1, 2**63], dtype=np.uint64), ValueError, "row_ids\\[1\\] = 9223372036854775808 lies outside"),
    ([3, 2, -(2**40)], ValueError, "row_ids\\[2\\] = -1099511627776 lies outside"),
    ([1.0], TypeError, "row_ids must be integers, got dtype float64"),
    ([True], TypeError, "row_ids must be integers, got dtype bool"),
    (["a"], TypeError, "row_ids must be integers"),
    ([[1, 2]], ValueError, "row_ids must have one dimension, got shape \\(1, 2\\)"),
    (7, ValueError, "row_ids must have one dimension, got shape \\(\\)"),
    (None, TypeError, "row_ids must be integers"),
    ([2**64], TypeError, "row_ids must be integers"),
]


@both
@pytest.mark.parametrize(("row_ids", "error", "message"), BAD_ROWS)
def test_row_numbers_that_do_not_exist_are_refused(name, row_ids, error, message):
    with pytest.raises(error, match=message):
        make(name, [3, 2, 1]).sample_rows(row_ids, 2)


BAD_CALLS = [
    (dict(epoch=-1), ValueError, "epoch must be at least 0, got -1"),
    (dict(epoch=2**32), ValueError, "epoch must be below 2\\*\\*32, got 4294967296"),
    (dict(epoch=1.5), TypeError, "epoch must be an integer, got 1.5"),
    (dict(on_collision="skip"), ValueError, "on_collision must be 'redraw' or 'mark', got 'skip'"),
    (dict(exclude=[0]), ValueError, "exclude must have shape"),
    (dict(exclude=[0, 3]), ValueError, "exclude: id 3 in row 1 lies outside"),
    (dict(out=np.empty((2, 2), dtype=np.int16)), TypeError, "out must be int64 or int32"),
    (dict(out=np.empty((2, 3), dtype=np.int64)), ValueError, "out must have shape"),
    (dict(k=0), ValueError, "k must be at least 1, got 0"),
    (dict(k=2**25 + 1), ValueError, "k must be at most 2\\*\\*25"),
]


@both
@pytest.mark.parametrize(("arguments", "error", "message"), BAD_CALLS)
def test_calls_that_do_not_fit_are_refused_before_anything_is_drawn(name, arguments, error, message):
    sampler = make(name, [3, 2, 1])
    with pytest.raises(error, match=message):
        sampler.sample_rows([0, 1], **{"k": 2, **arguments})
    if "epoch" not in arguments:
        with pytest.raises(error, match=message):
            sampler.sample(2, **{"k": 2, **arguments})
    assert sampler.position == 0


@both
@pytest.mark.parametrize(("threads", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_threads_are_a_positive_count(name, threads, error):
    with pytest.raises(error, match="threads must be"):
        make(name, [3, 2, 1], threads=threads)


@both
def test_the_last_rows_are_drawn_and_none_after_them(name):
    """Rows are numbered below 2**63: a draw does not leave the sampler where it cannot be set to."""
    sampler = make(name, [3, 2, 1])
    sampler.position = 2**63 - 3
    last = sampler.sample_rows([2**63 - 3, 2**63 - 2], 2)
    np.testing.assert_array_equal(sampler.sample(2, 2), last)
    with pytest.raises(ValueError, match="position"):
        sampler.sample(5, 2)
    assert sampler.position == 2**63 - 1
