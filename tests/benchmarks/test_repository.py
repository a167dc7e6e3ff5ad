# SPDX-License-Identifier: MIT
"""Checkouts as others have them: asv and `python -m benchmarks` work, or say in one line what they need."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks.__main__ as command
from benchmarks import regions
from benchmarks.asv_steps import Record
from benchmarks.documents import REGIONS, Start, write
from benchmarks.repository import MISSING, ROOT, commit, why_no_history

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@b"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(autouse=True)
def _git_of_the_test_alone(monkeypatch, tmp_path):
    """No settings of this machine, and no variables of a git that runs the tests as a hook."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in [name for name in os.environ if re.fullmatch("GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)", name)]:
        monkeypatch.delenv(name)


def repository(folder: Path, commits: int = 2) -> Path:
    """A repository of two commits on `main`."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(commits):
        (folder / "file").write_text(str(number))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", str(number))
    return folder


def shallow(root: Path) -> Path:
    git(root, "clone", "--quiet", "--depth=1", repository(root / "origin").as_uri(), str(root / "shallow"))
    return root / "shallow"


def detached(root: Path) -> Path:
    found = repository(root / "detached")
    git(found, "checkout", "--quiet", "--detach")
    git(found, "branch", "--quiet", "-D", "main")
    return found


def another_branch(root: Path) -> Path:
    found = repository(root / "another branch")
    git(found, "branch", "--quiet", "-m", "topic/x")
    return found


def linked_tree(root: Path) -> Path:
    git(repository(root / "origin"), "worktree", "add", "--quiet", str(root / "tree"), "HEAD~1")
    return root / "tree"


GOOD = {
    "clone": lambda root: repository(root / "clone"),
    "shallow": shallow,
    "detached": detached,
    "another branch": another_branch,
    "a path with spaces": lambda root: repository(root / "with a space" / "and 'quotes'"),
    "linked work tree": linked_tree,
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_commit_is_all_that_is_needed(make, tmp_path):
    folder = make(tmp_path)
    assert why_no_history(folder) is None
    assert commit(folder) == (git(folder, "rev-parse", "HEAD"), False)
    (folder / "file").write_text("changed")
    assert commit(folder) == (git(folder, "rev-parse", "HEAD"), True)


def unpacked(root: Path) -> Path:
    (root / "zip").mkdir()
    return root / "zip"


def unpacked_in_a_repository(root: Path) -> Path:
    (repository(root / "outer") / "zip").mkdir()
    return root / "outer" / "zip"


BAD = {
    "ZIP": (unpacked, "is no git repository (an unpacked ZIP has no history): `git clone` the project"),
    "ZIP in another repository": (unpacked_in_a_repository, "is only a folder in the repository"),
    "no commit": (lambda root: repository(root / "new", commits=0), "has none yet: `git add .` and `git commit`"),
}


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_without_a_commit_the_need_and_the_cure_are_one_line(make, words, tmp_path):
    folder = make(tmp_path)
    reason = why_no_history(folder)
    assert words in reason
    assert str(folder) in reason
    assert "\n" not in reason
    assert commit(folder) == (None, True)  # nobody knows what is measured, so that nothing goes on from it


def test_a_folder_of_another_user_is_told_with_git_s_own_cure(tmp_path, monkeypatch):
    folder = repository(tmp_path / "it's mine")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    reason = why_no_history(folder)
    assert "as it belongs to another user" in reason
    cure = re.search(r"`(git config .*)`", reason)[1]
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    subprocess.run(cure, shell=True, check=True)
    assert why_no_history(folder) is None
    assert commit(folder)[1] is False


def test_a_machine_without_git_is_told(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert why_no_history(ROOT).endswith("install git")
    assert commit(ROOT) == (None, True)


def test_the_profiles_end_with_2_before_anything_is_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "why_no_history", lambda: why_no_history(unpacked(tmp_path)))
    monkeypatch.setattr(command, "ASV_DIR", tmp_path / ".asv")
    assert command.main(["--profile", "full"]) == MISSING == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("python -m benchmarks: asv stores results by the commit, and ")
    assert not (tmp_path / ".asv").exists()


def test_nothing_goes_on_from_a_run_of_unknown_code(monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.environment.commit", lambda: commit(tmp_path))
    Record(tmp_path / "progress.json").add("step", "cells")
    assert not Record(tmp_path / "progress.json").has("step", "cells", [tmp_path])
    path, settings, start = tmp_path / "regions.json", regions.settings(quick=True), Start.now()
    write(REGIONS, settings, path, start)
    assert regions.resumed(path, start, settings) == {}


# asv itself, over a project that holds little but our configuration, our plug-in and one benchmark.

BENCHMARK = "class One:\n    def track_one(self):\n        return 1\n"


def project(folder: Path) -> None:
    """What asv reads of this project, and one benchmark."""
    (folder / "benchmarks").mkdir()
    (folder / "benchmarks" / "__init__.py").touch()
    (folder / "benchmarks" / "bench_one.py").write_text(BENCHMARK)
    (folder / "benchmarks" / "bench_history.py").write_text(BENCHMARK)
    for name in ("asv.conf.json", "asv_plugin.py", "benchmarks/repository.py"):
        shutil.copy(ROOT / name, folder / name)


def asv(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # asv keeps what machine this is in the home folder.
    environment = os.environ | {"HOME": str(home)}
    environment.pop("PYTHONPATH", None)
    line = [sys.executable, "-m", "asv", *arguments]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    project(folder)
    assert asv(folder, folder, "machine", "--yes").returncode == 0
    return folder


EXISTING = ("--environment", f"existing:{sys.executable}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [GOOD["shallow"], GOOD["detached"], GOOD["a path with spaces"]],
    ids=["shallow", "detached", "a path with spaces"],
)
def test_asv_checks_and_runs_where_there_is_no_main(make, tmp_path, home):
    folder = make(tmp_path)
    project(folder)
    checked = asv(folder, home, "check", *EXISTING)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    run = asv(folder, home, "run", *EXISTING, "--set-commit-hash", "HEAD")
    assert run.returncode == 0, run.stdout + run.stderr
    head = git(folder, "rev-parse", "--short=8", "HEAD")
    assert [path.name[:8] for path in folder.glob(".asv/results/*/*-existing*.json")] == [head]
    published = asv(folder, home, "publish")
    assert published.returncode == 0, published.stdout + published.stderr
    index = json.loads((folder / ".asv" / "html" / "index.json").read_text())
    assert list(index["benchmarks"]) == ["bench_history.One.track_one"]  # the pages have the headlines alone


@pytest.mark.slow
def test_asv_in_a_zip_checks_and_says_what_a_run_needs(tmp_path, home):
    folder = unpacked(tmp_path)
    project(folder)
    checked = asv(folder, home, "check", *EXISTING)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for arguments in (("run", *EXISTING, "--set-commit-hash", "HEAD"), ("run", "HEAD^!"), ("publish",)):
        done = asv(folder, home, *arguments)
        assert done.returncode == MISSING, arguments
        assert "Traceback" not in done.stdout + done.stderr
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"asv: asv stores results by the commit, and {folder} is no git repository")


def test_make_says_it_before_it_installs_anything(tmp_path):
    folder = unpacked(tmp_path)
    project(folder)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "samplers").mkdir()
    for name in ("setup.py", "pyproject.toml", "constraints.txt"):
        (folder / name).touch()
    for target in ("report", "bench"):
        line = ["make", target, f"PYTHON={sys.executable}"]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == MISSING
        assert done.stderr.splitlines()[0].startswith("asv stores results by the commit, and ")
        assert not (folder / ".venv").exists()
