# SPDX-License-Identifier: MIT
"""The contract of every sampler: what a user calls, and the checks of every argument.

There are two kinds, which differ in how their rows come. A `samplers.sequential.SequentialSampler` draws one row after
another from a generator; most strategies are of this kind, see ``docs/adding-a-strategy.md``. A
`samplers.counter_based.sampler.PositionalSampler` computes any row from its number.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .arguments import as_count, as_generator, as_mode, check_choices, check_k, check_options, id_buffer
from .laws.law import Law, check_law
from .sets.id_sets import IdSets
from .streaming import Streaming
from .torch_tools import tensor_buffer
from .waiting import check_time_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .laws.many import Laws

    Ids = NDArray[np.int64] | NDArray[np.int32]


NO_ROWS = np.empty(0, dtype=np.int64)


class UnsuitableNoiseError(ValueError):
    """A strategy is not made for this noise distribution: too many ids, weights that never repeat, ..."""


class Sampler(Streaming):
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

    def __init__(self, noise: Law, *, rng: Any = None, replacement: bool | None = None, **options: Any) -> None:
        check_law("noise", noise)
        too_many = self._too_many_ids(noise)
        if too_many is not None:
            raise UnsuitableNoiseError(too_many)
        self.noise = noise
        self.replacement = as_mode(self.name, replacement, self.info.replacement_modes)
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
    def _advance(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        """Write the next ``len(ids)`` rows, one or more, into ``ids``; if that fails, the stream is where it was."""

    def implied_probabilities(self) -> NDArray[np.float64] | None:
        """The law read back from the finished table, float64 (V,); None for a sampler without one."""
        return None

    @classmethod
    def of_laws(cls, laws: Laws, **arguments: Any) -> Streaming:
        """A sampler of many laws, for a strategy that has one.

        Parameters
        ----------
        laws : Laws
            What to draw from.
        **arguments
            As for a single law.

        Returns
        -------
        LawsSampler
            A sampler whose rows each name a law.

        Raises
        ------
        TypeError
            For a strategy that draws from one law alone.
        """
        raise TypeError(
            f"{cls.info.name} draws from one law, and not from many: 'alias' draws from Laws; {cls.info.name} takes "
            "laws[number]"
        )

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
            C-contiguous int64 or int32 (rows, k) to write into; of a tensor on the CPU the memory itself. A strategy
            whose ``info.arrays`` is "torch" takes a tensor on its own device too.

        Returns
        -------
        ndarray or torch.Tensor
            ``out``, or a new int64 array (rows, k), C-contiguous: an ndarray, or a tensor on the device of the sampler
            if its ``info.arrays`` is "torch".

        Raises
        ------
        TypeError, ValueError
            For an argument that does not fit; nothing is drawn or written then.
        """
        rows, k, ids, sets, exhausted = self._checked(rows, k, exclude, on_collision, on_exhausted, out)
        self._guard.arrive(self.info.name)
        if rows:
            self._advance(ids, sets, on_collision)
            if len(exhausted):
                ids[exhausted] = -1
        return ids if out is None else out  # type: ignore[no-any-return]

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
        from .sets import expectation  # loaded here: few programs ask

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
        from .sets import expectation

        return expectation.log_expected_count(self.noise, ids, k, self.replacement, sets, time_limit)

    def __repr__(self) -> str:
        mode = "with" if self.replacement else "without"
        return f"<{self.name}: V={len(self.noise)}, {mode} replacement, {self.device}, {self.info.stream}>"

    # How it is done.

    def _checked(
        self, rows: Any, k: Any, exclude: Any, on_collision: str, on_exhausted: str, out: Any
    ) -> tuple[int, int, Ids, IdSets | None, NDArray[np.int64]]:
        """The arguments of a draw, read, and the rows that cannot be drawn; nothing is drawn or written before this."""
        rows = as_count("rows", rows, least=0)
        k = as_count("k", k, least=1)
        self._check_k(k)
        check_choices(on_collision, on_exhausted)
        sets = None if exclude is None else IdSets.of_exclude(exclude, self.noise, rows)
        exhausted = NO_ROWS
        if sets is not None and on_collision == "redraw":
            needed = 1 if self.replacement else k
            if on_exhausted == "raise":
                sets.check_feasible(self.noise, needed)
            else:
                exhausted, _ = sets.short_rows(self.noise, needed)
                sets = sets.emptied(exhausted) if len(exhausted) else sets
        return rows, k, self._buffer(rows, k, out), sets, exhausted

    def _buffer(self, rows: int, k: int, out: Any) -> Any:
        """What is drawn into: ``out``, or a new array or tensor, as the strategy makes them."""
        if self.info.arrays == "torch" and (out is None or (hasattr(out, "data_ptr") and out.device.type != "cpu")):
            return tensor_buffer(rows, k, out, self.device)
        return id_buffer(rows, k, out)

    @classmethod
    def _too_many_ids(cls, noise: Law) -> str | None:
        info = cls.info
        if info.max_ids is None or len(noise) <= info.max_ids:
            return None
        return f"{info.name}: V={len(noise)} exceeds {info.max_ids}: {info.max_ids_reason}"

    def _check_k(self, k: int) -> None:
        check_k(self.info, k, None if self.replacement else self.noise.nonzero)
