# SPDX-License-Identifier: MIT
"""How much time do negatives take in a training loop, if a torch DataLoader draws them in its collate function?"""

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
    """A collate function that takes row numbers and returns a batch of ids.

    A positional sampler draws each row by its number, so that the ids do not depend on the number of workers. Any other
    sampler gets a separate stream in each worker (`reseed`); without it all workers would draw the same ids.
    """

    def __init__(self, sampler: samplers.Sampler) -> None:
        self.sampler: Any = sampler

    def __call__(self, row_ids: list[int]) -> Any:
        """The ids as a tensor, int64 (rows, k)."""
        import torch

        return torch.from_numpy(self.draw(row_ids))

    def draw(self, row_ids: list[int]) -> NDArray[np.int64]:
        """The ids of the rows, int64 (rows, k)."""
        if self.sampler.info.positional:
            return np.asarray(self.sampler.sample_rows(row_ids, K))
        return np.asarray(self.sampler.sample(len(row_ids), K))

    def reseed(self, worker: int) -> None:
        """Give the sampler the stream of a worker; torch calls this in each new worker."""
        self.sampler = self.sampler.with_rng(np.random.SeedSequence([SEED, worker]))


def loader_of(sampler: samplers.Sampler, workers: int, batches: int) -> Any:
    """A DataLoader over the row numbers in order; its workers live from epoch to epoch."""
    from torch.utils.data import DataLoader

    negatives, row_ids = Negatives(sampler), cast("Any", range(batches * ROWS))
    return DataLoader(
        row_ids,
        batch_size=ROWS,
        collate_fn=negatives,
        num_workers=workers,
        persistent_workers=workers > 0,
        # Forked workers share the tables. A fork is safe here, because libraries run one thread (see `__init__.py`).
        multiprocessing_context="fork" if workers else None,
        worker_init_fn=None if sampler.info.positional else negatives.reseed,
    )


@cache
def running(sampler: str, workers: int) -> Any:
    """A loader after one epoch, so that its workers have started."""
    loader = loader_of(build(sampler, WORKLOAD), workers, BATCHES)
    for _ in loader:
        pass
    return loader


class Loader:
    """`BATCHES` batches of `ROWS` rows of five ids from English counts."""

    params = (sampler_names(), [0, 2])
    param_names = ("sampler", "workers")
    version = "1"
    timeout = 300
    number = 1
    repeat = REPEAT
    warmup_time = 0.0

    @staticmethod
    def why_not(sampler: str, workers: int) -> str | None:
        """Why a sampler is not measured; None if it is.

        A strategy whose cost is per row takes up to minutes per epoch. A GPU cannot be shared with forked workers.
        """
        if find_spec("torch") is None:
            return "torch is not installed"
        reason = why_not(sampler, ROWS)
        if reason is None and workers and samplers.get(sampler).info.device == "cuda":
            return f"{sampler} draws on a GPU, which forked workers cannot share"
        return reason

    def setup(self, sampler: str, workers: int) -> None:
        """Look up the loader; n/a if the sampler cannot be measured."""
        not_applicable(self.why_not(sampler, workers))
        self.loader = running(sampler, workers)

    def time_loader(self, sampler: str, workers: int) -> None:
        """Seconds per epoch."""
        for _ in self.loader:
            pass
