# SPDX-License-Identifier: MIT
"""The cells that every machine measures, and the tables and ids that every machine proves.

A change of these lists is a new version of `MACHINE`: files of all machines must have the same cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import samplers

from ..documents import Document
from ..workloads import WORKLOADS, noise_of

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINE = Document("machine", 1, "python -m reports submit", "the cells of a machine", cores=1)
FOLDER = Path("reports/published/machines")
SEED = 42
# Two programs on one core take turns of some milliseconds. The processor time leaves out those of the other program.
CLOCK = "processor time"
# Every machine has ours. The others are what people use, and may be left out if a package is missing.
OURS = ("alias", "spectrum", "alias_distinct", "spectrum_distinct", "uniform")
LAWS: dict[str, Callable[[], Any]] = {
    **{name: partial(noise_of, name) for name in WORKLOADS},
    "uniform_1e6": partial(samplers.uniform, 10**6),
}


@dataclass(frozen=True)
class Cell:
    """What is timed: the samplers of a cell take turns.

    Attributes
    ----------
    law : str
        A key of `LAWS`.
    rows, k : int
        Of a call.
    request : str
        A key of `benchmarks.requests.REQUESTS`.
    samplers : tuple of str
        Ours first.
    """

    law: str
    rows: int
    k: int
    request: str
    samplers: tuple[str, ...]

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What names it in the file."""
        return self.law, self.rows, self.k, self.request


@dataclass(frozen=True)
class Case:
    """What is proved: a table and the ids that are drawn from it.

    Attributes
    ----------
    law : str
        A key of `LAWS`.
    strategy : str
        A strategy whose ids are the same on every machine.
    replacement : bool
    shown : bool
        Whether the file has the first ids themselves, and not their digest alone.
    """

    law: str
    strategy: str
    replacement: bool = True
    shown: bool = False

    @property
    def key(self) -> tuple[str, str, bool]:
        """What names it in the file."""
        return self.law, self.strategy, self.replacement


INTO, PLAIN, ONE, HISTORIES = "out int64", "plain", "one id", "history, IdSets"
BOTH = ("alias", "spectrum")
FULL = (*BOTH, "cum_table", "numpy_choice", "torch_one_call")
SHORT = (*BOTH, "cum_table", "numpy_choice")
MANY, USUAL, FEW = 16_384, 1024, 64

CELLS = (
    *(Cell(law, MANY, 5, INTO, FULL) for law in ("zipf_1e2", "zipf_1e4", "english", "zipf_1e6")),
    Cell("zipf_1e7", MANY, 5, INTO, (*BOTH, "cum_table")),
    *(Cell(law, USUAL, k, INTO, SHORT) for law in ("zipf_1e4", "zipf_1e6") for k in (1, 64)),
    *(Cell("zipf_1e4", rows, 5, PLAIN, SHORT) for rows in (1, USUAL)),
    *(Cell(law, USUAL, 5, ONE, SHORT) for law in ("zipf_1e4", "english")),
    Cell("zipf_1e4", USUAL, 5, HISTORIES, (*BOTH, "cum_table")),
    *(
        Cell(law, FEW, 5, INTO, ("alias_distinct", "spectrum_distinct", "multinomial", "torch_one_call_distinct"))
        for law in ("zipf_1e2", "zipf_1e4")
    ),
    Cell("uniform_1e6", MANY, 5, INTO, ("uniform", "numpy_integers", "torch_randint")),
)

SHOWN = ("zipf_1e4", "english")
CASES = (
    *(
        Case(law, strategy, shown=law in SHOWN)
        for law in ("zipf_1e2", "zipf_1e4", "english", "zipf_1e6", "zipf_1e7")
        for strategy in BOTH
    ),
    *(
        Case(law, strategy, replacement=False, shown=law == "zipf_1e4")
        for law in ("zipf_1e4", "english")
        for strategy in BOTH
    ),
    Case("uniform_1e6", "uniform", shown=True),
)
