# SPDX-License-Identifier: MIT
"""The axis, what each profile asks asv for, and how a run goes on after Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from itertools import pairwise, product
from pathlib import Path

import pytest

import benchmarks.__main__ as command
import samplers
from benchmarks import asv_steps, bench_history, bench_large, environment, profiles, suite
from benchmarks.repository import ROOT, git, why_no_history
from tests.data.asv_methods import METHODS, name_of, usable

QUICK, FULL = profiles.quick(), profiles.full()
# `bench_fidelity`: in full by `python -m benchmarks.fidelity`, a stage of its own.
NOT_IN_FULL = {"bench_fidelity.Fidelity.track_neg_log10_p"}


def selected(options: list[str]) -> set[tuple[str, tuple]]:
    """What asv would run: it searches for each pattern in ``name(repr, repr, ...)``."""
    patterns = [re.compile(value) for flag, value in pairwise(options) if flag == "--bench"]
    found = set()
    for kind, method in METHODS:
        name = name_of(kind, method)
        for cell in product(*kind.params):
            text = f"{name}({', '.join(map(repr, cell))})"
            if any(pattern.search(text) for pattern in patterns):
                found.add((name, cell))
    published = {f"bench_history.{key}" for key in bench_history.HEADLINES}
    return found | {(name, ()) for name in published if any(pattern.search(name) for pattern in patterns)}


@pytest.fixture(autouse=True)
def memory_is_free(monkeypatch):
    """The cells of 1e8 ids need 8 GB, which other tests may have."""
    monkeypatch.setattr(bench_large, "available_memory", lambda: 2**40)


def test_the_axis_holds_the_whole_registry_once():
    order = json.loads(suite.AXIS.read_text())
    assert len(set(order)) == len(order)
    assert set(order) <= set(samplers.names())
    ours = {name for name in samplers.names() if samplers.origin(name) != "entry point"}
    assert ours <= set(order), f"run `make lists`: {suite.AXIS.name} lacks {', '.join(sorted(ours - set(order)))}"


def test_a_new_strategy_and_a_plug_in_move_no_other(monkeypatch):
    order = json.loads(suite.AXIS.read_text())
    names = [name for name in samplers.names() if samplers.origin(name) != "entry point"]
    monkeypatch.setattr(samplers, "names", lambda: [*names[:3], "new_built_in", *names[3:], "plug_in"])
    assert suite.sampler_names() == [*order, "new_built_in", "plug_in"]


def test_the_axis_was_only_ever_appended_to():
    """Every version that git has is the beginning of the present one."""
    file = suite.AXIS.relative_to(ROOT).as_posix()
    reason = why_no_history()
    if reason is not None:
        pytest.skip(reason)
    now = json.loads(suite.AXIS.read_text())
    for commit in git("log", "--format=%H", "--", file).stdout.split():
        then = json.loads(git("show", f"{commit}:{file}").stdout)
        assert now[: len(then)] == then, commit


@pytest.mark.parametrize("step", [*QUICK, *FULL], ids=lambda step: step.name)
def test_asv_is_asked_for_the_cells_of_a_step_and_no_others(step):
    cells = {(piece.name, cell) for piece in step.pieces for cell in piece.cells()}
    assert selected(step.options()) == cells
    assert step.cells() == len(cells) > 0
    assert f"rounds={step.rounds}" in step.options()


def test_no_cell_is_measured_twice_and_no_benchmark_is_left_out():
    cells = [(piece.name, cell) for step in FULL for piece in step.pieces for cell in piece.cells()]
    assert len(set(cells)) == len(cells)
    names = {name_of(kind, method) for kind, method in METHODS}
    names |= {f"bench_history.{name}" for name in vars(bench_history) if name.startswith("time_")}
    assert {name for name, _ in cells} == names - NOT_IN_FULL
    assert len({step.name for step in [*QUICK, *FULL]}) == len(QUICK) + len(FULL)


def test_the_full_profile_measures_all_that_the_quick_one_does_and_stays_within_its_budget():
    quick, full = (set().union(*(selected(step.options()) for step in steps)) for steps in (QUICK, FULL))
    assert quick <= full
    assert sum(step.seconds for step in QUICK) <= 5 * 60
    assert sum(step.seconds for step in FULL) <= 26 * 60
    assert max(step.seconds for step in [*QUICK, *FULL]) <= 180  # what Ctrl-C may cost, and how long the bar may guess


def test_the_quick_profile_times_each_usable_sampler_once_on_each_of_its_workloads():
    asked = [pair for step in QUICK for pair in selected(step.options())]
    picked = [cell for name, cell in asked if name.endswith("time_sample")]
    assert len(set(asked)) == len(asked)
    assert len(picked) == len({cell[:2] for cell in picked}) == 5 * len(usable())
    for name, _, rows, _ in picked:
        assert rows == (64 if samplers.get(name).info.cost == "row" else 16_384)


def test_the_method_page_states_the_cost_of_each_step():
    text = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    rows = [(f"| {step.name} |", f"| {step.rounds} | {step.seconds:g} |") for step in FULL]
    listed = [line for line in text.splitlines() if any(line.startswith(first) for first, _ in rows)]
    assert len(listed) == len(rows)
    for line, (first, last) in zip(listed, rows, strict=True):
        assert (line.startswith(first), line.endswith(last)) == (True, True), line
    assert f"asv takes {sum(step.seconds for step in FULL) / 60:.0f} minutes in total" in text


# A made-up asv: it logs what it is asked for, writes a result file and stops for Ctrl-C where it is told to.
FAKE_ASV = """
import os, pathlib, sys, time
here = pathlib.Path(os.environ["FAKE_ASV"])
if sys.argv[1] == "run":
    with open(here / "log", "a") as log:
        log.write(sys.argv[-1] + "\\n")
    count = len((here / "log").read_text().splitlines())
    print("a table of asv", flush=True)
    try:
        if str(count) == os.environ.get("FAKE_STOP"):
            (here / "waits").touch()
            time.sleep(60)
    except KeyboardInterrupt:
        (here / "interrupted").touch()
        sys.exit(1)
    results = here / "asv" / "results" / "box"
    results.mkdir(parents=True, exist_ok=True)
    (results / "ffffffff-existing-py.json").write_text("{}")
print("nothing works")
sys.exit(int(os.environ.get(f"FAKE_CODE_{sys.argv[1]}", 0)))
"""
RUN = """
import json, os, pathlib, sys
import benchmarks.__main__ as command
import samplers
from benchmarks import asv_steps, environment
command.ASV_DIR = pathlib.Path(os.environ["FAKE_ASV"]) / "asv"
command.STAGES = {"quick": (), "full": ()}
asv_steps.REFRESH = 0.01
full = command.profiles.full()
command.profiles.full = lambda: full[-4:]
command.why_no_history = lambda: None
samplers.why_unavailable = json.loads(os.environ["FAKE_REASONS"]).get  # to ask them takes an import of torch
environment.commit = lambda: (os.environ.get("FAKE_COMMIT", "f" * 40), False)
sys.exit(command.main(sys.argv[1:]))
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """``fake(arguments, stop=number of the step to stop at)``: exit code, stdout, stderr, and what asv was asked."""
    (tmp_path / "asv.py").write_text(FAKE_ASV)
    monkeypatch.setenv("FAKE_ASV", str(tmp_path))
    reasons = {name: samplers.why_unavailable(name) for name in samplers.names()}
    monkeypatch.setenv("FAKE_REASONS", json.dumps(reasons))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")

    def run(*arguments: str, stop: int | None = None, **environment: str) -> tuple[int, str, str, list[str]]:
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            if stop:
                patch.setenv("FAKE_STOP", str(stop))
            child = subprocess.Popen(
                [sys.executable, "-c", RUN, *arguments],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        while stop and child.poll() is None and not (tmp_path / "waits").exists():
            time.sleep(0.01)
        if stop:
            child.send_signal(signal.SIGINT)
        out, error = child.communicate(timeout=60)
        return child.returncode, out, error, log.read_text().splitlines() if log.exists() else []

    return run


@pytest.mark.slow
def test_after_ctrl_c_the_same_command_goes_on_with_what_is_missing(fake, tmp_path):
    steps = FULL[-4:]
    code, out, error, asked = fake("--profile", "full", stop=3)
    assert (code, len(asked)) == (130, 3)
    assert "`make bench` continues" in error
    assert "Traceback" not in error
    assert (tmp_path / "interrupted").exists()  # asv was told and ended by itself
    told = [f"{step.name}: {step.cells()} cells" in out for step in steps]
    assert told == [True, True, False, False]

    code, out, _, asked = fake("--profile", "full")
    finished, cells = sum(step.cells() for step in steps[:2]), sum(step.cells() for step in steps)
    assert (code, asked) == (0, [step.options()[-1] for step in steps[2:]])
    assert f"{finished} of {cells} cells were finished by an earlier run" in out
    assert fake("--profile", "full")[3] == []
    assert len(fake("--profile", "full", "--fresh")[3]) == 4


def test_what_is_finished_counts_for_the_same_commit_and_machine_without_changes_only(monkeypatch, tmp_path):
    path, file = tmp_path / "progress.json", tmp_path / "results.json"
    now = {"commit": ("f" * 40, False), "environment": {"cpu": "one"}}
    for name in now:
        monkeypatch.setattr(environment, name, lambda name=name: now[name])
    file.touch()

    def finished(what: str = "cells", files=(file,), fresh: bool = False) -> bool:
        return asv_steps.Record(path, fresh).has("step", what, files)

    assert not finished()
    asv_steps.Record(path).add("step", "cells")
    assert finished()
    assert not finished("other cells")
    assert not finished(files=())
    assert not finished(files=(file, tmp_path / "gone"))
    assert not finished(fresh=True)
    for name, other in (("commit", ("e" * 40, False)), ("commit", ("f" * 40, True)), ("environment", {"cpu": "two"})):
        with monkeypatch.context() as patch:
            patch.setitem(now, name, other)
            assert not finished()
    with monkeypatch.context() as patch:
        patch.setitem(now, "commit", ("f" * 40, True))
        asv_steps.Record(path).add("step", "cells")
        assert not finished()  # nobody knows whether these are the same changes
    asv_steps.Record(path).add("step", "cells")
    assert finished()
    asv_steps.Record(path).drop(["step"])
    assert not finished()


DAMAGE = {
    "half": lambda document: "half a fi",
    "null": lambda document: "null",
    "a list": lambda document: "[]",
    "no done": lambda document: json.dumps({key: value for key, value in document.items() if key != "done"}),
    "done is null": lambda document: json.dumps(document | {"done": None}),
    "done is a list": lambda document: json.dumps(document | {"done": ["step"]}),
}


@pytest.mark.parametrize("damaged", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_record_means_that_nothing_is_finished(monkeypatch, tmp_path, damaged):
    path, file = tmp_path / "progress.json", tmp_path / "results.json"
    monkeypatch.setattr(environment, "commit", lambda: ("f" * 40, False))
    file.touch()
    asv_steps.Record(path).add("step", "cells")
    assert asv_steps.Record(path).has("step", "cells", [file])
    path.write_text(damaged(json.loads(path.read_text())))
    record = asv_steps.Record(path)
    assert record.done == {}
    record.add("step", "cells")  # the next run mends the file
    assert asv_steps.Record(path).has("step", "cells", [file])


@pytest.fixture
def history(monkeypatch):
    """A folder that git knows."""
    monkeypatch.setattr(command, "why_no_history", lambda: None)


@pytest.mark.usefixtures("history")
def test_the_quick_profile_makes_the_full_one_measure_again(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "ASV_DIR", tmp_path)
    monkeypatch.setattr(command, "STAGES", {"quick": (), "full": ()})
    monkeypatch.setattr(command, "asv", lambda *arguments: False)
    monkeypatch.setattr(environment, "commit", lambda: ("f" * 40, False))
    records = []
    monkeypatch.setattr(command, "run_steps", lambda steps, record, *rest: records.append(record))
    step = FULL[0]
    asv_steps.Record(tmp_path / "progress.json").add(step.name, "cells")
    assert command.main(["--profile", "full"]) == command.main(["--profile", "quick"]) == 0
    assert [record.has(step.name, "cells", [tmp_path]) for record in records] == [True, False]


def test_what_asv_prints_is_in_its_log_and_each_step_is_told_with_the_seconds_that_it_took(fake, tmp_path):
    for _ in range(2):  # a run begins its own log
        _, out, error, asked = fake("--profile", "quick")
        log = (tmp_path / "asv" / "asv.log").read_text()
        assert log.count("a table of asv") == len(asked) == len(QUICK)
    assert "a table of asv" not in out + error
    for step in QUICK:
        assert re.search(rf"^{re.escape(step.name)}: {step.cells()} cells, \d+ s$", out, re.MULTILINE)
    assert f"{len(QUICK)}/{len(QUICK)} {QUICK[-1].name}" in out


def test_the_bar_moves_with_the_time_of_a_step_and_never_beyond_its_end(monkeypatch, tmp_path):
    step, shown = FULL[1], []

    class Bar:
        def update(self, task, completed):
            shown.append(completed)

    def slow(command, log, show):
        for seconds in (0.0, step.seconds / 2, step.seconds * 3):
            show(seconds)
        return False

    monkeypatch.setattr(asv_steps, "asv", slow)
    assert asv_steps.run_step(step, Bar(), 0, 100.0, tmp_path / "log") is False
    whole = 100 + step.seconds
    assert shown == [100, 100 + step.seconds / 2, whole, whole]


def test_a_benchmark_that_fails_is_told_and_stops_nothing(fake, tmp_path):
    code, out, _, _ = fake("--profile", "quick", FAKE_CODE_run="2")
    assert code == 0
    assert out.count(f"a benchmark failed, see {tmp_path / 'asv' / 'asv.log'}") == len(QUICK)
    assert "failed" not in fake("--profile", "quick")[1]


@pytest.mark.parametrize("command", ["machine", "run"])
def test_an_asv_that_breaks_down_is_an_error_with_its_last_words(fake, tmp_path, command):
    code, _, error, _ = fake("--profile", "quick", **{f"FAKE_CODE_{command}": "1"})
    assert code == 1
    assert f"asv {command} ended with exit code 1, see {tmp_path / 'asv' / 'asv.log'}: nothing works" in error


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("profile", ["quick", "full"])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_measured(monkeypatch, tmp_path, capsys, profile):
    (tmp_path / "file").touch()
    monkeypatch.setattr(command, "ASV_DIR", tmp_path / "file" / ".asv")
    monkeypatch.setattr(command, "asv", lambda *arguments: pytest.fail("asv was started"))
    assert command.main(["--profile", profile]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("python -m benchmarks: results cannot be written: ")
    assert str(tmp_path / "file") in line


def test_results_that_asv_has_not_saved_are_an_error(fake):
    code, _, error, _ = fake("--profile", "quick", FAKE_COMMIT="a" * 40)
    assert code == 1
    assert f"saved no results of {QUICK[0].name!r}" in error


@pytest.mark.usefixtures("history")
def test_a_stage_without_its_packages_is_left_out_with_the_reason(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "ASV_DIR", tmp_path)
    monkeypatch.setattr(command, "STAGES", {"full": (command.Stage("sgns.quality", 3, needs=("numpy", "no_such")),)})
    monkeypatch.setattr(command, "asv", lambda *arguments: False)
    monkeypatch.setattr(command, "run_steps", lambda *arguments: None)
    monkeypatch.setattr(command, "import_module", lambda name: pytest.fail("it is left out"))
    assert command.main(["--profile", "full"]) == 0
    assert "sgns.quality: left out, because no_such is not installed" in capsys.readouterr().out


@pytest.mark.usefixtures("history")
def test_a_stage_is_run_once_and_stops_the_profile_when_it_is_stopped(monkeypatch, tmp_path, capsys):
    stage, ran = command.Stage("claims", 1), []

    class Module:
        def __init__(self, code: int) -> None:
            self.code = code

        def main(self, arguments: list[str]) -> int:
            ran.append(self.code)
            Path(arguments[1]).write_text("{}")
            return self.code

    monkeypatch.setattr(command, "ASV_DIR", tmp_path)
    monkeypatch.setattr(command, "STAGES", {"full": (stage,)})
    monkeypatch.setattr(command, "asv", lambda *arguments: False)
    monkeypatch.setattr(command, "run_steps", lambda *arguments: None)
    monkeypatch.setattr(environment, "commit", lambda: ("f" * 40, False))
    for code, result in ((130, 130), (1, 0), (0, 0)):
        monkeypatch.setattr(command, "import_module", lambda name, code=code: Module(code))
        assert command.main(["--profile", "full"]) == result
    assert ran == [130, 1]
    assert "claims: finished by an earlier run" in capsys.readouterr().out
    assert command.main(["--profile", "full", "--fresh"]) == 0
    assert ran == [130, 1, 0]
