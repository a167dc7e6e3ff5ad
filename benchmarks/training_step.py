# SPDX-License-Identifier: MIT
"""A training step of word2vec with torch, in which the time of the call for negative ids can be taken."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np

import samplers

from .suite import SEED

DIMENSIONS, BATCH, K = 100, 1024, 5
BATCHES = 64  # drawn before the first step, and repeated
LEARNING_RATE = 0.025


class TrainingStep:
    """Skip-gram with negative sampling: two tables (V, `DIMENSIONS`), batches of `BATCH` pairs, sparse gradients.

    Parameters
    ----------
    noise : Law
        The law of the centres and of their contexts.
    """

    def __init__(self, noise: Any) -> None:
        import torch

        self.torch = torch
        pairs = samplers.create("alias", noise, rng=SEED).sample(BATCHES * BATCH, 2).reshape(BATCHES, BATCH, 2)
        self.batches = cycle(torch.from_numpy(pairs))
        self.centres, self.contexts = (table(len(noise)) for _ in range(2))
        weights = [self.centres.weight, self.contexts.weight]
        self.optimizer = torch.optim.SGD(weights, lr=LEARNING_RATE)

    def run(self, negatives: Callable[[], Any]) -> None:
        """A step over the next batch; ``negatives()`` returns the ids (`BATCH`, `K`), an array."""
        centre, context = next(self.batches).unbind(1)
        self.learn(centre, context, lambda: self.torch.from_numpy(negatives()))

    def learn(self, centre: Any, context: Any, negatives: Callable[[], Any]) -> None:
        """A step over a batch, int64 (`BATCH`,) each; ``negatives()`` returns the ids (`BATCH`, `K`), a tensor."""
        functional = self.torch.nn.functional
        vectors = self.centres(centre).unsqueeze(2)
        near = self.torch.bmm(self.contexts(context).unsqueeze(1), vectors)
        far = self.torch.bmm(self.contexts(negatives()), vectors)
        loss = -(functional.logsigmoid(near).sum() + functional.logsigmoid(-far).sum()) / BATCH
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def table(n_ids: int) -> Any:
    """An embedding of zeros; the system gives a page its memory when a row of it is first written."""
    import torch

    rows = torch.from_numpy(np.zeros((n_ids, DIMENSIONS), np.float32))
    return torch.nn.Embedding(n_ids, DIMENSIONS, sparse=True, _weight=rows)
