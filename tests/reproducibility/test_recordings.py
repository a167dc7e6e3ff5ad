# SPDX-License-Identifier: MIT
"""What a recording holds, and files that are damaged or something else."""

from __future__ import annotations

import dataclasses
import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import samplers
from samplers.reproducibility import Recorder, Recording, RecordingError, compare, kernel_fingerprints
from samplers.reproducibility.items import Item, item_of
from samplers.reproducibility.recording import Stage


@pytest.fixture(scope="module")
def recording():
    """A recording without torch: a sampler and arrays of NumPy."""
    recorder = Recorder()
    recorder.sampler(samplers.create("alias", [50, 20, 7, 1], rng=1))
    weights = [np.linspace(0, 1, 1000, dtype=np.float32).reshape(50, 20), np.zeros(20)]
    recorder.stage("initial weights", weights, kind="initial weights")
    return recorder.recording


def changed(recording, stage, **arrays):
    """The recording with other arrays in a stage."""
    items = tuple(item_of(name, value, ordered=False) for name, value in arrays.items())
    stages = [Stage(one.name, one.kind, items) if one.name == stage else one for one in recording.stages]
    return dataclasses.replace(recording, stages=stages)


def of(**arrays):
    """A recording of a single stage of arrays."""
    items = tuple(item_of(name, value, ordered=False) for name, value in arrays.items())
    return Recording(stages=[Stage("arrays", "arrays", items)])


def test_a_recording_is_read_as_it_was_written(recording, tmp_path):
    recording.write(tmp_path / "run.json")
    again = Recording.read(tmp_path / "run.json")
    assert again == recording
    assert compare(again, recording).outcome == "same"
    assert [stage.name for stage in again.stages] == [
        "known answers of the generators",
        "counts",
        "weights of the law",
        "table",
        "place in the stream",
        "first draws",
        "rows without replacement",
        "initial weights",
    ]


def test_a_recorded_sampler_does_not_move():
    for name in ("alias", "cum_table"):
        sampler, twin = (samplers.create(name, [50, 20, 7, 1], rng=1) for _ in range(2))
        Recorder().sampler(sampler)
        assert sampler.position == 0
        np.testing.assert_array_equal(sampler.sample(9, 3), twin.sample(9, 3))


def test_an_existing_file_is_refused_before_the_training_and_is_not_touched(tmp_path):
    path = tmp_path / "a.json"
    Recorder(path).sampler(samplers.create("alias", [5, 2, 9], rng=1))
    before = path.read_bytes()
    recorder = Recorder()
    for write in (
        lambda: Recorder(path),  # the usual slip: run b is recorded into a.json
        lambda: Recorder(str(path), overwrite=False),
        lambda: recorder.write(path),
        lambda: recorder.recording.write(path),
    ):
        with pytest.raises(FileExistsError, match=r"overwrite=True replaces it: .*a\.json"):
            write()
        assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_recorder_replaces_its_own_file_and_with_overwrite_any(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    recorder = Recorder("a.json")
    monkeypatch.chdir("elsewhere")  # a training may change the folder, as Hydra does
    for stage in ("one", "two"):
        recorder.stage(stage, [1.0])
        recorder.write()
        recorder.write("../copy.json")
    assert sorted(entry.name for entry in tmp_path.rglob("*.json")) == ["a.json", "copy.json"]
    for name in ("a.json", "copy.json"):
        assert [stage.name for stage in Recording.read(tmp_path / name).stages][1:] == ["one", "two"]
    assert len(Recording.read(Recorder(tmp_path / "a.json", overwrite=True).path).stages) == 1
    Recording().write(tmp_path / "a.json", overwrite=True)
    assert Recording.read(tmp_path / "a.json") == Recording()


def test_of_many_recorders_of_one_name_at_the_same_time_one_gets_it(tmp_path):
    def record(number):
        try:
            return Recorder(tmp_path / "a.json")
        except FileExistsError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(record, range(8)))
    (winner,) = [one for one in got if isinstance(one, Recorder)]
    assert all("overwrite=True" in str(error) for error in got if error is not winner)
    assert len(Recording.read(winner.path).stages) == 1


