# SPDX-License-Identifier: MIT
"""Samplers that depend on purpose on what a setting changes.

If their ids are called the same, the comparison is blind.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

import numpy as np

import samplers
from samplers.kernels import rows as kernel

__all__ = ["CONTROLS", "Control"]


class Control(samplers.SequentialSampler):
    """Uniform ids of NumPy's generator, shifted by a number that depends on the process."""

    info = samplers.Info(name="control_next_rows")
    #: The keys of the settings under which its ids must be called others.
    differs: ClassVar[tuple[str, ...]] = ("shared", "workers", "ranks")

    def _build(self) -> None:
        self._n_ids = len(self.noise)

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        out[...] = (self._rng.integers(self._n_ids, size=out.shape) + self.shift(out)) % self._n_ids

    def shift(self, out: Any) -> int:
        """What is added to all ids of a call."""
        return 0

    @property
    def nbytes(self) -> int:
        return 8


class Restart(Control):
    """Its numbers are those of the operating system."""

    info = samplers.Info(name="control_restart")
    differs = ("restart",)

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = np.random.default_rng()


class HashSeed(Control):
    """As a vocabulary that is made from a set of words."""

    info = samplers.Info(name="control_hash_seed")
    differs = ("hash_seed",)

    def shift(self, out: Any) -> int:
        return hash("a word") % 997


class Instructions(Control):
    """As a kernel that computes something else with other vector instructions."""

    info = samplers.Info(name="control_instructions")
    differs = ("instructions",)

    def shift(self, out: Any) -> int:
        return kernel.available().index(kernel.simd())


class Threads(Control):
    """As a library that gives each of its threads a generator."""

    info = samplers.Info(name="control_threads")
    differs = ("threads",)

    def shift(self, out: Any) -> int:
        return int(os.environ.get("OMP_NUM_THREADS", "1"))


class BatchSize(Control):
    """As a library that draws otherwise if a call is large."""

    info = samplers.Info(name="control_batch_size")
    differs = ("plain_batches", "batches")

    def shift(self, out: Any) -> int:
        return len(out)


class Saved(Control):
    """Its pickle forgets the place in the stream."""

    info = samplers.Info(name="control_saved")
    differs = ("saved",)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._rng = np.random.default_rng(1)


CONTROLS: dict[str, type[Control]] = {
    kind.info.name: kind for kind in (Control, Restart, HashSeed, Instructions, Threads, BatchSize, Saved)
}
