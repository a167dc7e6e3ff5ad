# SPDX-License-Identifier: MIT
"""What asv finds in ``benchmarks/bench_*.py``, found in the same way."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import benchmarks
import samplers
from benchmarks import suite

MODULES = [
    import_module(f"benchmarks.{module.name}")
    for module in pkgutil.iter_modules(benchmarks.__path__)
    if module.name.startswith("bench_")
]
METHODS = [
    (kind, name)
    for module in MODULES
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if kind.__module__ == module.__name__
    for name in vars(kind)
    if name.startswith(("time_", "timeraw_", "track_", "peakmem_"))
]
CLASSES = list(dict.fromkeys(kind for kind, _ in METHODS))


def name_of(kind: type, method: str) -> str:
    """As asv calls it."""
    return f"{kind.__module__.removeprefix('benchmarks.')}.{kind.__name__}.{method}"


def usable() -> list[str]:
    """The samplers that can run here and draw from any law."""
    return [name for name in samplers.names() if suite.why_not(name) is None]
