# SPDX-License-Identifier: MIT
"""A short call checks its arguments and draws its ids in C: same ids, same errors, same position as the long way."""

from __future__ import annotations

import copy
import pickle
import threading
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samplers
from samplers import IdSets
from samplers.kernels import rows as kernel
from tests.counter_based.streams import make, modes, of_any_law, stream

COUNTS = {
    "few": [60, 25, 10, 5, 1],
    "one heavy": [1, 10**9, 3, 5, 2, 0, 7, 9],
    "zeros": [0, 30, 1000, 7, 0, 400, 90, 3, 55, 0, 7, 7, 30],
    "falling": [10 * 300 // (i + 3) for i in range(300)],
}


@cache
def table(name, counts, replacement):
    return make(name, COUNTS[counts], 5, replacement=replacement)


def sets_of(rng, rows, n_ids):
    """A CSR pair with sets of any size, unsorted and with repeats; some are so long that they are bisected."""
    sizes = rng.integers(0, rng.choice([1, 3, 12, 150]), rows)
    return np.concatenate([[0], np.cumsum(sizes)]), rng.integers(0, n_ids, sizes.sum())


def view_of(rng, rows, n_ids):
    return IdSets.from_csr(*sets_of(rng, 2 * rows + 1, n_ids), n_ids)[rng.integers(0, 2 * rows + 1, rows)]


def spoiled(array, rng):
    """The same array with a wrong value at a random place."""
    array = array.copy()
    array.reshape(-1)[rng.integers(array.size) if array.size else slice(0)] = rng.choice([-2, -1, 300, 10**6])
    return array


def tensor_of(array):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    return torch.from_numpy(array)


EXCLUDED = {
    "nothing": lambda rng, rows, n: None,
    "one id": lambda rng, rows, n: rng.integers(0, n, rows),
    "one id, int32": lambda rng, rows, n: rng.integers(0, n, rows, dtype=np.int32),
    "the heaviest": lambda rng, rows, n: np.full(rows, 1),
    "one id, tensor": lambda rng, rows, n: tensor_of(rng.integers(0, n, rows)),
    "padded": lambda rng, rows, n: rng.integers(-1, n, (rows, rng.integers(1, 12))),
    "zero or one": lambda rng, rows, n: rng.integers(0, 2, (rows, n)),
    "a list": lambda rng, rows, n: rng.integers(0, n, rows).tolist(),
    "pair": sets_of,
    "pair, int32": lambda rng, rows, n: tuple(part.astype(np.int32) for part in sets_of(rng, rows, n)),
    "pair, one part wrong": lambda rng, rows, n: tuple(spoiled(part, rng) for part in sets_of(rng, rows, n)),
    "sets": lambda rng, rows, n: IdSets.from_csr(*sets_of(rng, rows, n), n),
    "view": view_of,
    "sets of another V": lambda rng, rows, n: IdSets.from_csr(*sets_of(rng, rows, n), n + 1),
    "too many": lambda rng, rows, n: rng.integers(0, n, rows + 1),
    "too few sets": lambda rng, rows, n: view_of(rng, max(rows - 1, 0), n),
    "wrong": lambda rng, rows, n: spoiled(rng.integers(0, n, rows), rng),
    "floats": lambda rng, rows, n: rng.random(rows),
    "every second": lambda rng, rows, n: rng.integers(0, n, 2 * rows)[::2],
    "masked": lambda rng, rows, n: np.ma.masked_less(rng.integers(0, n, (rows, 2)), 2),
}


def read_only(rows, k):
    out = np.zeros((rows, k), np.int64)
    out.flags.writeable = False
    return out


OUT = {
    "none": lambda rows, k: None,
    "int64": lambda rows, k: np.full((rows, k), -7, np.int64),
    "int32": lambda rows, k: np.full((rows, k), -7, np.int32),
    "tensor": lambda rows, k: tensor_of(np.full((rows, k), -7, np.int64)),
    "tensor of int32": lambda rows, k: tensor_of(np.full((rows, k), -7, np.int32)),
    "tensor of floats": lambda rows, k: tensor_of(np.full((rows, k), -7.0)),
    "tensor, turned": lambda rows, k: tensor_of(np.full((k, rows), -7)).T,
    "tensor, inner rows": lambda rows, k: tensor_of(np.full((rows + 4, k), -7))[1 : rows + 1],
    "tensor, every second column": lambda rows, k: tensor_of(np.full((rows, 2 * k), -7))[:, ::2],
    "tensor, every second row": lambda rows, k: tensor_of(np.full((2 * rows, k), -7))[::2],
    "tensor, one row repeated": lambda rows, k: tensor_of(np.full((1, k), -7)).expand(rows, k),
    "tensor of unsigned": lambda rows, k: tensor_of(np.full((rows, k), 7, np.uint64)),
    "uint64": lambda rows, k: np.zeros((rows, k), np.uint64),
    "another shape": lambda rows, k: np.full((rows, k + 1), -7, np.int64),
    "flat": lambda rows, k: np.full(rows * k, -7, np.int64),
    "columns first": lambda rows, k: np.asfortranarray(np.full((rows, k), -7, np.int64)),
    "read-only": read_only,
    "swapped": lambda rows, k: np.full((rows, k), -7, np.dtype(np.int64).newbyteorder()),
    "a list": lambda rows, k: [[0] * k] * rows,
}
NUMBERS = {
    "next": lambda rng, rows: None,
    "named": lambda rng, rows: rng.integers(0, 50, rows),
    "named, int32": lambda rng, rows: rng.integers(0, 50, rows, dtype=np.int32),
    "named, uint64": lambda rng, rows: rng.integers(2**63 - 9, 2**63, rows, dtype=np.uint64),
    "the last": lambda rng, rows: rng.integers(2**63 - 9, 2**63, rows),
    "a tensor": lambda rng, rows: tensor_of(rng.integers(0, 50, rows)),
    "wrong": lambda rng, rows: spoiled(rng.integers(0, 50, rows), rng),
    "two dimensions": lambda rng, rows: rng.integers(0, 50, (rows, 1)),
    "every second": lambda rng, rows: rng.integers(0, 50, 2 * rows)[::-2],
    "a list": lambda rng, rows: rng.integers(2**63 - 9, 2**63, rows).tolist(),
    "a list, one too large": lambda rng, rows: [2**63, *rng.integers(0, 50, rows).tolist()][:rows],
    "a list, one negative": lambda rng, rows: [*rng.integers(0, 50, rows).tolist(), -1][-rows:],
    "a list, one True": lambda rng, rows: [*rng.integers(0, 50, rows).tolist(), True][-rows:],
    "a list of NumPy's": lambda rng, rows: list(rng.integers(0, 50, rows)),
}


def outcome(sampler, numbers, rows, k, out, **arguments):
    """What a call returned or raised, what it wrote, and where the stream stands."""
    before = None if out is None else np.asarray(out).copy()
    try:
        if numbers is None:
            ids = sampler.sample(rows, k, out=out, **arguments)
        else:
            ids = sampler.sample_rows(numbers, k, out=out, **arguments)
    except (TypeError, ValueError) as error:
        assert before is None or np.array_equal(before, out), "a call that was refused has written"
        return type(error), str(error), sampler.position
    assert out is None or ids is out
    return type(ids), np.asarray(ids).dtype, np.asarray(ids).tolist(), sampler.position


@pytest.mark.parametrize("kind", ["meta", "sparse", "mapped"])
def test_a_tensor_without_dense_memory_is_refused(kind):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    sampler = samplers.create("alias", [5, 4, 3], rng=1)

    def refuse(out):
        with pytest.raises(TypeError, match="out must be a dense torch tensor on the CPU"):
            sampler.sample(4, 3, out=out)
        return out

    plain = torch.zeros((2, 4, 3), dtype=torch.int64)
    if kind == "mapped":
        torch.vmap(refuse)(plain)
    else:
        refuse(plain[0].to("meta") if kind == "meta" else plain[0].to_sparse())
    assert sampler.position == 0


@settings(max_examples=1500)
@given(
    seed=st.integers(0, 2**32),
    name=st.sampled_from(["alias", "spectrum", "uniform"]),
    counts=st.sampled_from(list(COUNTS)),
    replacement=st.booleans(),
    rows=st.sampled_from([0, 1, 2, 3, 17, 40, 210]),
    k=st.sampled_from([1, 2, 3, 5, 6, 8, 16, 17, 64, 65]),
    excluded=st.sampled_from(list(EXCLUDED)),
    out=st.sampled_from(list(OUT)),
    numbers=st.sampled_from(list(NUMBERS)),
    on_collision=st.sampled_from(["redraw", "redraw", "mark", "mark", "skip", None]),
    on_exhausted=st.sampled_from(["raise", "raise", "mark", "skip"]),
    position=st.sampled_from([0, 2**32 - 5, 2**63 - 30]),
)
def test_short_and_long_calls_are_the_same(
    seed, name, counts, replacement, rows, k, excluded, out, numbers, on_collision, on_exhausted, position
):
    """NumPy's integers for k take the long way."""
    sampler = table(name, counts, replacement)
    results = []
    for width in (k, np.int64(k)):
        rng = np.random.default_rng(seed)  # the same arguments twice: a call may write into its own
        sampler.position = position
        results.append(
            outcome(
                sampler,
                NUMBERS[numbers](rng, rows),
                rows,
                width,
                OUT[out](rows, k),
                exclude=EXCLUDED[excluded](rng, rows, len(sampler.noise)),
                on_collision=on_collision,
                on_exhausted=on_exhausted,
            )
        )
    assert results[0] == results[1]


USUAL = [
    "nothing",
    "one id",
    "one id, int32",
    "one id, tensor",
    "every second",
    "padded",
    "pair",
    "pair, int32",
    "sets",
    "view",
]


@of_any_law
@pytest.mark.parametrize("excluded", USUAL)
@pytest.mark.parametrize("on_collision", ["redraw", "mark"])
@pytest.mark.parametrize("out", ["none", "int64", "int32", "tensor"])
def test_usual_calls_are_short(name, excluded, on_collision, out):
    """Otherwise the comparison above would compare the long way with itself."""
    sampler = stream(name, True)
    rng, rows = np.random.default_rng(1), 30
    exclude = EXCLUDED[excluded](rng, rows, len(sampler.noise))
    if excluded == "padded":
        exclude = np.ascontiguousarray(exclude[:, :8])
    for numbers in (None, np.arange(rows), tensor_of(np.arange(rows)), np.arange(2 * rows)[::2], list(range(rows))):
        array = OUT[out](rows, 5)
        if numbers is None:
            ids = sampler._stream.next_rows(rows, 5, exclude, on_collision, "raise", array)
        else:
            ids = sampler._stream.named_rows(numbers, 5, None, exclude, on_collision, "raise", array)
        assert ids is not None
        assert out == "none" or ids is array


@of_any_law
@modes
def test_a_stream_of_another_process_is_settled_first(name, replacement):
    """A short call would not warn."""
    sampler = pickle.loads(pickle.dumps(stream(name, replacement)))
    arguments = (4, 5, np.arange(4), "redraw", "raise", np.empty((4, 5), np.int64))
    assert sampler._stream.next_rows(*arguments) is None
    sampler.sample(1, 1)
    assert sampler._stream.next_rows(*arguments) is not None


@modes
def test_attempts_that_are_used_up_are_finished_exactly(replacement):
    """Nearly all of the mass is excluded, or drawn before, so that most rows take the exact path."""
    counts = [10**15, 1, 1, 2, 3]
    exclude = np.zeros(12, np.int64)
    forms = [exclude, exclude[:, None], (np.arange(13), exclude), IdSets.from_csr(np.arange(13), exclude, 5)]
    for excluded in forms:
        short, long = (make("alias", counts, 3, replacement=replacement) for _ in range(2))
        out = np.empty((12, 2), np.int32)
        assert short.sample(12, 2, exclude=excluded, out=out) is out
        np.testing.assert_array_equal(out, long.sample(12, np.int64(2), exclude=excluded))
        assert short.position == long.position == 12
        rows = np.arange(12)[::-1].copy()
        np.testing.assert_array_equal(short.sample_rows(rows, 2, exclude=excluded), out[::-1])


@of_any_law
def test_threads_that_exclude_and_fill_take_each_row_once(name):
    """Calls of 4,500 ids let other threads run while they draw."""
    sampler, rows, calls = stream(name, True), 900, 60
    exclude = np.full(rows, 3)
    parts, barrier = [], threading.Barrier(4)

    def draw():
        barrier.wait()
        for _ in range(calls):
            out = np.empty((rows, 5), np.int64)
            parts.append(sampler.sample(rows, 5, exclude=exclude, out=out).tobytes())

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one = stream(name, True)
    expected = [one.sample(rows, np.int64(5), exclude=exclude).tobytes() for _ in range(4 * calls)]
    assert sorted(parts) == sorted(expected)


def test_epochs_of_short_calls_are_checked():
    sampler = stream("alias", True)
    for epoch in (0, 7, 2**32 - 1):
        ids = sampler.sample_rows(np.arange(4), 5, epoch=epoch)
        np.testing.assert_array_equal(ids, sampler.sample_rows(np.arange(4), np.int64(5), epoch=epoch))
    for epoch in (-1, 2**32, True, 1.5):
        with pytest.raises((TypeError, ValueError), match="epoch"):
            sampler.sample_rows(np.arange(4), 5, epoch=epoch)


def test_a_stream_of_an_older_pickle_takes_the_long_way():
    """It did not say how many ids there are."""
    sampler = stream("alias", True)
    kind, arguments = sampler._stream.__reduce__()
    older = copy.copy(sampler)
    object.__setattr__(older, "_stream", kind(*arguments[:-1]))
    older._stream.settle()
    assert older._stream.next_rows(4, 5, np.arange(4), "redraw", "raise", None) is None
    np.testing.assert_array_equal(older.sample(4, 5, exclude=np.arange(4)), sampler.sample(4, 5, exclude=np.arange(4)))


@pytest.mark.parametrize(
    "numbers", [np.array([2, 0, 2]), np.array([1], np.int32), np.array([], np.int64), np.array([2, 3]), np.array([-1])]
)
def test_sets_are_chosen_alike_in_one_pass_and_in_numpy(numbers):
    sets = IdSets.from_lists([[0, 3], [], [2, 1, 2]], V=5)

    def chosen(which):
        try:
            return [sets[which].of_row(i).tolist() for i in range(len(which))]
        except IndexError as error:
            return str(error)

    assert chosen(numbers) == chosen(numbers.tolist()) == chosen(numbers.astype(np.int16))


def test_a_copy_of_a_sampler_keeps_its_short_way():
    sampler = copy.copy(samplers.create("alias", [3, 2, 1], rng=1))
    assert sampler.with_rng(2)._stream.next_rows(2, 2, np.zeros(2, np.int64), "redraw", "raise", None) is not None


@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_chosen_sets_are_those_of_numpy_or_are_left_to_it(kind):
    """`IdSets` chooses sets in C, and reads as NumPy does whatever C does not."""
    rng = np.random.default_rng(3)
    starts = np.sort(rng.integers(0, 10**12, 50))
    stops = starts + rng.integers(0, 9, 50)
    starts.flags.writeable = stops.flags.writeable = False
    numbers = rng.integers(0, 50, 2000).astype(kind)
    for plain in (numbers, tensor_of(numbers), numbers[3:40], numbers[:1], numbers[::2], numbers[::-3]):
        chosen = kernel.chosen_sets(plain, starts, stops)
        for ours, all_places in zip(chosen, (starts, stops), strict=True):
            assert (ours.dtype, ours.flags.owndata, ours.flags.writeable) == (np.int64, True, True)
            np.testing.assert_array_equal(ours, all_places[np.asarray(plain)])
    for wrong in (numbers[:, None], numbers[:0], numbers + 50, -numbers - 1, numbers / 2, [1, 2], 3):
        assert kernel.chosen_sets(wrong, starts, stops) is None
    for first, after in ((starts[::2], stops[::2]), (starts.astype(np.int32), stops), (starts[:-1], stops)):
        assert kernel.chosen_sets(numbers[:5], first, after) is None
    assert kernel.chosen_sets(numbers, starts[:0], stops[:0]) is None
