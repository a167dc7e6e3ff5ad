# SPDX-License-Identifier: MIT
"""The base class of all samplers: the methods that a user calls, and the checks of their arguments.

There are two kinds of samplers. A `samplers.sequential.SequentialSampler` draws one row after another from a generator;
most strategies are of this kind, see ``docs/adding-a-strategy.md``. A
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


def not_uniform(noise: Law) -> str | None:
    """Why a law is not uniform; None if all its ids have the same positive weight."""
    if noise.nonzero < len(noise):
        return f"{len(noise) - noise.nonzero} of {len(noise)} ids have weight 0"
    weights = noise.classes.weights
    return None if (weights == weights[0]).all() else f"the weights of {len(noise)} ids differ"


class UnsuitableNoiseError(ValueError):
    """The strategy cannot draw from this noise distribution: it has too many ids, or its weights never repeat, ..."""


class Sampler(Streaming):
    """Draws ids from a noise distribution, ``k`` in each row.

    Parameters
    ----------
    noise : Law
        The noise distribution, over V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as ``numpy.random.default_rng`` does (SPEC 7). No global state is read or changed.
    replacement : bool, optional
        False: the k ids of a row are distinct. Each is drawn from the ids that remain (successive sampling, the law
        of ``torch.multinomial``). Default: True, unless the strategy can draw distinct ids only.
    **options
        Options of the strategy: the arguments of its ``_build``.

    Raises
    ------
    TypeError
        If an option is unknown, or if NumPy does not accept the rng.
    ValueError
        If the strategy does not have the replacement mode.
    UnsuitableNoiseError
        A ValueError: the strategy cannot draw from this noise distribution.
    """

    def __init__(self, noise: Law, *, rng: Any = None, replacement: bool | None = None, **options: Any) -> None:
        check_law("noise", noise)
        unsuitable = self._outside_info(noise)
        if unsuitable is not None:
            raise UnsuitableNoiseError(unsuitable)
        self.noise = noise
        self.replacement = as_mode(self.name, replacement, self.info.replacement_modes)
        check_options(self.name, options, self._build)
        generator = as_generator(rng)
        self._build(**options)
        self._start(generator)

    # Methods that a strategy implements.

    @classmethod
    def unavailable(cls) -> str | None:
        """Why this strategy cannot run on this machine; None if it can."""
        return None

    @classmethod
    def unsuitable(cls, noise: Law) -> str | None:
        """Why this strategy cannot draw from ``noise``; None if it can. No table is built to find out.

        A strategy overrides this if it has a limit besides ``Info.max_ids`` and ``Info.laws``.

        Parameters
        ----------
        noise : Law
            The noise distribution.

        Returns
        -------
        str or None
            The message of the `UnsuitableNoiseError` that the constructor would raise; None if it would raise none.
        """
        return cls._outside_info(noise)

    @abstractmethod
    def _build(self) -> None:
        """Build the tables from ``self.noise``. Options are keyword arguments. Nothing is drawn."""

    @abstractmethod
    def _advance(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        """Write the next ``len(ids)`` rows, one or more, into ``ids``. If that fails, the stream has not moved."""

    def implied_probabilities(self) -> NDArray[np.float64] | None:
        """The probabilities that the finished table encodes, float64 (V,); None if the sampler has no table."""
        return None

    @classmethod
    def of_laws(cls, laws: Laws, **arguments: Any) -> Streaming:
        """Build a sampler of many laws, if the strategy has one.

        Parameters
        ----------
        laws : Laws
            The noise distributions.
        **arguments
            The keyword arguments of a sampler of one law.

        Returns
        -------
        LawsSampler
            For each row, the caller names the law.

        Raises
        ------
        TypeError
            If the strategy draws from a single law only.
        """
        raise TypeError(
            f"{cls.info.name} draws from one law, and not from many: 'alias' draws from Laws; {cls.info.name} takes "
            "laws[number], one of them"
        )

    # Methods that a user calls.

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
            Ids in each row, 1 or more.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            Ids that a row must not hold. Forms: (rows,), one id for each row; (rows, m), where -1 stands for no id; a
            list or set for each row; a CSR pair ``(indptr, indices)``; a SciPy sparse matrix (rows, V); booleans
            (rows, V). Words may stand for ids if the noise distribution has words. `IdSets` are checked once and can
            serve many calls.
        on_collision : {"redraw", "mark"}
            If an excluded id is drawn, "redraw" draws again, so that the ids follow ``p / (1 - p(excluded))``; "mark"
            writes -1 (gensim and word2vec.c skip the id).
        on_exhausted : {"raise", "mark"}
            If ``exclude`` leaves too few ids of positive weight for a row, "raise" raises an error that names the
            row; "mark" writes -1 into all cells of the row and draws the other rows.
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
            If an argument is not valid; nothing is drawn or written then.
        """
        rows, k, ids, sets, exhausted = self._checked(rows, k, exclude, on_collision, on_exhausted, out)
        self._guard.arrive(self.info.name)
        if rows:
            self._advance(ids, sets, on_collision)
            if len(exhausted):
                ids[exhausted] = -1
        return ids if out is None else out  # type: ignore[no-any-return]

    def expected_counts(self, k: int, *, exclude: Any = None, time_limit: float | None = 60.0) -> NDArray[np.float64]:
        """The expected number of times that each id occurs in a row of ``k``.

        Parameters
        ----------
        k : int
            Ids in each row, 1 or more.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            The excluded ids of each row, in any form that `sample` takes.
        time_limit : float or None, default 60
            Seconds; None for no limit. Without replacement, about a second is needed for any k, and more for many
            different rows of ``exclude``. If the estimated time exceeds the limit, an error is raised before the work
            begins.

        Returns
        -------
        ndarray, float64 (V,), or (rows, V) with ``exclude``
            With replacement, ``k * p / (1 - p(excluded))``. Without replacement, the inclusion probabilities of
            successive sampling: see `samplers.inclusion_probabilities`.

        Raises
        ------
        TypeError, ValueError
            If an argument is not valid, if too few ids of positive weight remain for a row, or if the work would take
            longer than ``time_limit``.
        """
        k = as_count("k", k, minimum=1)
        self._check_k(k)
        check_time_limit(time_limit)
        sets = None if exclude is None else IdSets._of_exclude(exclude, self.noise)
        from .sets import expectation  # loaded here: few programs ask

        return expectation.expected_counts(self.noise, k, self.replacement, sets, time_limit)

    def log_expected_count(
        self, ids: Any, k: int, *, exclude: Any = None, time_limit: float | None = 60.0
    ) -> NDArray[np.float64]:
        """Natural logs of the expected counts of ``ids``: sampled softmax subtracts them from the logits.

        Parameters
        ----------
        ids : array_like of integers or of words, any shape
            With ``exclude``, the shape is (rows, ...), and ``ids[i]`` belongs to row i.
        k : int
            Ids in each row, 1 or more.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As for `expected_counts`.
        time_limit : float or None, default 60
            Seconds, as for `expected_counts`.

        Returns
        -------
        ndarray, float64, same shape as ids
            ``-inf`` if the row cannot hold the id.

        Raises
        ------
        TypeError, ValueError
            As `Law.log_prob` and `expected_counts`.
        """
        k = as_count("k", k, minimum=1)
        self._check_k(k)
        check_time_limit(time_limit)
        sets = None if exclude is None else IdSets._of_exclude(exclude, self.noise)
        from .sets import expectation

        return expectation.log_expected_count(self.noise, ids, k, self.replacement, sets, time_limit)

    def __repr__(self) -> str:
        mode = "with" if self.replacement else "without"
        return f"<{self.name}: V={len(self.noise)}, {mode} replacement, {self.device}, {self.info.stream}>"

    # Checks of arguments.

    def _checked(
        self, rows: Any, k: Any, exclude: Any, on_collision: str, on_exhausted: str, out: Any
    ) -> tuple[int, int, Ids, IdSets | None, NDArray[np.int64]]:
        """Check the arguments of a draw; rows, k, the array to fill, the excluded sets, rows that cannot be drawn."""
        rows = as_count("rows", rows, minimum=0)
        k = as_count("k", k, minimum=1)
        self._check_k(k)
        check_choices(on_collision, on_exhausted)
        sets = None if exclude is None else IdSets._of_exclude(exclude, self.noise, rows)
        exhausted = NO_ROWS
        if sets is not None and on_collision == "redraw":
            needed = 1 if self.replacement else k
            if on_exhausted == "raise":
                sets._check_feasible(self.noise, needed)
            else:
                exhausted, _ = sets._short_rows(self.noise, needed)
                sets = sets._emptied(exhausted) if len(exhausted) else sets
        return rows, k, self._buffer(rows, k, out), sets, exhausted

    def _buffer(self, rows: int, k: int, out: Any) -> Any:
        """What is drawn into: ``out``, or a new array or tensor, as the strategy makes them."""
        if self.info.arrays == "torch" and (out is None or (hasattr(out, "data_ptr") and out.device.type != "cpu")):
            return tensor_buffer(rows, k, out, self.device)
        return id_buffer(rows, k, out)

    @classmethod
    def _outside_info(cls, noise: Law) -> str | None:
        """Why the description of the strategy excludes a law; None if it does not."""
        info = cls.info
        if info.max_ids is not None and len(noise) > info.max_ids:
            return f"{info.name}: V={len(noise)} exceeds {info.max_ids}: {info.max_ids_reason}"
        fault = not_uniform(noise) if info.laws == "uniform" else None
        if fault is None:
            return None
        return (
            f"{info.name}: noise must give all ids the same positive weight, but {fault}; use 'alias' for this law, or "
            "draw from samplers.uniform(V)"
        )

    def _check_k(self, k: int) -> None:
        check_k(self.info, k, None if self.replacement else self.noise.nonzero)
