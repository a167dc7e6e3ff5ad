# SPDX-License-Identifier: MIT
"""Reads the results of a fidelity run, and decides from them which samplers may win.

The report applies this rule: a sampler that fails cannot win.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from .documents import FIDELITY, Header

Status = Literal["pass", "fail", "skipped", "unchecked"]


@dataclass(frozen=True)
class Sampler:
    """The description of a sampler; a field is None if no fidelity run described it.

    Attributes
    ----------
    name : str
        The key of its measurements.
    label : str
        How a user creates it, as the report shows it. If empty, the report shows the name.
    variant_of : str or None
        The strategy of which it is a variant, created with ``options``.
    cost : str or None
        "row" if a call takes a time for each row, else "id".
    laws : str or None
        "uniform" if it draws from uniform laws only.
    """

    name: str
    label: str = ""
    variant_of: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    summary: str | None = None
    source: str | None = None
    origin: str | None = None
    replacement: bool | None = None
    positional: bool | None = None
    device: str | None = None
    cost: str | None = None
    laws: str | None = None
    stream: str | None = None
    unavailable: str | None = None
    exact_table: bool | None = None
    limit: str | None = None

    @property
    def display_name(self) -> str:
        """The label, or the name if there is no label."""
        return self.label or self.name

    def draws(self, strategy: str, replacement: bool) -> bool:
        """Whether it is the strategy in this mode, with no option besides the mode."""
        if self.replacement is not replacement:
            return False
        return self.name == strategy or (self.variant_of == strategy and not self.options.keys() - {"replacement"})


@dataclass(frozen=True)
class Test:
    """One test of a fidelity check.

    Attributes
    ----------
    n : int
        Sample size.
    unit : str
        What ``n`` counts.
    effect : float or None
        The observed bias, in the unit of ``detectable``.
    detectable : float or None
        The smallest bias that the test detects with probability 0.99.
    detects : str
        The same in words.
    p_value : float
    p_adjusted : float
        The p-value adjusted by Holm's rule over the tests of the check. The test fails if it is below 1e-6.
    calibrated : bool
        Whether the p-values of a faithful sampler are uniform.
    detectable_rare : float or None
        As ``detectable``, if the rarest cell has all of the error; None if the test has no such bias.
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
    detectable_rare: float | None = None

    @property
    def excess(self) -> float:
        """The observed bias as a multiple of the detectable bias; 0 if either is unknown."""
        return abs(self.effect) / self.detectable if self.effect and self.detectable else 0.0

    @property
    def rank(self) -> tuple[bool, float, float, float]:
        """A sort key that puts the worst first: failed tests, then by adjusted p-value, p-value and bias."""
        return self.passed, self.p_adjusted, self.p_value, -self.excess


@dataclass(frozen=True)
class Ranks:
    """Counts by rank of probability (1 = most probable), in bins of ranks.

    Attributes
    ----------
    first, last : tuple of int
        The first and last rank of each bin.
    observed : tuple of int
        Drawn ids in each bin.
    expected : tuple of float
        Expected counts under the sampler's law.
    independent : tuple of float
        Expected counts of draws with replacement, k p per row.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    independent: tuple[float, ...]


@dataclass(frozen=True)
class Audit:
    """The difference between a finished table and the noise distribution, computed without draws.

    None stands for infinity.
    """

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
        """Neither passed nor refused; it is no failure if a sampler refuses a distribution that it does not support."""
        return not self.passed and not self.refused

    @property
    def reason(self) -> str:
        """The error message without the name of the exception."""
        return re.sub(r"^\w*(?:Error|Exception): ", "", self.error or "")

    @property
    def worst(self) -> Test | None:
        """The test with the strongest evidence against the sampler; None if there are no tests."""
        return min(self.tests, key=lambda test: test.rank, default=None)


@dataclass(frozen=True)
class Mutant:
    """A sampler that is wrong on purpose, and the result of its fidelity check.

    Attributes
    ----------
    flaw : str
        What is wrong.
    source : str
        Where such a mistake was found.
    rejected_by : str
        The test that should reject it.
    caught : bool
        Whether that test rejected it.
    p_adjusted : float
        The adjusted p-value of that test.
    rejected : bool
        Whether any test rejected it.
    failed : tuple of str
        All tests that rejected it.
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


CheckAndTest = tuple[Check, Test]


def tests_of(checks: Iterable[Check]) -> list[CheckAndTest]:
    """The tests of all checks, each with its check."""
    return [(check, test) for check in checks for test in check.tests]


def worst_of(pairs: Iterable[CheckAndTest]) -> CheckAndTest:
    """The test with the strongest evidence against the sampler; of equals the first."""
    return min(pairs, key=lambda pair: pair[1].rank)


@dataclass(frozen=True)
class Workload:
    """A named count vector; V is None if neither a document nor the name states it."""

    name: str
    formula: str = ""
    V: int | None = None
    nonzero: int | None = None
    distinct: int | None = None
    total: float | None = None


@dataclass(frozen=True)
class Fidelity:
    """The document of a fidelity run."""

    header: Header
    seed: int
    samplers: tuple[Sampler, ...]
    workloads: tuple[Workload, ...]
    results: tuple[Check, ...]
    mutants: tuple[Mutant, ...]


def status(sampler: Sampler, checks: Iterable[Check]) -> Status:
    """Whether a sampler passes on all workloads that it does not refuse; one failure fails it."""
    relevant = [check for check in checks if check.sampler == sampler.name and not check.refused]
    if any(check.failed for check in relevant):
        return "fail"
    if relevant:
        return "pass"
    return "skipped" if sampler.unavailable else "unchecked"


def faithful(strategy: str, replacement: bool, samplers: Iterable[Sampler], checks: Iterable[Check]) -> bool:
    """Whether a strategy passed its checks in a mode; a mode that is not its default is checked as a variant."""
    known = list(checks)
    checked = [sampler for sampler in samplers if sampler.draws(strategy, replacement)]
    return bool(checked) and all(status(sampler, known) == "pass" for sampler in checked)


def read_fidelity(path: Path) -> Fidelity:
    """Read the file of ``python -m benchmarks.fidelity``.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another version.
    """
    found = FIDELITY.load(Fidelity, path)
    return replace(found, results=relabelled(found.results, found.samplers))


def relabelled(checks: Iterable[Check], samplers: Iterable[Sampler]) -> tuple[Check, ...]:
    """Checks whose errors have the labels of samplers in place of their names."""
    known = {sampler.name: sampler for sampler in samplers}
    return tuple(
        replace(check, error=reworded(check.error, known.get(check.sampler) or Sampler(check.sampler)))
        for check in checks
    )


def reworded(text: str | None, sampler: Sampler) -> str | None:
    """An error message without the sampler's name in front, and with the sampler's label in place of its name."""
    if text is None:
        return None
    names = "|".join(re.escape(name) for name in (sampler.name, sampler.variant_of) if name)
    text = re.sub(rf"^((?:\w*(?:Error|Exception): )?)(?:{names}): ", r"\1", text)
    return re.sub(rf"\b{re.escape(sampler.name)}\b", lambda _: sampler.display_name, text)
