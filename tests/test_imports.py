# SPDX-License-Identifier: MIT
"""Who may import whom, read from the source of the library."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "samplers"

# A layer may import the layers before it and itself, nothing later.
LAYERS = [
    {
        "kept",
        "processes",
        "progress",
        "threads",
        "undo",
        "files",
        "waiting",
        "exclude_forms",
        "expectation",
        "counts",
        "weights",
        "reading",
        "arguments",
        "kernels",
        "noise",
        "exclusion",
        "redraws",
        "torch_tools",
        "classes",
        "quantise",
        "features",
        "timing",
        "inclusion",
    },
    {"base"},
    {"positional"},
    {"strategies"},
    {"registry", "fidelity"},
    {"verdict"},
    {"fastest"},
    {"__init__", "__version__"},
    {"commands"},
    {"__main__"},
]
SEEN_BY_FIDELITY = {"base", "noise", "inclusion", "arguments", "kept", "progress", "waiting"}
NEVER = {
    "asv",
    "asv_runner",
    "matplotlib",
    "jinja2",
    "benchmarks",
    "reports",
    "tests",
    "gensim",
    "wordfreq",
    "pandas",
    "polars",
    "xarray",
}
ONLY_INSIDE_FUNCTIONS = {"torch", "scipy", "rich"}


def sources() -> list[Path]:
    return sorted(path for path in LIBRARY.rglob("*.py*") if path.suffix in (".py", ".pyx", ".pxd"))


def imports(path: Path) -> list[tuple[str, bool]]:
    """(dotted name, whether at the top level) of every import; relative ones made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return [(m[1], True) for m in re.finditer(r"^(?:from|import|cimport) +([\w.]+)", text, re.MULTILINE)]
    tree = ast.parse(text)
    found = []
    for node in ast.walk(tree):
        top = isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset == 0
        if isinstance(node, ast.Import):
            found += [(alias.name, top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found += [(module, top)] if node.module else [(f"{module}.{a.name}", top) for a in node.names]
    return found


def layer_of(name: str) -> int:
    for number, layer in enumerate(LAYERS):
        if name in layer:
            return number
    raise AssertionError(f"samplers.{name} has no layer: say in tests/test_imports.py who may import it")


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_a_module_imports_only_what_lies_below_it(path):
    own = path.relative_to(LIBRARY).with_suffix("").parts
    for name, top in imports(path):
        root, _, rest = name.partition(".")
        assert root not in NEVER, f"{path.name} imports {name}"
        assert not (top and root in ONLY_INSIDE_FUNCTIONS), f"{path.name} imports {name} at the top"
        if root == "samplers" and rest:
            part = rest.split(".")
            assert layer_of(part[0]) <= layer_of(own[0]), f"{path.name} imports {name}"
            if own[0] == "strategies" == part[0]:
                assert part[1:] in ([], list(own[1:])), f"{path.name} imports another strategy: {name}"
            if own[0] == "fidelity" and part[0] != "fidelity":
                assert part[0] in SEEN_BY_FIDELITY, f"{path.name} sees more than the Sampler and its law: {name}"


@pytest.mark.parametrize("folder", ["benchmarks", "reports"])
def test_benchmarks_and_reports_meet_in_their_files_only(folder):
    other = {"benchmarks": "reports", "reports": "benchmarks"}[folder]
    for path in sorted((ROOT / folder).rglob("*.py")):
        for name, _ in imports(path):
            assert name.partition(".")[0] not in (other, "tests"), f"{path.name} imports {name}"
