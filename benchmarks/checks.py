# SPDX-License-Identifier: MIT
"""What a fidelity run found, read back from its file, and the gate that follows from it: who may win.

The fitting of the recommendation and the report both stand behind this gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from .documents import FIDELITY, InputError, record

Status = Literal["pass", "fail", "skipped", "unchecked"]
LISTS = ("samplers", "workloads", "results", "mutants")
DISTINCT = "_distinct"  # how older files name a strategy that draws distinct ids


@dataclass(frozen=True)
class Sampler:
    """What a sampler is; None where no fidelity run described it.

    Attributes
    ----------
    name : str
        The key of its measurements.
    label : str
        What a reader sees: how a user creates it. Empty: its name.
    variant_of : str or None
        The strategy that it is, with ``options``.
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
    stream: str | None = None
    unavailable: str | None = None
    exact_table: bool | None = None
    limit: str | None = None

    @property
    def shown(self) -> str:
        """The label, or else the name."""
        return self.label or self.name

    def draws(self, strategy: str, replacement: bool) -> bool:
        """Whether it is a strategy in a mode, with no other option."""
        if self.replacement is not replacement:
            return False
        return self.name == strategy or (self.variant_of == strategy and not self.options.keys() - {"replacement"})


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


@dataclass(frozen=True)
class Fidelity:
    """The checks, the broken samplers and the others, and the document for what else is in it."""

    checks: tuple[Check, ...]
    mutants: tuple[Mutant, ...]
    samplers: tuple[Sampler, ...]
    document: Mapping[str, Any]


def status(sampler: Sampler, checks: Iterable[Check]) -> Status:
    """The verdict on a sampler over all workloads that it does not refuse: one failure fails it."""
    own = [check for check in checks if check.sampler == sampler.name and not check.refused]
    if any(check.failed for check in own):
        return "fail"
    if own:
        return "pass"
    return "skipped" if sampler.unavailable else "unchecked"


def faithful(strategy: str, replacement: bool, samplers: Iterable[Sampler], checks: Iterable[Check]) -> bool:
    """Whether a strategy passed its checks in a mode; a mode that is not its first is checked as a variant."""
    known = list(checks)
    checked = [sampler for sampler in samplers if sampler.draws(strategy, replacement)]
    return bool(checked) and all(status(sampler, known) == "pass" for sampler in checked)


def read_fidelity(path: Path) -> Fidelity:
    """All of the file of ``python -m benchmarks.fidelity``.

    Raises
    ------
    InputError
        If it is missing, damaged or of another version.
    """
    document = FIDELITY.read(path)
    missing = [key for key in LISTS if not isinstance(document.get(key), list)]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}: make it anew with `{FIDELITY.made_by}`")
    try:
        samplers = read_described(document["samplers"])
        known = {sampler.name: sampler for sampler in samplers}
        checks = tuple(read_check(found, known.get(found["sampler"])) for found in document["results"])
        mutants = tuple(record(Mutant, found | {"failed": tuple(found["failed"])}) for found in document["mutants"])
    except (AttributeError, KeyError, TypeError) as error:
        raise FIDELITY.damaged(path, error) from None
    return Fidelity(checks, mutants, samplers, document)


def read_check(found: Mapping[str, Any], sampler: Sampler | None = None) -> Check:
    """A fidelity result; one with an error has little but that."""
    ranks, audit = found.get("ranks"), found.get("audit")
    changed = {
        "error": reworded(found.get("error"), sampler or Sampler(found["sampler"])),
        "passed": bool(found["passed"]) and not found.get("error"),
        "tests": tuple(record(Test, test) for test in found.get("tests") or ()),
        "audit": None if audit is None else record(Audit, audit),
        "ranks": None if ranks is None else Ranks(*(tuple(ranks[f.name]) for f in fields(Ranks))),
    }
    return record(Check, {**found, **changed})


def read_described(described: Iterable[Mapping[str, Any]]) -> tuple[Sampler, ...]:
    """The samplers of a fidelity document, in its order."""
    return tuple(record(Sampler, about if "variant_of" in about else older(about)) for about in described)


def older(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """A description from before classes said what they are a variant of: then the name alone tells."""
    name = str(about.get("name", ""))
    strategy = name.removesuffix(DISTINCT)
    if about.get("origin") != "variant" or strategy == name:
        return about
    return {
        **about,
        "variant_of": strategy,
        "options": {"replacement": False},
        "label": f"{strategy}, replacement=False",
    }


def reworded(text: str | None, sampler: Sampler) -> str | None:
    """An error of a sampler, without the name of the sampler before it, and with its label for its name."""
    if text is None:
        return None
    names = "|".join(re.escape(name) for name in (sampler.name, sampler.variant_of) if name)
    text = re.sub(rf"^((?:\w*(?:Error|Exception): )?)(?:{names}): ", r"\1", text)
    return re.sub(rf"\b{re.escape(sampler.name)}\b", lambda _: sampler.shown, text)
