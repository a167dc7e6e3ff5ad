# SPDX-License-Identifier: MIT
"""`samplers bench` and `samplers report`: only inside of a checkout, and from anywhere there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from samplers.__main__ import main

ROOT = Path(__file__).resolve().parent.parent


def started(command, folder, *options):
    """`samplers command -- options` in a folder."""
    line = [sys.executable, "-m", "samplers", command, "--", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "module"), [("bench", "benchmarks"), ("report", "reports")])
@pytest.mark.parametrize("below", [".", "docs", "tests/data"])
def test_benchmarks_and_reports_run_anywhere_inside_the_checkout(command, module, below):
    helped = started(command, ROOT / below, "--help")
    assert helped.returncode == 0, helped.stderr
    assert f"usage: python -m {module}" in helped.stdout
    refused = started(command, ROOT / below, "--no-such-option")
    assert refused.returncode == 2
    assert "--no-such-option" in refused.stderr


@pytest.mark.parametrize("command", ["bench", "report"])
def test_elsewhere_nothing_starts_in_the_checkout_of_the_installed_library(command, tmp_path):
    """The library is installed from a checkout here; a folder beside it is none."""
    done = started(command, tmp_path, "--help")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "no part of the installed library" in line
    assert f"{tmp_path} lies in no checkout of negative-samplers: change into one" in line


def test_another_project_with_benchmarks_is_no_checkout(tmp_path, monkeypatch, capsys):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "asv.conf.json").touch()
    (tmp_path / "benchmarks" / "__main__.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    assert main(["bench"]) == 2
    assert "lies in no checkout" in capsys.readouterr().err


def test_the_report_passes_its_exit_code_on(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(ROOT)
    assert main(["report", "--", "--asv-dir", str(tmp_path / "nowhere")]) == 2
    assert "python -m reports: " in capfd.readouterr().err


def test_a_missing_package_is_named(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jinja2" else find(name))
    assert main(["report"]) == 2
    assert "python -m reports needs jinja2: in " in capsys.readouterr().err
