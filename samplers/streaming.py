# SPDX-License-Identifier: MIT
"""The state of a sampler: tables, which never change, and a place in a stream, which moves with each draw.

The copies of a sampler share its tables. Each copy has a place of its own.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from .arguments import SEED_WORDS, as_generator
from .info import Info
from .processes import StreamGuard


class Streaming(ABC):
    """A sampler with a place in a stream. Copies and pickles keep the place; threads that share a sampler share it."""

    #: What the strategy is and can do.
    info: ClassVar[Info]
    #: Public attributes that ``_build`` sets. They are read-only afterwards, because the tables depend on them.
    fixed: ClassVar[tuple[str, ...]] = ()
    #: Size of the internal pool, in ids; 0 for none. One call in many refills it: a timing must cover several refills.
    ids_ahead: int = 0
    #: The device that draws the ids, as torch names it: "cpu", "cuda:1".
    device: str = "cpu"

    @abstractmethod
    def _begin(self, rng: np.random.Generator) -> None:
        """Start a new stream from ``rng``. The attributes that this method sets are the place in the stream."""

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Bytes of the tables, without those of the noise distribution."""

    @property
    def name(self) -> str:
        """The name that `samplers.create` takes."""
        return self.info.name

    def with_rng(self, rng: Any) -> Self:
        """A sampler over the same tables, at the first row of a new stream.

        Parameters
        ----------
        rng : None, int, SeedSequence, BitGenerator or Generator
            Seeds the new stream, as ``numpy.random.default_rng`` does.

        Returns
        -------
        Sampler
            Of the same class; the tables are shared and not copied.

        Raises
        ------
        TypeError
            If NumPy does not accept the rng.
        """
        twin = self._shallow_copy()
        twin._start(as_generator(rng))
        return twin

    @property
    @abstractmethod
    def position(self) -> int:
        """Rows consumed so far; it can be set if the sampler is positional."""

    @property
    def rows_left(self) -> int | None:
        """Rows up to the end of the stream; None if the stream has no end."""
        return None

    def _start(self, rng: np.random.Generator) -> None:
        before = dict(self.__dict__)
        self._guard = StreamGuard()
        self._begin(rng)
        changed = {name for name, value in self.__dict__.items() if before.get(name, self) is not value}
        self._of_stream: frozenset[str] = before.get("_of_stream", frozenset()) | changed

    def __setattr__(self, name: str, value: object) -> None:
        if "_of_stream" in self.__dict__ and not name.startswith("_"):  # the tables are built: a user sets this
            self._check_settable(name)
        super().__setattr__(name, value)

    def _check_settable(self, name: str) -> None:
        if name in ("noise", "replacement", "device") or name in self.fixed:
            raise AttributeError(
                f"{name} of {self.name} cannot be set, because its tables depend on it; create another sampler"
            )
        of_class = getattr(type(self), name, None)
        if name in self.__dict__ or (isinstance(of_class, property) and of_class.fset is not None):
            return
        settable = {name for name in dir(type(self)) if getattr(getattr(type(self), name), "fset", None) is not None}
        cure = "; pass the seed to create(), or start another stream with with_rng()" if name in SEED_WORDS else ""
        raise AttributeError(f"{name} of {self.name} cannot be set, {', '.join(sorted(settable))} can{cure}")

    def __copy__(self) -> Self:
        """A sampler over the same tables and at the same place; it moves on its own."""
        twin = self._shallow_copy()
        twin.__dict__.update(self._place())
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """As `__copy__`: the tables never change, so that a deep copy of a model that holds a sampler shares them."""
        return self.__copy__()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | self._place()

    def _place(self) -> dict[str, Any]:
        """A copy of the place in the stream. The lock keeps other threads from drawing meanwhile."""
        with self._guard.lock:
            if self._guard.drawing:
                self._guard.check(self.name)  # a copy would begin in the middle of a row
            return {name: copy.deepcopy(self.__dict__[name]) for name in self._of_stream}

    def _shallow_copy(self) -> Self:
        twin: Self = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin
