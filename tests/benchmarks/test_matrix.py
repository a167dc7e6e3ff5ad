# SPDX-License-Identifier: MIT
"""``python -m benchmarks.matrix``: which changes of a run leave its negatives the same, and that it can say no."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import samplers
from benchmarks.matrix import child, drawing, gensim_loop, loading, measure
from benchmarks.matrix.controls import CONTROLS
from benchmarks.matrix.loading import REFERENCE, Run
from benchmarks.matrix.records import Cell, TrainingRun
from benchmarks.matrix.settings import SETTINGS

OF_A_PROCESS = ("restart", "hash_seed", "saved", "instructions", "threads")
NUMPY_ALONE = ("alias", "spectrum", "cum_table", "numpy_choice")  # processes that do not wait for torch


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Cell]:
    """The cells that need other processes, of samplers without torch and of the controls; five processes."""
    pytest.importorskip("scipy")
    children = measure.Children((*NUMPY_ALONE, *CONTROLS), tmp_path_factory.mktemp("matrix"), lambda step: None)
    return {(cell.sampler, cell.setting): cell for cell in children.cells()}


@pytest.mark.parametrize("setting", OF_A_PROCESS)
def test_a_setting_of_a_process_changes_no_id_of_a_sampler_and_is_seen_where_it_does(processes, setting):
    if processes["alias", setting].reason:
        pytest.skip(processes["alias", setting].reason)
    assert {name: processes[name, setting].same for name in NUMPY_ALONE} == dict.fromkeys(NUMPY_ALONE, True)
    seen = {name for name, control in CONTROLS.items() if processes[name, setting].same is False}
    meant = {name for name, control in CONTROLS.items() if setting in control.differs}
    assert meant <= seen
    assert seen <= meant | {"control_restart"}  # which never has the same ids again


def test_a_setting_that_reaches_no_process_is_an_error(tmp_path):
    children = measure.Children(("alias",), tmp_path, lambda step: None)
    with pytest.raises(RuntimeError, match=r"hash seed: PYTHONHASHSEED=0 changed no hash in the process"):
        children._of("hash seed", {"PYTHONHASHSEED": "0"}, ("hash",))


def test_a_process_that_fails_is_an_error_with_its_words(tmp_path):
    job = child.Job(str(tmp_path / "out.npz"), ("no_such_sampler",))
    with child.start(job, {}) as process, pytest.raises(RuntimeError, match="no strategy is named 'no_such_sampler'"):
        child.result(process, job)


@pytest.mark.parametrize(
    ("name", "same"),
    {
        "alias": {"shared": True, "plain_batches": True, "batches": True},
        "numpy_by_number": {"shared": True, "plain_batches": True, "batches": True},
        "numpy_choice": {"shared": False, "plain_batches": True, "batches": False},
        "control_batch_size": {"shared": False, "plain_batches": False, "batches": False},
    }.items(),
)
def test_batches_and_threads_of_one_process(name, same):
    """By numbers nothing matters. Next rows depend on who draws first, and with excluded ids on the batches."""
    assert {cell.setting: cell.same for cell in of_this_process(name)} == same


@pytest.mark.parametrize("error", [ValueError("a bug"), SystemExit(0)], ids=["an error", "an exit"])
def test_a_sampler_that_cannot_draw_is_a_row_with_its_reason(monkeypatch, error):
    def fails(self, *_):
        raise error

    parent = samplers.get("bisect")
    odd = type("Odd", (parent,), {"_draw": fails, "info": replace(parent.info, name="odd")})
    monkeypatch.setitem(samplers.registry._registered, "odd", odd)
    assert measure.why_not("odd") == f"it cannot draw: {type(error).__name__}: {error}"
    assert measure.why_not("alias") is None
    with pytest.raises(type(error)):  # and is not lost in a thread
        drawing.by_two_threads(drawing.build("odd"))


def of_this_process(name: str) -> list[Cell]:
    alone, other = (drawing.in_batches(drawing.build(name), size) for size in (drawing.BATCH, drawing.OTHER_BATCH))
    plain = [drawing.in_batches(drawing.build(name), size, exclude=False) for size in (drawing.BATCH, 100)]
    return [
        measure.compared(name, "shared", [(alone, drawing.by_two_threads(drawing.build(name)))]),
        measure.compared(name, "plain_batches", [(plain[0], plain[1])]),
        measure.compared(name, "batches", [(alone, other)]),
    ]


def epoch(name: str, run: Run) -> np.ndarray:
    """The negatives of all examples; ranks are simulated by their numbers, and workers are processes."""
    ranks = [loading.negatives(drawing.build(name), run, rank) for rank in range(run.ranks)]
    assert sum((ids[:, 0] != loading.NOBODY).sum() for ids in ranks) == drawing.EXAMPLES
    return np.max(ranks, axis=0)


@pytest.mark.parametrize("name", ["alias", "torch_one_call"])
def test_negatives_of_training_runs(name):
    """With excluded positives, ids by number are the same in all runs, and those of torch with one worker alone."""
    pytest.importorskip("torch")
    reference = epoch(name, REFERENCE)
    assert not (reference == drawing.positives()[:, None]).any()
    same = {run: bool((epoch(name, run) == reference).all()) for run in loading.RUNS}
    assert {run.workers for run in same} == {0, 1, 2, 4}
    assert {run.ranks for run in same} == {1, 2}
    assert same == {run: name == "alias" or run == Run(workers=1) for run in loading.RUNS}


def test_what_gensim_draws_is_read_from_what_it_trains():
    """Five negatives of each example, its law, and none is the positive; in smaller jobs they are others."""
    pytest.importorskip("gensim", reason="gensim is not installed")
    counts = gensim_loop.drawn()
    assert counts.min() == 0
    assert set(counts.sum(axis=1)) <= {drawing.K - 1, drawing.K}  # gensim leaves out a negative that is the positive
    assert (counts.sum(axis=1) == drawing.K).mean() > 0.95
    of_words = counts.sum(axis=0)
    assert of_words.max() < 20  # equal counts: 5 are expected of each word; beyond 20 with a chance of 1e-5
    np.testing.assert_array_equal(gensim_loop.drawn(), counts)
    assert not np.array_equal(gensim_loop.drawn(job=gensim_loop.SMALL_JOBS), counts)


def test_a_control_that_is_called_the_same_makes_the_comparison_blind():
    cells = [Cell(name, setting, False, 1, 2) for name, control in CONTROLS.items() for setting in control.differs]
    assert measure.blind(cells) == []
    cells[0] = Cell(cells[0].sampler, cells[0].setting, True, 2, 2)
    assert measure.blind(cells) == ["control_next_rows differs on purpose under 'shared', and was called True"]


def test_the_fewest_equal_rows_of_all_runs_count():
    one, two, three = np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 5]]), np.array([[0, 2], [0, 4]])
    assert measure.compared("a", "b", [(one, one)]) == Cell("a", "b", True, 2, 2)
    assert measure.compared("a", "b", [(one, one), (one, three), (one, two)]) == Cell("a", "b", False, 0, 2)


def all_cells(subjects, differs):
    """A matrix in which a sampler differs under the settings that ``differs`` has for it."""
    pairs = [(name, setting.key) for name in subjects for setting in SETTINGS]
    same = {pair: pair[1] not in differs.get(pair[0], ()) for pair in pairs}
    cells = [Cell(*pair, same[pair], 2 if same[pair] else 1, 2) for pair in pairs]
    return measure.Measured(cells, [TrainingRun("alias", 2, 64, 1, 2, 2)], {})


def test_the_command_writes_a_cell_of_each_sampler_and_setting(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    from benchmarks.matrix import __main__ as command

    differs = {name: control.differs for name, control in CONTROLS.items()}
    monkeypatch.setattr(command, "measure", lambda subjects, *_: all_cells(subjects, differs))
    out = tmp_path / "matrix.json"
    assert command.main(["--out", str(out), "--samplers", "alias", "gensim"]) == 0
    document = json.loads(out.read_text())
    assert [cell["sampler"] for cell in document["cells"]] == ["alias"] * len(SETTINGS) + ["gensim"] * len(SETTINGS)
    assert document["overlooked"] == []
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100
    monkeypatch.setattr(command, "measure", lambda subjects, *_: all_cells(subjects, {}))
    assert command.main(["--out", str(out)]) == command.BLIND
    assert "the comparison is blind: control_restart differs on purpose under 'restart'" in capsys.readouterr().out
    assert len(json.loads(out.read_text())["overlooked"]) > len(CONTROLS)


def test_an_unknown_sampler_is_named(tmp_path, capsys):
    from benchmarks.matrix import __main__ as command

    pytest.importorskip("torch")
    with pytest.raises(SystemExit):
        command.main(["--out", str(tmp_path / "m.json"), "--samplers", "alis"])
    assert "alis is unknown" in capsys.readouterr().err
    assert not (tmp_path / "m.json").exists()
