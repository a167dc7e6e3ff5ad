# SPDX-License-Identifier: MIT
"""How much time do negatives take in a training loop, if a torch DataLoader draws them in its collate function?

`Loader` times a loader that does nothing else. `Share` tells what negatives add to a loop of a user.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.recommendation.timing import take_turns

from .questions import Question
from .sgns.step import TrainingStep
from .sgns.windows import Examples
from .suite import REPEAT, SEED, build, needed, not_applicable, sampler_names, why_not
from .workloads import noise_of

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
    negatives = Negatives(sampler)
    return data_loader(range(batches * ROWS), negatives, workers, None if sampler.info.positional else negatives.reseed)


def data_loader(dataset: Any, collate: Any, workers: int, start: Any) -> Any:
    """A DataLoader of batches of `ROWS` examples in order; each new worker calls ``start`` with its number."""
    from torch.utils.data import DataLoader

    return DataLoader(
        dataset,
        batch_size=ROWS,
        collate_fn=collate,
        num_workers=workers,
        persistent_workers=workers > 0,
        # Forked workers share the tables. A fork is safe here, because libraries run one thread (see `__init__.py`).
        multiprocessing_context="fork" if workers else None,
        worker_init_fn=start,
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

    question = Question(
        "loader",
        "In a DataLoader",
        "How long does an epoch of a torch `DataLoader` take, by number of workers? "
        f"{BATCHES} batches of {ROWS:,} rows of {K} ids.",
        unit="per epoch",
    )
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


# What negatives add to a loop.

SHARE_WORKLOAD = "zipf_1e4"
SHARE_BATCHES = 16  # of an epoch
ROUNDS = 31  # with 7, a share of 2 % was measured as anything from -0.5 to 6 %
Loop = Callable[[], None]


def stacked(examples: list[Any]) -> Any:
    """An empty collate function: it only makes one int64 tensor of the pairs of a batch, and returns its columns."""
    import torch

    return torch.stack([pair for (pair,) in examples]).unbind(1)


class BesidesNegatives:
    """A collate function of a user: the batch, and ids of a sampler that knows no numbers of examples."""

    def __init__(self, sampler: samplers.Sampler) -> None:
        self.sampler = sampler

    def __call__(self, examples: list[Any]) -> Any:
        """The columns of the batch, and the ids as a tensor."""
        import torch

        return stacked(examples), torch.from_numpy(np.asarray(self.sampler.sample(len(examples), K)))

    def reseed(self, worker: int) -> None:
        """Give the sampler the stream of a worker."""
        self.sampler = self.sampler.with_rng(np.random.SeedSequence([SEED, worker]))


@cache
def pairs() -> Any:
    """The dataset: pairs of a centre and a context, a `TensorDataset` of int64 (rows, 2)."""
    import torch
    from torch.utils.data import TensorDataset

    drawn = samplers.create("alias", noise_of(SHARE_WORKLOAD), rng=SEED).sample(SHARE_BATCHES * ROWS, 2)
    return TensorDataset(torch.from_numpy(drawn))


def loader_of_pairs(drawn: str, workers: int) -> Any:
    """A DataLoader over `pairs`: ``drawn`` is "before", "recommended", or the name of a peer."""
    dataset, collate, start = pairs(), stacked, None
    if drawn == "recommended":
        ours = needed("samplers.integrations.torch", "Collate", "Negatives", "Numbered")
        sampler = samplers.fastest(noise_of(SHARE_WORKLOAD), rows=ROWS, k=K, rng=SEED)
        dataset = ours.Numbered(dataset)
        collate = ours.Collate(ours.Negatives(sampler, K), positive=1, collate=stacked)
    elif drawn != "before":
        collate = BesidesNegatives(build(drawn, SHARE_WORKLOAD))
        start = collate.reseed
    return data_loader(dataset, collate, workers, start)


def epoch_of(drawn: str, beside: str, workers: int) -> Loop:
    """A call that runs an epoch: the loop of a user, with negatives drawn before or by the loader."""
    import torch

    loader = loader_of_pairs(drawn, workers)
    constant = torch.from_numpy(build("alias", SHARE_WORKLOAD).sample(ROWS, K))
    step = TrainingStep(len(noise_of(SHARE_WORKLOAD)), "SGD, sparse") if beside == "training step" else None
    true = np.ones((ROWS, 1), np.bool_)

    def epoch() -> None:
        for batch in loader:
            (centres, contexts), ids = (batch, constant) if drawn == "before" else batch
            if step is not None:
                examples = Examples(centres.numpy(), contexts[:, None].numpy(), true)
                step.run(examples, partial(getattr, ids, "ids", ids))

    return epoch


class Share:
    """What a sampler in the collate function adds to an epoch of a loop with negatives that were drawn before.

    The loop reads `SHARE_BATCHES` batches of `ROWS` pairs from a `TensorDataset`. "training step": each batch is a step
    of skip-gram with negative sampling. "empty collate": the loop does nothing with a batch, which the loader only
    makes one tensor of. "recommended" is `samplers.integrations.torch` as its page shows it: with numbers of examples,
    and without the positive of each row. The peer knows no numbers, and excludes nothing.
    """

    params = (["recommended", "torch_one_call"], ["training step", "empty collate"], [0, 2])
    param_names = ("drawn", "beside", "workers")
    unit = "% of the loop"
    version = "1"
    timeout = 300

    @staticmethod
    def why_not(drawn: str, beside: str, workers: int) -> str | None:
        """Why a cell is not measured; None if it is."""
        return "torch is not installed" if find_spec("torch") is None else None

    def setup(self, drawn: str, beside: str, workers: int) -> None:
        """Make both loops; n/a without torch, or if this version of the library has no integration with it."""
        not_applicable(self.why_not(drawn, beside, workers))
        self.loops = {name: epoch_of(name, beside, workers) for name in ("before", drawn)}

    def track_share(self, drawn: str, beside: str, workers: int) -> float:
        """Per cent of the time of the loop with negatives drawn before, the median of `ROUNDS` turns."""
        times = take_turns(self.loops, ROUNDS, 0.0)
        return float(np.median(times[drawn] / times["before"] - 1) * 100)