@pytest.mark.parametrize(
    ("path", "options", "error", "message"),
    [
        ("", {}, ValueError, "path must be the name of a file, got ''"),
        (3, {}, TypeError, "path must be a str or a path, got 3"),
        (b"a.json", {}, TypeError, "path must be a str or a path, got b'a.json'"),
        ("a.json", {"overwrite": 1}, TypeError, "overwrite must be True or False, got 1"),
        ("no/a.json", {}, OSError, "No such file or directory: .*no/a.json"),
        (".", {}, OSError, "this is not a regular file"),
    ],
)
def test_a_path_that_cannot_be_written_is_an_error_before_the_training(
    path, options, error, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        Recorder(path, **options)
    assert not list(tmp_path.iterdir())


def test_recording_moves_no_global_generator():
    import random

    before = random.getstate()
    kernel_fingerprints()
    Recorder()
    assert random.getstate() == before  # that of NumPy is checked around every test


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("start", [-1.0, 0.0, 1.0, 1000.0])
def test_ulps_are_steps_of_nextafter(dtype, start):
    """np.nextafter is the oracle, across zero and across powers of two."""
    value = dtype(start)
    below = value
    for _ in range(3):
        below = np.nextafter(below, dtype(-np.inf))
    result = compare(of(x=np.array([2, value], dtype)), of(x=np.array([2, below], dtype)))
    assert result.distance.ulps == 3
    assert (result.distance.differing, result.distance.kept) == (1, 2)
    largest = max(2, abs(float(value)), abs(float(below)))
    assert result.distance.relative == pytest.approx(abs(float(value) - float(below)) / largest)


def test_ulps_of_bfloat16():
    torch = pytest.importorskip("torch")
    one = torch.tensor([1.0, 3.0], dtype=torch.bfloat16)
    other = torch.tensor([1.0, 3.0 + 2 * 2**-6], dtype=torch.bfloat16)
    distance = compare(of(x=one), of(x=other)).distance
    assert distance.ulps == 2
    assert distance.relative == pytest.approx(2 * 2**-6 / (3 + 2 * 2**-6))


def test_a_difference_between_the_kept_elements_is_found_by_its_block():
    values = np.arange(64_000, dtype=np.float32)
    other = values.copy()
    other[32_123] += 1
    comparison = compare(of(x=values), of(x=other))
    assert comparison.distance.differing == 0
    assert comparison.distance.first_block == (32_000, 33_000)
    assert "none of the 256 elements kept differs; the first that differs is one of 32,000 to 32,999" in comparison.what


def test_the_same_values_in_another_order_are_told_from_other_values():
    values = np.arange(5000)
    assert compare(of(x=values), of(x=values[::-1])).distance.reordered
    assert not compare(of(x=values), of(x=values + 1)).distance.reordered


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (np.zeros(3), np.zeros(4), "float64 (3,) and float64 (4,)"),
        (np.zeros(3), np.zeros(3, np.float32), "float64 (3,) and float32 (3,)"),
        (0.0, -0.0, None),
        (1, 1.0, "1 and 1.0"),
        (True, 1, "True and 1"),
        (np.array([0.0]), np.array([-0.0]), "100% of the elements differ (1 of 1 kept), by up to 0 ulp"),
        (np.array([np.nan]), np.array([1.0]), "100% of the elements differ"),
        (np.array(["a", "b"]), np.array(["a", "c"]), "50% of the elements differ (1 of 2 kept): b and c"),
        (
            np.array([1j]),
            np.array([2j]),
            "100% of the elements differ (1 of 1 kept), 5.0e-01 of the largest: 1j and 2j",
        ),
    ],
)
def test_what_differs_is_said(one, other, what):
    comparison = compare(of(x=one), of(x=other))
    if what is None:
        assert comparison.outcome == "same"
    else:
        assert comparison.what.startswith(what)
        assert comparison.causes


def test_a_kernel_is_not_the_only_suspect_of_a_large_difference():
    """Arrays after many steps may part widely by a kernel alone, and may as well be other data."""
    for size, texts in ((1e-9, ["NumPy's vector"]), (1.0, ["NumPy's vector", "other data"])):
        one, other = of(x=np.array([3.0, 1.0])), of(x=np.array([3.0, 1.0 + size]))
        one.kernels["np.exp"], other.kernels["np.exp"] = "0" * 16, "1" * 16
        causes = compare(one, other).causes
        assert [cause.text.startswith(text) for cause, text in zip(causes, texts, strict=True)] == [True] * len(texts)


def test_nan_and_empty_arrays_equal_themselves():
    values = {"nan": np.array([np.nan, np.inf]), "empty": np.zeros((0, 3)), "scalar": np.float32(2)}
    assert compare(of(**values), of(**values)).outcome == "same"


