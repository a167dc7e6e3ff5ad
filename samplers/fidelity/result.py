# SPDX-License-Identifier: MIT
"""What a fidelity check returns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from .power import ALPHA, MOST_TESTS, POWER, detectable_frequency, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class FidelityTest:
    """One test of a check.

    Attributes
    ----------
    name : str
        What is tested, in a word or two.
    statistic : float
        Its value.
    df : int or None
        Degrees of freedom, for a statistic that has them.
    p_value : float
        Probability, for a faithful sampler, of a statistic at least as far off, or a bound on it; 0 or 1 for a
        test that a faithful sampler passes always.
    n : int
        The sample size.
    unit : str
        What is counted: "ids", "rows", "pairs", ...
    effect : float
        The bias seen, in the unit of ``detectable``.
    detectable : float
        The smallest bias that the test finds with probability 0.99, at a false-alarm rate of 1e-6 / 32.
    detects : str
        The same in words, with its unit.
    note : str
        What else there is to know, or nothing.
    calibrated : bool
        Whether p-values of a faithful sampler are uniform; False for bounds, which are larger than that.
    p_adjusted : float
        By Holm's rule over all tests of the check; nan before that.
    """

    name: str
    statistic: float
    df: int | None
    p_value: float
    n: int
    unit: str
    effect: float
    detectable: float
    detects: str
    note: str = ""
    calibrated: bool = True
    p_adjusted: float = math.nan

    @property
    def passed(self) -> bool:
        """Whether the adjusted p-value is 1e-6 or more."""
        return self.p_adjusted >= ALPHA


def adjusted(tests: Sequence[FidelityTest]) -> tuple[FidelityTest, ...]:
    """The tests of a check with their p-values adjusted for their number."""
    if len(tests) > MOST_TESTS:
        raise AssertionError(f"{len(tests)} tests, but their power is stated for {MOST_TESTS} at most")
    adjusted_p = holm([test.p_value for test in tests])
    return tuple(replace(test, p_adjusted=float(p)) for test, p in zip(tests, adjusted_p, strict=True))


def never(name: str, found: int, of: int, unit: str, what: str) -> FidelityTest:
    """``found`` forbidden events in ``of`` trials; a faithful sampler passes always."""
    size = detectable_frequency(of)
    return FidelityTest(
        name,
        float(found),
        None,
        float(found == 0),
        n=of,
        unit=unit,
        effect=found / of,
        detectable=size,
        detects=f"{what} with a probability of {size:.1e}",
        calibrated=False,
    )


@dataclass(frozen=True)
class TableAudit:
    """The law q of a finished table against the noise distribution p.

    Attributes
    ----------
    n_ids : int
        V.
    nonzero : int
        Ids of positive weight.
    total_variation : float
        Half the sum of ``|q - p|``.
    max_relative_error : float
        The largest ``|q / p - 1|`` among ids of positive weight.
    worst_id : int
        Where that is.
    worst_implied, worst_target : float
        q and p there.
    never_drawn : int
        Ids of positive weight that can never be drawn.
    never_drawn_mass : float
        What they should have together.
    impossible : int
        Ids of weight zero that can be drawn.
    impossible_mass : float
        What they have together.
    draws_to_notice : float
        Draws with which a chi-square over the ids of positive weight, those expected fewer than 10 times
        merged, notices with probability 0.99 at a false-alarm rate of 1e-6; inf for an exact table.
    """

    n_ids: int
    nonzero: int
    total_variation: float
    max_relative_error: float
    worst_id: int
    worst_implied: float
    worst_target: float
    never_drawn: int
    never_drawn_mass: float
    impossible: int
    impossible_mass: float
    draws_to_notice: float

    def __str__(self) -> str:
        lines = [
            f"table: total variation {self.total_variation:.2g} from the noise distribution; a chi-square would "
            f"need {self.draws_to_notice:.2g} draws to notice",
            f"table: worst is id {self.worst_id}, {self.worst_implied:.3g} in place of {self.worst_target:.3g} "
            f"({self.worst_implied / self.worst_target - 1:+.2g})",
        ]
        if self.never_drawn:
            lines.append(
                f"table: {self.never_drawn:,} of {self.nonzero:,} ids can never be drawn; they should come with "
                f"probability {self.never_drawn_mass:.2g}"
            )
        if self.impossible:
            lines.append(
                f"table: {self.impossible:,} ids of weight zero come with probability {self.impossible_mass:.2g}"
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class FidelityResult:
    """The verdict on one sampler.

    Attributes
    ----------
    sampler : str
        Its name.
    n_ids : int
        V.
    k, rows : int
        The shape of the main stream.
    replacement : bool
        How its rows were drawn.
    tests : tuple of FidelityTest
        All tests, in the order in which they ran.
    audit : TableAudit or None
        What the finished table says without a draw; None for a sampler without one.
    observed : ndarray, int64 (V,)
        How often each id came in the main stream.
    false_alarm : float
        The probability that a faithful sampler fails the whole check: 1e-6.
    """

    sampler: str
    n_ids: int
    k: int
    rows: int
    replacement: bool
    tests: tuple[FidelityTest, ...]
    audit: TableAudit | None
    observed: NDArray[np.int64] = field(repr=False, compare=False)
    false_alarm: float = ALPHA

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(test.passed for test in self.tests)

    def test(self, name: str) -> FidelityTest:
        """One test of the check.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        FidelityTest
            The test of that name.

        Raises
        ------
        KeyError
            When the check had none.
        """
        found = next((test for test in self.tests if test.name == name), None)
        if found is None:
            raise KeyError(f"no test {name!r}; there are {[test.name for test in self.tests]}")
        return found

    def to_dict(self) -> dict[str, Any]:
        """All but the counts, for JSON.

        Returns
        -------
        dict
            None stands for an infinity, which JSON lacks.
        """
        about = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("tests", "audit", "observed")}
        tests = [_finite(vars(test) | {"passed": test.passed}) for test in self.tests]
        table = None if self.audit is None else _finite(vars(self.audit))
        return about | {"passed": self.passed, "tests": tests, "audit": table}

    def __str__(self) -> str:
        mode = "with" if self.replacement else "without"
        head = (
            f"{self.sampler}: {'faithful' if self.passed else 'NOT faithful'} in {self.rows:,} rows of "
            f"{self.k}, {mode} replacement, V={self.n_ids:,}"
        )
        titles = ("test", "", "p", "adjusted", f"finds with probability {POWER}")
        table = [titles, *map(_line, self.tests)]
        widths = [max(len(row[column]) for row in table) for column in range(len(titles) - 1)]
        lines = ["  ".join([*map(str.ljust, row, widths), row[-1]]) for row in table]
        notes = [f"{test.name}: {test.note}" for test in self.tests if test.note]
        about = (
            f"A faithful sampler fails with probability {self.false_alarm:g}; "
            f"adjusted: by Holm's rule, for {len(self.tests)} tests."
        )
        return "\n".join([head, *lines, *notes, about, *([] if self.audit is None else [str(self.audit)])])


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}


def _line(test: FidelityTest) -> tuple[str, ...]:
    verdict = "pass" if test.passed else "FAIL"
    return test.name, verdict, f"{test.p_value:.3g}", f"{test.p_adjusted:.3g}", test.detects
