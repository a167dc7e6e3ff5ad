# SPDX-License-Identifier: MIT
"""``python -m benchmarks compare``: a few strategies on one workload, with a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import samplers
from benchmarks.compare import UNUSABLE, WIDTH, faithful, measure, near, read_workload, table
from benchmarks.compare import main as compare
from benchmarks.documents import COMPARE, InputError, as_json
from benchmarks.fidelity import check
from reports.programs.compare import read

ROOT = Path(__file__).resolve().parents[2]
MINE = """
from dataclasses import replace
import samplers

class Mine(samplers.get("cum_table")):
    info = replace(samplers.get("cum_table").info, name="mine")

samplers.register(Mine)
"""


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A strategy of a module, one that fails, and one that refuses the counts, over a file of counts."""
    folder = tmp_path_factory.mktemp("compared")
    (folder / "my_samplers.py").write_text(MINE)
    (folder / "counts.txt").write_text("".join(f"w{i} {1000 // (i + 1) + 1}\n" for i in range(200)))
    names = ("mine", "alias", "pool_reuse", "numpy_integers")
    options = ("--module", "my_samplers", "--workload", "counts.txt", "--out", "page")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    line = [sys.executable, "-m", "benchmarks", "compare", *names, *options]
    return folder, subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_exit_code_says_that_one_of_them_fails(compared):
    folder, done = compared
    assert done.returncode == 1, done.stdout + done.stderr
    document = COMPARE.read(folder / "page" / "compare.json")
    judged = {name: faithful(name, document) for name in ("mine", "alias", "pool_reuse", "numpy_integers")}
    assert judged == {"mine": True, "alias": True, "pool_reuse": False, "numpy_integers": True}
    assert list(document["failed"]) == ["numpy_integers"]  # it draws from uniform laws alone


def test_the_table_has_a_line_for_each_and_fits_a_terminal(compared):
    lines = compared[1].stdout.splitlines()
    shown = [line for line in lines if not line.startswith(("building", "timing", "checking")) and "/" not in line]
    assert all(len(line) <= WIDTH for line in shown if "fastest faithful" not in line)
    rows = {line.split()[0]: line for line in shown if line.strip()}
    assert {"mine", "alias", "pool,", "numpy_integers"} <= rows.keys()
    assert rows["mine"].split()[2] == "1"  # the others are multiples of the first
    assert rows["mine"].endswith("faithful") or "faithful" in rows["mine"]
    assert "fails" in rows["pool,"]