def test_plain_arrays_part_at_their_stage(recording):
    other = changed(recording, "initial weights", **{"0": np.zeros((50, 20), np.float32), "1": np.zeros(20)})
    comparison = compare(recording, other)
    assert (comparison.stage, comparison.item, comparison.code) == ("initial weights", "0", 1)


def test_other_stages_are_not_comparable(recording):
    other = Recorder()
    other.stage("weights of Keras", [np.zeros(2)])
    comparison = compare(recording, other.recording)
    assert (comparison.outcome, comparison.code) == ("not comparable", 2)
    assert "one goes on with 'counts', the other with 'weights of Keras'" in comparison.what
    assert compare(recording, changed(recording, "initial weights", other=np.zeros(2))).code == 2


def test_kernels_alone_are_compared_and_the_hash_of_strings_is_not():
    one, other, third = (Recording.of_this_process() for _ in range(3))
    other.kernels["hash"] = third.kernels["hash"] = "0" * 16
    assert compare(one, other).code == 0
    third.kernels["np.power"] = "1" * 16
    comparison = compare(one, third)
    assert (comparison.code, comparison.item) == (1, "np.power")
    assert comparison.causes[0].cure.startswith("NPY_DISABLE_CPU_FEATURES")
    del other.kernels["np.power"]
    assert compare(one, other).code == 2


