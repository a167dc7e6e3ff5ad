# SPDX-License-Identifier: MIT
"""The model of skip-gram and its loss.

The loss of a centre ``c``, of a true context ``o`` and of negatives ``n`` is
``-log sigmoid(u_c . v_o) - sum log sigmoid(-u_c . v_n)``, with two vectors ``u`` and ``v`` for each word. Source:
Mikolov et al. 2013, Distributed Representations of Words and Phrases, equation 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from .windows import Examples

DIMENSIONS = 100


class SkipGram:
    """Two tables of vectors.

    Parameters
    ----------
    n_ids : int
        The size of the vocabulary, V.
    sparse : bool
        Whether the gradients of the tables are sparse: only rows of a batch, and not all V.
    rng : numpy.random.Generator, optional
        Draws the vectors of centres as gensim and word2vec.c do: uniform in +-0.5 / dimensions. Without it they are
        zero, and the system gives a page its memory when a row of it is first written.
    dimensions : int
    """

    def __init__(
        self, n_ids: int, *, sparse: bool, rng: np.random.Generator | None = None, dimensions: int = DIMENSIONS
    ) -> None:
        shape = (n_ids, dimensions)
        first = np.zeros(shape, np.float32)
        if rng is not None:
            first[...] = (rng.random(shape) - 0.5) / dimensions
        self.centres = table(first, sparse)
        self.contexts = table(np.zeros(shape, np.float32), sparse)

    def tensors(self) -> dict[str, Tensor]:
        """The weights by name, each (V, dimensions)."""
        return {"centres": self.centres.weight, "contexts": self.contexts.weight}

    def loss(self, batch: Batch) -> Tensor:
        """The loss per true context of a batch, a scalar."""
        products = dots(self.centres(batch.centres), self.contexts(batch.others))
        return total(products, batch.labels, batch.mask) / batch.positives


def table(rows: Any, sparse: bool) -> Any:
    """An embedding of given vectors, float32 (V, dimensions); the memory is shared."""
    import torch

    return torch.nn.Embedding(rows.shape[0], rows.shape[1], sparse=sparse, _weight=torch.from_numpy(rows))


def dots(centres: Tensor, others: Tensor) -> Tensor:
    """The scalar products (batch, length) of vectors (batch, dimensions) with vectors (batch, length, dimensions)."""
    import torch

    return torch.bmm(others, centres.unsqueeze(2)).squeeze(2)


def total(products: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
    """The sum of -log sigmoid(label * product) over the true cells.

    Parameters
    ----------
    products, labels, mask : Tensor
        (batch, length). A label is 1 for a context and -1 for a negative. The mask is False for padding. The label of
        padding has no effect: a label of 0 in place of the mask would add log 2 for each cell.
    """
    from torch.nn.functional import logsigmoid

    return -(logsigmoid(products * labels) * mask).sum()


@dataclass(frozen=True)
class Batch:
    """Centres with contexts and negatives, as tensors.

    Attributes
    ----------
    centres : Tensor
        int64 (batch,).
    others : Tensor
        Contexts, then negatives, int64 (batch, length).
    labels : Tensor
        1 for contexts and -1 for negatives, float32 (batch, length).
    mask : Tensor
        False for padding, for negatives of padding, and for negatives that are the context, bool (batch, length).
    positives : int
        The number of true contexts.
    """

    centres: Tensor
    others: Tensor
    labels: Tensor
    mask: Tensor
    positives: int


def joined(examples: Examples, negatives: Any) -> Batch:
    """A batch from examples and their negatives.

    Parameters
    ----------
    examples : Examples
        Contexts (batch, contexts).
    negatives : array or Tensor
        Ids (batch * contexts, k): a row for each context of each example, padding too.

    Raises
    ------
    ValueError
        If there is another number of rows.
    """
    import torch

    contexts, true = torch.from_numpy(examples.contexts), torch.from_numpy(examples.mask)
    size, length = contexts.shape
    drawn = torch.as_tensor(negatives)
    if drawn.ndim != 2 or len(drawn) != size * length:
        raise ValueError(
            f"negatives must have a row for each of {size} x {length} contexts, got shape {tuple(drawn.shape)}"
        )
    of_context = drawn.view(size, length, -1)
    # A negative that is the context itself is left out, as in gensim and word2vec.c.
    usable = (of_context != contexts.unsqueeze(2)) & true.unsqueeze(2)
    others = torch.cat([contexts, of_context.reshape(size, -1)], 1)
    labels = torch.ones(others.shape)
    labels[:, length:] = -1
    mask = torch.cat([true, usable.reshape(size, -1)], 1)
    return Batch(torch.from_numpy(examples.centres), others, labels, mask, int(examples.mask.sum()))
