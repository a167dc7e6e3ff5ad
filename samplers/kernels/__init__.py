# SPDX-License-Identifier: MIT
"""Generators and loops in C, shared by the compiled strategies; they trust their input."""

from importlib.util import find_spec
from pathlib import Path

if find_spec(f"{__name__}.rows") is None:
    folder = Path(__file__).resolve().parents[2]
    raise ImportError(
        f"the C code of samplers is not compiled in {folder}: run `pip install -e .` there (it needs a C compiler), or "
        "start Python in another folder if samplers is installed elsewhere"
    )
