# SPDX-License-Identifier: MIT
"""How much time does importing this library take in a new interpreter, compared with NumPy, SciPy and torch?"""

from __future__ import annotations

from importlib.util import find_spec

from .questions import Question
from .suite import not_applicable, why_not

CODE = {
    "numpy": "import numpy",
    "samplers": "import samplers",
    "samplers.create alias": "import samplers; samplers.create('alias', [3, 2, 1], rng=42).sample(1, 5)",
    "scipy.stats": "import scipy.stats",
    "torch": "import torch",
}
STRATEGY = {"samplers.create alias": "alias"}  # the strategy that a statement needs


class Import:
    """Seconds, without the start of the interpreter."""

    question = Question("import", "Import time", "How long does an import take in a new interpreter?", unit="seconds")
    params = (list(CODE),)
    param_names = ("module",)
    version = "1"
    timeout = 120
    repeat = 5

    @staticmethod
    def why_not(module: str) -> str | None:
        """Why a statement cannot run: its library is not installed, or this version lacks its strategy."""
        library = module.partition(".")[0]
        if not find_spec(library):
            return f"{library} is not installed"
        return why_not(STRATEGY[module]) if module in STRATEGY else None

    def setup(self, module: str) -> None:
        """n/a if the statement cannot run."""
        not_applicable(self.why_not(module))

    def timeraw_import(self, module: str) -> str:
        """The statement, which asv runs in a new process."""
        return CODE[module]
