# SPDX-License-Identifier: MIT
"""A strategy in a package of somebody else shows up everywhere without a line changed here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MODULE = '''
import numpy as np
import samplers

class ScratchSearch(samplers.Sampler):
    """numpy.searchsorted over the cumulative probabilities."""
    name = "scratch_search"
    source = "a scratch package"
    stream = "numpy default_rng"

    def _build(self):
        self._cumulative = np.cumsum(self.noise.probabilities)
        self._cumulative /= self._cumulative[-1]

    def _seed(self, rng):
        self._rng = rng

    def _fill(self, out):
        out[...] = np.searchsorted(self._cumulative, self._rng.random(out.shape), side="right")

    @property
    def nbytes(self):
        return self._cumulative.nbytes
'''
ENTRY_POINTS = "[samplers.strategies]\nscratch_search = scratch_package:ScratchSearch\n"
METADATA = "Metadata-Version: 2.1\nName: scratch-package\nVersion: 1.0\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder as pip leaves it behind: the module and its metadata."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "scratch_package.py").write_text(MODULE)
    info = folder / "scratch_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def run(site: Path, *command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_named_after_all_others(site):
    code = "import benchmarks, samplers; print(samplers.names()[-1], samplers.origin('scratch_search'))"
    assert run(site, "-c", code).split() == ["scratch_search", "entry", "point"]


def test_the_contract_tests_run_over_it_and_it_passes(site):
    output = run(
        site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_contract.py",
        "tests/test_bad_input.py", "-k", "scratch_search",
    )  # fmt: skip
    assert int(output.split(" passed")[0].split()[-1]) > 50


def test_the_benchmarks_time_it(site):
    code = (
        "from benchmarks.bench_sample import Sample\n"
        "from benchmarks.__main__ import quick_options\n"
        "cell = ('scratch_search', 'zipf_1e2', 64, 5)\n"
        "assert cell[0] == Sample.params[0][-1]\n"
        "assert any('scratch_search' in option for option in quick_options())\n"
        "bench = Sample(); bench.setup(*cell); bench.time_sample(*cell); print(bench.number)"
    )
    assert int(run(site, "-c", code)) >= 1


@pytest.mark.slow
def test_it_is_in_the_report(site, tmp_path):
    """Its fidelity checked, its time measured by asv's runner, and both in the page."""
    fidelity = tmp_path / "fidelity.json"
    run(
        site, "-m", "benchmarks.fidelity", "--out", str(fidelity), "--workloads", "zipf_1e2",
        "--samplers", "scratch_search", "cum_table",
    )  # fmt: skip
    results = json.loads(fidelity.read_text())["results"]
    assert {r["sampler"]: r["passed"] for r in results} == {"scratch_search": True, "cum_table": True}
    code = (
        "import time; from benchmarks.bench_sample import Sample\n"
        "cell = ('scratch_search', 'zipf_1e2', 64, 5); b = Sample(); b.setup(*cell)\n"
        "start = time.perf_counter(); b.time_sample(*cell); print(time.perf_counter() - start)"
    )
    seconds = float(run(site, "-c", code))
    asv = tmp_path / "results" / "box"
    asv.mkdir(parents=True)
    (asv / "machine.json").write_text(json.dumps({"machine": "box", "version": 1}))
    key, columns = "bench_sample.Sample.time_sample", ["result", "params", "version"]
    params = [["'cum_table'", "'scratch_search'"], ["'zipf_1e2'"], ["64"], ["5"]]
    stored = {
        "commit_hash": "0" * 40, "env_name": "existing", "date": 0, "params": {}, "python": "3.11",
        "requirements": {}, "env_vars": {}, "result_columns": columns, "durations": {}, "version": 2,
        "results": {key: [[seconds, seconds], params, "1"]},
    }  # fmt: skip
    (asv / "00000000-existing.json").write_text(json.dumps(stored))
    benchmark = {"name": key, "param_names": ["sampler", "workload", "rows", "k"], "params": params,
                 "unit": "seconds", "type": "time", "version": "1"}  # fmt: skip
    (tmp_path / "results" / "benchmarks.json").write_text(json.dumps({key: benchmark, "version": 2}))
    out = tmp_path / "report"
    run(
        site, "-m", "reports", "--asv-dir", str(tmp_path / "results"), "--fidelity", str(fidelity),
        "--out", str(out),
    )  # fmt: skip
    assert "scratch_search" in (out / "index.html").read_text()
    assert "scratch_search" in (out / "REPORT.md").read_text()
