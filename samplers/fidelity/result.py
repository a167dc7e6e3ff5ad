# SPDX-License-Identifier: MIT
"""What a fidelity check returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class FidelityTest:
    """One test of a check.

    Attributes
    ----------
    name : str
    statistic : float
    df : int or None
        Degrees of freedom, for a statistic that has them.
    p_value : float
        Probability, for a faithful sampler, of a statistic at least as far off; 0 or 1 for a test that a
        faithful sampler passes always.
    passed : bool
    detectable : float
        The smallest bias that the test finds with probability 0.99 at this number of draws.
    detects : str
        The same in words, with its unit.
    note : str
    """

    name: str
    statistic: float
    df: int | None
    p_value: float
    passed: bool
    detectable: float
    detects: str
    note: str = ""


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
        The shape drawn.
    replacement : bool
    tests : tuple of FidelityTest
    total_variation, total_variation_expected : float
        Distance of the observed frequencies from p, and what a faithful sampler shows on average at this
        number of draws.
    observed : ndarray, int64 (V,)
        The counts tested: of all columns with replacement, of the first column without.
    """

    sampler: str
    n_ids: int
    k: int
    rows: int
    replacement: bool
    tests: tuple[FidelityTest, ...]
    total_variation: float
    total_variation_expected: float
    observed: NDArray[np.int64] = field(repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(test.passed for test in self.tests)

    def __str__(self) -> str:
        mode = "with" if self.replacement else "without"
        head = (
            f"{self.sampler}: {'faithful' if self.passed else 'NOT faithful'} in {self.rows:,} rows of "
            f"{self.k}, {mode} replacement, V={self.n_ids:,}"
        )
        table = [("test", "statistic", "p", "verdict", "detects with probability 0.99")]
        for test in self.tests:
            df = "" if test.df is None else f" ({test.df} df)"
            verdict = "pass" if test.passed else "FAIL"
            table.append((test.name, f"{test.statistic:.6g}{df}", f"{test.p_value:.3g}", verdict, test.detects))
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]) - 1)]
        lines = ["  ".join([*map(str.ljust, row, widths), row[-1]]) for row in table]
        notes = [f"{test.name}: {test.note}" for test in self.tests if test.note]
        return "\n".join([head, *lines, *notes])
