# SPDX-License-Identifier: MIT
"""A weighted sampler of examples for a DataLoader, on one rank or many."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch.distributed
from torch.utils.data import Sampler

from ...arguments import as_count
from ...counter_based.cursor import LAST_EPOCH
from ...laws.law import Law
from ...laws.noise_distribution import from_weights
from ...strategies.alias import Alias

__all__ = ["WeightedSampler"]

CHUNK = 1 << 16  # indices drawn in one call
# Negatives are often drawn with the seed of the order of examples. With one key, equal weights would give both the same
# numbers: this is added to the key by xor.
OTHER_KEY = 0x6F72_6465_7220_6F66


class WeightedSampler(Sampler[int]):
    """Draws indices of examples by weight, as ``torch.utils.data.WeightedRandomSampler``, and shares them among ranks.

    The indices of an epoch are one sequence. Rank r of n gets its places r, r + n, r + 2n, ...: together the ranks draw
    what one process would draw. Each ``iter`` draws the next epoch, unless `set_epoch` sets another.

    Parameters
    ----------
    weights : Law, or array_like of numbers, shape (V,)
        The weight of each example, of any size and sum. Their number is not limited to 2**24.
    num_samples : int
        Indices of an epoch, of all ranks together: a multiple of ``world_size``.
    replacement : bool, default True
        False: the indices of an epoch are distinct, at most 2**25.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the sequence, as ``numpy.random.default_rng`` does. All ranks need the same, so that several ranks need an
        integer.
    rank, world_size : int, optional
        The rank of this process, and the number of ranks. Default: those of ``torch.distributed`` if it is initialised,
        else 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid; also if several ranks would draw the same indices, or different numbers of them.

    Examples
    --------
    >>> sampler = WeightedSampler([1.0, 0.0, 3.0], 1000, rng=1)
    >>> parts = [WeightedSampler([1.0, 0.0, 3.0], 1000, rng=1, rank=rank, world_size=2) for rank in (0, 1)]
    >>> [index for pair in zip(*parts) for index in pair] == list(sampler)
    True
    """

    def __init__(
        self,
        weights: Any,
        num_samples: int,
        replacement: bool = True,
        *,
        rng: Any = None,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        self.rank, self.world_size = place(rank, world_size)
        self.num_samples = as_count("num_samples", num_samples, minimum=1)
        if self.num_samples % self.world_size:
            fewer = self.num_samples - self.num_samples % self.world_size
            raise ValueError(
                f"num_samples={num_samples} is no multiple of world_size={self.world_size}, so that ranks would draw "
                f"different numbers of examples and wait for one another; write {fewer or self.world_size}"
            )
        if self.world_size > 1 and not isinstance(rng, (int, np.integer)):
            raise ValueError(
                f"rng={rng!r} with world_size={self.world_size}: each rank would draw another sequence; write an "
                "integer, which is the same on all ranks"
            )
        law = weights if isinstance(weights, Law) else from_weights(weights)
        self._sampler = Alias(law, rng=rng, replacement=replacement)
        self._sampler.key ^= OTHER_KEY
        if not self._sampler.replacement:
            try:
                self._sampler._check_k(self.num_samples)
            except ValueError as error:
                raise ValueError(f"num_samples={num_samples}, replacement=False: {error}") from error
        self._begun = False

    @property
    def epoch(self) -> int:
        """The epoch of the last ``iter``, or that which was set for the next one."""
        return int(self._sampler.epoch)

    @property
    def position(self) -> int:
        """The place in the sequence of the epoch at which ``iter`` begins, on all ranks: 0, unless a state was loaded.

        An integer from 0 to ``num_samples``.
        """
        return int(self._sampler.position)

    def __copy__(self) -> WeightedSampler:
        """At the same place; it moves on its own."""
        return copy.deepcopy(self)  # the table never changes, and is shared

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next ``iter``. The loaded place in an epoch is kept if it is the epoch of the state.

        Parameters
        ----------
        epoch : int
            The epoch, from 0 to 2**32 - 1.
        """
        epoch = as_count("epoch", epoch, minimum=0, maximum=LAST_EPOCH)
        if self._begun or epoch != self.epoch:
            self._sampler.position = 0
        self._sampler.epoch, self._begun = epoch, False

    def __len__(self) -> int:
        """Indices of this rank in a whole epoch. After a state was loaded, the first ``iter`` has fewer."""
        return self.num_samples // self.world_size

    def __iter__(self) -> Iterator[int]:
        if self._begun:
            self.set_epoch(self.epoch + 1)
        self._begun = True
        return self._indices(self.epoch, self.position)

    def state_dict(self, consumed: int) -> dict[str, Any]:
        """What a checkpoint stores: strings and integers, the same on all ranks.

        Parameters
        ----------
        consumed : int
            Examples of this epoch that all ranks together have trained on: batches since the epoch began, times the
            batch size, times ``world_size``. The sampler cannot count them, because a DataLoader draws ahead.

        Returns
        -------
        dict
            As `samplers.PositionalSampler.state_dict`; "position" is ``consumed``, and "num_samples" is added.

        Raises
        ------
        TypeError, ValueError
            If ``consumed`` is not a multiple of ``world_size`` from 0 to ``num_samples``.
        """
        consumed = self._checked_place("consumed", consumed)
        return {**self._sampler.state_dict(), "position": consumed, "num_samples": self.num_samples}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state. The number of ranks may have changed.

        Parameters
        ----------
        state : mapping
            The result of `state_dict`.

        Raises
        ------
        TypeError, ValueError
            If it is not such a mapping, or is that of other weights, another mode or another ``num_samples``.
        """
        rest = dict(state) if isinstance(state, Mapping) else state
        if isinstance(state, Mapping):
            num_samples = rest.pop("num_samples", None)
            if num_samples != self.num_samples:
                raise ValueError(
                    f"state: num_samples={num_samples!r}, but this sampler has {self.num_samples}; load what "
                    "state_dict() of a WeightedSampler returned, into one with the same arguments"
                )
            self._checked_place("state: position", rest.get("position"))
        self._sampler.load_state_dict(rest)
        self._begun = False

    def _checked_place(self, what: str, value: Any) -> int:
        number = as_count(what, value, minimum=0, maximum=self.num_samples)
        if number % self.world_size:
            raise ValueError(f"{what} must be a multiple of world_size={self.world_size}, got {number}")
        return number

    def _indices(self, epoch: int, position: int) -> Iterator[int]:
        if not self._sampler.replacement:
            row = self._sampler.sample_rows([0], self.num_samples, epoch=epoch)[0]
            yield from row[position + self.rank :: self.world_size].tolist()
            return
        step = CHUNK * self.world_size
        for first in range(position + self.rank, self.num_samples, step):
            rows = np.arange(first, min(first + step, self.num_samples), self.world_size)
            yield from self._sampler.sample_rows(rows, 1, epoch=epoch)[:, 0].tolist()


def place(rank: Any, world_size: Any) -> tuple[int, int]:
    """The rank and the number of ranks, checked; by default those of ``torch.distributed``."""
    if (rank is None) != (world_size is None):
        raise ValueError(f"rank={rank!r}, world_size={world_size!r}: give both, or neither")
    if rank is not None:
        ranks = as_count("world_size", world_size, minimum=1)
        return as_count("rank", rank, minimum=0, maximum=ranks - 1), ranks
    if not torch.distributed.is_available():
        return 0, 1
    if torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    if torch.distributed.is_torchelastic_launched():
        raise ValueError(
            "rank is not given, and torch.distributed is not initialised, so that every process of torchrun would draw "
            "the same indices; call init_process_group() before, or give rank and world_size"
        )
    return 0, 1