class Links(HTMLParser):
    """What a page loads and what it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("src", "href") and value]


def test_the_page_opens_offline_and_shows_only_what_was_measured(compared):
    page = (compared[0] / "page" / "index.html").read_text(encoding="utf-8")
    links = Links()
    links.feed(page)
    assert all(link.startswith(("data:", "#")) or link in ("summary.json", "REPORT.md") for link in links.found)
    assert [link[1:] for link in links.found if link.startswith("#")][:2] == ["verdict", "all"]
    assert 'id="form"' not in page
    assert 'id="prices"' not in page
    summary = json.loads((compared[0] / "page" / "summary.json").read_text())
    assert {s["name"]: s["status"] for s in summary["samplers"]}["pool_reuse"] == "fail"
    assert [w["V"] for w in summary["workloads"]] == [200]


def test_the_numbers_of_the_page_are_those_of_the_file(compared):
    path = compared[0] / "page" / "compare.json"
    document, report = COMPARE.read(path), read(path)
    of = {entry["sampler"]: entry for entry in document["times"]}["mine"]
    expected = float(np.median(of["seconds"])) * 1e9 / (of["rows"] * of["k"])
    assert report.ns("mine", "counts.txt").value == pytest.approx(expected)
    assert report.refusal("numpy_integers", "counts.txt")
    assert report.status("pool_reuse") == "fail"


def test_a_damaged_file_is_refused(compared, tmp_path):
    document = json.loads((compared[0] / "page" / "compare.json").read_text())
    (tmp_path / "damaged.json").write_text(json.dumps(document | {"times": [{"sampler": "mine"}]}))
    with pytest.raises(InputError, match=r"damaged.json is damaged .*run `python -m benchmarks compare` again"):
        read(tmp_path / "damaged.json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["alais"], "there is no strategy 'alais': did you mean alias"),
        (["zzzz"], "there is no strategy 'zzzz': the names are multinomial, "),
        (["alias_torch"], "alias_torch cannot run here: "),
        (["alias", "--workload", "englsh"], "--workload englsh: there is no such file, and no such workload: did you"),
        (["alias", "--exponent", "1"], "--exponent 1: the workload english has its own exponent; leave it out"),
        (["alias", "--workload", "asv.conf.json"], "--workload asv.conf.json: "),
        (["alias", "--module", "no_such_module"], "--module no_such_module: it cannot be imported: ModuleNotFound"),
    ],
)
def test_wrong_arguments_are_named_with_a_cure(words, said, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as stopped:
        compare(words)
    assert stopped.value.code == UNUSABLE
    assert said in capsys.readouterr().err


def test_near_names_are_at_most_three():
    assert near("alias_distnct", ["alias", "alias_distinct", "pool"]) == "did you mean alias_distinct or alias?"


def test_a_strategy_that_raises_is_reported_and_the_others_are_timed():
    class Breaks(samplers.get("cum_table")):
        info = replace(samplers.get("cum_table").info, name="breaks_in_compare")

        def _fill(self, out):
            raise ZeroDivisionError("a bug")

    samplers.register(Breaks)
    try:
        workload, noise = read_workload("zipf_1e2", None)
        measured = measure(["breaks_in_compare", "alias"], noise)
        assert measured["failed"] == {"breaks_in_compare": "ZeroDivisionError: a bug"}
        assert [entry["sampler"] for entry in measured["times"]] == ["alias"]
        checks = [{"sampler": "alias", "error": None, "tests": [], "refused": False, "passed": True}]
        shown = table(["breaks_in_compare", "alias"], measured | {"workload": workload, "checks": checks})
        assert [list(column.cells)[-1] for column in shown.columns][::6] == [
            "breaks_in_compare",
            "ZeroDivisionError: a bug",
        ]
    finally:
        samplers.registry._registered.pop("breaks_in_compare")


class NoMessage(Exception):
    """An error whose message raises another."""

    def __str__(self) -> str:
        raise RuntimeError


def raising(error, after=0):
    """A method that raises an error, after so many calls of that of `cum_table`."""
    calls = iter(range(after))

    def method(self, *arguments):
        if next(calls, None) is None:
            raise error
        return samplers.get("cum_table")._draw(self, *arguments)

    return method


ODD = {
    "an exit in a draw": ({"_draw": raising(SystemExit(0))}, "SystemExit: 0"),
    "an exit in a build": ({"_build": raising(SystemExit(0))}, "SystemExit: 0"),
    "an error in a later draw": ({"_draw": raising(ValueError("later"), 9)}, "ValueError: later"),
    "no message": ({"_draw": raising(NoMessage())}, "NoMessage: its message cannot be made: RuntimeError"),
    "a message that no file holds": ({"_draw": raising(OSError("a\n\ud800 \x1b[0m"))}, r"OSError: a \ud800 \x1b[0m"),
    "no size": ({"nbytes": property(raising(ZeroDivisionError("n")))}, "ZeroDivisionError: n"),
    "a size that is no number": (
        {"nbytes": property(lambda self: float("nan"))},
        "TypeError: nbytes of odd must be an integer, got nan",
    ),
}


@pytest.mark.parametrize(("methods", "said"), ODD.values(), ids=ODD)
def test_whatever_a_strategy_raises_is_its_row_and_the_others_are_measured(methods, said, monkeypatch):
    for constant, value in (("ROUNDS", 5), ("ROUND_SECONDS", 1e-4), ("BUILDS", 2)):
        monkeypatch.setattr(f"benchmarks.compare.{constant}", value)
    parent = samplers.get("cum_table")
    odd = type("Odd", (parent,), {**methods, "info": replace(parent.info, name="odd")})
    monkeypatch.setitem(samplers.registry._registered, "odd", odd)
    _, noise = read_workload("zipf_1e2", None)
    measured = measure(["odd", "bisect"], noise)
    assert measured["failed"] == {"odd": said}
    assert [entry["sampler"] for entry in measured["times"]] == ["bisect"]
    assert [entry["sampler"] for entry in measured["costs"]] == ["bisect"]
    as_json(measured).encode("utf-8")


def test_an_exit_in_a_check_is_a_failed_check_and_a_signal_is_none(monkeypatch):
    parent = samplers.get("cum_table")
    _, noise = read_workload("zipf_1e2", None)
    for code in (0, 143):
        odd = type("Odd", (parent,), {"_draw": raising(SystemExit(code)), "info": replace(parent.info, name="odd")})
        monkeypatch.setitem(samplers.registry._registered, "odd", odd)
        if code == 0:
            assert check("odd", "zipf_1e2", 5, noise)["error"] == "SystemExit: 0"
        else:  # SIGTERM, which ends the program
            with pytest.raises(SystemExit):
                check("odd", "zipf_1e2", 5, noise)