FILES = {
    "text": (b"the 1000\ncat 400\n", "it is not JSON, or cut off, at line 1"),
    "empty": (b"", "it is not JSON, or cut off"),
    "binary": (b"\x93NUMPY\xff\xfe", "it is not text"),
    "other JSON": (b'{"counts": [1, 2]}', "it is JSON, but of another program"),
    "a list": (b"[1]", "it is JSON, but of another program"),
    "nested": (b"[" * 100_000, "its JSON is nested too deeply"),
    "a later version": (b'{"format": "samplers.recording/v2"}', "use the same version of samplers for both"),
    "no stages": (b'{"format": "samplers.recording/v1", "generators": {}}', "it lacks the stages"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_foreign_file_is_refused(name, tmp_path):
    content, fault = FILES[name]
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(RecordingError, match=re.escape(fault)) as caught:
        Recording.read(tmp_path / "x.json")
    assert "x.json is no recording that can be read" in str(caught.value)
    assert "Write it again with `samplers record`" in str(caught.value)


DAMAGES = {
    "kept": ("AAA", "the elements of 'counts' are not base64"),
    "blocks": ("AAAA", "the elements of 'counts' are cut off"),
    "dtype": ("(2,)float64", "the type of 'counts' is '(2,)float64'"),
    "sha256": ("12", "'counts' lacks a type or a hash"),
    "shape": ([-1], "the shape of 'counts' is [-1]"),
    "name": (3, "an item has no name"),
    "value": ([1], "the value of 'counts' is list"),
    "device": (1, "'counts' lacks a type or a hash"),
}


@pytest.mark.parametrize("field", DAMAGES)
def test_a_damaged_item_is_refused(field, recording, tmp_path):
    recording.write(tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text())
    document["stages"][1]["items"][1][field], fault = DAMAGES[field]
    (tmp_path / "x.json").write_text(json.dumps(document))
    with pytest.raises(RecordingError, match=re.escape(f"in the stage 'counts', {fault}")):
        Recording.read(tmp_path / "x.json")


def test_a_file_that_is_cut_off_anywhere_is_refused(recording, tmp_path):
    recording.write(tmp_path / "x.json")
    whole = (tmp_path / "x.json").read_bytes().rstrip()
    for length in range(0, len(whole), max(1, len(whole) // 97)):
        (tmp_path / "x.json").write_bytes(whole[:length])
        with pytest.raises(RecordingError):
            Recording.read(tmp_path / "x.json")


def test_every_field_may_be_of_a_wrong_type_without_another_error(recording, tmp_path):
    """Each value of the document is replaced by others; the reader refuses, or accepts what compare can use."""
    recording.write(tmp_path / "x.json")
    text = (tmp_path / "x.json").read_text()
    refused = 0
    for path in places(json.loads(text)):
        for wrong in (None, 3, "x", [[]]):
            document = json.loads(text)
            inner = document
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = wrong
            (tmp_path / "x.json").write_text(json.dumps(document))
            try:
                compare(recording, tmp_path / "x.json")
            except RecordingError:
                refused += 1
    assert refused > 80


def places(value, path=()):
    """The path of every key of a document, and of the first entry of every list."""
    entries = (
        value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield (*path, key)
        yield from places(inner, (*path, key))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: r.stage("", [1]), ValueError, "name must be the name of the stage, got ''"),
        (lambda r: r.stage("x", [np.zeros(1)], kind="y"), ValueError, "kind must be one of generators, counts"),
        (lambda r: r.stage("x", {"a": object()}), TypeError, "a must be an array of numbers, strings or booleans"),
        (lambda r: r.stage("known answers of the generators", [1]), ValueError, "give each its own name"),
        (lambda r: r.stage("x", {1: [0], "1": [0]}), ValueError, "two items have the name '1': give each its own"),
        (lambda r: r.stage("x", {"a": np.array(["2026"], "M8")}), TypeError, "a must be an array of numbers"),
        (lambda r: r.sampler("alias"), TypeError, "sampler must be a samplers.Sampler over one law, got 'alias'"),
        (lambda r: r.start([1, 2]), TypeError, "model must be a torch.nn.Module, got list: record arrays of other"),
        (lambda r: r.step().__enter__(), RuntimeError, "call recorder.start(model, optimizer) before the first step"),
        (lambda r: r.write(), ValueError, "path: the recorder has none"),
    ],
)
def test_a_bad_call_names_the_cure_and_records_nothing(call, error, message):
    recorder = Recorder()
    before = len(recorder.recording.stages)
    with pytest.raises(error, match=re.escape(message)):
        call(recorder)
    assert len(recorder.recording.stages) == before


def test_an_item_has_the_hash_of_its_bytes():
    """hashlib over NumPy's bytes is the oracle: users can check an item by hand."""
    import hashlib

    values = np.arange(12, dtype=">f8").reshape(3, 4).T
    item = item_of("x", values)
    assert item.sha256 == hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()
    assert (item.dtype, item.shape) == ("float64", (4, 3))
    assert Item.from_json(json.loads(json.dumps(item.to_json()))) == item


def step(*operators, gradient=1.0, device="cpu", kernel="0", value=1.0, inputs="same"):
    """A recording of the operators and the gradient of a step."""
    items = [item_of(name, np.array([3.0, value]), inputs=inputs) for name in operators]
    stages = [
        Stage("operators of step 1", "operators", tuple(dataclasses.replace(item, device=device) for item in items)),
        Stage("gradients of step 1", "gradients", (item_of("weight", np.array([3.0, gradient])),)),
    ]
    return Recording(stages=stages, kernels={"tanh": kernel * 16}, environment={"MKL_CBWR": kernel})


def test_other_operators_that_compute_the_same_are_the_same():
    one, other = step("linear.default", "tanh.default"), step("addmm.default", "add.Tensor", "tanh.default")
    comparison = compare(one, other)
    assert (comparison.outcome, comparison.code) == ("same", 0)
    assert "operator 1, linear.default / addmm.default: from here on, the two programs run other" in comparison.what
    longer = compare(step("tanh.default"), step("tanh.default", "relu.default"))
    assert longer.what.startswith("operator 2, relu.default: it is missing in the first recording")


def test_other_operators_that_compute_something_else_are_where_the_runs_part():
    comparison = compare(step("linear.default"), step("addmm.default", gradient=2.0))
    assert (comparison.stage, comparison.code) == ("operators of step 1", 1)
    assert comparison.causes[0].text == "another program, or another version of a library"


@pytest.mark.parametrize(
    ("other", "text", "kernels"),
    [
        ({}, "Intel MKL's code path (MKL_CBWR 0 and 1)", ("tanh",)),
        ({"device": "cuda"}, "an operator on cuda and cuda; only kernels of the CPU were compared", ()),
        ({"inputs": "other"}, "no kernel: the operator was given something else", ()),
        ({"name": "linalg_qr.default"}, "the same inputs gave something else, and no fingerprint is about this", ()),
        ({"name": "bernoulli_.float"}, "a random operator: the generator was in another state", ()),
    ],
)
def test_a_kernel_is_blamed_only_for_an_operator_that_uses_it_with_the_same_inputs(other, text, kernels):
    changed = dict(other)
    name, device = changed.pop("name", "tanh.default"), changed.get("device", "cpu")
    near = float(np.nextafter(1.0, 2.0))
    comparison = compare(step(name, device=device), step(name, value=near, kernel="1", **changed))
    assert comparison.distance.ulps == 1
    assert comparison.causes[0].text.startswith(text)
    assert comparison.causes[0].kernels == kernels
