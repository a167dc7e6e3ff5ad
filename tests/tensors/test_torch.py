# SPDX-License-Identifier: MIT
"""`alias_torch`, `spectrum_torch`, `uniform_torch`: the ids of the CPU, also where the host reads no tensor."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import samplers

torch = pytest.importorskip("torch", reason="torch is not installed")

from samplers.tensors import exact  # noqa: E402
from samplers.tensors.cells import UNKNOWN, needed  # noqa: E402
from samplers.tensors.draws import plan  # noqa: E402
from samplers.tensors.excluded import Unchecked, as_numbers, as_unchecked  # noqa: E402
from samplers.tensors.philox import philox  # noqa: E402

HEAVY = [10**12, 5, 5, 1, 0, 2, 3]  # distinct ids and exclusion use up their attempts
ZIPF = (10**6 / np.arange(1, 3001)).astype(np.int64)
LAWS = {
    "alias": {"one": [3], "heavy": HEAVY, "zipf": ZIPF, "mixed": ZIPF[np.random.default_rng(1).permutation(3000)]},
    "spectrum": {"one": [3], "heavy": HEAVY, "zipf": ZIPF, "mixed": ZIPF[np.random.default_rng(1).permutation(3000)]},
    "uniform": {"one": [3], "few": [4] * 7, "thirds": samplers.uniform(3 * 2**29)},
}
CASES = [(kind, law) for kind, laws in LAWS.items() for law in laws]


def pair(kind, law, replacement=True, waits=True):
    """The sampler of the CPU and that of torch; ``waits=False``: as on a GPU, where the host reads nothing."""
    noise = LAWS[kind][law]
    cpu = samplers.create(kind, noise, rng=5, replacement=replacement)
    tensors = samplers.create(f"{kind}_torch", cpu.noise, rng=5, replacement=replacement)
    tensors._waits = waits
    return cpu, tensors


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        (0, 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (2**64 - 1, 0xFFFFFFFF, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ],
)
def test_philox_gives_the_known_answers_of_random123(key, counter, words):
    counters = torch.full((3,), counter)
    block = philox(key, counters, counters, counters, counters)
    assert [word.tolist() for word in block] == [[word] * 3 for word in words]


@pytest.mark.parametrize(("kind", "law"), CASES)
@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("waits", [True, False])
def test_ids_are_those_of_the_cpu_bit_for_bit(kind, law, replacement, waits):
    rng = np.random.default_rng(2)
    cpu, tensors = pair(kind, law, replacement, waits)
    rows = np.append(rng.integers(0, 2**63, 6), [0, 2**32, 2**63 - 1])
    nonzero = cpu.noise.nonzero
    for k, m in ((1, 0), (4, 1), (5, 0), (2, 3), (3, 11)):
        if m + (1 if replacement else k) > nonzero:
            continue
        cpu.key = tensors.key = int(rng.integers(2**64, dtype=np.uint64))
        out = None if not m else [rng.choice(len(cpu.noise), m, replace=m > 3).tolist() for _ in rows]
        if law == "heavy" and m == 3:
            out = [[0, 1, 2]] * len(rows)
        for how in ("redraw", "mark") if m else ("redraw",):
            expected = cpu.sample_rows(rows, k, epoch=2**32 - 7, exclude=out, on_collision=how)
            drawn = tensors.sample_rows(rows, k, epoch=2**32 - 7, exclude=out, on_collision=how)
            assert type(drawn) is torch.Tensor
            np.testing.assert_array_equal(drawn, expected)
    assert tensors.faults == 0


@pytest.mark.parametrize("kind", LAWS)
@pytest.mark.parametrize("waits", [True, False])
def test_calls_go_on_and_many_rows_are_drawn_in_parts(kind, waits, monkeypatch):
    monkeypatch.setattr("samplers.tensors.draws.WORDS_AT_ONCE", {"cpu": 64})
    cpu, tensors = pair(kind, list(LAWS[kind])[1], waits=waits)
    for rows, k, dtype in ((70, 3, torch.int32), (50, 4, torch.int64)):
        out = torch.full((rows, k), -7, dtype=dtype)
        assert tensors.sample(rows, k, out=out) is out
        np.testing.assert_array_equal(out, cpu.sample(rows, k))
    assert tensors.state_dict() | {"name": kind} == cpu.state_dict()
    again = pickle.loads(pickle.dumps(tensors))
    np.testing.assert_array_equal(again.sample(9, 2), cpu.sample(9, 2))


@pytest.mark.parametrize("waits", [True, False])
def test_members_of_a_class_of_thirds_take_spare_words(waits):
    """A third of the words is refused, so that the spare words decide; a GPU reads all 25 of them."""
    noise = samplers.uniform(2**32 // 3 + 1)
    cpu = samplers.create("spectrum", noise, rng=1)
    tensors = samplers.create("spectrum_torch", noise, rng=1)
    tensors._waits = waits
    np.testing.assert_array_equal(tensors.sample(200, 5), cpu.sample(200, 5))


# What a GPU does when the host cannot look.


def test_a_cell_without_an_id_makes_its_row_minus_one_and_is_counted(monkeypatch):
    _, tensors = pair("uniform", "few", waits=False)
    drawn = torch.tensor([[1, 2], [UNKNOWN, 3], [4, 5]])
    ids = torch.zeros((3, 2), dtype=torch.int32)
    tensors._write(drawn, ids, torch.tensor([False, False, True]), True)
    assert (ids.tolist(), tensors.faults) == ([[1, 2], [-1, -1], [-1, -1]], 2)


def call_on_device(sampler, rows, k, ids, how="redraw", tells=True):
    """A draw whose excluded ids and row numbers only the device knows, as `sample_rows` makes it."""
    from samplers.counter_based.cursor import Draw

    out = torch.zeros((len(rows), k), dtype=torch.int64)
    sampler._run(Draw(out, sampler.key, 0, 0, torch.tensor(rows), Unchecked(torch.tensor(ids), tells)), how)
    return out.tolist()


def test_values_that_only_the_device_knows_are_checked_there():
    cpu, tensors = pair("alias", "heavy", waits=False)
    good = cpu.sample_rows([4, 7], 3, exclude=[[0, 1], [3]]).tolist()
    drawn = call_on_device(tensors, [4, 7, -1, 5, 6], 3, [[0, 1], [3, -1], [1, 2], [7, 0], [-2, 1]])
    assert drawn == [*good, [-1] * 3, [-1] * 3, [-1] * 3]
    assert tensors.faults == 3
    marked = cpu.sample_rows([4, 7], 3, exclude=[[0], [3]], on_collision="mark").tolist()
    assert call_on_device(tensors, [4, 7], 3, [[0], [3]], "mark") == marked


@pytest.mark.parametrize("tells", [True, False])
def test_a_row_for_which_nothing_is_left_is_minus_one(tells):
    _, tensors = pair("alias", "heavy", waits=False)
    assert call_on_device(tensors, [1, 2], 1, [[0, 1, 2, 3, 5, 6], [0, 1, 2, 3, 5, 5]], tells=tells) == [[-1], [6]]
    assert tensors.faults == int(tells)


@pytest.mark.parametrize(
    ("check", "error", "message"),
    [
        (lambda at: as_unchecked(torch.zeros(3, device="meta"), 3, at, True), ValueError, "exclude must lie on cpu"),
        (lambda at: as_unchecked(torch.zeros(3), 3, at, True), TypeError, "exclude on cpu must be int64 or int32"),
        (lambda at: as_unchecked(torch.zeros(3).long(), 2, at, True), ValueError, r"shape \(2,\) or \(2, m\)"),
        (lambda at: as_numbers(torch.zeros((3, 1)).long(), at), ValueError, r"one dimension, got shape \(3, 1\)"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(check, error, message):
    with pytest.raises(error, match=message):
        check(torch.device("cpu"))


# The number of attempts, and sums of weights.


def test_a_plan_has_enough_attempts_or_reads_the_weights():
    zipf, heavy = samplers.NoiseDistribution(ZIPF), samplers.NoiseDistribution(HEAVY)
    few = plan(zipf, 0, 1)
    heaviest = float(zipf.probabilities.max())
    assert not few.exact
    assert heaviest**few.attempts < 2**-60
    assert heaviest ** (few.attempts - 2) > 2**-64
    assert (plan(heavy, 0, 1).attempts, plan(heavy, 0, 1).exact) == (128, True)
    assert (plan(zipf, 0, 0).attempts, plan(zipf, 0, 0).exact) == (1, False)
    assert [needed(chance, 99) for chance in (0.0, 2**-65, 0.5, 0.9, 1.0)] == [1, 1, 64, 99, 99]


def test_sums_of_weights_are_exact():
    law = samplers.NoiseDistribution([2**62, 1, 0, 2**61 + 5] * 4, exponent=1.0)
    sums = exact.weights_of(law, "cpu")
    below = [0, *np.cumsum(law.weights.astype(object)).tolist()]
    high, low = sums.below(torch.arange(17))
    assert [(h << 40) + lo for h, lo in zip(high.tolist(), low.tolist(), strict=True)] == below
    equal = exact.weights_of(samplers.uniform(2**31 - 1), "cpu")
    ids = [0, 1, 12345, 2**31 - 1]
    high, low = equal.below(torch.tensor(ids))
    assert equal.nbytes == 0
    assert [(h << 40) + lo for h, lo in zip(high.tolist(), low.tolist(), strict=True)] == [i * equal.each for i in ids]
