# SPDX-License-Identifier: MIT
"""Who may import whom, read from the source of the library."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "samplers"

# A layer may import the layers before it and itself, nothing later.
LAYERS = [
    {
        "arguments",
        "files",
        "progress",
        "waiting",
        "processes",
        "torch_tools",
        "undo",
        "info",
        "streaming",
        "sparse",
        "kernels",
    },
    {"laws"},
    {"sets"},
    {"base"},
    {"counter_based", "sequential"},
    {"tensors"},
    {"strategies"},
    {"registry", "fidelity"},
    {"recommendation", "saving", "testing", "reproducibility"},
    {"__init__", "__version__"},
    {"integrations"},
    {"commands"},
    {"__main__"},
]
SEEN_BY_FIDELITY = {"base", "laws", "sets", "arguments", "progress", "waiting"}
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


def of_integration(own: tuple[str, ...]) -> set[str]:
    """The library that a module of an integration is for, which nobody imports without that library."""
    return {own[1]} if own[0] == "integrations" else set()


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_a_module_imports_only_what_lies_below_it(path):
    own = path.relative_to(LIBRARY).with_suffix("").parts
    for name, top in imports(path):
        root, _, rest = name.partition(".")
        assert root not in NEVER, f"{path.name} imports {name}"
        assert not (top and root in ONLY_INSIDE_FUNCTIONS - of_integration(own)), f"{path.name}: {name} at the top"
        if root == "samplers" and rest:
            part = rest.split(".")
            assert layer_of(part[0]) <= layer_of(own[0]), f"{path.name} imports {name}"
            if own[0] == "strategies" == part[0]:
                assert part[1:] in ([], list(own[1:])), f"{path.name} imports another strategy: {name}"
            if own[0] == "fidelity" and part[0] != "fidelity":
                assert part[0] in SEEN_BY_FIDELITY, f"{path.name} sees more than the Sampler and its law: {name}"


# What `reports` may take of `benchmarks`: how its files are read, and nothing that measures, fits or writes.
READ_BY_REPORTS = {
    "benchmarks.documents",
    "benchmarks.checks",
    "benchmarks.questions",
    "benchmarks.matrix.records",
}
# `verify` recomputes what a machine's file states, and `submit` starts the measurement that writes one.
OF_MACHINES = {
    "machines": {"benchmarks.machines.cells"},
    "records": {"benchmarks.machines.cells"},
    "verify": {"benchmarks.machines.cells", "benchmarks.machines.proofs"},
    "series": {"benchmarks.machines.cells"},
    "__main__": {"benchmarks.machines.cells", "benchmarks.machines.measure"},
}


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").rglob("*.py")), ids=lambda path: path.stem)
def test_benchmarks_know_neither_reports_nor_tests(path):
    for name, _ in imports(path):
        assert name.partition(".")[0] not in ("reports", "tests"), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "reports").rglob("*.py")), ids=lambda path: path.stem)
def test_reports_take_of_benchmarks_what_reads_its_files_and_no_more(path):
    for name, _ in imports(path):
        root = name.partition(".")[0]
        assert root != "tests", f"{path.name} imports {name}"
        allowed = READ_BY_REPORTS | OF_MACHINES.get(path.stem, set())
        assert root != "benchmarks" or name in allowed, f"{path.name} imports {name}"


def modules(folder: str) -> dict[str, Path]:
    """Every module of a package by its dotted name; that of a package is the name of its folder."""
    files = [path for path in (ROOT / folder).rglob("*.py*") if path.suffix in (".py", ".pyx")]
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}
    return {name.removesuffix(".__init__"): path for name, path in dotted.items()}


def arrows(folder: str) -> dict[str, set[str]]:
    """Which modules of a package each of them imports, anywhere in its code, for type checking too."""
    known = modules(folder)
    imported: dict[str, set[str]] = {}
    for name, path in known.items():
        targets = set()
        for target, _ in imports(path):
            while target and target not in known:  # a name in a module, or of another package
                target = target.rpartition(".")[0]
            targets |= {target} - {"", name}
        imported[name] = targets
    return imported


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of arrows, its first node once more at the end; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert sorted(set(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}))) == ["b", "c"]


@pytest.mark.parametrize("folder", ["samplers", "benchmarks", "reports"])
def test_no_package_has_a_circle_of_imports(folder):
    assert circle(arrows(folder)) == []


def test_every_public_name_is_there_and_what_is_heavy_is_loaded_when_it_is_asked_for():
    program = (
        "import sys, samplers\n"
        "early = {name for name in sys.modules if name.startswith('samplers')}\n"
        "heavy = ('samplers.fidelity', 'samplers.kernels', 'samplers.recommendation', 'samplers.testing')\n"
        "print(sorted(name for name in early if name.startswith(heavy)), 'importlib.metadata' in sys.modules)\n"
        "print([name for name in samplers.__all__ if not hasattr(samplers, name) or name not in dir(samplers)])\n"
        "print(set(samplers._LATER) | set(samplers._MODULES) <= set(samplers.__all__), len(samplers.__version__) > 2)\n"
        "print(hasattr(samplers, 'no_such_name'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[] False", "[]", "True True", "False"]
