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

from .arguments import as_count, as_generator, as_mode, check_options, children, id_buffer
from .exclusion import ExcludedSets
from .inclusion import excluded_ids, inclusion_probabilities, share_left
from .noise import NoiseDistribution
from .redraws import fill_allowed, redraw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64] | NDArray[np.int32]


class UnsuitableNoiseError(ValueError):
    """A strategy is not made for this noise distribution: too many ids, weights that never repeat, ..."""


class Sampler(ABC):
    """Draws ids from a noise distribution, ``k`` a row.

    Parameters
    ----------
    noise : NoiseDistribution
        What to draw from, V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as ``numpy.random.default_rng`` reads it (SPEC 7). No global state is touched.
    replacement : bool, optional
        False: the k ids of a row are distinct, drawn one after another from what is left (successive
        sampling, the law of ``torch.multinomial``). Default: the strategy's own mode.
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
    #: Replacement modes, the default first.
    replacement_modes: ClassVar[tuple[bool, ...]] = (True,)
    #: Whether row r depends on the key, the epoch and r alone, however the rows are split into calls.
    positional: ClassVar[bool] = False
    #: The generator and the version of the mapping from its words to ids.
    stream: ClassVar[str] = ""
    #: Whether each row costs a call into another library; benchmarks then ask for fewer rows.
    per_row_call: ClassVar[bool] = False
    #: Ids drawn together and handed out by later calls, one of which pays for all: what is timed must span several.
    ids_ahead: int = 0
    #: The largest V, None for any, and why.
    max_ids: ClassVar[int | None] = None
    max_ids_reason: ClassVar[str] = ""
    #: Why its ids do not follow the noise distribution, for a strategy that is shown as a warning.
    flaw: ClassVar[str] = ""

    def __init__(
        self, noise: NoiseDistribution, *, rng: Any = None, replacement: bool | None = None, **options: Any
    ) -> None:
        if not isinstance(noise, NoiseDistribution):
            raise TypeError(f"noise must be a NoiseDistribution, got {type(noise).__name__}")
        too_many = self._too_many_ids(noise)
        if too_many is not None:
            raise UnsuitableNoiseError(too_many)
        self.noise = noise
        self.replacement = as_mode(self.name, replacement, self.replacement_modes)
        self.device = "cpu"
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
    def unsuitable(cls, noise: NoiseDistribution) -> str | None:
        """Why this strategy is not made for ``noise``, told without building it; None where it is.

        What `UnsuitableNoiseError` would say. A strategy that refuses more than many ids extends this.
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
        out: Ids | None = None,
    ) -> Ids:
        """Draw the next ``rows`` rows of the stream.

        Parameters
        ----------
        rows : int
            Rows, 0 or more.
        k : int
            Ids a row, 1 or more.
        exclude : array_like, tuple or sparse matrix, optional
            Ids that a row must not hold: (rows,), (rows, m), or a CSR pair ``(indptr, indices)``.
        on_collision : {"redraw", "mark"}
            "redraw" draws again, so that a row follows ``p / (1 - p(excluded))``; "mark" writes -1, where
            gensim and word2vec.c skip.
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
        rows, k, ids, sets = self._checked(rows, k, exclude, on_collision, out)
        if rows:
            self._draw(ids, sets, on_collision)
        self._position += rows
        return ids if out is None else out

    def with_rng(self, rng: Any) -> Sampler:
        """A sampler over the same tables with a stream of its own, at its first row."""
        twin = copy.copy(self)
        twin._start(as_generator(rng))
        return twin

    @property
    def position(self) -> int:
        """Rows consumed so far."""
        return self._position

    def expected_counts(self, k: int, *, excluded: Any = None) -> NDArray[np.float64]:
        """How often each id is expected in one row of ``k``.

        Parameters
        ----------
        k : int
            Ids a row, 1 or more.
        excluded : array_like of integers (m,), optional
            What ``exclude`` keeps out of the row.

        Returns
        -------
        ndarray, float64 (V,)
            With replacement ``k * p / (1 - p(excluded))``. Without, the ids of a row compete, and these are the
            inclusion probabilities of successive sampling: see `samplers.inclusion.inclusion_probabilities`.

        Raises
        ------
        TypeError, ValueError
            For an argument that does not fit, or where too few ids of positive weight are left for a row.
        """
        k = as_count("k", k, least=1)
        self._check_k(k)
        if not self.replacement:
            return inclusion_probabilities(self.noise, k, excluded).copy()
        if excluded is None:
            return k * self.noise.probabilities
        gone = excluded_ids(self.noise, excluded, 1)
        expected: NDArray[np.float64] = self.noise.probabilities * (k / share_left(self.noise, gone))
        expected[gone] = 0.0
        return expected

    def log_expected_count(self, ids: Any, k: int, *, excluded: Any = None) -> NDArray[np.float64]:
        """What sampled softmax subtracts from the logits of ``ids``: natural logs of their expected counts.

        Parameters
        ----------
        ids : array_like of integers or of words, any shape
        k, excluded
            As for `expected_counts`.

        Returns
        -------
        ndarray, float64, same shape as ids
            ``-inf`` for an id that a row cannot hold.

        Raises
        ------
        TypeError, ValueError
            As `NoiseDistribution.log_prob` and `expected_counts` do.
        """
        k = as_count("k", k, least=1)
        self._check_k(k)
        ids = self.noise.checked_ids(ids)
        logs = self.noise.log_prob(ids)
        if not self.replacement:
            expected = inclusion_probabilities(self.noise, k, excluded)
            with np.errstate(divide="ignore"):
                return logs if logs.size == 0 else np.asarray(np.log(expected[ids]))
        if excluded is None:
            return np.asarray(logs + np.log(k))
        gone = excluded_ids(self.noise, excluded, 1)
        logs = logs + np.log(k / share_left(self.noise, gone))
        return np.where(np.isin(ids, gone), -np.inf, logs)

    def __repr__(self) -> str:
        mode = "with" if self.replacement else "without"
        return f"<{self.name}: V={len(self.noise)}, {mode} replacement, {self.device}, {self.stream}>"

    # How it is done.

    def _start(self, rng: np.random.Generator) -> None:
        # The base's own stream serves the exact path of exclusion; the strategy's is seeded from the other.
        strategy_rng, self._own_rng = children(rng, 2)
        self._seed(strategy_rng)
        self._position = 0

    def _checked(
        self, rows: Any, k: Any, exclude: Any, on_collision: str, out: Ids | None
    ) -> tuple[int, int, Ids, ExcludedSets | None]:
        """The arguments of a draw, read; nothing is drawn or written before this."""
        rows = as_count("rows", rows, least=0)
        k = as_count("k", k, least=1)
        self._check_k(k)
        if on_collision not in ("redraw", "mark"):
            raise ValueError(f"on_collision must be 'redraw' or 'mark', got {on_collision!r}")
        sets = None if exclude is None else ExcludedSets(exclude, rows, len(self.noise))
        if sets is not None and on_collision == "redraw":
            sets.check_feasible(self.noise, 1 if self.replacement else k)
        return rows, k, id_buffer(rows, k, out), sets

    def _draw(self, ids: Ids, sets: ExcludedSets | None, on_collision: str) -> None:
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
    def _too_many_ids(cls, noise: NoiseDistribution) -> str | None:
        if cls.max_ids is None or len(noise) <= cls.max_ids:
            return None
        return f"{cls.name}: V={len(noise)} exceeds {cls.max_ids}: {cls.max_ids_reason}"

    def _check_k(self, k: int) -> None:
        if not self.replacement and k > self.noise.nonzero:
            raise ValueError(f"k={k} distinct ids asked for, but only {self.noise.nonzero} ids have a positive weight")
