# SPDX-License-Identifier: MIT
"""What do the negatives of a training loop cost inside a torch DataLoader, drawn where the batches are made?"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import numpy as np

import samplers

from .suite import REPEAT, SEED, build, not_applicable, sampler_names, why_not

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORKLOAD = "english"
BATCHES, ROWS, K = 64, 1024, 5


class Negatives:
    """A collate function: numbers of rows in, a batch of ids out.

    A positional sampler draws the rows by their numbers, which gives the same ids however many workers there are.
    Any other one gets a stream of its own in each worker (`reseed`), or all workers would draw the same ids.
    """

    def __init__(self, sampler: samplers.Sampler) -> None:
        self.sampler: Any = sampler

    def __call__(self, row_ids: list[int]) -> Any:
        """The ids as a tensor, int64 (rows, k)."""
        import torch

        return torch.from_numpy(self.draw(row_ids))

    def draw(self, row_ids: list[int]) -> NDArray[np.int64]:
        """The ids of the rows, int64 (rows, k)."""
        draws = self.sampler
        return np.asarray(draws.sample_rows(row_ids, K) if draws.info.positional else draws.sample(len(row_ids), K))

    def reseed(self, worker: int) -> None:
        """A stream for a worker; torch calls it where a worker starts."""
        self.sampler = self.sampler.with_rng(np.random.SeedSequence([SEED, worker]))


def loader_of(sampler: samplers.Sampler, workers: int, batches: int) -> Any:
    """A DataLoader over the numbers of rows, in order; its workers live on from epoch to epoch."""
    from torch.utils.data import DataLoader

    negatives, row_ids = Negatives(sampler), cast("Any", range(batches * ROWS))
    return DataLoader(
        row_ids,
        batch_size=ROWS,
        collate_fn=negatives,
        num_workers=workers,
        persistent_workers=workers > 0,
        # A forked worker shares the tables; there are no threads that a fork could lose (`benchmarks/__init__.py`).
        multiprocessing_context="fork" if workers else None,
        worker_init_fn=None if sampler.info.positional else negatives.reseed,
    )


@cache
def running(sampler: str, workers: int) -> Any:
    """A loader that has been through one epoch: its workers have started."""
    loader = loader_of(build(sampler, WORKLOAD), workers, BATCHES)
    for _ in loader:
        pass
    return loader


class Loader:
    """`BATCHES` batches of `ROWS` rows of five from English counts."""

    params = (sampler_names(), [0, 2])
    param_names = ("sampler", "workers")
    version = "1"
    timeout = 300
    number = 1
    repeat = REPEAT
    warmup_time = 0.0

    @staticmethod
    def why_not(sampler: str, workers: int) -> str | None:
        """A strategy that pays for each row takes up to minutes for an epoch; a GPU stays with one process."""
        if find_spec("torch") is None:
            return "torch is not installed"
        reason = why_not(sampler, ROWS)
        if reason is None and workers and samplers.get(sampler).info.device == "cuda":
            return f"{sampler} draws on a GPU, which forked workers cannot share"
        return reason

    def setup(self, sampler: str, workers: int) -> None:
        """Fetch the loader, or say n/a."""
        not_applicable(self.why_not(sampler, workers))
        self.loader = running(sampler, workers)

    def time_loader(self, sampler: str, workers: int) -> None:
        """Seconds for an epoch."""
        for _ in self.loader:
            pass
