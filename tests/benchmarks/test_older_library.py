# SPDX-License-Identifier: MIT
"""`asv continuous` puts older versions of the library below these benchmarks: what they lack is n/a, with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

import samplers
from benchmarks import bench_fidelity, bench_import, bench_limit, bench_threads, suite
from samplers.fidelity.result import FidelityTest
from samplers.kernels import rows as kernel
from tests.data.asv_methods import CLASSES, METHODS, name_of

ROOT = Path(__file__).resolve().parent.parent.parent
GONE = ("alias", "spectrum", "pool", "cuda_multinomial")
WITH_THEM = ("alias_distinct", "spectrum_distinct", "pool_reuse", "torch_one_call", "torch_one_call_distinct")

# A library from before some strategies, and before the compiled loops that the limit is measured with. asv's own runner
# looks the cells up, by their positions.
OLDER = """
import json, sys
from samplers import registry
for name in {gone}:
    del registry.BUILT_IN[name]
from samplers.kernels import rows
del rows.generate, rows.gather
from asv_runner.discovery import get_benchmark_from_name
found = []
for name, position in json.load(sys.stdin):
    benchmark = get_benchmark_from_name({root!r}, f"{{name}}-{{position}}")
    skipped = benchmark.do_setup()
    found.append([list(benchmark._current_params), skipped])
print(json.dumps(found))
"""


def cell_of(kind, **wanted) -> tuple[int, list]:
    """The first cell with some parameters: its position, and all of its parameters."""
    for position, cell in enumerate(product(*kind.params)):
        if wanted.items() <= dict(zip(kind.param_names, cell, strict=True)).items():
            return position, list(cell)
    raise AssertionError(wanted)


def test_what_an_older_library_lacks_is_not_applicable_and_all_else_is_ready():
    first = {kind: name_of(kind, method) for kind, method in reversed(METHODS)}
    over_samplers = [kind for kind in CLASSES if kind.param_names[0] == "sampler"]
    asked = [(kind, cell_of(kind, sampler=name), True) for kind in over_samplers for name in (*GONE, *WITH_THEM)]
    sample = next(kind for kind in CLASSES if kind.__name__ == "Sample")
    asked += [
        (sample, cell_of(sample, sampler=name, workload="zipf_1e2"), False) for name in ("bisect", "numpy_choice")
    ]
    limit = bench_limit.Limit
    asked += [(limit, cell_of(limit, part=part), True) for part in limit.params[0]]
    imports = bench_import.Import
    asked += [(imports, cell_of(imports, module=module), "alias" in module) for module in imports.params[0]]
    done = subprocess.run(
        [sys.executable, "-c", OLDER.format(gone=GONE, root=str(ROOT / "benchmarks"))],
        cwd=ROOT,
        capture_output=True,
        input=json.dumps([(first[kind], position) for kind, (position, _), _ in asked]),
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for (kind, (_, cell), skipped), found in zip(asked, json.loads(done.stdout.splitlines()[-1]), strict=True):
        assert found == [cell, skipped], kind  # under the same position as in the present library
    for reason in ("alias: this version of the library has no such strategy", "of samplers.kernels.rows has no "):
        assert reason in done.stdout


def test_an_option_that_a_strategy_lacks_is_told(monkeypatch):
    class Older(samplers.get("alias")):
        """alias, from before it had threads."""

        def _build(self) -> None:
            super()._build()

    monkeypatch.setattr("samplers.strategies.alias.Alias", Older)
    assert suite.lacks("alias", ("threads",)) == "this version of alias has no option threads"
    assert suite.lacks("spectrum", ("threads", "replacement")) is None
    suite.ready.cache_clear()  # another test may have left an `alias` with threads
    with pytest.raises(NotImplementedError, match="this version of alias has no option threads"):
        bench_threads.Threads().setup("alias", 1)
    assert suite.build("alias", "zipf_1e2").name == "alias"


def test_a_module_or_a_name_in_it_that_is_lacking_is_told():
    assert suite.needed("samplers.kernels.rows", "gather") is kernel
    with pytest.raises(NotImplementedError, match="this version of the library has no samplers.turbo"):
        suite.needed("samplers.turbo")
    with pytest.raises(NotImplementedError, match="this version of samplers.kernels.rows has no scatter"):
        suite.needed("samplers.kernels.rows", "gather", "scatter")


def test_a_module_that_breaks_is_no_older_version(monkeypatch, tmp_path):
    """A broken build must fail loudly."""
    (tmp_path / "needs_what_is_not_there.py").write_text("import no_such_module_anywhere")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        suite.needed("needs_what_is_not_there")


def test_checks_that_adjust_no_p_values_are_not_compared(monkeypatch):
    fields = {key: value for key, value in FidelityTest.__dataclass_fields__.items() if key != "p_adjusted"}
    monkeypatch.setattr(FidelityTest, "__dataclass_fields__", fields)
    with pytest.raises(NotImplementedError, match="adjust no p-values"):
        bench_fidelity.Fidelity().setup("alias", "zipf_1e4")


def test_the_ways_of_loading_are_those_of_the_library():
    """They are written down, so that an older library does not move the positions of the axis."""
    assert bench_limit.WAYS == kernel.GATHER_WAYS
