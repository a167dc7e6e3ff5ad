# SPDX-License-Identifier: MIT
"""Tables in memory that may not be written: memory maps of joblib, arrays of dask and ray, pickles out of band."""

from __future__ import annotations

import pickle

import numpy as np
import pytest


def frozen(sampler):
    """A copy whose arrays lie in memory that nobody can write to; and how many of them do."""
    buffers: list[pickle.PickleBuffer] = []
    text = pickle.dumps(sampler, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(text, buffers=[bytes(buffer.raw()) for buffer in buffers]), len(buffers)


def test_every_strategy_draws_from_tables_in_read_only_memory(make, replacement):
    original = make("mixed", 3, replacement)
    copy, arrays = frozen(original)
    assert arrays > 0
    exclude = np.arange(50) % 10
    for call in (
        lambda s: s.sample(50, 3),
        lambda s: s.sample(50, 3, exclude=exclude),
        lambda s: s.sample(50, 3, exclude=exclude, on_collision="mark"),
        lambda s: s.sample(50, 3, out=np.zeros((50, 3), np.int32)),
        lambda s: s.with_rng(9).sample(50, 3),
        lambda s: s.implied_probabilities(),
        lambda s: s.expected_counts(3),
    ):
        np.testing.assert_array_equal(call(copy), call(original))


def test_every_strategy_draws_from_a_memory_map_of_joblib(make, replacement, tmp_path):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    original = make("mixed", 3, replacement)
    joblib.dump(original, tmp_path / "sampler.joblib")
    copy = joblib.load(tmp_path / "sampler.joblib", mmap_mode="r")
    np.testing.assert_array_equal(copy.sample(50, 3), original.sample(50, 3))
