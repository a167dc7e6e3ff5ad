# SPDX-License-Identifier: MIT
"""Negatives of the same examples from a torch DataLoader, with workers and ranks.

A row-addressable sampler is used as docs/training.md shows it. Any other draws the next rows in its ``collate_fn``, and
each further worker and rank is given a stream of its own, without which all would draw the same rows.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.counter_based.sampler import PositionalSampler

from ..suite import SEED
from . import drawing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

NOBODY = -1  # in the cells of examples that another rank has


@dataclass(frozen=True)
class Run:
    """A training run: workers of a loader, examples of a batch, and processes."""

    workers: int = 0
    batch: int = drawing.BATCH
    ranks: int = 1

    @property
    def title(self) -> str:
        """The run in words."""
        parts = [f"{self.workers or 'no'} worker{'' if self.workers == 1 else 's'}", f"batch of {self.batch}"]
        return ", ".join([*parts, f"{self.ranks} ranks"] if self.ranks > 1 else parts)


REFERENCE = Run()
WORKERS = (Run(workers=1), Run(workers=2), Run(workers=4))
BATCHES = (Run(batch=drawing.OTHER_BATCH), Run(workers=2, batch=drawing.OTHER_BATCH))
RANKS = (Run(ranks=2), Run(workers=2, batch=drawing.OTHER_BATCH, ranks=2))
RUNS = (*WORKERS, *BATCHES, *RANKS)


class Plain:
    """A ``collate_fn`` that asks a sampler for the negatives of a batch."""

    def __init__(self, sampler: Any, first: int = 0) -> None:
        self.sampler, self.first = sampler, first
        self.start(0)

    def __call__(self, examples: Any) -> tuple[Any, Any]:
        """The numbers of the examples, and their negatives."""
        numbers = np.array([number for number, _ in examples])
        excluded = np.array([int(positive) for _, (positive,) in examples])
        return numbers, drawing.draw(self.sampler, numbers, excluded)

    def start(self, worker: int) -> None:
        """Give a sampler of one row after another a stream of its own; the first worker keeps that of the seed."""
        warnings.simplefilter("ignore", samplers.SharedStreamWarning)
        if not self.sampler.info.positional and self.first + worker:
            self.sampler = self.sampler.with_rng([SEED, self.first + worker])


class OfTheLibrary:
    """The ``collate_fn`` of the library, whose result has the form of that of `Plain`."""

    def __init__(self, sampler: Any) -> None:
        from samplers.integrations.torch import Collate, Negatives

        self.collate = Collate(Negatives(sampler, drawing.K), positive=0)

    def __call__(self, examples: Any) -> tuple[Any, Any]:
        """The numbers of the examples, and their negatives."""
        _, drawn = self.collate(examples)
        return np.array(examples.indices, dtype=np.int64), drawn.ids.numpy()


def negatives(sampler: Any, run: Run, rank: int = 0) -> Ids:
    """The negatives of all examples of an epoch, int64 (EXAMPLES, K); `NOBODY` in the rows of other ranks."""
    import torch
    from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

    from samplers.integrations.torch import Numbered

    dataset = Numbered(TensorDataset(torch.from_numpy(drawing.positives())))
    usual = isinstance(sampler, PositionalSampler) and sampler.info.arrays == "numpy"
    collate: Any = OfTheLibrary(sampler) if usual else Plain(sampler, rank * max(1, run.workers))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)  # on machines of few cores
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # Python 3.12
        loader = DataLoader(
            dataset,
            batch_size=run.batch,
            sampler=DistributedSampler(dataset, run.ranks, rank, shuffle=True, seed=SEED),
            collate_fn=collate,
            num_workers=run.workers,
            worker_init_fn=None if usual or not run.workers else collate.start,
            # Forked workers share the tables. A fork is safe here, because libraries run one thread.
            multiprocessing_context="fork" if run.workers else None,
        )
        batches = list(loader)
    ids = np.full((drawing.EXAMPLES, drawing.K), NOBODY)
    for numbers, drawn in batches:
        ids[numbers] = drawn
    return ids


def of_all_ranks(ids: Ids) -> Ids:
    """What the processes of a group have drawn together, from what each has drawn."""
    import torch

    together = torch.from_numpy(ids)
    torch.distributed.all_reduce(together, op=torch.distributed.ReduceOp.MAX)
    return together.numpy()
