# SPDX-License-Identifier: MIT
"""Strategies in a package of somebody else show up everywhere, without a line changed here: tests/plug_in_package.

`scratch_search` is good, `scratch_race` draws distinct ids only, `scratch_device` cannot run here, `scratch_broken`
cannot be loaded. The tests of the whole suite must pass beside them too: `.ci/run` installs the package.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tests" / "plug_in_package"
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
POINTS = PROJECT["entry-points"]["samplers.strategies"]
GOOD, DISTINCT, DEVICE, BROKEN = "scratch_search", "scratch_race", "scratch_device", "scratch_broken"
REASONS = {
    DEVICE: "this machine has no quantum device",
    BROKEN: "cannot be loaded: ModuleNotFoundError: No module named 'a_module_that_is_not_installed'",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The package as pip leaves it behind, its metadata included."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE / "scratch_samplers", folder / "scratch_samplers")
    info = folder / f"scratch_samplers-{PROJECT['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PROJECT['name']}\nVersion: {PROJECT['version']}\n")
    lines = [f"{name} = {target}" for name, target in POINTS.items()]
    (info / "entry_points.txt").write_text("\n".join(["[samplers.strategies]", *lines, ""]))
    return folder


def started(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Python beside the package; asv hands its own variable on to the interpreters that it starts."""
    paths = os.pathsep.join([str(ROOT), str(site)])
    environment = os.environ | {"PYTHONPATH": paths, "ASV_PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    line = [sys.executable, *command]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def run(site: Path, *command: str) -> str:
    done = started(site, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_good_strategy_is_the_one_of_the_docs():
    page = (ROOT / "docs" / "adding-a-strategy.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    assert (PACKAGE / "scratch_samplers" / "search.py").read_text(encoding="utf-8").endswith(f'"""\n\n{example}')


def test_they_are_named_after_all_others_and_say_why_they_cannot_run(site):
    code = (
        f"import json, benchmarks, samplers; names = samplers.names()[-{len(POINTS)}:]\n"
        "print(json.dumps([[n, samplers.origin(n), samplers.why_unavailable(n)] for n in names]))"
    )
    expected = [[name, "entry point", REASONS.get(name)] for name in sorted(POINTS)]
    assert json.loads(run(site, "-c", code)) == expected


def test_the_command_line_copes(site, tmp_path):
    listed = {about["name"]: about for about in json.loads(run(site, "-m", "samplers", "list", "--json"))}
    assert [listed[name]["unavailable"] for name in (GOOD, DISTINCT, DEVICE, BROKEN)] == [None, None, *REASONS.values()]
    assert (listed[DISTINCT]["replacement"], listed[BROKEN]["replacement"]) == ([False], None)
    counts = tmp_path / "counts.txt"
    counts.write_text("the 1000\ncat 400\nsat 30\nmat 5\n")
    drawn = run(site, "-m", "samplers", "sample", DISTINCT, "--counts", str(counts), "--rows", "9", "--k", "4")
    assert [sorted(line.split()) for line in drawn.splitlines()] == [["0", "1", "2", "3"]] * 9
    for name, reason in REASONS.items():
        refused = started(site, "-m", "samplers", "check", name, "--counts", str(counts))
        assert (refused.returncode, refused.stderr) == (2, f"samplers: {name} cannot run here: {reason}\n")


@pytest.mark.slow
def test_the_contract_tests_run_over_them_and_pass(site):
    output = run(
        site,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/test_contract.py",
        "tests/test_bad_input.py",
        "-k",
        " or ".join(POINTS),
    )
    assert int(re.search(r"(\d+) passed", output)[1]) > 100
    assert all(f"{name}: {reason}" in output for name, reason in REASONS.items())


def test_the_benchmarks_time_those_that_can_run(site):
    code = (
        "from benchmarks.bench_sample import Sample\n"
        "from benchmarks.profiles import quick\n"
        "from benchmarks.regions import contestants\n"
        f"assert Sample.params[0][-{len(POINTS)}:] == {sorted(POINTS)}\n"
        f"assert ({GOOD!r} in contestants(True), {DISTINCT!r} in contestants(False)) == (True, True)\n"
        f"cell = ({GOOD!r}, 'zipf_1e2', 64, 5)\n"
        "bench = Sample(); bench.setup(*cell); bench.time_sample(*cell)\n"
        "print('\\n'.join(option for step in quick() for option in step.options()))"
    )
    asked = run(site, "-c", code)
    assert f"'{GOOD}',\\ 'zipf_1e4',\\ 16384" in asked
    assert f"'{DISTINCT}',\\ 'zipf_1e4',\\ 64" in asked  # it pays for each row
    assert DEVICE not in asked
    assert BROKEN not in asked


@pytest.mark.slow
def test_asv_checks_the_benchmarks_beside_them(site):
    run(site, "-m", "asv", "check", "--environment", f"existing:{sys.executable}")


@pytest.mark.slow
def test_they_are_in_the_report(site, tmp_path):
    """Their fidelity checked, their times measured, and both in the page; of the others it says why not."""
    fidelity = tmp_path / "fidelity.json"
    code = (
        "import sys; from benchmarks import fidelity\n"
        "if __name__ == '__main__':\n"
        "    fidelity.numbers = lambda: [0]  # one broken sampler of 30\n"
        "    sys.exit(fidelity.main(sys.argv[1:]))"
    )
    (tmp_path / "checks.py").write_text(code)
    samplers = [*POINTS, "cum_table"]
    run(site, str(tmp_path / "checks.py"), "--out", str(fidelity), "--workloads", "zipf_1e2", "--samplers", *samplers)
    results = json.loads(fidelity.read_text())["results"]
    assert {r["sampler"]: r["passed"] for r in results} == {GOOD: True, DISTINCT: True, "cum_table": True}
    asv = tmp_path / "results" / "box"
    asv.mkdir(parents=True)
    (asv / "machine.json").write_text(json.dumps({"machine": "box", "version": 1}))
    key, columns = "bench_sample.Sample.time_sample", ["result", "params", "version"]
    params = [["'cum_table'", f"'{GOOD}'"], ["'zipf_1e2'"], ["64"], ["5"]]
    stored = {
        "commit_hash": "0" * 40,
        "env_name": "existing",
        "date": 0,
        "params": {},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": columns,
        "durations": {},
        "version": 2,
        "results": {key: [[4e-5, 1e-5], params, "1"]},
    }
    (asv / "00000000-existing.json").write_text(json.dumps(stored))
    benchmark = {
        "name": key,
        "param_names": ["sampler", "workload", "rows", "k"],
        "params": params,
        "unit": "seconds",
        "type": "time",
        "version": "1",
    }
    (tmp_path / "results" / "benchmarks.json").write_text(json.dumps({key: benchmark, "version": 2}))
    out = tmp_path / "report"
    code = "import sys; from reports.__main__ import main; sys.exit(main(sys.argv[1:]))"
    run(site, "-m", "benchmarks.questions", "--out", str(tmp_path / "questions.json"))
    said = run(site, "-c", code, "--documents", str(tmp_path), "--out", str(out))
    assert said.startswith(f"{GOOD} is the fastest faithful sampler on zipf_1e2")
    for name in ("index.html", "REPORT.md"):
        text = (out / name).read_text(encoding="utf-8").replace("&#39;", "'").replace("\\", "")
        assert all(strategy in text for strategy in POINTS)
        assert all(reason in text for reason in REASONS.values())
