# SPDX-License-Identifier: MIT
"""A training step with any optimiser, in which the time of the call for negatives can be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

from ..suite import SEED
from .model import SkipGram, joined
from .windows import Examples

if TYPE_CHECKING:
    from torch import Tensor

BATCH, K = 1024, 5
BATCHES = 64  # of `random_batches`, drawn before the first step, and repeated


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch, as for the samplers; the number of before is set again at the end."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Optimiser:
    """An optimiser of torch.

    Attributes
    ----------
    kind : str
        Its name in ``torch.optim``.
    rate : float
        The learning rate.
    sparse : bool
        Whether it takes sparse gradients.
    options : dict
        Its other arguments.
    """

    kind: str
    rate: float
    sparse: bool
    options: dict[str, Any] = field(default_factory=dict)

    def of(self, model: SkipGram) -> Any:
        """A new optimiser of the weights of a model."""
        import torch

        return getattr(torch.optim, self.kind)(list(model.tensors().values()), lr=self.rate, **self.options)


# The names are parameters of asv, which stores results by them. The rates are those that train this corpus.
OPTIMISERS = {
    "SGD": Optimiser("SGD", 0.025, sparse=False),
    "SGD, sparse": Optimiser("SGD", 0.025, sparse=True),
    "Adam": Optimiser("Adam", 0.002, sparse=False),
    "SparseAdam": Optimiser("SparseAdam", 0.002, sparse=True),
    # One kernel for all weights: a third of the time of the default on a CPU.
    "Adam, fused": Optimiser("Adam", 0.002, sparse=False, options={"fused": True}),
}


class TrainingStep:
    """A model with its optimiser.

    Parameters
    ----------
    n_ids : int
        The size of the vocabulary.
    optimiser : str
        A name of `OPTIMISERS`.
    rng : numpy.random.Generator, optional
        Draws the initial weights; without it they are zero: see `SkipGram`.
    dimensions : dict
        Keyword arguments of `SkipGram`.

    Raises
    ------
    ValueError
        If there is no such optimiser.
    """

    def __init__(self, n_ids: int, optimiser: str, rng: np.random.Generator | None = None, **dimensions: int) -> None:
        if optimiser not in OPTIMISERS:
            raise ValueError(f"optimiser must be one of {', '.join(OPTIMISERS)}, got {optimiser!r}")
        self.model = SkipGram(n_ids, sparse=OPTIMISERS[optimiser].sparse, rng=rng, **dimensions)
        self.optimiser = OPTIMISERS[optimiser].of(self.model)

    def run(self, examples: Examples, negatives: Callable[[], Any]) -> Tensor:
        """Make a step.

        Parameters
        ----------
        examples : Examples
            A batch.
        negatives : callable
            Returns the negatives of the batch, ids (batch * contexts, k).

        Returns
        -------
        Tensor
            The loss per true context before the step, a scalar without a gradient.
        """
        loss = self.model.loss(joined(examples, negatives()))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return loss.detach()


def random_batches(noise: Any, size: int = BATCH) -> Iterator[Examples]:
    """Batches of pairs whose centres and contexts are independent, without an end: for times, and not for training."""
    pairs = samplers.create("alias", noise, rng=SEED).sample(BATCHES * size, 2)
    drawn = Examples(pairs[:, 0].copy(), pairs[:, 1:].copy(), np.ones((len(pairs), 1), dtype=np.bool_))
    return cycle(list(drawn.batches(size)))
