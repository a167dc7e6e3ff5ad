# SPDX-License-Identifier: MIT
"""Importing the library and drawing ids needs NumPy alone; what needs more names the package and the cure."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Without these, as after `pip install negative-samplers`.
WITHOUT = """
import sys
ABSENT = {"scipy", "rich", "torch", "pandas", "gensim", "dask", "zarr"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import importlib.util
installed = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name.partition(".")[0] in ABSENT else installed(name, package)
)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT + program], capture_output=True, text=True, check=False)


def test_drawing_needs_numpy_alone():
    done = run(
        "import numpy as np, samplers\n"
        "for name in samplers.names():\n"
        "    if samplers.origin(name) == 'built-in' and samplers.why_unavailable(name) is None:\n"
        "        options = {'table_size': 1000} if name == 'unigram_table' else {}\n"
        "        counts = {'the': 5, 'cat': 5, 'sat': 5} if name == 'uniform' else {'the': 5, 'cat': 2, 'sat': 9}\n"
        "        sampler = samplers.create(name, counts, rng=1, **options)\n"
        "        ids = sampler.sample(7, 2, exclude=[0, 1, 2, 0, 1, 2, 0])\n"
        "        assert sampler.log_expected_count(ids, 2).shape == (7, 2)\n"
        "        print(name)\n"
        "sampler = samplers.fastest([5, 2, 9], rng=1, replacement=False, k=2)\n"
        "print(sampler.sample_rows([3, 4], 2).shape, samplers.recommend([5, 2]).name)\n"
        "assert not {'scipy', 'rich', 'torch'} & sys.modules.keys()\n"
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert {"bisect", "cum_table", "unigram_table", "alias", "spectrum", "uniform"} <= set(lines)
    assert lines[-1] == "(2, 2) alias"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("samplers.check_fidelity(s)", "check_fidelity needs scipy, which is not installed: pip install scipy"),
        ("samplers.fidelity.EProcess(s.noise)", "EProcess needs scipy, which is not installed: pip install scipy"),
        (
            "samplers.create('alias', [5, 2, 1], replacement=False).expected_counts(2)",
            "the expected count of distinct ids needs scipy, which is not installed: pip install scipy",
        ),
        (
            "from samplers.progress import Progress; Progress(True, 1, '')",
            "progress=True needs rich, which is not installed: pip install rich",
        ),
        (
            "import samplers.integrations.torch",
            "samplers.integrations.torch needs torch, which is not installed: pip install torch",
        ),
        (
            "import samplers.integrations.dask",
            "samplers.integrations.dask needs dask, which is not installed: pip install dask",
        ),
        ("samplers.create('multinomial', [5, 2])", "torch is not installed: pip install torch"),
    ],
)
def test_what_needs_more_names_the_cure(code, message):
    done = run(f"import samplers, samplers.fidelity\ns = samplers.create('alias', [5, 2], rng=1)\n{code}")
    assert done.returncode == 1
    assert message in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(("command", "needed"), [("list", "rich"), ("check", "scipy"), ("recommend", "rich")])
def test_a_command_that_needs_more_ends_with_2(command, needed, tmp_path):
    (tmp_path / "c.txt").write_text("the 5\ncat 2\n")
    arguments = {"list": [], "check": ["alias"], "recommend": ["--measure"]}[command]
    counts = [] if command == "list" else ["--counts", str(tmp_path / "c.txt")]
    done = run(f"from samplers.__main__ import main\nraise SystemExit(main({[command, *arguments, *counts]}))")
    assert done.returncode == 2
    assert f"needs {needed}, which is not installed: pip install {needed}" in done.stderr
    assert "Traceback" not in done.stderr


def test_ids_are_written_without_more(tmp_path):
    (tmp_path / "c.txt").write_text("the 5\ncat 2\n")
    arguments = ["sample", "alias", "--counts", str(tmp_path / "c.txt"), "--rows", "3"]
    done = run(f"from samplers.__main__ import main\nraise SystemExit(main({arguments}))")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_two_runs_are_recorded_and_compared_without_more(tmp_path):
    done = run(
        "import sys, samplers\n"
        "from samplers.reproducibility import Recorder, compare, seed_everything\n"
        "for name, seed in (('a', 1), ('b', 2)):\n"
        f"    recorder = Recorder({str(tmp_path)!r} + f'/{{name}}.json')\n"
        "    recorder.sampler(samplers.create('alias', [5, 2, 9], rng=seed))\n"
        "    recorder.write()\n"
        f"print(compare({str(tmp_path)!r} + '/a.json', {str(tmp_path)!r} + '/b.json').causes[0].text)\n"
        "print(list(seed_everything(1).read_back))\n"
        "assert not {'scipy', 'rich', 'torch'} & sys.modules.keys()\n"
        "seed_everything(1, libraries=('torch',))\n"
    )
    assert done.stdout.splitlines() == ["another seed of the sampler", "['random', 'numpy']"]
    message = "libraries=('torch',) needs torch, which is not installed: pip install torch"
    assert message in done.stderr.strip().splitlines()[-1]
