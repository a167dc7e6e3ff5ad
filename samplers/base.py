# SPDX-License-Identifier: MIT
"""The contract of every sampler: arguments, shapes, errors and the row stream live here, once.

A strategy derives from `Sampler`, states its abilities as class attributes and fills in four hooks:
`_build` (tables, never draws), `_seed` (start the stream), `_fill` (write ids, never allocates a result) and
`nbytes`. It trusts what it is given. See ``docs/adding-a-strategy.md``.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from .arguments import SEED_WORDS, as_count, as_generator, as_mode, check_options, children, id_buffer, in_powers
from .laws.law import Law
from .processes import StreamGuard
from .sets import expectation
from .sets.id_sets import IdSets
from .sets.redraws import fill_allowed, redraw
from .undo import undo_of
from .waiting import check_time_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ids = NDArray[np.int64] | NDArray[np.int32]


NO_ROWS = np.empty(0, dtype=np.int64)


class UnsuitableNoiseError(ValueError):
    """A strategy is not made for this noise distribution: too many ids, weights that never repeat, ..."""


class Sampler(ABC):
    """Draws ids from a noise distribution, ``k`` a row.

    Parameters
    ----------
    noise : Law
        What to draw from, V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as ``numpy.random.default_rng`` reads it (SPEC 7). No global state is touched.
    replacement : bool, optional
        False: the k ids of a row are distinct, drawn one after another from what is left (successive
        sampling, the law of ``torch.multinomial``). Default: True, for every strategy that draws with replacement.
    **options
        What the strategy's ``_build`` takes.

    Raises
    ------
    TypeError
        For an unknown option or an rng that NumPy does not take.
    ValueError
        For a replacement mode that the strategy does not have.
    UnsuitableNoiseError
        A ValueError, for a noise distribution that the strategy is not made for.
    """

    #: Registry key, file name, asv parameter and figure label.
    name: ClassVar[str]
    #: Where the idea comes from: a paper, a post, a file of a project.
    source: ClassVar[str] = ""
    #: Replacement modes; the default is True if it is among them.
    replacement_modes: ClassVar[tuple[bool, ...]] = (True,)
    #: Whether row r depends on the key, the epoch and r alone, however the rows are split into calls.
    positional: ClassVar[bool] = False
    #: The generator and the version of the mapping from its words to ids.
    stream: ClassVar[str] = ""
    #: Whether each row costs a call into another library; benchmarks then ask for fewer rows.
    per_row_call: ClassVar[bool] = False
    #: Size of the internal pool, in ids; 0 for none. One call in many refills it: a timing must cover several refills.
    ids_ahead: int = 0
    #: The largest V, None for any, and why.
    max_ids: ClassVar[int | None] = None
    max_ids_reason: ClassVar[str] = ""
    #: The largest k, None for any.
    max_k: ClassVar[int | None] = None
    #: Why its ids do not follow the noise distribution, for a strategy that is shown as a warning.
    flaw: ClassVar[str] = ""
    #: Public attributes that ``_build`` sets and nobody may set again, because the tables are made from them.
    fixed: ClassVar[tuple[str, ...]] = ()
    #: Where ids are drawn, as torch names devices.
    device: str = "cpu"

    def __init__(self, noise: Law, *, rng: Any = None, replacement: bool | None = None, **options: Any) -> None:
        if not isinstance(noise, Law):
            raise TypeError(
                f"noise must be a NoiseDistribution or another law, got {type(noise).__name__}; samplers.create() "
                "takes counts"
            )
        too_many = self._too_many_ids(noise)
        if too_many is not None:
            raise UnsuitableNoiseError(too_many)
        self.noise = noise
        self.replacement = as_mode(self.name, replacement, self.replacement_modes)
        check_options(self.name, options, self._build)
        generator = as_generator(rng)
        self._build(**options)
        self._start(generator)

    # What a strategy fills in.

    @classmethod
    def unavailable(cls) -> str | None:
        """Why this strategy cannot run here, or None when it can."""
        return None

    @classmethod
    def unsuitable(cls, noise: Law) -> str | None:
        """Why this strategy is not made for ``noise``, told without building it; None where it is.

        A strategy that refuses more than many ids extends this.

        Parameters
        ----------
        noise : Law
            What would be drawn from.

        Returns
        -------
        str or None
            What `UnsuitableNoiseError` would say; None for a law that suits.
        """
        return cls._too_many_ids(noise)

    @abstractmethod
    def _build(self) -> None:
        """Prepare the tables from ``self.noise``; take options as keyword arguments; draw nothing."""

    @abstractmethod
    def _seed(self, rng: np.random.Generator) -> None:
        """Start the stream anew from ``rng``, dropping whatever was drawn ahead."""

    @abstractmethod
    def _fill(self, out: Ids) -> None:
        """Write the next ``len(out)`` rows; ``out`` is C-contiguous int64 or int32 (rows, k), rows >= 1."""

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Bytes held by the tables, the noise distribution itself not counted."""

    def _undo(self, n_ids: int) -> Callable[[], None] | None:
        """What brings the stream back to where it is now, should a draw of ``n_ids`` ids fail; None if nothing can.

        A strategy extends this if `_seed` keeps anything but numbers and generators of NumPy, `random` and torch.
        """
        return undo_of(self.__dict__, self._moves, n_ids)

    def implied_probabilities(self) -> NDArray[np.float64] | None:
        """The law read back from the finished table, float64 (V,); None for a sampler without one."""
        return None

    # What a user calls.

    def sample(
        self,
        rows: int,
        k: int,
        *,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        on_exhausted: Literal["raise", "mark"] = "raise",
        out: Any = None,
    ) -> Ids:
        """Draw the next ``rows`` rows of the stream.

        Parameters
        ----------
        rows : int
            Rows, 0 or more.
        k : int
            Ids a row, 1 or more.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            Ids that a row must not hold: (rows,) one a row; (rows, m), -1 for none; a list or set for each row; a CSR
            pair ``(indptr, indices)``; a SciPy sparse matrix (rows, V); booleans (rows, V). Words where the noise
            distribution has them. `IdSets` are sets that are checked once, for many calls.
        on_collision : {"redraw", "mark"}
            "redraw" draws again, so that a row follows ``p / (1 - p(excluded))``; "mark" writes -1, where
            gensim and word2vec.c skip.
        on_exhausted : {"raise", "mark"}
            What to do with a row for which ``exclude`` leaves too few ids of positive weight: "raise" is an error that
            names it; "mark" writes -1 into all its cells, and draws the other rows.
        out : ndarray or torch.Tensor, optional
            C-contiguous int64 or int32 (rows, k) to write into; of a tensor on the CPU the memory itself.

        Returns
        -------
        ndarray
            ``out``, or a new int64 array (rows, k), C-contiguous.

        Raises
        ------
        TypeError, ValueError
            For an argument that does not fit; nothing is drawn or written then.
        """
        rows, k, ids, sets, exhausted = self._checked(rows, k, exclude, on_collision, on_exhausted, out)
        self._guard.arrive(self.name)
        if rows:
            self._advance(ids, sets, on_collision)
            if len(exhausted):
                ids[exhausted] = -1
        return ids if out is None else out  # type: ignore[no-any-return]

    def with_rng(self, rng: Any) -> Sampler:
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
    def position(self) -> int:
        """Rows consumed so far; settable where the sampler is positional."""
        return self._guard.rows

    @position.setter
    def position(self, value: int) -> None:
        raise AttributeError(
            f"position of {self.name} cannot be set: its rows come one after another. To go on from row {value!r}, "
            f"create it with the same rng and draw {value!r} rows first; alias and spectrum can start at any row"
        )

    @property
    def rows_left(self) -> int | None:
        """Rows up to the end of the stream; None for a stream without end."""
        return None

    def expected_counts(self, k: int, *, exclude: Any = None, time_limit: float | None = 60.0) -> NDArray[np.float64]:
        """How often each id is expected in a row of ``k``.

        Parameters
        ----------
        k : int
            Ids a row, 1 or more.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            What ``exclude`` of `sample` keeps out, one set a row, in any of its forms.
        time_limit : float or None, default 60
            Seconds. Without replacement the time grows faster than k**2, and with the number of different rows of
            ``exclude``. If it is longer by estimate, an error says so before the work begins; None waits.

        Returns
        -------
        ndarray, float64 (V,), or (rows, V) with ``exclude``
            With replacement ``k * p / (1 - p(excluded))``. Without, the ids of a row compete, and these are the
            inclusion probabilities of successive sampling: see `samplers.inclusion_probabilities`.

        Raises
        ------
        TypeError, ValueError
            For an argument that does not fit, where too few ids of positive weight are left for a row, and where
            the work would take longer than ``time_limit``.
        """
        k = as_count("k", k, least=1)
        self._check_k(k)
        check_time_limit(time_limit)
        sets = None if exclude is None else IdSets.of_exclude(exclude, self.noise)
        return expectation.expected_counts(self.noise, k, self.replacement, sets, time_limit)

    def log_expected_count(
        self, ids: Any, k: int, *, exclude: Any = None, time_limit: float | None = 60.0
    ) -> NDArray[np.float64]:
        """What sampled softmax subtracts from the logits of ``ids``: natural logs of their expected counts.

        Parameters
        ----------
        ids : array_like of integers or of words, any shape
            With ``exclude``: (rows, ...), so that ``ids[i]`` belongs to row i.
        k : int
            Ids a row, 1 or more.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As for `expected_counts`.
        time_limit : float or None, default 60
            Seconds, as for `expected_counts`.

        Returns
        -------
        ndarray, float64, same shape as ids
            ``-inf`` for an id that its row cannot hold.

        Raises
        ------
        TypeError, ValueError
            As `Law.log_prob` and `expected_counts` do.
        """
        k = as_count("k", k, least=1)
        self._check_k(k)
        check_time_limit(time_limit)
        sets = None if exclude is None else IdSets.of_exclude(exclude, self.noise)
        return expectation.log_expected_count(self.noise, ids, k, self.replacement, sets, time_limit)

    def __repr__(self) -> str:
        mode = "with" if self.replacement else "without"
        return f"<{self.name}: V={len(self.noise)}, {mode} replacement, {self.device}, {self.stream}>"

    # How it is done.

    def _start(self, rng: np.random.Generator) -> None:
        before = dict(self.__dict__)
        self._guard = StreamGuard()
        # The base's own stream serves the exact path of exclusion; the strategy's is seeded from the other.
        strategy_rng, self._own_rng = children(rng, 2)
        self._seed(strategy_rng)
        # What a strategy sets here is its place in the stream.
        changed = {name for name, value in self.__dict__.items() if before.get(name, self) is not value}
        self._of_stream: frozenset[str] = before.get("_of_stream", frozenset()) | changed
        self._moves = tuple(self._of_stream - {"_guard", "_own_rng"})

    def _advance(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        """Draw the next ``len(ids)`` rows, one caller after another; if that fails, the stream is where it was."""
        guard, rows = self._guard, len(ids)
        with guard.lock:
            if guard.drawing or guard.broken:
                guard.check(self.name)
            begun, undo, undo_own = False, None, None
            try:
                guard.drawing = True  # from here on no signal handler draws: what is read below stays true
                first = guard.rows
                undo = self._undo(ids.size)
                if sets is not None:  # its exact path draws from the base's own stream
                    undo_own = undo_of(self.__dict__, ("_own_rng",), ids.size)
                begun = True
                self._draw(ids, sets, on_collision)
                guard.rows = first + rows
                guard.drawing = False
            except BaseException:
                # First of all, without a call: a second Ctrl-C may cut off what follows.
                guard.drawing = False
                if begun:
                    guard.broken, guard.rows = True, first
                if undo is not None:
                    undo()
                    if undo_own is not None:
                        undo_own()
                    guard.broken = False
                raise

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

    def __getattr__(self, name: str) -> Any:
        if name in ("sample_rows", "epoch", "key"):
            raise AttributeError(
                f"{self.name} has no {name}: its rows come one after another; alias and spectrum draw rows by number"
            )
        if name in ("state_dict", "load_state_dict"):
            raise AttributeError(
                f"{self.name} has no {name}: a few integers do not hold its place; pickle the sampler, or use alias or "
                "spectrum"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __copy__(self) -> Sampler:
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

    def _shallow_copy(self) -> Sampler:
        twin: Sampler = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def _checked(
        self, rows: Any, k: Any, exclude: Any, on_collision: str, on_exhausted: str, out: Any
    ) -> tuple[int, int, Ids, IdSets | None, NDArray[np.int64]]:
        """The arguments of a draw, read, and the rows that cannot be drawn; nothing is drawn or written before this."""
        rows = as_count("rows", rows, least=0)
        k = as_count("k", k, least=1)
        self._check_k(k)
        if on_collision not in ("redraw", "mark"):
            raise ValueError(f"on_collision must be 'redraw' or 'mark', got {on_collision!r}")
        if on_exhausted not in ("raise", "mark"):
            raise ValueError(f"on_exhausted must be 'raise' or 'mark', got {on_exhausted!r}")
        sets = None if exclude is None else IdSets.of_exclude(exclude, self.noise, rows)
        exhausted = NO_ROWS
        if sets is not None and on_collision == "redraw":
            needed = 1 if self.replacement else k
            if on_exhausted == "raise":
                sets.check_feasible(self.noise, needed)
            else:
                exhausted, _ = sets.short_rows(self.noise, needed)
                sets = sets.emptied(exhausted) if len(exhausted) else sets
        return rows, k, id_buffer(rows, k, out), sets, exhausted

    def _draw(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        if sets is None:
            self._fill(ids)
        elif on_collision == "mark":
            self._fill(ids)
            ids[sets.contains(np.arange(len(ids)), ids)] = -1
        elif self.replacement:
            self._fill(ids)
            redraw(self._fill, ids, sets, self.noise.probabilities, self._own_rng)
        else:
            fill_allowed(self._fill, ids, sets, self.noise.nonzero)

    @classmethod
    def _too_many_ids(cls, noise: Law) -> str | None:
        if cls.max_ids is None or len(noise) <= cls.max_ids:
            return None
        return f"{cls.name}: V={len(noise)} exceeds {cls.max_ids}: {cls.max_ids_reason}"

    def _check_k(self, k: int) -> None:
        if not self.replacement and k > self.noise.nonzero:
            raise ValueError(f"k={k} distinct ids asked for, but only {self.noise.nonzero} ids have a positive weight")
        if self.max_k is not None and k > self.max_k:
            raise ValueError(f"k must be at most {in_powers(self.max_k)} in {self.name}, got {k}")
