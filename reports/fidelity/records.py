# SPDX-License-Identifier: MIT
"""What a fidelity run found, as its file tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """One test of a fidelity check.

    Attributes
    ----------
    n, unit : int, str
        Sample size, and of what.
    effect : float or None
        The bias seen, in the unit of ``detectable``.
    detectable : float or None
        The smallest bias that the test finds with probability 0.99.
    detects : str
        The same in words.
    p_value, p_adjusted : float
        The second by Holm's rule over the tests of the check; below 1e-6 the test fails.
    calibrated : bool
        False where the p-value is a bound.
    """

    __test__ = False  # for pytest, which collects classes of this name

    name: str
    statistic: float | None
    df: int | None
    p_value: float
    p_adjusted: float
    passed: bool
    n: int
    unit: str
    effect: float | None
    detectable: float | None
    detects: str
    note: str
    calibrated: bool

    @property
    def excess(self) -> float:
        """The bias seen in multiples of what the test surely finds; 0 where either is not known."""
        return abs(self.effect) / self.detectable if self.effect and self.detectable else 0.0

    @property
    def rank(self) -> tuple[bool, float, float, float]:
        """Worst first: failed, then by adjusted p, p and bias."""
        return self.passed, self.p_adjusted, self.p_value, -self.excess


@dataclass(frozen=True)
class Ranks:
    """Counts by rank of probability, 1 = most probable, in bins first to last.

    ``expected`` is the sampler's law, ``independent`` what draws with replacement would give: k p a row.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    independent: tuple[float, ...]


@dataclass(frozen=True)
class Audit:
    """A finished table against the noise distribution, without a draw; None stands for an infinity."""

    total_variation: float
    max_relative_error: float | None
    worst_id: int
    worst_implied: float
    worst_target: float
    never_drawn: int
    never_drawn_mass: float
    impossible: int
    impossible_mass: float
    draws_to_notice: float | None


@dataclass(frozen=True)
class Check:
    """The fidelity of a sampler on a workload at one k."""

    sampler: str
    workload: str
    k: int
    passed: bool
    error: str | None = None
    refused: bool = False
    rows: int | None = None
    ids: int | None = None
    replacement: bool | None = None
    seconds: float | None = None
    tests: tuple[Test, ...] = ()
    audit: Audit | None = None
    ranks: Ranks | None = None

    @property
    def failed(self) -> bool:
        """Neither passed nor refused: a sampler that says what it is not made for has done nothing wrong."""
        return not self.passed and not self.refused

    @property
    def reason(self) -> str:
        """The error without the name of its class."""
        return re.sub(r"^\w*(?:Error|Exception): ", "", self.error or "")

    @property
    def worst(self) -> Test | None:
        """The test that speaks most against the sampler."""
        return min(self.tests, key=lambda test: test.rank, default=None)


@dataclass(frozen=True)
class Mutant:
    """A sampler that is wrong on purpose, and what came of it.

    Attributes
    ----------
    flaw, source : str
        What is wrong, and where such a mistake was found.
    rejected_by : str
        The test that is there for it.
    caught : bool
        Whether that test rejected it.
    p_adjusted : float
        Of that test.
    rejected : bool
        Whether any test did.
    failed : tuple of str
        All tests that did.
    """

    name: str
    flaw: str
    source: str
    replacement: bool
    n_ids: int
    k: int
    rows: int
    rejected: bool
    rejected_by: str
    caught: bool
    p_adjusted: float
    failed: tuple[str, ...]


Found = tuple[Check, Test]


def tests_of(checks: Iterable[Check]) -> list[Found]:
    """Each test with its check."""
    return [(check, test) for check in checks for test in check.tests]


def worst_of(found: Iterable[Found]) -> Found:
    """The one that speaks most against the sampler, the first of equals."""
    return min(found, key=lambda pair: pair[1].rank)
