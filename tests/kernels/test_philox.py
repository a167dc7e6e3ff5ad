# SPDX-License-Identifier: MIT
"""Philox4x32-10: Random123's known answers, for one block, for the Python model and for every SIMD form."""

from __future__ import annotations

import numpy as np
import pytest

from samplers.kernels import rows
from tests.data import stream_model as model

FORMS = ("scalar", "avx2", "avx512")
# https://github.com/DEShawResearch/random123, tests/kat_vectors: key words, counter, output.
RANDOM123 = (
    ("00000000 00000000", "00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("a4093822 299f31d0", "243f6a88 85a308d3 13198a2e 03707344", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)


@pytest.fixture(params=FORMS)
def form(request):
    """A form of the kernels, in use; skipped where the processor lacks it."""
    if request.param not in rows.available():
        pytest.skip(f"this processor lacks {request.param}")
    before = rows.simd()
    rows.force(request.param)
    yield request.param
    rows.force(before)


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


def test_every_form_gives_random123s_first_answer(form):
    out = np.empty(8, dtype=np.uint64)
    rows.generate(0, out)
    assert tuple(out[:2].view(np.uint32)) == words(RANDOM123[0][2])


@pytest.mark.parametrize("n", [8, 16, 72, 1000, 4096, 4104, 9000])
@pytest.mark.parametrize("key", [0, 2**64 - 1, 0x299F31D0A4093822])
def test_every_form_generates_the_words_of_the_model(form, n, key):
    """Numbers 4096 r to 4096 r + 4095 come from row 4096 r, two words each, blocks one after another."""
    n = n // 8 * 8
    out = np.empty(n, dtype=np.uint64)
    rows.generate(key, out)
    got = out.view(np.uint32)
    checked = {*range(0, n * 2, 997), *range(min(n * 2, 40)), n * 2 - 1, *range(8184, min(8210, n * 2))}
    for i in checked:
        grid, index = divmod(i, 8192)
        assert got[i] == model.word(key, 4096 * grid, 0, index, 0), (form, i)


@pytest.mark.parametrize("n", [0, 8, 64])
def test_generate_writes_no_further_than_it_is_told(form, n):
    out = np.full(n + 16, 7, dtype=np.uint64)
    rows.generate(5, out[:n] if n else out[:0]) if n else None
    assert (out[n:] == 7).all()
