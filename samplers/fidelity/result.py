# SPDX-License-Identifier: MIT
"""The result of a fidelity check."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from .power import ALPHA, MOST_TESTS, POWER, detectable_frequency, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


COLUMNS = 100  # of a terminal


@dataclass(frozen=True)
class FidelityTest:
    """The result of a test of a check.

    Attributes
    ----------
    name : str
        The name of the test.
    statistic : float
        The value of the statistic.
    df : int or None
        Degrees of freedom, if the statistic has them.
    p_value : float
        The probability, for a faithful sampler, of a statistic that is at least as extreme, or a bound on it. 0 or 1 if
        a faithful sampler always passes the test.
    n : int
        The sample size.
    unit : str
        The unit of the sample: "ids", "rows", "pairs", ...
    effect : float
        The observed bias, in the unit of ``detectable``.
    detectable : float
        The smallest bias that the test detects with probability 0.99, at a false-alarm rate of 1e-6 / 64. If it is a
        relative error of cells, the error must be spread over the cells.
    detects : str
        The same as text, with its unit, and ``detectable_rare``.
    note : str
        A remark, or "".
    calibrated : bool
        Whether the p-values of a faithful sampler are uniform. False for bounds, which are larger, for statistics of
        few values (6 cells of ids or fewer), and if the p-value depends mostly on a fixed randomisation.
    detectable_rare : float
        In the unit of ``detectable``: the smallest error that is detected with probability 0.99 if the rarest cell has
        all of it, because its ids are drawn too often. This is the worst case. nan if it is not computed, inf if no
        surplus of this cell is detected.
    p_adjusted : float
        The p-value, adjusted by Holm's rule over all tests of the check; nan before.
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
    detectable_rare: float = math.nan
    p_adjusted: float = math.nan

    @property
    def passed(self) -> bool:
        """Whether the adjusted p-value is 1e-6 or more."""
        return self.p_adjusted >= ALPHA


def adjusted(tests: Sequence[FidelityTest]) -> tuple[FidelityTest, ...]:
    """The tests of a check, with adjusted p-values."""
    if len(tests) > MOST_TESTS:
        raise AssertionError(f"{len(tests)} tests, but their power is stated for {MOST_TESTS} at most")
    adjusted_p = holm([test.p_value for test in tests])
    return tuple(replace(test, p_adjusted=float(p)) for test, p in zip(tests, adjusted_p, strict=True))


def never(name: str, events: int, trials: int, unit: str, what: str) -> FidelityTest:
    """A test that fails if a forbidden event occurred in any of the trials. A faithful sampler always passes."""
    size = detectable_frequency(trials)
    return FidelityTest(
        name,
        float(events),
        None,
        float(events == 0),
        n=trials,
        unit=unit,
        effect=events / trials,
        detectable=size,
        detects=f"{what} with a probability of {size:.1e}",
        calibrated=False,
    )


@dataclass(frozen=True)
class TableAudit:
    """The differences between the law q of a finished table and the noise distribution p.

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
        The id with the largest relative error.
    worst_implied, worst_target : float
        q and p of this id.
    never_drawn : int
        Ids of positive weight that can never be drawn.
    never_drawn_mass : float
        Their total probability under p.
    impossible : int
        Ids of weight zero that can be drawn.
    impossible_mass : float
        Their total probability under q.
    draws_to_notice : float
        The number of draws with which a chi-square over the ids of positive weight detects the error with probability
        0.99, at a false-alarm rate of 1e-6. Ids with expected counts below 10 are merged. inf for an exact table.
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
        return "\n".join(_wrapped("", line) for line in lines)


@dataclass(frozen=True)
class FidelityResult:
    """The verdict on one sampler.

    Attributes
    ----------
    sampler : str
        The name of the sampler.
    n_ids : int
        V.
    k, rows : int
        The shape of the main stream.
    replacement : bool
        Whether the rows were drawn with replacement.
    tests : tuple of FidelityTest
        All tests, in the order in which they ran.
    audit : TableAudit or None
        The exact errors of the finished table; None if the sampler has no table.
    observed : ndarray, int64 (V,)
        The count of each id in the main stream.
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
        """A test of the check, by its name.

        Parameters
        ----------
        name : str
            The name of the test.

        Returns
        -------
        FidelityTest
            The test with that name.

        Raises
        ------
        KeyError
            If the check had no such test.
        """
        match = next((test for test in self.tests if test.name == name), None)
        if match is None:
            raise KeyError(f"no test {name!r}; there are {[test.name for test in self.tests]}")
        return match

    def to_dict(self) -> dict[str, Any]:
        """The result without ``observed``, for JSON.

        Returns
        -------
        dict
            None replaces infinity and nan, which JSON does not have.
        """
        head = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("tests", "audit", "observed")}
        tests = [_finite(vars(test) | {"passed": test.passed}) for test in self.tests]
        table = None if self.audit is None else _finite(vars(self.audit))
        return head | {"passed": self.passed, "tests": tests, "audit": table}

    def __str__(self) -> str:
        mode = "with" if self.replacement else "without"
        head = (
            f"{self.sampler}: {'faithful' if self.passed else 'NOT faithful'} in {self.rows:,} rows of "
            f"{self.k}, {mode} replacement, V={self.n_ids:,}"
        )
        titles = ("test", "", "p", "adjusted", f"finds with probability {POWER}")
        table = [titles, *map(_line, self.tests)]
        widths = [max(len(row[column]) for row in table) for column in range(len(titles) - 1)]
        lines = [_wrapped("  ".join(map(str.ljust, row, widths)) + "  ", row[-1]) for row in table]
        notes = [_wrapped("", f"{test.name}: {test.note}") for test in self.tests if test.note]
        footer = (
            f"A faithful sampler fails with probability {self.false_alarm:g}; "
            f"adjusted: by Holm's rule, for {len(self.tests)} tests."
        )
        tables = [] if self.audit is None else [str(self.audit)]
        return "\n".join([_wrapped("", head), *lines, *notes, _wrapped("", footer), *tables])


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}


def _wrapped(start: str, text: str) -> str:
    """``start`` and ``text`` in lines of at most `COLUMNS`; further lines of the text are below its first one."""
    indent = " " * (len(start) or 2)
    return textwrap.fill(
        text,
        max(COLUMNS, len(start) + 20),
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _line(test: FidelityTest) -> tuple[str, ...]:
    verdict = "pass" if test.passed else "FAIL"
    return test.name, verdict, f"{test.p_value:.3g}", f"{test.p_adjusted:.3g}", test.detects
