# SPDX-License-Identifier: MIT
"""The negatives that gensim draws in its compiled loop, which gives out no ids.

They are read from what training does to the output vectors. The input vector of word w is the unit vector of axis w,
and the learning rate is so small that every score stays 0. Then each negative n of the input word w adds the same
number to cell (n, w) of the output vectors. The text has each word once, so that each input word is one example.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..suite import SEED
from .drawing import EXAMPLES, K

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

NAME = "gensim"
RATE = 2.0**-10
SENTENCES = [[str(word), str(word + 1)] for word in range(0, EXAMPLES, 2)]
HALVES = SENTENCES[: len(SENTENCES) // 2], SENTENCES[len(SENTENCES) // 2 :]
ONE_JOB, SMALL_JOBS = 10_000, 8  # words of a job
THREADED_TRIALS = 5  # the order in which threads draw is that of the scheduler, so that one trial may be lucky


def why_not() -> str | None:
    """Why it cannot be measured; None if it can."""
    return None if find_spec("gensim") else "gensim is not installed"


def new_model(workers: int = 1, job: int = ONE_JOB) -> Any:
    """Word2Vec with a vocabulary, and unit vectors in place of vectors."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=EXAMPLES, window=1, min_count=1, sg=1, hs=0, negative=K, sample=0, seed=SEED,
        workers=workers, batch_words=job, alpha=RATE, min_alpha=RATE,
    )  # fmt: skip
    model.build_vocab(SENTENCES)
    words = np.array(model.wv.index_to_key, dtype=int)
    model.wv.vectors[:] = np.eye(EXAMPLES, dtype=np.float32)[words]
    return model


def train(model: Any, half: int) -> None:
    """An epoch over one half of the text."""
    model.train(HALVES[half], total_examples=len(HALVES[half]), epochs=1)


def negatives(model: Any) -> Counts:
    """How often each word was a negative of each example, int64 (EXAMPLES, EXAMPLES).

    Raises
    ------
    RuntimeError
        If the output vectors are no multiples of what one negative adds: another version of gensim trains otherwise.
    """
    words = np.array(model.wv.index_to_key, dtype=int)
    counts = np.zeros((EXAMPLES, EXAMPLES), np.int64)
    # A negative adds -RATE / 2, and the positive, the other word of the sentence, +RATE / 2.
    multiples = -2 * model.syn1neg.T / RATE
    counts[:, words] = np.rint(multiples)
    if abs(multiples - np.rint(multiples)).max() > 0.1:
        raise RuntimeError("the output vectors of gensim are no sums of updates of one size: no negatives can be read")
    counts[np.arange(EXAMPLES), np.arange(EXAMPLES) ^ 1] += 1
    return counts


def by_threads(reference: Counts) -> Counts:
    """The negatives of all examples by three threads, in the first of some trials in which they are others."""
    for _ in range(THREADED_TRIALS):
        found = drawn(workers=3, job=SMALL_JOBS)
        if not np.array_equal(found, reference):
            break
    return found


def drawn(workers: int = 1, job: int = ONE_JOB) -> Counts:
    """The negatives of all examples."""
    model = new_model(workers, job)
    for half in (0, 1):
        train(model, half)
    return negatives(model)


def save_half(folder: Path) -> None:
    """Train with the first half, and save the model."""
    model = new_model()
    train(model, 0)
    model.save(str(folder / NAME))


def second_half(folder: Path) -> Counts:
    """The negatives of the other half, by a model that `save_half` has saved."""
    from gensim.models import Word2Vec

    model = Word2Vec.load(str(folder / NAME))
    train(model, 1)
    return negatives(model)[EXAMPLES // 2 :]
