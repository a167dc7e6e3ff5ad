# SPDX-License-Identifier: MIT
"""Arrays that overlap the output, lie across memory, or change during the draw give the ids that copies give."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

import samplers
from tests.counter_based.streams import both, stream

ROWS = 400


def misaligned(array):
    """The same values at an odd address."""
    memory = np.zeros(array.nbytes + 1, dtype=np.int8)[1:]
    view = memory.view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


LAYOUTS = {
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
    "misaligned": misaligned,
    "swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "read-only": lambda a: np.frombuffer(a.tobytes(), dtype=a.dtype).reshape(a.shape),
    "narrow": lambda a: a.astype(np.uint16),
    "column": lambda a: np.asfortranarray(np.stack([a, a], axis=-1))[..., 0],
}
IDS = np.arange(ROWS, dtype=np.int64) * 3 % 10
PAIR = (np.arange(ROWS + 1, dtype=np.int64) * 3, np.arange(3 * ROWS, dtype=np.int64) * 7 % 10)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("on_collision", ["redraw", "mark"])
def test_excluded_ids_however_they_lie_in_memory(make, layout, on_collision):
    lay = LAYOUTS[layout]
    for plain, laid in ((IDS, lay(IDS)), (IDS.reshape(-1, 1), lay(IDS.reshape(-1, 1))), (PAIR, tuple(map(lay, PAIR)))):
        expected = make(rng=5).sample(ROWS, 3, exclude=plain, on_collision=on_collision)
        ids = make(rng=5).sample(ROWS, 3, exclude=laid, on_collision=on_collision)
        np.testing.assert_array_equal(ids, expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@both
def test_row_numbers_however_they_lie_in_memory(name, layout):
    numbers = np.random.default_rng(1).permutation(ROWS)
    expected = stream(name, True).sample_rows(numbers, 3)
    np.testing.assert_array_equal(stream(name, True).sample_rows(LAYOUTS[layout](numbers), 3), expected)


@pytest.mark.parametrize("on_collision", ["redraw", "mark"])
def test_an_output_that_overlaps_the_excluded_ids(make, on_collision):
    """All of it, and from the middle on: what is written first must not be taken for an excluded id."""
    for offset in (0, 150):
        memory = np.zeros(ROWS + offset, dtype=np.int64)
        memory[:ROWS] = IDS
        out = memory[offset:].reshape(ROWS, 1)
        expected = make(rng=5).sample(ROWS, 1, exclude=IDS, on_collision=on_collision)
        make(rng=5).sample(ROWS, 1, exclude=memory[:ROWS], on_collision=on_collision, out=out)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("on_collision", ["redraw", "mark"])
def test_an_output_that_overlaps_a_csr_pair(make, which, on_collision):
    expected = make(rng=5).sample(ROWS, 3, exclude=PAIR, on_collision=on_collision)
    memory = np.zeros(3 * ROWS + 1, dtype=np.int64)
    shared = memory[: len(PAIR[which])]
    shared[:] = PAIR[which]
    pair = (shared, PAIR[1]) if which == 0 else (PAIR[0], shared)
    out = memory[: 3 * ROWS].reshape(ROWS, 3)
    make(rng=5).sample(ROWS, 3, exclude=pair, on_collision=on_collision, out=out)
    np.testing.assert_array_equal(out, expected)


@both
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_an_output_that_overlaps_the_row_numbers(name, dtype):
    numbers = np.random.default_rng(1).permutation(ROWS).astype(dtype)
    expected = stream(name, True).sample_rows(numbers.copy(), 1)
    out = numbers.view(np.int64).reshape(ROWS, 1)
    stream(name, True).sample_rows(numbers, 1, out=out)
    np.testing.assert_array_equal(out, expected)


@both
def test_arrays_that_another_thread_fills_with_nonsense_are_read_once(name):
    """Whatever the copy holds was checked: ids stay in range, or the call is refused. Before, the process died."""
    rows = 3000
    good = np.arange(rows + 1, dtype=np.int64)
    bad = np.full(rows + 1, 2**62)
    indptr, sampler, stop = good.copy(), stream(name, True), threading.Event()

    def spoil():
        while not stop.is_set():
            indptr[1:-1] = bad[1:-1]
            indptr[1:-1] = good[1:-1]

    spoiler = threading.Thread(target=spoil)
    spoiler.start()
    refused = drawn = 0
    try:
        while drawn + refused < 300:
            try:
                ids = sampler.sample(rows, 4, exclude=(indptr, np.arange(rows) % 50))
                assert 0 <= ids.min() <= ids.max() < len(sampler.noise)
                drawn += 1
            except ValueError as error:
                if "indptr must rise" not in str(error):
                    raise
                refused += 1
    finally:
        stop.set()
        spoiler.join()


BOOLEANS = """
import threading
import numpy as np, samplers
mask = np.zeros((1000, 1000), bool)
def spoil():
    while True:
        mask[:, :500] = True
        mask[:] = False
threading.Thread(target=spoil, daemon=True).start()
sampler = samplers.create("alias", range(1, 1001), rng=1)
for _ in range(100):
    ids = sampler.sample(1000, 1, exclude=mask, on_collision="mark")
    assert -1 <= ids.min() <= ids.max() < 1000
"""


def test_booleans_that_another_thread_changes_are_copied_first():
    """NumPy's nonzero counts, and then writes: seven processes of seven died in it within 500 calls."""
    done = subprocess.run([sys.executable, "-c", BOOLEANS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_tensor_of_torch_is_excluded_and_filled_like_an_array():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    expected = samplers.create("alias", [5, 3, 2, 1], rng=1).sample(4, 2, exclude=[0, 1, 2, 3])
    sampler = samplers.create("alias", [5, 3, 2, 1], rng=1)
    out = torch.zeros((4, 2), dtype=torch.int64)
    assert sampler.sample(4, 2, exclude=torch.arange(4), out=out) is out
    np.testing.assert_array_equal(out.numpy(), expected)
    with pytest.raises(TypeError, match="exclude"):
        sampler.sample(4, 2, exclude=torch.arange(4, device="meta"))
