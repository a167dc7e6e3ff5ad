# SPDX-License-Identifier: MIT
"""The hook in a training in torch."""

from __future__ import annotations

import pytest

from samplers.reproducibility import Recorder, Recording, compare

torch = pytest.importorskip("torch")


def rows():
    return torch.arange(12, dtype=torch.float32).reshape(4, 3) / 8


def recorded(optimizer_of=None, model=None, clear_after=False, steps=1, sparse=False):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        recorder = Recorder()
        model = model or (torch.nn.EmbeddingBag(9, 3, mode="sum", sparse=True) if sparse else torch.nn.Linear(3, 2))
        optimizer = None if optimizer_of is None else optimizer_of(model.parameters(), 0.1)
        recorder.start(model, optimizer)
        batch = torch.tensor([[1, 2], [2, 7]]) if sparse else rows()
        for _ in range(steps):
            with recorder.step(batch):
                model(batch).square().sum().backward()
                if optimizer is not None:
                    optimizer.step()
                if clear_after:
                    model.zero_grad()
    return recorder.recording


def items(recording, stage):
    (found,) = [one for one in recording.stages if one.name == stage]
    return {item.name: item for item in found.items}


def test_steps_1_2_4_and_8_are_recorded():
    names = [stage.name for stage in recorded(torch.optim.SGD, steps=9).stages]
    assert [name for name in names if name.startswith("weights")] == [f"weights after step {n}" for n in (1, 2, 4, 8)]
    assert names[:6] == [
        "known answers of the generators",
        "settings of the optimiser",
        "initial weights",
        "state of the optimiser",
        "batch of step 1",
        "operators of step 1",
    ]


def test_gradients_are_read_before_the_step_clears_them():
    kept, cleared = recorded(torch.optim.SGD), recorded(torch.optim.SGD, clear_after=True)
    assert compare(kept, cleared).outcome == "same"
    weight = items(kept, "gradients of step 1")["weight"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        model(rows()).square().sum().backward()
    assert weight.bits().tolist() == model.weight.grad.flatten().tolist()


def test_gradients_that_nobody_can_read_are_an_error():
    with pytest.raises(RuntimeError, match="no parameter has a gradient at the end of step 1: give the optimizer"):
        recorded(clear_after=True)


def test_views_and_copies_are_no_operators_and_the_recorder_does_not_record_itself():
    names = [
        item.name for stage in recorded(torch.optim.SGD).stages if stage.kind == "operators" for item in stage.items
    ]
    assert names[:2] == ["addmm.default", "pow.Tensor_Scalar"]
    assert not {"t.default", "detach.default", "expand.default", "copy_.default", "clone.default"} & set(names)
    assert names.count("add_.Tensor") == 2  # the update of weight and bias, the last of the step


@pytest.mark.parametrize("foreach", [False, True])
def test_an_optimiser_that_updates_many_tensors_in_one_call_is_seen(foreach):
    def adam(parameters, rate):
        return torch.optim.Adam(parameters, rate, foreach=foreach)

    names = [item.name for stage in recorded(adam).stages if stage.kind == "operators" for item in stage.items]
    assert any(name.startswith("_foreach_addcdiv_" if foreach else "addcdiv_") for name in names)


def test_sparse_gradients_are_recorded_by_indices_and_values():
    recording = recorded(torch.optim.SparseAdam, sparse=True)
    gradients = items(recording, "gradients of step 1")
    assert sorted(gradients) == ["weight.indices", "weight.values"]
    assert gradients["weight.indices"].bits().tolist() == [1, 2, 2, 7]


def test_buffers_are_weights():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    assert "1.running_mean" in items(recorded(torch.optim.SGD, model=model), "weights after step 1")


def test_the_file_is_written_at_each_recorded_step_and_after_an_error_what_there_was_stays(tmp_path):
    with torch.random.fork_rng(devices=[]):
        recorder, model = Recorder(tmp_path / "run.json"), torch.nn.Linear(3, 2)
    recorder.start(model)
    assert len(Recording.read(tmp_path / "run.json").stages) == 1
    with recorder.step():
        model(rows()).sum().backward()
    size = (tmp_path / "run.json").stat().st_size
    with pytest.raises(ZeroDivisionError), recorder.step(rows()):
        raise ZeroDivisionError
    assert (tmp_path / "run.json").stat().st_size == size
    with recorder.step(rows()):
        model(rows()).sum().backward()
    assert (tmp_path / "run.json").stat().st_size > size


def test_a_training_starts_once():
    recorder = Recorder()
    recorder.start(torch.nn.Linear(1, 1))
    with pytest.raises(RuntimeError, match="use one Recorder for each training"):
        recorder.start(torch.nn.Linear(1, 1))
    with pytest.raises(TypeError, match=r"optimizer must be a torch.optim.Optimizer, got float"):
        Recorder().start(torch.nn.Linear(1, 1), 0.1)


def test_recording_changes_no_training():
    with torch.random.fork_rng(devices=[]):
        results = []
        for watched in (False, True):
            torch.manual_seed(0)
            recorder = Recorder()
            model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
            optimizer = torch.optim.SGD(model.parameters(), 0.1)
            if watched:
                recorder.start(model, optimizer)
            for _ in range(4):
                if watched:
                    with recorder.step(rows()):
                        model(rows()).sum().backward()
                        optimizer.step()
                else:
                    model(rows()).sum().backward()
                    optimizer.step()
            results.append(torch.cat([parameter.flatten() for parameter in model.parameters()]))
    assert results[0].equal(results[1])
