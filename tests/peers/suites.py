# SPDX-License-Identifier: MIT
"""The cases of a peer's test suite: those that are met are tests of ours, the others are data with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import samplers

STRATEGIES = ("alias", "spectrum", "cum_table", "multinomial", "pool", "bisect")
POSITIONAL = ("alias", "spectrum")
ONCE = {"": None}  # a test of the peer that is one case


@dataclass(frozen=True)
class NotMet:
    """A case that is answered in another way on purpose, and loudly.

    Attributes
    ----------
    test : str
        The peer's test.
    call : callable
        What the peer accepts.
    message : str
        What the ValueError of ours says, as a regular expression.
    reason : str
        Why.
    """

    test: str
    call: Callable[[], object]
    message: str
    reason: str


@dataclass
class Suite:
    """The cases of one peer.

    Attributes
    ----------
    files : tuple of str
        The peer's test files. Those of Python packages are read, if they are installed, and must have the tests.
    not_applicable : mapping of str to mapping of str to str
        By test of the peer, by case: the reason why no sampler of ids has an answer.
    not_met : sequence of NotMet
    met : dict of str to int
        By test of the peer: the number of cases that tests of ours meet. `case` fills it.
    """

    files: tuple[str, ...]
    not_applicable: Mapping[str, Mapping[str, str]]
    not_met: Sequence[NotMet] = ()
    met: dict[str, int] = field(default_factory=dict)

    def case(self, test: str, of: Mapping[str, Any] = ONCE) -> Callable[[Any], Any]:
        """A decorator of a test of ours, which meets one case of the peer's test, or each of ``of`` by its title.

        The test takes ``given``, the value of a case, if ``of`` is passed.
        """
        self.met[test] = self.met.get(test, 0) + len(of)

        def decorated(function: Any) -> Any:
            return function if of is ONCE else pytest.mark.parametrize("given", of.values(), ids=list(of))(function)

        return decorated

    def count(self) -> tuple[int, int, int]:
        """The number of cases that are met, that are not applicable, and that are not met."""
        return sum(self.met.values()), sum(map(len, self.not_applicable.values())), len(self.not_met)

    def tests(self) -> set[str]:
        """The names of the peer's tests."""
        return {*self.met, *self.not_applicable, *(case.test for case in self.not_met)}

    def unknown(self) -> set[str] | None:
        """Names of tests that the peer's installed files do not have; None if a file is not installed."""
        text = ""
        for file in self.files:
            package, _, rest = file.partition("/")
            spec = find_spec(package)
            path = Path(spec.origin).parent / rest if spec and spec.origin else None
            if path is None or not path.is_file():
                return None
            text += path.read_text(encoding="utf-8")
        return {test for test in self.tests() if f"def {test.rpartition('.')[2]}(" not in text}


def drawing(replacement: bool | None = None, names: Sequence[str] = STRATEGIES) -> Any:
    """Run a test, which takes ``name`` and ``replacement``, for the strategies and modes that there are."""
    runs = [
        (name, mode)
        for name in names
        for mode in samplers.get(name).info.replacement_modes
        if replacement is None or mode == replacement
    ]
    ids = [f"{name}-{'with' if mode else 'without'} replacement" for name, mode in runs]
    return pytest.mark.parametrize(("name", "replacement"), runs, ids=ids)


def make(name: str, weights: Any, replacement: bool = True, rng: Any = 1) -> samplers.Sampler:
    """A sampler of weights as they are: the peers have no exponent."""
    return samplers.create(name, samplers.NoiseDistribution(weights, exponent=1.0), replacement=replacement, rng=rng)


def refused(call: Callable[[], object], kinds: tuple[type[Exception], ...] = (ValueError, TypeError)) -> None:
    """Assert that a call raises one of the errors, and that the message says something."""
    with pytest.raises(kinds, match=r"\w+ \w+"):
        call()


def fits(sampler: samplers.Sampler, weights: Any, ids: int = 100_000) -> None:
    """Assert that draws have the moments and the frequencies of the weights.

    A right sampler fails by a chance of 1e-3: the chi-square test has p > 0.001, and the moments lie within 5 standard
    errors. If 10 of 20 equal probabilities are 3 % too high and 10 too low, 100,000 ids show it in 999 of 1,000 cases.
    """
    p = np.asarray(weights, dtype=float) / np.sum(weights)
    drawn = sampler.sample(1, ids).ravel()
    at = np.arange(len(p))
    mean = p @ at
    variance, fourth = p @ (at - mean) ** 2, p @ (at - mean) ** 4
    assert abs(drawn.mean() - mean) <= 5 * np.sqrt(variance / ids)
    assert abs(drawn.var() - variance) <= 5 * np.sqrt((fourth - variance**2) / ids) + 25 * variance / ids
    expected, observed = p * ids, np.bincount(drawn, minlength=len(p))
    frequent = expected > 5
    if not frequent.all():
        expected = np.append(expected[frequent], expected[~frequent].sum())
        observed = np.append(observed[frequent], observed[~frequent].sum())
    some = expected > 0
    assert not observed[~some].any()
    expected = expected[some] * (observed.sum() / expected.sum())
    assert stats.chisquare(observed[some], expected).pvalue > 1e-3
