# SPDX-License-Identifier: MIT
"""A row is a function of (key, epoch, row): the same ids however they are drawn."""

from __future__ import annotations

import copy
import json
import os
import pickle
import signal
import subprocess
import sys

import numpy as np
import pytest

from samplers.kernels import rows as kernel
from tests.counter_based.streams import FORMS, ROWS, K, excluded_of, fingerprint, make, modes, of_any_law, stream
from tests.data import stream_model as model

# Pinned for ever.


@pytest.mark.parametrize("case", json.loads(model.KNOWN_ANSWERS.read_text()), ids=lambda c: str(c["key"]))
def test_known_answers(form, case):
    """Written by tests/data/stream_model.py, not by the library; a change here is a v2 of the stream."""
    sampler = make(case["strategy"], case["counts"], case["key"], case["quarters"] / 4, replacement=case["replacement"])
    assert sampler.info.stream == "philox4x32-10/v1"
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


@of_any_law
def test_the_key_is_that_of_numpys_seed_sequence(name):
    """Through raw words only: NumPy keeps these for ever, and the methods of a Generator not (NEP 19)."""
    words = np.random.PCG64(42).random_raw(8)
    halves = [half for word in words.tolist() for half in (word & 0xFFFFFFFF, word >> 32)]
    expected = int(np.random.PCG64(np.random.SeedSequence(halves[:8])).random_raw())
    assert make(name, [3, 2, 1]).with_rng(42).key == expected


# One stream, however it is drawn.

SETS = {"nothing": None, "one id": 1, "sets": 3}


@of_any_law
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


@of_any_law
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


@of_any_law
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


@of_any_law
@modes
@pytest.mark.parametrize("widths", [(1, 2), (3, 5), (5, 64), (64, 65), (65, 600), (1000, 3000)])
def test_the_first_columns_do_not_depend_on_k(name, replacement, widths):
    for exclude in (None, np.arange(20)):
        sampler = stream(name, replacement)
        few, many = (sampler.sample_rows(np.arange(20) + 2**33, k, exclude=exclude) for k in widths)
        np.testing.assert_array_equal(few, many[:, : widths[0]])


@of_any_law
@modes
def test_the_first_rows_do_not_depend_on_how_many_follow(name, replacement):
    few, many = (stream(name, replacement).sample(rows, 5) for rows in (77, 12_345))
    np.testing.assert_array_equal(few, many[:77])


@of_any_law
def test_distinct_rows_differ_from_those_with_replacement_in_repeated_ids_only(name):
    with_, without = (stream(name, mode).sample(5000, 5) for mode in (True, False))
    free = np.array([len(set(row)) == 5 for row in with_.tolist()])
    assert 0 < free.mean() < 1
    np.testing.assert_array_equal(with_[free], without[free])
    assert all(len(set(row)) == 5 for row in without.tolist())


@of_any_law
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


@of_any_law
def test_epochs_and_keys_have_rows_of_their_own(name):
    sampler = stream(name, True)
    zero = sampler.sample_rows(range(100), 5)
    sampler.epoch = 1
    one = sampler.sample(100, 5)
    assert (zero != one).any()
    np.testing.assert_array_equal(sampler.sample_rows(range(100), 5, epoch=0), zero)
    np.testing.assert_array_equal(sampler.sample_rows(range(100), 5), one)
    assert (sampler.with_rng(2).sample_rows(range(100), 5, epoch=0) != zero).any()


# What a training loop does with samplers.


@of_any_law
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


@of_any_law
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
sampler = samplers.create(NAME, samplers.NoiseDistribution(counts, exponent=1), rng=1, replacement=exclude is not None,
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
    "exact path": "np.concatenate([[1e12], np.ones(200_000)]), 64, 0",
}


@pytest.mark.skipif(os.name == "nt", reason="SIGINT goes to process groups on Windows")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("case", CASES)
def test_ctrl_c_ends_a_long_draw(case, threads):
    """Within 10 s of the signal; without it these draws take many seconds."""
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
