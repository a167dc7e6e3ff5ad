# SPDX-License-Identifier: MIT
"""Checks that every strategy must pass. The author of a strategy runs them with ``check_sampler("my_strategy")``.

The model is scikit-learn's ``check_estimator``. The tests of this project run the same checks over the registry.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import as_array, require
from .base import Sampler
from .fidelity import check_fidelity
from .fidelity.check import default_rows
from .laws.noise_distribution import NoiseDistribution
from .registry import get

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CHECKS", "Checked", "NotApplicable", "Subject", "check_sampler"]

# A check fails if its p-value is below this: its false-alarm rate. Seeds are fixed.
ALPHA = 1e-6

#: The counts that samplers are built from. For a strategy whose ``info.laws`` is "uniform", all are 5.
COUNTS = {
    # Like a Zipf law, not sorted, with zeros at both ends and in between.
    "mixed": (0, 30, 1000, 7, 0, 400, 90, 3, 55, 0),
    "small": (60, 25, 10, 5),
    "one": (3,),
}

# A check of the default size, five times as many rows, takes many seconds for a strategy in plain Python.
FIDELITY_ROWS = 40_000


class NotApplicable(Exception):
    """A check does not apply to a strategy; the message says why."""


@dataclass(frozen=True)
class Subject:
    """A strategy in one of its modes.

    Attributes
    ----------
    strategy : type of Sampler
        The class to check.
    replacement : bool
        The mode in which it is checked.
    options : mapping of str to object
        Options of all samplers that are built.
    """

    strategy: type[Sampler]
    replacement: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self, counts: str = "mixed", rng: Any = 42, exponent: float = 0.75) -> Sampler:
        """A sampler with a new stream. Tables are built once in a process.

        Parameters
        ----------
        counts : {"mixed", "small", "one"}
            A key of ``samplers.testing.COUNTS``.
        rng : None, int, SeedSequence, BitGenerator or Generator
            Seeds the stream.
        exponent : float
            The power of the counts.

        Returns
        -------
        Sampler
            At its first row.
        """
        return _built(self.strategy, counts, self.replacement, exponent, tuple(self.options.items())).with_rng(rng)


@dataclass(frozen=True, repr=False)
class Checked:
    """A strategy that has passed all checks that apply to it; as text, it says so.

    Attributes
    ----------
    name : str
        The name of the strategy.
    passed : int
        The number of passed checks. A check counts once for each mode of the strategy.
    not_applicable : tuple of str
        The checks that do not apply, each with the reason. They are no failures.
    """

    name: str
    passed: int
    not_applicable: tuple[str, ...] = ()

    def __repr__(self) -> str:
        said = f"{self.name} keeps the contract: {self.passed} checks passed, none failed"
        return "\n".join([said, *(f"  not applicable: {entry}" for entry in self.not_applicable)])


@cache
def _built(
    strategy: type[Sampler], counts: str, replacement: bool, exponent: float, options: tuple[tuple[str, Any], ...]
) -> Sampler:
    uniform = strategy.info.laws == "uniform"
    noise = NoiseDistribution([5] * len(COUNTS[counts]) if uniform else COUNTS[counts], exponent=exponent)
    return strategy(noise, replacement=replacement, **dict(options))


def check_sampler(strategy: str | type[Sampler], **options: Any) -> Checked:
    """Run every check on a strategy, in each of its modes.

    Parameters
    ----------
    strategy : str or type of Sampler
        A name of the registry, or a class, which need not be registered.
    **options
        Options of the strategy, to check it with smaller tables, for example.

    Returns
    -------
    Checked
        How many checks passed, and which do not apply. If a check fails, nothing is returned: there is an error.

    Raises
    ------
    AssertionError
        If a check fails; the message lists all failed checks, and what each requires.
    RuntimeError
        If the strategy cannot run on this machine.
    ModuleNotFoundError
        If SciPy is not installed.

    Examples
    --------
    >>> check_sampler("bisect")
    bisect keeps the contract: 20 checks passed, none failed
      not applicable: implied_probabilities_are_close_to_the_law, with replacement (the strategy has no table)
    """
    require("scipy", "check_sampler")
    strategy = get(strategy) if isinstance(strategy, str) else strategy
    reason = strategy.unavailable()
    if reason is not None:
        raise RuntimeError(f"{strategy.info.name} cannot run here: {reason}")
    passed, failures, not_applicable = 0, [], []
    for replacement in strategy.info.replacement_modes:
        subject = Subject(strategy, replacement, options)
        mode = f"{'with' if replacement else 'without'} replacement"
        for name, check in CHECKS.items():
            try:
                check(subject)
                passed += 1
            except NotApplicable as why:
                not_applicable.append(f"{name}, {mode} ({why})")
            except Exception as error:
                asks = " ".join((inspect.getdoc(check) or "").split())
                failures.append(f"{name}, {mode}: {type(error).__name__}: {error}\n    asks for: {asks}")
    if failures:
        raise AssertionError(f"{strategy.info.name} fails {len(failures)} checks:\n" + "\n".join(failures))
    return Checked(strategy.info.name, passed, tuple(not_applicable))


#: The checks by name, in the order in which they run. Each takes a `samplers.testing.Subject` and raises
#: AssertionError, or `samplers.testing.NotApplicable`.
CHECKS: dict[str, Callable[[Subject], None]] = {}


def draw_ids(sampler: Sampler, rows: int, k: int, **options: Any) -> NDArray[np.int64]:
    """The next rows of a sampler as an ndarray, whatever it returns."""
    return as_array(sampler.sample(rows, k, **options))


def _check(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
    CHECKS[function.__name__] = function
    return function


# The description of a strategy.


@_check
def a_strategy_describes_itself(subject: Subject) -> None:
    """The docstring begins with one line that ends in a full stop; ``info`` has a name, a source and a stream."""
    strategy, sampler = subject.strategy, subject.make()
    summary = (inspect.getdoc(strategy) or "").partition("\n")[0]
    assert 10 < len(summary) <= 110, f"the first line of the docstring has {len(summary)} characters"
    assert summary.endswith("."), f"the first line of the docstring is no sentence: {summary!r}"
    assert strategy.info.source, "info.source is empty: it cites the paper or the code that the idea comes from"
    assert strategy.info.stream, "info.stream is empty: it names the generator"
    assert strategy.info.name in repr(sampler), repr(sampler)
    assert isinstance(sampler.nbytes, int), f"nbytes is {type(sampler.nbytes).__name__}"
    assert sampler.nbytes > 0, f"nbytes is {sampler.nbytes}"
    assert sampler.device == "cpu" or sampler.device.startswith("cuda"), sampler.device


# The array that a draw returns.


@_check
def ids_are_a_contiguous_int64_array_of_rows_and_columns(subject: Subject) -> None:
    """``sample(7, 3)`` returns int64 (7, 3), C-contiguous, an ndarray or a tensor as ``info.arrays`` says.

    ``sample(0, 3)`` returns (0, 3); NumPy's integers serve.
    """
    sampler = subject.make()
    native: Any = sampler.sample(7, 3)
    if subject.strategy.info.arrays == "torch":
        import torch

        assert type(native) is torch.Tensor, f"a {type(native).__name__} and no tensor"
        device = torch.empty(0, device=sampler.device).device
        assert native.device == device, f"the tensor lies on {native.device}, the sampler on {device}"
        assert native.is_contiguous()
    else:
        assert type(native) is np.ndarray, f"a {type(native).__name__} and no ndarray"
        assert native.flags.c_contiguous
    ids = as_array(native)
    assert ids.shape == (7, 3), f"the shape is {ids.shape}"
    assert ids.dtype == np.int64, f"the dtype is {ids.dtype}"
    assert draw_ids(subject.make(), 0, 3).shape == (0, 3)
    assert draw_ids(subject.make(), np.int32(2), np.uint8(3)).shape == (2, 3)  # type: ignore[arg-type]


@_check
def out_is_filled_and_returned(subject: Subject) -> None:
    """``out=``, int64 or int32, gets the ids that a new array would hold, and is returned."""
    expected = draw_ids(subject.make(), 30, 5)
    for dtype in (np.int64, np.int32):
        out = np.full((30, 5), -7, dtype=dtype)
        assert subject.make().sample(30, 5, out=out) is out
        np.testing.assert_array_equal(out, expected)


@_check
def a_torch_tensor_is_filled_in_place(subject: Subject) -> None:
    """``out=`` accepts int64 and int32 tensors of torch on the CPU, and refuses others."""
    try:
        import torch
    except ImportError:
        raise NotApplicable("torch is not installed") from None
    for dtype in (torch.int64, torch.int32):
        out = torch.zeros((30, 5), dtype=dtype)
        returned: Any = subject.make().sample(30, 5, out=out)
        assert returned is out
        np.testing.assert_array_equal(out.numpy(), draw_ids(subject.make(), 30, 5))
    wrong: Any
    for wrong in (torch.zeros((30, 5)), torch.zeros((5, 30), dtype=torch.int64).T):
        try:
            subject.make().sample(30, 5, out=wrong)
        except (TypeError, ValueError):
            continue
        raise AssertionError(f"out of dtype {wrong.dtype} and strides {wrong.stride()} was accepted")


# The stream.


@_check
def the_same_rng_gives_the_same_ids_and_another_gives_others(subject: Subject) -> None:
    """The ids are a function of ``rng``, be it a seed or a Generator."""
    first, second, third = (draw_ids(subject.make(rng=rng), 50, 5) for rng in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != third).any(), "rng=1 and rng=2 give the same 250 ids"
    np.testing.assert_array_equal(draw_ids(subject.make(rng=np.random.default_rng(1)), 50, 5), first)


@_check
def building_and_with_rng_start_the_same_stream(subject: Subject) -> None:
    """``with_rng(7)`` draws the same ids as a sampler that was built with ``rng=7``."""
    sampler = subject.make(rng=7)
    built = subject.strategy(sampler.noise, rng=7, replacement=subject.replacement, **subject.options)
    np.testing.assert_array_equal(draw_ids(built, 20, 5), draw_ids(sampler, 20, 5))


@_check
def with_rng_leaves_the_sampler_where_it_is(subject: Subject) -> None:
    """A sampler from ``with_rng`` shares the tables, but not the stream."""
    alone, disturbed = subject.make(rng=1), subject.make(rng=1)
    np.testing.assert_array_equal(draw_ids(alone, 10, 5), draw_ids(disturbed, 10, 5))
    draw_ids(disturbed.with_rng(9), 10, 5)
    np.testing.assert_array_equal(draw_ids(alone, 10, 5), draw_ids(disturbed, 10, 5))


@_check
def calls_go_on_in_the_stream_and_position_counts_rows(subject: Subject) -> None:
    """Two calls give different rows, and ``position`` counts them."""
    sampler = subject.make()
    first, second = draw_ids(sampler, 40, 5), draw_ids(sampler, 40, 5)
    assert (first != second).any(), "two calls give the same 200 ids"
    assert sampler.position == 80, f"position is {sampler.position} after 80 rows"


@_check
def no_global_generator_is_read_or_written(subject: Subject) -> None:
    """The global states of ``random`` and ``numpy.random`` do not matter and do not change."""
    python, numpy = random.getstate(), _numpy_state()
    try:
        ids = draw_ids(subject.make(rng=3), 20, 5)
        assert random.getstate() == python, "the global state of random was moved"
        assert _numpy_state() == numpy, "the global state of numpy.random was moved"
        random.seed(99)
        np.testing.assert_array_equal(draw_ids(subject.make(rng=3), 20, 5), ids)
    finally:
        random.setstate(python)


def _numpy_state() -> bytes:
    state: Any = np.random.get_state(legacy=True)  # noqa: NPY002  # to check that it does not change
    return bytes(state[1].tobytes()) + bytes(state[2])


# The noise distribution.


@_check
def ids_of_zero_weight_are_never_drawn_and_all_others_are(subject: Subject) -> None:
    """10,000 draws of 7 ids of positive weight. The rarest id would be missing with probability 1e-41.

    A strategy of uniform laws draws 10 ids, of which one would be missing with probability 1e-456.
    """
    sampler = subject.make()
    drawn = np.unique(draw_ids(sampler, 2000, 5)).tolist()
    assert drawn == np.flatnonzero(sampler.noise.support).tolist(), f"drawn were {drawn}"


@_check
def a_single_id_is_drawn_always(subject: Subject) -> None:
    """If V is 1, every id is 0."""
    assert (draw_ids(subject.make("one"), 5, 1) == 0).all()


@_check
def rows_hold_distinct_ids_exactly_without_replacement(subject: Subject) -> None:
    """Rows of k = V = 4: without replacement all rows hold distinct ids, with replacement some do not."""
    ids = np.sort(draw_ids(subject.make("small"), 500, 4), axis=1)
    distinct = (ids == np.arange(4)).all(axis=1)
    assert distinct.any()
    assert distinct.all() == (not subject.replacement), f"{distinct.sum()} of 500 rows hold distinct ids"


@_check
def rows_follow_their_exact_law(subject: Subject) -> None:
    """A chi-square test of ordered pairs at V = 4, with no id or one id excluded.

    At a false-alarm rate of 1e-6 it detects a total variation distance of 2 % with probability 0.99.
    """
    from scipy import stats

    rows = 20_000
    for excluded in (None, 0, 3):
        sampler = subject.make("small", rng=2026)
        p = sampler.noise.probabilities.copy()
        if excluded is not None:
            p[excluded] = 0.0
            p /= p.sum()
        ids = draw_ids(sampler, rows, 2, exclude=None if excluded is None else np.full(rows, excluded))
        law = dict(_law_of_rows(p, 2, subject.replacement))
        seen = dict.fromkeys(law, 0)
        for row in map(tuple, ids.tolist()):
            assert row in seen, f"row {row} has probability 0, with {excluded} excluded"
            seen[row] += 1
        p_value = stats.chisquare(list(seen.values()), rows * np.array(list(law.values()))).pvalue
        assert p_value > ALPHA, f"p = {p_value:.2g}, with {excluded} excluded"


def _law_of_rows(p: NDArray[np.float64], k: int, replacement: bool) -> Iterator[tuple[tuple[int, ...], float]]:
    """All ordered rows with their exact probabilities, by enumeration."""
    ids = np.flatnonzero(p).tolist()
    if replacement:
        yield from (((a, b), float(p[a] * p[b])) for a in ids for b in ids)
        return
    for row in permutations(ids, k):
        remaining, probability = 1.0, 1.0
        for i in row:
            probability *= p[i] / remaining
            remaining -= p[i]
        yield row, float(probability)


@_check
def implied_probabilities_are_close_to_the_law(subject: Subject) -> None:
    """``implied_probabilities()`` sums to 1 and is within 1e-6 of the noise distribution."""
    sampler = subject.make()
    table = sampler.implied_probabilities()
    if table is None:
        raise NotApplicable("the strategy has no table")
    assert abs(table.sum() - 1.0) < 1e-12, f"the sum is {table.sum()!r}"
    np.testing.assert_allclose(table, sampler.noise.probabilities, atol=1e-6)


@_check
def expected_counts_are_k_p_with_replacement_and_compete_without(subject: Subject) -> None:
    """``expected_counts`` and ``log_expected_count`` agree, and sum to k."""
    sampler = subject.make()
    p, expected = sampler.noise.probabilities, sampler.expected_counts(5)
    np.testing.assert_allclose(sampler.expected_counts(1), p)
    np.testing.assert_allclose(expected[p > 0], np.exp(sampler.log_expected_count(np.flatnonzero(p), 5)))
    assert abs(expected.sum() - 5) < 1e-10
    if subject.replacement:
        np.testing.assert_allclose(expected, 5 * p)
    else:
        assert expected.max() < 1


@_check
def draws_pass_the_fidelity_check_unless_a_flaw_is_stated(subject: Subject) -> None:
    """`samplers.check_fidelity` passes; if ``info.flaw`` is not empty, it fails."""
    sampler = subject.make(rng=1)
    result = check_fidelity(sampler, rows=min(default_rows(sampler, 5), FIDELITY_ROWS), progress=False)
    assert result.passed == (subject.strategy.info.flaw == ""), str(result)


# Exclusion.


@_check
def an_excluded_id_is_never_drawn_in_any_form_of_exclude(subject: Subject) -> None:
    """Excluded as one id for each row, as several, and as a CSR pair. Without ``exclude`` the ids do occur."""
    sampler = subject.make()
    several, pair = np.tile([5, 2, 5], (400, 1)), (np.arange(401) * 2, np.tile([2, 5], 400))
    assert 2 in draw_ids(sampler, 400, 3)
    assert 2 not in draw_ids(sampler, 400, 3, exclude=np.full(400, 2))
    for exclude in (several, pair):
        assert not np.isin(draw_ids(sampler, 400, 3, exclude=exclude), [2, 5]).any()


@_check
def rows_exclude_their_own_ids_only(subject: Subject) -> None:
    """An id that is excluded from one row occurs in others."""
    excluded = np.arange(3000) % 4
    ids = draw_ids(subject.make("small"), 3000, 2, exclude=excluded)
    assert not (ids == excluded[:, None]).any()
    for row in range(4):
        assert set(np.unique(ids[row::4]).tolist()) == set(range(4)) - {row}


@_check
def excluding_nothing_changes_nothing(subject: Subject) -> None:
    """With empty sets, the rows are those of a draw without ``exclude``."""
    empty = (np.zeros(21, dtype=np.int64), np.zeros(0, dtype=np.int64))
    plain, around_none = draw_ids(subject.make(rng=1), 20, 3), draw_ids(subject.make(rng=1), 20, 3, exclude=empty)
    np.testing.assert_array_equal(around_none, plain)


@_check
def mark_writes_minus_one_where_a_plain_draw_collides(subject: Subject) -> None:
    """``on_collision="mark"`` gives the rows of a draw without ``exclude``, with -1 in place of an excluded id."""
    plain = draw_ids(subject.make(rng=4), 300, 4)
    marked = draw_ids(subject.make(rng=4), 300, 4, exclude=np.full(300, 2), on_collision="mark")
    np.testing.assert_array_equal(marked, np.where(plain == 2, -1, plain))
    assert (marked == -1).any()


@_check
def a_row_that_keeps_next_to_nothing_ends_and_is_right(subject: Subject) -> None:
    """All ids but the rarest are excluded. Redraws alone would take about 1e5 rounds."""
    sampler = subject.make(exponent=2.0)
    rarest = int(sampler.noise.ranked[-1])
    others = np.delete(np.arange(len(sampler.noise)), rarest)
    assert (draw_ids(sampler, 3, 1, exclude=np.tile(others, (3, 1))) == rarest).all()
