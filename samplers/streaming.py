# SPDX-License-Identifier: MIT
"""What every sampler is besides its law: tables that never change, and a place in a stream that does.

Tables are shared by the copies of a sampler, the place is not.
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
    """Has a place in a stream: it is copied, pickled and shared by threads with its place."""

    #: What the strategy is and can do.
    info: ClassVar[Info]
    #: Public attributes that ``_build`` sets and nobody may set again, because the tables are made from them.
    fixed: ClassVar[tuple[str, ...]] = ()
    #: Size of the internal pool, in ids; 0 for none. One call in many refills it: a timing must cover several refills.
    ids_ahead: int = 0
    #: Where ids are drawn, as torch names devices.
    device: str = "cpu"

    @abstractmethod
    def _begin(self, rng: np.random.Generator) -> None:
        """Start the stream anew from ``rng``; the attributes that this sets are the sampler's place in the stream."""

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Bytes held by the tables, the noise distribution itself not counted."""

    @property
    def name(self) -> str:
        """The name that `samplers.create` takes."""
        return self.info.name

    def with_rng(self, rng: Any) -> Self:
        """A sampler over the same tables with a stream of its own, at its first row.

        Parameters
        ----------
        rng : None, int, SeedSequence, BitGenerator or Generator
            Seeds the new stream, as ``numpy.random.default_rng`` reads it.

        Returns
        -------
        Sampler
            Of the same class; the tables are shared, and not copied.

        Raises
        ------
        TypeError
            For an rng that NumPy does not take.
        """
        twin = self._shallow_copy()
        twin._start(as_generator(rng))
        return twin

    @property
    @abstractmethod
    def position(self) -> int:
        """Rows consumed so far; settable where the sampler is positional."""

    @property
    def rows_left(self) -> int | None:
        """Rows up to the end of the stream; None for a stream without end."""
        return None

    def _start(self, rng: np.random.Generator) -> None:
        before = dict(self.__dict__)
        self._guard = StreamGuard()
        self._begin(rng)
        changed = {name for name, value in self.__dict__.items() if before.get(name, self) is not value}
        self._of_stream: frozenset[str] = before.get("_of_stream", frozenset()) | changed

    def __setattr__(self, name: str, value: object) -> None:
        if "_of_stream" in self.__dict__ and not name.startswith("_"):  # it is built: a user sets this
            self._check_settable(name)
        super().__setattr__(name, value)

    def _check_settable(self, name: str) -> None:
        if name in ("noise", "replacement", "device") or name in self.fixed:
            raise AttributeError(f"{name} of {self.name} cannot be set: its tables are built; create another sampler")
        of_class = getattr(type(self), name, None)
        if name in self.__dict__ or (isinstance(of_class, property) and of_class.fset is not None):
            return
        settable = {name for name in dir(type(self)) if getattr(getattr(type(self), name), "fset", None) is not None}
        cure = "; the seed is given to create(), with_rng() starts another stream" if name in SEED_WORDS else ""
        raise AttributeError(f"{name} of {self.name} cannot be set, {', '.join(sorted(settable))} can{cure}")

    def __copy__(self) -> Self:
        """The same tables, at the same place in a stream of its own."""
        twin = self._shallow_copy()
        twin.__dict__.update(self._place())
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | self._place()

    def _place(self) -> dict[str, Any]:
        """A copy of the place in the stream, taken between two draws of other threads."""
        with self._guard.lock:
            if self._guard.drawing:
                self._guard.check(self.name)  # a copy would begin in the middle of a row
            return {name: copy.deepcopy(self.__dict__[name]) for name in self._of_stream}

    def _shallow_copy(self) -> Self:
        twin: Self = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin
