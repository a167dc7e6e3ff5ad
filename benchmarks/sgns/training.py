# SPDX-License-Identifier: MIT
"""A training whose every random choice follows from a seed, and which can stop after any step and go on.

Initial weights, examples and negatives have a stream each, so that trainings with different samplers start with the
same weights and see the same examples in the same order. The examples of an epoch follow from the seed and the number
of the epoch alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .corpus import Corpus
from .step import BATCH, K, TrainingStep
from .windows import Examples, examples, kept, shuffled

INITIAL, EXAMPLES, NEGATIVES = range(3)  # the streams of a seed


def stream(seed: int, consumer: int, *of: int) -> np.random.Generator:
    """The generator of a consumer of random numbers; another consumer cannot move it."""
    return np.random.default_rng([seed, consumer, *of])


@dataclass
class Training:
    """The state of a training.

    Attributes
    ----------
    corpus : Corpus
    step : TrainingStep
        The weights and the state of the optimiser.
    sampler : samplers.Sampler
        Draws the negatives, with its place in its stream.
    seed : int
    epoch, done : int
        The epoch that comes next or is unfinished, and the steps that are done of it.
    pairs : bool
        True: an example is a pair. False: it is a centre with all its contexts, padded to equal length.
    """

    corpus: Corpus
    step: TrainingStep
    sampler: Any
    seed: int
    epoch: int = 0
    done: int = 0
    pairs: bool = True
    batch: int = BATCH
    k: int = K

    @classmethod
    def begin(
        cls, corpus: Corpus, sampler: Callable[[np.random.Generator], Any], optimiser: str, seed: int, **options: Any
    ) -> Training:
        """A training before its first step.

        Parameters
        ----------
        corpus : Corpus
        sampler : callable
            Returns the sampler of a generator.
        optimiser : str
            A name of `step.OPTIMISERS`.
        seed : int
        options : dict
            Other attributes of `Training`, and ``dimensions``.
        """
        size = {"dimensions": options.pop("dimensions")} if "dimensions" in options else {}
        step = TrainingStep(len(corpus.words), optimiser, stream(seed, INITIAL), **size)
        return cls(corpus, step, sampler(stream(seed, NEGATIVES)), seed, **options)

    def examples(self) -> Examples:
        """The examples of the present epoch in their order."""
        rng = stream(self.seed, EXAMPLES, self.epoch)
        found = examples(self.corpus.documents, kept(self.corpus.counts), rng)
        return shuffled(found.pairs() if self.pairs else found, rng)

    def steps(self, epochs: int) -> Iterator[float]:
        """Train up to a number of epochs, and yield the loss of each step, per true context.

        The state is that after the step, so that the caller may stop at any time and go on later.

        Raises
        ------
        ValueError
            If an epoch has fewer examples than a batch.
        """
        while self.epoch < epochs:
            found = self.examples()
            if len(found) < self.batch:
                raise ValueError(
                    f"{self.corpus.name}: {len(found):,} examples an epoch after subsampling, and a batch has "
                    f"{self.batch:,}: give a longer text"
                )
            for batch in found.batches(self.batch, self.done):
                slots = batch.contexts.size
                loss = self.step.run(batch, lambda slots=slots: self.sampler.sample(slots, self.k))  # type: ignore[misc]
                self.done += 1
                yield float(loss)
            self.epoch, self.done = self.epoch + 1, 0
