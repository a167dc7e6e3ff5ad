# SPDX-License-Identifier: MIT
"""What does an import cost in a fresh interpreter, beside those of the libraries around it?"""

from __future__ import annotations

from importlib.util import find_spec

from .suite import not_applicable, why_not

CODE = {
    "numpy": "import numpy",
    "samplers": "import samplers",
    "samplers.create alias": "import samplers; samplers.create('alias', [3, 2, 1], rng=42).sample(1, 5)",
    "scipy.stats": "import scipy.stats",
    "torch": "import torch",
}
STRATEGY = {"samplers.create alias": "alias"}  # which one a statement needs


class Import:
    """Seconds, the start of the interpreter excluded."""

    params = (list(CODE),)
    param_names = ("module",)
    version = "1"
    timeout = 120
    repeat = 5

    @staticmethod
    def why_not(module: str) -> str | None:
        """A library that is not installed, or a strategy that this version of ours lacks."""
        library = module.partition(".")[0]
        if not find_spec(library):
            return f"{library} is not installed"
        return why_not(STRATEGY[module]) if module in STRATEGY else None

    def setup(self, module: str) -> None:
        """Say n/a where there is nothing to import."""
        not_applicable(self.why_not(module))

    def timeraw_import(self, module: str) -> str:
        """The statement that asv runs in a process of its own."""
        return CODE[module]
