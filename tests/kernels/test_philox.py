# SPDX-License-Identifier: MIT
"""Philox4x32-10: Random123's known answers, for one block, for the Python model and for every SIMD form."""

from __future__ import annotations

import numpy as np
import pytest

from samplers.kernels import rows
from tests.data import stream_model as model

# https://github.com/DEShawResearch/random123, tests/kat_vectors: key words, counter, output.
RANDOM123 = (
    ("00000000 00000000", "00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("a4093822 299f31d0", "243f6a88 85a308d3 13198a2e 03707344", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.parametrize(("key", "counter", "output"), RANDOM123)
@pytest.mark.parametrize("block", [rows.block, model.philox], ids=["library", "model"])
def test_a_block_gives_random123s_known_answers(block, key, counter, output):
    low, high = words(key)
    assert block(high << 32 | low, words(counter)) == words(output)


def test_the_library_and_the_model_agree_on_random_blocks():
    rng = np.random.default_rng(1)
    for _ in range(500):
        key = int(rng.integers(2**64, dtype=np.uint64))
        counter = tuple(int(word) for word in rng.integers(2**32, size=4))
        assert rows.block(key, counter) == model.philox(key, counter)


def generated(key: int, n: int) -> np.ndarray:
    """The 2 n words of n numbers of 64 bits."""
    out = np.full(n + rows.GENERATE_SLACK + 8, 7, dtype=np.uint64)
    rows.generate(key, out[:-8], n)
    assert (out[-8:] == 7).all()
    return out[:n].view(np.uint32)


def test_every_form_gives_random123s_first_answer(form):
    assert tuple(generated(0, 64)[:4]) == words(RANDOM123[0][2])


@pytest.mark.parametrize("n", [64, 128, 1024, 4096, 4160, 9024])
@pytest.mark.parametrize("key", [0, 2**64 - 1, 0x299F31D0A4093822])
def test_every_form_generates_the_words_of_the_model(form, n, key):
    """Rows of 32 blocks one after another, rows numbered from 0."""
    got = generated(key, n)
    for i in sorted({*range(0, 2 * n, 97), *range(128), 2 * n - 1}):
        row, index = divmod(i, 128)
        assert got[i] == model.word(key, row, 0, index, 0), i


@pytest.mark.parametrize(("n", "room"), [(63, 1000), (128, 128), (64, 63)])
def test_generate_refuses_arrays_that_it_would_overrun(n, room):
    with pytest.raises(ValueError, match="must be a multiple of 64, and out hold"):
        rows.generate(1, np.zeros(room, dtype=np.uint64), n)
