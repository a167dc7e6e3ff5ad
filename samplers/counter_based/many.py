# SPDX-License-Identifier: MIT
"""A sampler of many laws. Each law has an alias table, and each row of a draw names its law."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from ..arguments import as_count, as_generator, as_mode, check_choices, check_k, id_buffer
from ..kernels import building
from ..kernels import rows as kernel
from ..laws.classes import classes_of_weights
from ..laws.many import Laws
from ..laws.noise_distribution import from_weights
from ..sets import expectation
from ..sets.id_sets import IdSets
from ..waiting import check_time_limit
from .cursor import LAST_EPOCH, CounterBased, Draw, row_numbers
from .exact import prepare
from .tables import SLOT_BITS, units_of_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .sampler import PositionalSampler

    Ids = NDArray[np.int64] | NDArray[np.int32]

NO_LAW = -1  # the number of the law of a row that is marked with -1 and not drawn


class LawsSampler(CounterBased):
    """Draws ids from many laws, ``k`` in each row; each row names its law.

    Row r of law w has the ids that ``of_law(w)`` has in row r, under the same key and epoch: what other laws there are
    changes nothing. ``samplers.create("alias", laws)`` makes one.

    Parameters
    ----------
    noise : Laws
        The noise distributions.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as ``numpy.random.default_rng`` does (SPEC 7).
    replacement : bool, optional
        False: the k ids of a row are distinct. Default: True.
    threads : int, default 1
        Threads that share the rows of a large call. The ids do not depend on it.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid.
    """

    noise: Laws
    #: The strategy that draws from a single law.
    strategy: ClassVar[type[PositionalSampler]]

    def __init__(self, noise: Laws, *, rng: Any = None, replacement: bool | None = None, threads: int = 1) -> None:
        if not isinstance(noise, Laws):
            raise TypeError(f"noise must be Laws, got {type(noise).__name__}; for a single law use samplers.create()")
        self.noise = noise
        self.replacement = as_mode(self.name, replacement, self.info.replacement_modes)
        generator = as_generator(rng)
        self.threads = threads
        self._sources = tables(noise)
        self._start(generator)

    @property
    def nbytes(self) -> int:
        return int(self._sources.nbytes)

    def of_law(self, number: int) -> PositionalSampler:
        """A sampler of a single law, over the same table and at the same place, for `samplers.check_fidelity`.

        The table is shared, but the law is made anew over all V ids: that takes 8 bytes an id and more.

        Parameters
        ----------
        number : int
            The number of the law.

        Returns
        -------
        PositionalSampler
            It moves on its own.

        Raises
        ------
        IndexError, ValueError
            If there is no such law, or if it has no id of positive weight.
        """
        law = self.noise[number]
        source = self._sources.one(number)
        sampler = self.strategy._of_table(source, law, rng=0, replacement=self.replacement, threads=self.threads)
        sampler.key, sampler.epoch, sampler.position = self.key, self.epoch, self.position
        return sampler

    def sample(
        self,
        rows: int,
        k: int,
        *,
        law: Any,
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
            Ids in each row, 1 or more.
        law : int, or array_like of int, shape (rows,)
            The number of the law of all rows, or of each row.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            Ids that a row must not hold, as in `Sampler.sample`.
        on_collision : {"redraw", "mark"}
            As in `Sampler.sample`.
        on_exhausted : {"raise", "mark"}
            If the law of a row has too few ids that are not excluded, "raise" raises an error that names the row;
            "mark" writes -1 into all cells of the row and draws the other rows.
        out : ndarray or torch.Tensor, optional
            As in `Sampler.sample`.

        Returns
        -------
        ndarray
            ``out``, or a new int64 array (rows, k), C-contiguous.

        Raises
        ------
        TypeError, ValueError
            If an argument is not valid; nothing is drawn or written then.
        """
        ids, sets, which = self._checked(rows, k, law, exclude, on_collision, on_exhausted, out)
        self._guard.arrive(self.name)
        if len(ids):
            self._next_rows(ids, sets, on_collision, which)
        return ids if out is None else out  # type: ignore[no-any-return]

    def sample_rows(
        self,
        row_ids: Any,
        k: int,
        *,
        law: Any,
        epoch: int | None = None,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        on_exhausted: Literal["raise", "mark"] = "raise",
        out: Any = None,
    ) -> Ids:
        """Draw rows by their numbers. The result depends only on the arguments and the key.

        Parameters
        ----------
        row_ids : array_like of int, shape (rows,)
            Numbers of rows, non-negative, in any order. They may be repeated.
        k : int
            Ids in each row.
        law : int, or array_like of int, shape (rows,)
            The number of the law of all rows, or of each row.
        epoch : int, optional
            Default: the sampler's `epoch`.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As in `sample`, with a set for each entry of ``row_ids``.
        on_collision : {"redraw", "mark"}
            As in `sample`.
        on_exhausted : {"raise", "mark"}
            As in `sample`.
        out : ndarray or torch.Tensor, optional
            As in `sample`.

        Returns
        -------
        ndarray
            ``out``, or a new int64 array (rows, k). `position` does not move.

        Raises
        ------
        TypeError, ValueError
            If an argument is not valid; nothing is written then.
        """
        numbers = row_numbers(row_ids)
        chosen = self.epoch if epoch is None else as_count("epoch", epoch, minimum=0, maximum=LAST_EPOCH)
        ids, sets, which = self._checked(len(numbers), k, law, exclude, on_collision, on_exhausted, out)
        if len(ids):
            self._run(Draw(ids, self.key, chosen, 0, numbers, sets, which), on_collision)
        return ids if out is None else out  # type: ignore[no-any-return]

    def expected_counts(
        self, k: int, *, law: int, exclude: Any = None, time_limit: float | None = 60.0
    ) -> NDArray[np.float64]:
        """The expected number of times that each id occurs in a row of ``k`` of one law.

        Parameters
        ----------
        k : int
            Ids in each row, 1 or more.
        law : int
            The number of the law.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As in `Sampler.expected_counts`.
        time_limit : float or None, default 60
            Seconds, as in `Sampler.expected_counts`.

        Returns
        -------
        ndarray, float64 (V,), or (rows, V) with ``exclude``
            As in `Sampler.expected_counts`.

        Raises
        ------
        IndexError
            If there is no such law.
        TypeError, ValueError
            As in `Sampler.expected_counts`; or if the law has no id of positive weight.
        """
        return self.of_law(law).expected_counts(k, exclude=exclude, time_limit=time_limit)

    def log_expected_count(
        self, ids: Any, k: int, *, law: Any, exclude: Any = None, time_limit: float | None = 60.0
    ) -> NDArray[np.float64]:
        """Natural logs of the expected counts of ``ids``: sampled softmax subtracts them from the logits.

        Parameters
        ----------
        ids : array_like of int, shape (rows, ...)
            The ids of each row.
        k : int
            Ids in each row, 1 or more.
        law : int, or array_like of int, shape (rows,)
            ``ids[i]`` belongs to law ``law[i]``.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As in `Sampler.expected_counts`.
        time_limit : float or None, default 60
            Seconds for each law, as in `Sampler.expected_counts`.

        Returns
        -------
        ndarray, float64, shape of ids
            ``-inf`` if the row cannot hold the id.

        Raises
        ------
        TypeError, ValueError
            If an argument is not valid, or if a law has too few ids.
        """
        k = as_count("k", k, minimum=1)
        check_time_limit(time_limit)
        if self.replacement and exclude is None:
            logs = self.noise.log_prob(ids, law=law)
            logs += np.log(k)
            return logs
        array, _ = self.noise._checked_ids(ids, law)
        which = self.noise._numbers(law, len(array))
        sets = None if exclude is None else IdSets._read(exclude, self.noise.n_ids, len(array))
        logs = np.empty(array.shape)
        for number in np.unique(which).tolist():
            rows = np.flatnonzero(which == number)
            weights = self.noise.weights_of(number)
            check_k(self.info, k, None if self.replacement else len(weights))
            places, held = self._places_in(number, array[rows])
            of_rows = None if sets is None else self._sets_in(number, sets[rows])
            law = from_weights(weights)
            expected = expectation.log_expected_count(law, places, k, self.replacement, of_rows, time_limit)
            logs[rows] = np.where(held, expected, -np.inf)
        return logs

    def _places_in(self, number: int, ids: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The index of each id among the ids of one law, 0 if the law does not have it, and whether it does."""
        places, held = self.noise._places(np.full(ids.shape, number), ids)
        return np.where(held, places - self.noise.csr[0][number], 0), held

    def _sets_in(self, number: int, sets: IdSets) -> IdSets:
        """The sets, with ids replaced by their indices among the ids of one law."""
        indptr, ids = sets._csr
        places, held = self._places_in(number, ids)
        cumulative = np.concatenate([[0], np.cumsum(held)])
        return IdSets.from_csr(cumulative[indptr], places[held], int(self.noise.sizes[number]))

    def __repr__(self) -> str:
        mode = "with" if self.replacement else "without"
        return f"<{self.name}: {self.noise!r}, {mode} replacement, {self.device}, {self.info.stream}>"

    def _checked(
        self, rows: Any, k: Any, law: Any, exclude: Any, on_collision: str, on_exhausted: str, out: Any
    ) -> tuple[Ids, IdSets | None, NDArray[np.int64]]:
        """The arguments of a draw, read; nothing is drawn before this. A row that is marked has `NO_LAW`."""
        rows, k = as_count("rows", rows, minimum=0), as_count("k", k, minimum=1)
        self._check_k(k)
        check_choices(on_collision, on_exhausted)
        ids = id_buffer(rows, k, out)  # first: it names rows and k if they do not fit into memory
        which = self.noise._numbers(law, rows)
        sets = None if exclude is None else IdSets._read(exclude, self.noise.n_ids, rows)
        needed = 1 if self.replacement else k
        remaining = self.noise.sizes[which]
        if sets is not None and on_collision == "redraw":
            remaining = remaining - self._excluded(which, sets)
        exhausted = np.flatnonzero(remaining < needed)
        if len(exhausted) and on_exhausted == "raise":
            row = exhausted[0]
            of_law, left = self.noise.sizes[which[row]], remaining[row]
            without = f", and exclude leaves {left} of them" if left < of_law else ""
            raise ValueError(
                f"law {which[row]} has {of_law} ids{without} for row {row}: fewer than the {needed} that a row needs; "
                "on_exhausted='mark' writes -1 into such rows"
            )
        which[exhausted] = NO_LAW
        return ids, sets, which

    def _check_k(self, k: int) -> None:
        check_k(self.info, k, None)  # without replacement, each row is checked with the size of its law

    def _excluded(self, which: NDArray[np.int64], sets: IdSets) -> NDArray[np.int64]:
        """The number of ids of its law that are excluded from each row, int64 (rows,)."""
        indptr, ids = sets._csr
        row_of = np.repeat(np.arange(len(which)), np.diff(indptr))
        _, held = self.noise._places(which[row_of], ids)
        return np.bincount(row_of[held], minlength=len(which))

    def _run(self, draw: Draw, on_collision: str) -> None:
        assert draw.which is not None
        rows = np.flatnonzero(draw.which != NO_LAW)
        if len(rows) == len(draw.ids):
            super()._run(draw, on_collision)
            return
        numbers = np.uint64(draw.first) + rows.astype(np.uint64) if draw.row_ids is None else draw.row_ids[rows]
        drawn = np.empty((len(rows), draw.ids.shape[1]), draw.ids.dtype)
        sets = None if draw.sets is None else draw.sets[rows]
        if len(rows):
            super()._run(replace(draw, ids=drawn, row_ids=numbers, sets=sets, which=draw.which[rows]), on_collision)
        draw.ids[...] = -1
        draw.ids[rows] = drawn

    def _new_stream(self, key: int) -> Any:
        return kernel.Stream(None, key, not self.replacement, 0)

    def _draw_part(self, draw: Draw, at: int, end: int, known: Any) -> int:
        row_ids = None if draw.row_ids is None else draw.row_ids[at:end]
        rules: tuple[Any, Any, Any, int] = (None, None, None, 0) if draw.sets is None else draw.sets._rows(at, end)
        assert draw.which is not None
        return kernel.draw_each(
            self._sources,
            draw.which[at:end],
            draw.key,
            draw.epoch,
            draw.first + at,
            row_ids,
            draw.ids[at:end],
            not self.replacement,
            *rules,
            known,
        )

    def _known(self, draw: Draw) -> Any:
        return None  # each law has its own: `_prepare` returns that of the law of the next row

    def _prepare(self, draw: Draw, i: int) -> Any:
        assert draw.which is not None
        number = int(draw.which[i])
        if self._sources.exact_of(number) is None:
            self._sources.attach(number, kernel.Exact(self.noise.weights_of(number), self.noise.ids_of(number)))
        return prepare(self._sources.exact_of(number), draw.sets, i)


def tables(laws: Laws) -> Any:
    """The alias tables of all laws, as `kernels.sources.Sources`. Each equals that of `alias` over the law alone."""
    first, ids, weights = laws.csr
    hot, cold, bits, unfinished = building.alias_tables(weights, first)
    starts = np.concatenate([[0], np.cumsum(np.where(np.diff(first) > 0, 1 << bits.astype(np.int64), 0))])
    for w in unfinished:  # the share of an id is below one unit (2**-32 of a slot), which `quantise` corrects
        classes = classes_of_weights(weights[first[w] : first[w + 1]])
        units_by_id = units_of_ids(classes, int(first[w + 1] - first[w]), int(bits[w]))
        slots = slice(starts[w], starts[w + 1])
        hot[slots], cold[slots] = building.alias_table(units_by_id, int(bits[w]), SLOT_BITS)
    return kernel.Sources(hot, cold, bits, ids, first)
