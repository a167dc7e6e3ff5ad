# SPDX-License-Identifier: MIT
"""One seed and one law give the same bytes from every door of the library: SHA-256 of the ids, pinned.

The doors: one call, ranks and workers of a DataLoader, Dask, operations of torch, and Triton's kernels.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import samplers

V, ROWS, K, EPOCH = 3000, 300, 5, 3
# Zipf counts in any order, so that both tables have all their parts. The streams of numpy.random may change (NEP 19);
# arithmetic does not. 1999 and 3000 have no common factor.
COUNTS = 10**6 // (1 + 1999 * np.arange(V) % V)
# Positives are the five heaviest ids, so that many rows draw again.
POSITIVES = np.arange(ROWS) % 5 * pow(1999, -1, V) % V
CASES = {
    # (strategy, a positive of each row is excluded): SHA-256 of the ids as little-endian int64, (ROWS, K)
    ("alias", False): "0ffe69c24906ae40ea7a6774e0ce321dbb24a145de2cc991b71cf37e23be4a3e",
    ("alias", True): "9fcbe9fbb09d01ca187c609a502fbf0259a6c04b912f2ec6630851f18f9be58b",
    ("spectrum", False): "8b274ad2d0a8b4cf944f6aab99936f1bc246ce2c58c319cb9bc424f3e4992e89",
    ("spectrum", True): "b590476fdd3c3b488a9d7bcd8278ddc7c0bb9a8b3cdded204dfdc46fb18d4e3c",
}
each_case = pytest.mark.parametrize(("name", "excluded"), CASES)


def sampler_of(name: str, **options: Any) -> Any:
    return samplers.create(name, samplers.NoiseDistribution(COUNTS, exponent=0.75), rng=42, **options)


def excluded_ids(excluded: bool, rows: Any = slice(None)) -> Any:
    return POSITIVES[rows] if excluded else None


def is_the_one(name: str, excluded: bool, ids: Any) -> None:
    """Assert that the bytes of all rows in their order are those of the case."""
    ids = np.ascontiguousarray(ids, dtype="<i8")
    assert ids.shape == (ROWS, K)
    assert hashlib.sha256(ids.tobytes()).hexdigest() == CASES[name, excluded]


@each_case
def test_one_call(name, excluded):
    sampler = sampler_of(name)
    ids = sampler.sample_rows(np.arange(ROWS), K, epoch=EPOCH, exclude=excluded_ids(excluded))
    is_the_one(name, excluded, ids)
    if excluded:
        assert not (ids == POSITIVES[:, None]).any()
        assert (sampler.sample_rows(np.arange(ROWS), K, epoch=EPOCH) == POSITIVES[:, None]).sum() > 15
    sampler.epoch = EPOCH
    is_the_one(name, excluded, sampler.sample(ROWS, K, exclude=excluded_ids(excluded)))


@each_case
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # Python 3.12 on fork
@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")  # on a machine of one core
def test_three_ranks_of_two_workers(name, excluded):
    """A rank is simulated by its number, and its workers are processes."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

    from samplers.integrations.torch import Collate, Negatives, Numbered

    dataset = Numbered(TensorDataset(torch.arange(ROWS), torch.from_numpy(POSITIVES)))
    ids, drawn_rows = np.full((ROWS, K), -1), 0
    for rank in range(3):
        negatives = Negatives(sampler_of(name), K)
        negatives.set_epoch(EPOCH)
        loader = DataLoader(
            dataset,
            batch_size=32,
            sampler=DistributedSampler(dataset, num_replicas=3, rank=rank, shuffle=True, seed=1),
            num_workers=2,
            multiprocessing_context="fork",
            collate_fn=Collate(negatives, positive=1 if excluded else None),
        )
        for (numbers, _), drawn in loader:
            ids[numbers] = drawn.ids
            drawn_rows += len(numbers)
    assert drawn_rows == ROWS
    is_the_one(name, excluded, ids)


@each_case
@pytest.mark.parametrize("chunks", [ROWS, 125, (50, -1), ((1, 149, 150), (K,))], ids=str)
def test_dask(name, excluded, chunks):
    pytest.importorskip("dask", reason="dask is not installed")
    from samplers.integrations.dask import sample_array

    array = sample_array(sampler_of(name), ROWS, K, chunks, epoch=EPOCH, exclude=excluded_ids(excluded))
    is_the_one(name, excluded, array.compute(scheduler="threads"))


@each_case
def test_operations_of_torch(name, excluded):
    pytest.importorskip("torch", reason="torch is not installed")
    sampler = sampler_of(f"{name}_torch", device="cpu")
    ids = [
        sampler.sample_rows(rows, K, epoch=EPOCH, exclude=excluded_ids(excluded, rows))
        for rows in np.array_split(np.arange(ROWS), 2)
    ]
    is_the_one(name, excluded, np.concatenate(ids))


@pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed")
def test_triton_in_its_interpreter(tmp_path):
    """In a process of its own, because Triton reads TRITON_INTERPRET when it is imported."""
    environment = os.environ | {"TRITON_INTERPRET": "1", "TRITON_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, __file__]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["4", "equal"]


def in_triton(name: str, excluded: bool) -> None:
    law = samplers.NoiseDistribution(COUNTS, exponent=0.75)
    sampler = samplers.get(f"{name}_triton")(law, rng=42, device="cpu")
    is_the_one(name, excluded, sampler.sample_rows(np.arange(ROWS), K, epoch=EPOCH, exclude=excluded_ids(excluded)))


if __name__ == "__main__":
    for case in CASES:
        in_triton(*case)
    print(len(CASES), "equal")
