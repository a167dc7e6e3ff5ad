# SPDX-License-Identifier: MIT
"""`uniform`: its words, its law, the exact path, memory, and what it refuses."""

from __future__ import annotations

import random
import tracemalloc
from itertools import permutations, product

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.kernels import rows as kernel
from samplers.saving.container import Contents, parse, write
from tests.data import second_stream as second

ALPHA = 1e-6  # the false-alarm rate of each test of this file; seeds are fixed
LARGEST = 2**31 - 1
# Laws of which a third, a quarter, 2 %, hardly any, and no words are refused.
SIZES = (2**32 // 3 + 1, 3 * 2**29, 10**8, LARGEST, 2**30)
THIRDS = 3 * 2**29  # without refused words, ids that are 2 modulo 3 would have 2 of 8 words in place of 1 of 3


def sampler_of(V: int, replacement: bool = True, **options) -> samplers.PositionalSampler:
    return samplers.create("uniform", samplers.uniform(V), rng=3, replacement=replacement, **options)


def stream_of(V: int) -> second.Stream:
    """The stream a second time, from docs/streams.md; of a large V without its weights, which the exact path needs."""
    stream = second.Stream("uniform", [1] * (V if V < 10**6 else 1))
    stream.V = V
    return stream


# Words and ids.


@pytest.mark.parametrize("V", [1, 2, 3, 7, 16, 1000, *SIZES])
@pytest.mark.parametrize("distinct", [False, True])
def test_ids_are_those_of_the_second_implementation(V, distinct, form):
    choose = random.Random(f"{V} {distinct}")
    stream, sampler = stream_of(V), sampler_of(V, not distinct)
    for k in (1, 4, 5, 17, 40):
        if distinct and k > V:
            continue
        sampler.key, epoch = choose.getrandbits(64), choose.getrandbits(32)
        rows = [0, 1, 2**32 - 1, 2**40 + 3, 2**63 - 1, choose.getrandbits(63)]
        most = min(V - (k if distinct else 1), choose.choice([0, 1, 20, 90]))
        sets = [sorted(choose.sample(range(V), most)) for _ in rows]
        for exclude in (sets, samplers.IdSets.from_lists(sets, V)):
            for how in ("redraw", "mark"):
                ids = sampler.sample_rows(rows, k, epoch=epoch, exclude=exclude, on_collision=how)
                for row, out, drawn in zip(rows, sets, ids.tolist(), strict=True):
                    assert drawn == stream.row(sampler.key, epoch, row, k, distinct, out, how == "mark")


@pytest.mark.parametrize("V", [1000, *SIZES])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3, 1025), (700, 4), (1000, 5), (411, 20), (205, 7)])
@pytest.mark.parametrize("dtype", [np.int64, np.int32])
def test_every_shape_gives_the_ids_of_its_cells_in_every_form(V, shape, dtype, form):
    """The memory after the last id stays as it was: tiles are written directly into the output."""
    rows, k = shape
    stream, sampler = stream_of(V), sampler_of(V)
    memory = np.full(rows * k + 200, -7, dtype)
    sampler.sample(rows, k, out=memory[: rows * k].reshape(rows, k))
    assert (memory[rows * k :] == -7).all()
    ids = memory[: rows * k].reshape(rows, k)
    assert (ids.min() >= 0) & (ids.max() < V)
    for i in {0, rows // 2, rows - 1}:
        for c in {0, 1 % k, k // 2, k - 2 if k > 1 else 0, k - 1}:
            tries = (stream.attempt(sampler.key, 0, i, c, attempt) for attempt in range(128))
            assert ids[i, c] == next(found for found in tries if found is not None)


@pytest.mark.parametrize("V", [10**4, THIRDS])
def test_out_of_two_types_and_rows_by_number_are_equal(V, form):
    sampler = sampler_of(V)
    wide, narrow = sampler.sample(3000, 5), np.empty((3000, 5), np.int32)
    sampler.position = 0
    sampler.sample(3000, 5, out=narrow)
    np.testing.assert_array_equal(wide, narrow)
    order = np.random.default_rng(1).permutation(3000)
    np.testing.assert_array_equal(sampler.sample_rows(order, 5), wide[order])
    np.testing.assert_array_equal(sampler_of(V, threads=3).sample(100_000, 5)[:3000], wide)


def test_ids_of_a_power_of_two_are_the_high_bits_of_the_words():
    sampler = sampler_of(2**20)
    ids = sampler.sample(50, 6)
    words = [[second.word(sampler.key, row, 0, column, 0) for column in range(6)] for row in range(50)]
    np.testing.assert_array_equal(ids, np.array(words) >> 12)


def test_known_answers_of_laws_too_large_for_the_file():
    """Written by ``tests/data/second_stream.py``; they pin the stream for ever."""
    answers = {
        2**32 // 3 + 1: [
            [44909861, 1050177861, 1152093345, 382195188, 947885597],
            [671960498, 1261430525, 191663518, 1293545843, 1335060953],
            [891749327, 408640322, 1201064447, 1302528930, 1252652242],
        ],
        10**8: [
            [7254105, 73354076, 80472790, 26696025, 66209044],
            [97571754, 88109904, 77637548, 90353133, 93252930],
            [62287970, 81276185, 83893382, 79233003, 87496748],
        ],
        LARGEST: [
            [502432403, 1575266791, 1728140017, 573292782, 1421828395],
            [2095337466, 1892145786, 1667253654, 1940318764, 2002591429],
            [1337623989, 1745392792, 1801596669, 1701515793, 1878978362],
        ],
    }
    for V, expected in answers.items():
        sampler = sampler_of(V)
        sampler.key = 0x299F31D0A4093822
        assert sampler.sample_rows([0, 1, 2**40 + 3], 5, epoch=3).tolist() == expected
        stream = stream_of(V)
        assert [stream.row(sampler.key, 3, row, 5) for row in (0, 1, 2**40 + 3)] == expected


# The law.


@pytest.mark.parametrize("V", [1, 2, 3, 5, 6, 7, 10, 1000, 4099, 10**6])
def test_each_id_has_the_same_number_of_words(V):
    sampler = sampler_of(V)
    words = np.empty(V, np.uint64)
    sampler._source.accepted(words)
    assert (words == 2**32 // V).all()
    np.testing.assert_array_equal(sampler.implied_probabilities(), np.full(V, 1 / V))


def test_words_are_counted_one_by_one():
    """The count of words of an id is that of an enumeration, at the V whose ids have few words."""
    for V in (LARGEST, THIRDS, 2**32 // 3 + 1):
        least = 2**32 % V
        for i in (0, 1, 2, V // 2, V - 2, V - 1):
            first = (i << 32) // V
            near = [w for w in range(max(first - 2, 0), first + 6) if w < 2**32 and w * V >> 32 == i]
            assert sum(w * V % 2**32 >= least for w in near) == 2**32 // V


def thirds(ids: np.ndarray) -> float:
    """The p-value of a chi-square of ids modulo 3. 20,000 ids show a share that is off by 1/12 with probability 1."""
    return float(stats.chisquare(np.bincount(ids.ravel() % 3, minlength=3)).pvalue)


def test_a_law_whose_words_would_be_biased_is_uniform(form):
    """False alarms 1e-6. The same test rejects words that are not refused: ids 2, 5, 8, ... get 1/4 in place of 1/3."""
    sampler = sampler_of(THIRDS)
    ids = sampler.sample(4000, 5)
    assert thirds(ids) > ALPHA
    words = np.empty(20_032 + kernel.GENERATE_SLACK, np.uint64)
    kernel.generate(sampler.key, words, 20_032)
    assert thirds(((words[:20_000] >> np.uint64(32)) * np.uint64(THIRDS) >> np.uint64(32)).astype(np.int64)) < ALPHA


@pytest.mark.parametrize("V", [3, 5])
@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("excluded", [None, 1])
def test_ordered_rows_are_equally_likely(V, replacement, excluded, form):
    """A chi-square over all ordered rows of two ids, by enumeration: 40,000 rows detect a total variation of 2.5 %."""
    ids = sampler_of(V, replacement).sample(40_000, 2, exclude=None if excluded is None else np.full(40_000, excluded))
    left = [i for i in range(V) if i != excluded]
    rows = list(product(left, repeat=2) if replacement else permutations(left, 2))
    seen = dict.fromkeys(rows, 0)
    for row in map(tuple, ids.tolist()):
        seen[row] += 1
    assert stats.chisquare(list(seen.values())).pvalue > ALPHA


@pytest.mark.parametrize("V", [100, 10_000, 2**16])
@pytest.mark.parametrize("replacement", [True, False])
def test_the_fidelity_check_passes_at_default_settings(V, replacement):
    result = samplers.check_fidelity(sampler_of(V, replacement), progress=False)
    assert result.passed, str(result)


# The exact path.


@pytest.mark.parametrize("V", [64, 129, 1000])
def test_all_ids_in_random_order_are_those_of_the_second_implementation(V, form):
    sampler, stream = sampler_of(V, False), stream_of(V)
    ids = sampler.sample(3, V)
    assert (np.sort(ids, axis=1) == np.arange(V)).all()
    for row in range(3):
        assert ids[row].tolist() == stream.row(sampler.key, 0, row, V, True)


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("left", [150, 7])
def test_a_row_of_which_little_is_left_is_that_of_the_second_implementation(distinct, left, form):
    """As an array in any order with repeats and -1, as sets, and with all ids that are left."""
    V, rng = 3000, np.random.default_rng(left)
    sampler, stream = sampler_of(V, not distinct), stream_of(V)
    out = rng.permutation(V)[left:]
    array = np.tile(np.concatenate([out, out[:5], [-1]]), (2, 1))
    k = left if distinct else 40
    expected = [stream.row(sampler.key, 0, row, k, distinct, out.tolist()) for row in range(2)]
    for exclude in (array, [out.tolist()] * 2, samplers.IdSets.from_lists([out.tolist()] * 2, V)):
        assert sampler.sample_rows([0, 1], k, exclude=exclude).tolist() == expected


def test_ten_of_a_million_ids():
    """Each of the ids that are left has a tenth of the ids: chi-square, 20,000 ids."""
    left = np.arange(10) * 99_999 + 7
    sets = samplers.IdSets.from_lists([np.delete(np.arange(10**6), left)], 10**6)
    ids = sampler_of(10**6).sample(4000, 5, exclude=sets[np.zeros(4000, np.int64)])
    found, times = np.unique(ids, return_counts=True)
    np.testing.assert_array_equal(found, left)
    assert stats.chisquare(times).pvalue > ALPHA


# Files.


@pytest.mark.parametrize("law", [samplers.uniform(10**6), samplers.NoiseDistribution({"a": 4, "b": 4, "c": 4})])
@pytest.mark.parametrize("replacement", [True, False])
def test_a_saved_sampler_comes_back(law, replacement, tmp_path):
    sampler = samplers.create("uniform", law, rng=3, replacement=replacement)
    samplers.save(sampler, tmp_path / "t")
    assert (tmp_path / "t").stat().st_size < 2000
    loaded = samplers.load(tmp_path / "t", rng=3, threads=2)
    assert (type(loaded), loaded.replacement, loaded.threads) == (type(sampler), replacement, 2)
    assert (loaded.noise.fingerprint, loaded.noise.words) == (law.fingerprint, law.words)
    np.testing.assert_array_equal(loaded.sample(50, 3), sampler.sample(50, 3))


def test_a_file_of_another_law_or_with_a_table_is_refused(tmp_path):
    samplers.save(samplers.create("alias", [5, 5, 5]), tmp_path / "alias")
    contents = parse(np.frombuffer((tmp_path / "alias").read_bytes(), np.uint8))
    metadata = {name: value for name, value in contents.metadata.items() if name != "sha256"} | {"name": "uniform"}
    with open(tmp_path / "table", "wb") as file:
        write(file, Contents(metadata, contents.tensors))
    with pytest.raises(ValueError, match="unknown fields: bits, cold, hot"):
        samplers.load(tmp_path / "table")
    samplers.save(samplers.create("alias", [5, 4, 5]), tmp_path / "unequal")
    contents = parse(np.frombuffer((tmp_path / "unequal").read_bytes(), np.uint8))
    metadata = {n: value for n, value in contents.metadata.items() if n not in ("sha256", "bits")} | {"name": "uniform"}
    tensors = {name: array for name, array in contents.tensors.items() if name not in ("hot", "cold")}
    with open(tmp_path / "law", "wb") as file:
        write(file, Contents(metadata, tensors))
    with pytest.raises(ValueError, match="the weights of 3 ids differ"):
        samplers.load(tmp_path / "law")


def test_a_law_over_one_id_comes_back(tmp_path):
    """log_uniform(1) is uniform, and its file has no table."""
    sampler = samplers.create("uniform", samplers.log_uniform(1), rng=1)
    samplers.save(sampler, tmp_path / "one")
    assert samplers.load(tmp_path / "one", rng=1).sample(2, 3).tolist() == [[0] * 3] * 2


# Memory.


@pytest.mark.parametrize("replacement", [True, False])
def test_expected_counts_take_no_memory_of_size_v(replacement):
    sampler = sampler_of(LARGEST, replacement)
    tracemalloc.start()
    try:
        logs = sampler.log_expected_count([[5, LARGEST - 1]], 4)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(logs, np.log(4 / LARGEST), rtol=1e-15)
    assert peak < 2**20


@pytest.mark.parametrize("replacement", [True, False])
def test_no_array_grows_with_the_number_of_ids(replacement):
    """At V = 2**31 - 1, a bit for each id would be 268 MB."""
    sampler_of(3).sample(1, 1)  # what is imported at the first draw is not counted
    tracemalloc.start()
    try:
        sampler = sampler_of(LARGEST, replacement)
        sampler.sample(1000, 5, exclude=np.arange(1000))
        sampler.sample_rows(range(50), 5, exclude=samplers.IdSets.from_lists([[5, 7]] * 50, LARGEST))
        sampler.sample(50, 100, on_collision="mark", exclude=np.arange(50))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sampler.nbytes == 8
    assert peak < 2**20


# What it refuses, and where it is named.


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ([3, 2, 1], "the weights of 3 ids differ"),
        ([5, 0, 5], "1 of 3 ids have weight 0"),
        (samplers.log_uniform(9), "the weights of 9 ids differ"),
    ],
)
def test_other_laws_are_refused_and_the_cure_is_named(law, message):
    with pytest.raises(
        samplers.UnsuitableNoiseError, match=rf"uniform: .*{message}; use 'alias'.*samplers.uniform\(V\)"
    ):
        samplers.create("uniform", law)
    noise = law if isinstance(law, samplers.Law) else samplers.NoiseDistribution(law)
    assert message in samplers.get("uniform").unsuitable(noise)


@pytest.mark.parametrize("law", [[7] * 50, {"a": 2, "b": 2}, samplers.from_weights([0.3] * 9), samplers.uniform(1)])
def test_any_law_of_equal_weights_is_uniform(law):
    sampler = samplers.create("uniform", law, rng=1)
    V = len(sampler.noise)
    np.testing.assert_array_equal(
        sampler.sample(40, 3), samplers.create("uniform", samplers.uniform(V), rng=1).sample(40, 3)
    )


def test_a_source_of_no_ids_or_too_many_is_refused():
    for n_ids in (0, 2**31):
        with pytest.raises(ValueError, match=rf"1 to 2\*\*31 - 1 ids, got {n_ids}"):
            kernel.UniformSource(n_ids)
    with pytest.raises(ValueError, match="a place for each of 5 ids, got 4"):
        kernel.UniformSource(5).accepted(np.empty(4, np.uint64))


@pytest.mark.parametrize("replacement", [True, False])
def test_it_is_recommended_for_uniform_laws_alone(replacement):
    found = samplers.recommend(samplers.uniform(LARGEST), replacement=replacement)
    assert (found.name, found.replacement) == ("uniform", replacement)
    assert "equally likely" in found.reason
    assert samplers.recommend([4, 4, 4], k=3, replacement=replacement).name == "uniform"
    assert samplers.recommend([5, 4, 4], k=3, replacement=replacement).name != "uniform"
    measured = samplers.recommend(samplers.uniform(1000), replacement=replacement, measure=True)
    assert "uniform" in measured.figures
