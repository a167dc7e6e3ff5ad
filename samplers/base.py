# SPDX-License-Identifier: MIT
"""The contract of every sampler: arguments, shapes, errors and the row stream live here, once.

A strategy derives from `Sampler`, states its abilities as class attributes and fills in four hooks:
`_build` (tables, never draws), `_seed` (start the stream), `_fill` (write ids, never allocates a result) and
`nbytes`. It trusts what it is given. See ``docs/adding-a-strategy.md``.
"""

from __future__ import annotations

import copy
import inspect
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from .arguments import as_count, as_generator, children, id_buffer
from .exclusion import ExcludedSets
from .noise import NoiseDistribution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64] | NDArray[np.int32]

# A colliding cell is redrawn this often; then the exact path takes over. A row that keeps a share a of the
# mass gets there with probability (1 - a)**REDRAWS: 1e-4 at a = 25 %, and nothing ever spins.
REDRAWS = 32


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
        For a replacement mode or a V that the strategy does not have.
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
        if self.max_ids is not None and len(noise) > self.max_ids:
            raise ValueError(f"{self.name}: V={len(noise)} exceeds {self.max_ids}: {self.max_ids_reason}")
        self.noise = noise
        self.replacement = self._check_replacement(replacement)
        self.device = "cpu"
        self._check_options(options)
        generator = as_generator(rng)
        self._build(**options)
        self._start(generator)

    # What a strategy fills in.

    @classmethod
    def unavailable(cls) -> str | None:
        """Why this strategy cannot run here, or None when it can."""
        return None

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
        out : ndarray, optional
            C-contiguous int64 or int32 (rows, k) to write into.

        Returns
        -------
        ndarray
            ``out``, or a new int64 array (rows, k), C-contiguous.

        Raises
        ------
        TypeError, ValueError
            For an argument that does not fit; nothing is drawn or written then.
        """
        rows = as_count("rows", rows, least=0)
        k = as_count("k", k, least=1)
        self._check_k(k)
        if on_collision not in ("redraw", "mark"):
            raise ValueError(f"on_collision must be 'redraw' or 'mark', got {on_collision!r}")
        sets = None if exclude is None else ExcludedSets(exclude, rows, len(self.noise))
        if sets is not None and on_collision == "redraw":
            sets.check_feasible(self.noise.weights > 0, 1 if self.replacement else k)
        ids = id_buffer(rows, k, out)
        if rows:
            self._draw(ids, sets, on_collision)
        self._position += rows
        return ids

    def with_rng(self, rng: Any) -> Sampler:
        """A sampler over the same tables with a stream of its own, at its first row."""
        twin = copy.copy(self)
        twin._start(as_generator(rng))
        return twin

    @property
    def position(self) -> int:
        """Rows consumed so far."""
        return self._position

    def expected_counts(self, k: int) -> NDArray[np.float64]:
        """How often each id is expected in one row of ``k``, float64 (V,).

        ``k * p`` with replacement. Without replacement the ids of a row compete and the expected counts are
        the inclusion probabilities of successive sampling, which are not ``k * p``: here for k = 1 only.

        Raises
        ------
        ValueError
            For k > 1 without replacement.
        """
        k = as_count("k", k, least=1)
        self._check_k(k)
        if not self.replacement and k > 1:
            raise ValueError(
                f"k={k}: the expected counts of {k} distinct ids are the inclusion probabilities of "
                "successive sampling, not k * p; this version does not compute them"
            )
        return k * self.noise.probabilities

    def log_expected_count(self, ids: Any, k: int) -> NDArray[np.float64]:
        """What sampled softmax subtracts from the logits of ``ids``: log expected counts, same shape."""
        self.expected_counts(k)  # raises where the expected counts are not known
        logs: NDArray[np.float64] = self.noise.log_prob(ids) + np.log(k)
        return logs

    def __repr__(self) -> str:
        mode = "with" if self.replacement else "without"
        return f"<{self.name}: V={len(self.noise)}, {mode} replacement, {self.device}, {self.stream}>"

    # How it is done.

    def _start(self, rng: np.random.Generator) -> None:
        self._position = 0
        # The base's own stream serves the exact path of exclusion; the strategy's is seeded from the other.
        strategy_rng, self._own_rng = children(rng, 2)
        self._seed(strategy_rng)

    def _draw(self, ids: Ids, sets: ExcludedSets | None, on_collision: str) -> None:
        if sets is None:
            self._fill(ids)
        elif on_collision == "mark":
            self._fill(ids)
            ids[sets.contains(np.arange(len(ids)), ids)] = -1
        elif self.replacement:
            self._fill(ids)
            self._redraw(ids, sets)
        else:
            self._fill_allowed(ids, sets)

    def _redraw(self, ids: Ids, sets: ExcludedSets) -> None:
        """Draw colliding cells again: independent cells, so each follows p restricted to what is allowed."""
        row, column = np.nonzero(sets.contains(np.arange(len(ids)), ids))
        for _ in range(REDRAWS):
            if not len(row):
                return
            fresh = np.empty((len(row), 1), dtype=ids.dtype)
            self._fill(fresh)
            ids[row, column] = fresh[:, 0]
            bad = sets.contains(row, fresh)[:, 0]
            row, column = row[bad], column[bad]
        for r in np.unique(row):
            cumulative = self.noise.probabilities.copy()
            cumulative[sets.of_row(int(r))] = 0.0
            np.cumsum(cumulative, out=cumulative)
            at = column[row == r]
            u = self._own_rng.random(len(at)) * cumulative[-1]
            # u < total, and side="right" steps over ids of no width; rounding can still reach the end.
            last = int(np.searchsorted(cumulative, cumulative[-1], side="left"))
            ids[r, at] = np.minimum(np.searchsorted(cumulative, u, side="right"), last)

    def _fill_allowed(self, ids: Ids, sets: ExcludedSets) -> None:
        """Distinct ids beside an excluded set: draw k + m distinct ones and keep the first k allowed.

        Deleting items from a successive sample leaves a successive sample of the rest (the order is
        Plackett-Luce, that of an exponential race, whose runners do not know of each other;
        Yellott 1977, doi:10.1016/0022-2496(77)90026-8).
        """
        rows, k = ids.shape
        width = min(k + int(sets.sizes().max()), self.noise.nonzero)
        wide = np.empty((rows, width), dtype=ids.dtype)
        self._fill(wide)
        excluded = sets.contains(np.arange(rows), wide)
        keep = np.argsort(excluded, axis=1, kind="stable")[:, :k]
        ids[...] = np.take_along_axis(wide, keep, axis=1)

    def _check_k(self, k: int) -> None:
        if not self.replacement and k > self.noise.nonzero:
            raise ValueError(
                f"k={k} distinct ids asked for, but only {self.noise.nonzero} ids have a positive weight"
            )

    def _check_replacement(self, replacement: bool | None) -> bool:
        if replacement is None:
            return self.replacement_modes[0]
        if not isinstance(replacement, (bool, np.bool_)):
            raise TypeError(f"replacement must be True, False or None, got {replacement!r}")
        if replacement not in self.replacement_modes:
            raise ValueError(
                f"{self.name} has replacement={self.replacement_modes[0]} only, got {replacement}"
            )
        return bool(replacement)

    def _check_options(self, options: dict[str, Any]) -> None:
        known = list(inspect.signature(self._build).parameters)
        for option in options:
            if option not in known:
                raise TypeError(f"{self.name} has no option {option!r}; it has {known or 'none'}")
