# SPDX-License-Identifier: MIT
"""Tables in files: what is saved comes back, and what is damaged or made to deceive is refused."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import samplers
from samplers import registry
from samplers.kernels import building
from samplers.kernels import rows as kernel
from samplers.laws.classes import WeightClasses, classes_of_weights
from samplers.laws.grouped import Grouped
from samplers.saving.container import Contents, write

SAVABLE = ("alias", "spectrum")
COUNTS = [0, 30, 1000, 7, 0, 400, 90, 3, 30, 0]


class Halving(samplers.Law):
    """A law of a user's own, with words."""

    words = ("a", "b", "c", "d")

    def __len__(self):
        return 4

    def _grouped(self):
        return classes_of_weights(np.array([4, 1, 2, 1], np.uint64))


def laws() -> dict[str, samplers.Law]:
    rng = np.random.default_rng(5)
    counts = samplers.NoiseDistribution(COUNTS)
    return {
        "counts": counts,
        "sorted": samplers.NoiseDistribution([1000, 400, 30, 30, 5, 0]),
        "one": samplers.NoiseDistribution([3], exponent=-0.3),
        "words": samplers.NoiseDistribution({"the": 9, "": 1, "한국": 4, "\udc80": 2, "\x00": 2, '"': 8}, exponent=0.5),
        "uint64": samplers.NoiseDistribution(np.array([2**64 - 1, 5, 2**63], np.uint64), exponent=1.0),
        "weights": samplers.from_weights([0.5, 0.0, 0.25, 0.125]),
        # Weights of a portable power, some of which may be in another order than their counts.
        "portable": samplers.NoiseDistribution(rng.integers(2**60, 2**60 + 5000, 3000), exponent=0.3),
        "flat": samplers.NoiseDistribution([3, 9, 1], exponent=0.0),
        "uniform": samplers.uniform(11),
        "log_uniform": samplers.log_uniform(9),
        "mixture": samplers.mixture([(1, samplers.uniform(10)), (4, counts)]),
        "own": Halving(),
    }


@pytest.fixture(params=SAVABLE)
def name(request) -> str:
    return request.param


@pytest.fixture(params=list(laws()))
def law(request) -> samplers.Law:
    return laws()[request.param]


def rows_of(sampler: samplers.Sampler) -> np.ndarray:
    return np.concatenate([sampler.sample(40, 1), sampler.sample(3000, 1)])


def test_a_loaded_sampler_draws_what_the_saved_one_draws(name, law, tmp_path):
    for replacement in (True, False):
        sampler = samplers.create(name, law, rng=3, replacement=replacement)
        samplers.save(sampler, tmp_path / "t", overwrite=True)
        for mmap in (True, False):
            loaded = samplers.load(tmp_path / "t", rng=3, mmap=mmap, threads=2)
            assert type(loaded) is type(sampler)
            assert (loaded.key, loaded.epoch, loaded.position, loaded.threads) == (sampler.key, 0, 0, 2)
            assert loaded.replacement is replacement
            assert loaded.nbytes == sampler.nbytes
            np.testing.assert_array_equal(rows_of(loaded), rows_of(sampler.with_rng(3)))
            k = min(law.nonzero, 3)
            loaded.load_state_dict(sampler.state_dict() | {"epoch": 4, "position": 10**12})
            np.testing.assert_array_equal(
                loaded.sample(50, k), sampler.sample_rows(range(10**12, 10**12 + 50), k, epoch=4)
            )


def test_without_counts_the_sampler_is_the_same_in_a_smaller_file(name, law, tmp_path):
    for replacement in (True, False):
        sampler = samplers.create(name, law, rng=3, replacement=replacement)
        samplers.save(sampler, tmp_path / "with", overwrite=True)
        samplers.save(sampler, tmp_path / "without", overwrite=True, counts=False)
        again = samplers.load(tmp_path / "without", rng=3)
        np.testing.assert_array_equal(rows_of(again), rows_of(sampler))
        assert again.noise.fingerprint == law.fingerprint
        assert again.noise.words is None
        # On the exact path the weights are read: all ids but two are excluded.
        exclude = [np.flatnonzero(law.support)[2:].tolist()] * 20
        k = min(law.nonzero, 2)
        np.testing.assert_array_equal(again.sample(20, k, exclude=exclude), sampler.sample(20, k, exclude=exclude))


def test_counts_and_words_are_left_out_of_a_file_on_request(tmp_path):
    counts = {f"word {i}": int(count) for i, count in enumerate(np.random.default_rng(1).integers(1, 100, 10**4))}
    samplers.save(samplers.create("alias", counts), tmp_path / "with")
    samplers.save(samplers.create("alias", counts), tmp_path / "without", counts=False)
    saved = (tmp_path / "with").stat().st_size - (tmp_path / "without").stat().st_size
    words = sum(map(len, counts)) + 8 * len(counts)
    assert saved == pytest.approx(8 * len(counts) + words, abs=5000), "but for the weights of 100 classes"
    with pytest.raises(TypeError, match="counts must be True or False, got 1"):
        samplers.save(samplers.create("alias", counts), tmp_path / "other", counts=1)
    assert not (tmp_path / "other").exists()


def test_the_law_comes_back(name, law, tmp_path):
    samplers.save(samplers.create(name, law), str(tmp_path / "t"))
    again = samplers.load(str(tmp_path / "t")).noise
    assert type(again) is (Grouped if isinstance(law, (samplers.mixture([(1, law)]).__class__, Halving)) else type(law))
    assert (again.fingerprint, again.words, again.exponent) == (law.fingerprint, law.words, law.exponent)
    assert (len(again), again.total_weight, again.nonzero) == (len(law), law.total_weight, law.nonzero)
    assert again.counts.dtype == law.counts.dtype
    for mine, other in ((again.counts, law.counts), (again.weights, law.weights), (again.ranked, law.ranked)):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(again.probabilities, law.probabilities)
    for field in ("weights", "first", "sizes", "order"):
        np.testing.assert_array_equal(getattr(again.classes, field), getattr(law.classes, field))


def test_a_second_save_writes_the_same_bytes(name, law, tmp_path):
    samplers.save(samplers.create(name, law), tmp_path / "one")
    samplers.save(samplers.load(tmp_path / "one"), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_loaded_sampler_is_copied_and_pickled(name, law, tmp_path):
    samplers.save(samplers.create(name, law), tmp_path / "t")
    loaded = samplers.load(tmp_path / "t", rng=1)
    expected = rows_of(loaded.with_rng(8))
    copy = pickle.loads(pickle.dumps(loaded))
    assert copy.noise.fingerprint == law.fingerprint
    np.testing.assert_array_equal(rows_of(copy.with_rng(8)), expected)


def test_the_package_safetensors_reads_the_file(name, law, tmp_path):
    safetensors = pytest.importorskip("safetensors", reason="safetensors is not installed")
    sampler = samplers.create(name, law)
    samplers.save(sampler, tmp_path / "t.safetensors")
    with safetensors.safe_open(tmp_path / "t.safetensors", framework="np") as file:
        metadata = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    assert metadata["format"] == "samplers.tables/v2"
    assert metadata["stream"] == "philox4x32-10/v1"
    assert (metadata["name"], metadata["V"], metadata["replacement"]) == (name, str(len(law)), "true")
    assert metadata["fingerprint"] == law.fingerprint
    np.testing.assert_array_equal(tensors["hot"], sampler._source.hot)
    np.testing.assert_array_equal(tensors["cold"], sampler._source.cold)
    if law.words is not None:
        text = tensors["words"].tobytes()
        pieces = [text[a:b] for a, b in zip([0, *tensors["word_ends"]], tensors["word_ends"], strict=False)]
        assert tuple(part.decode("utf-8", "surrogatepass") for part in pieces) == law.words


def test_every_array_begins_at_a_multiple_of_its_item_size(name, law, tmp_path):
    samplers.save(samplers.create(name, law), tmp_path / "t")
    data = (tmp_path / "t").read_bytes()
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0
    header = json.loads(data[8 : 8 + length])
    del header["__metadata__"]
    for entry in header.values():
        size = {"U64": 8, "I64": 8, "F64": 8, "U32": 4, "I32": 4, "U8": 1}[entry["dtype"]]
        assert entry["data_offsets"][0] % size == 0


def backing(array: np.ndarray) -> Any:
    """What holds the memory of an array."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array.obj if isinstance(array, memoryview) else array


def test_what_is_large_is_mapped_and_not_copied(tmp_path):
    import mmap

    samplers.save(samplers.create("alias", samplers.NoiseDistribution(COUNTS)), tmp_path / "a")
    samplers.save(samplers.create("spectrum", samplers.NoiseDistribution(COUNTS)), tmp_path / "s")
    for path in (tmp_path / "a", tmp_path / "s"):
        loaded = samplers.load(path)
        source = loaded._source
        large = [source.hot, source.cold, loaded.noise.counts, loaded.noise.classes.order]
        large += [source.order] if loaded.name == "spectrum" else []
        for array in large:
            assert type(backing(array)) is mmap.mmap
            assert not array.flags.writeable
        assert "weights" not in loaded.noise.__dict__
        assert type(backing(samplers.load(path, mmap=False)._source.hot)) is not mmap.mmap


def test_processes_share_a_file(tmp_path):
    sampler = samplers.create("spectrum", samplers.NoiseDistribution(COUNTS), rng=7)
    samplers.save(sampler, tmp_path / "t")
    program = f"import samplers; print(samplers.load({str(tmp_path / 't')!r}, rng=7).sample(4, 5).tolist())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == sampler.sample(4, 5).tolist()


# What is refused before anything is written or read.


def test_a_strategy_without_such_tables_is_refused(sampler_name, make, tmp_path):
    sampler = make()
    savable = tuple(map(samplers.get, (*SAVABLE, "uniform")))
    if isinstance(sampler, savable):  # the variants of the benchmarks among them
        samplers.save(sampler, tmp_path / "t")
        assert samplers.load(tmp_path / "t").name == sampler_name
        return
    with pytest.raises(
        TypeError, match=f"'{sampler_name}' cannot be saved, but those of alias, spectrum, uniform can: create one"
    ):
        samplers.save(sampler, tmp_path / "t")
    assert not (tmp_path / "t").exists()


def test_what_is_no_sampler_is_refused(tmp_path):
    for wrong in (None, [3, 2], samplers.NoiseDistribution([3, 2])):
        with pytest.raises(TypeError, match=rf"the tables of a {type(wrong).__name__} cannot be saved"):
            samplers.save(wrong, tmp_path / "t")


def test_many_laws_and_one_of_them_are_refused(tmp_path):
    many = samplers.create("alias", samplers.Laws([0, 2, 3], [0, 1, 2], [1, 3, 1]))
    for sampler in (many, many.of_law(0)):
        with pytest.raises(TypeError, match="the tables of many laws cannot be saved: save the arrays of laws.csr"):
            samplers.save(sampler, tmp_path / "t")
    assert not (tmp_path / "t").exists()


def test_a_class_that_load_would_not_find_is_refused(tmp_path):
    class Renamed(samplers.get("alias")):
        pass

    with pytest.raises(ValueError, match="Renamed is not the strategy 'alias'"):
        samplers.save(Renamed(samplers.uniform(3)), tmp_path / "t")


def test_a_strategy_that_would_not_use_the_table_is_told(tmp_path, monkeypatch):
    class Own(samplers.get("alias")):
        info = replace(samplers.get("alias").info, name="own_table")

        def _table(self):
            units = np.full(4, 2**32, np.uint64)
            return kernel.Source(*building.alias_table(units, 2, 32), 2)

    monkeypatch.setitem(registry._registered, "own_table", Own)
    samplers.save(samplers.create("own_table", samplers.uniform(4)), tmp_path / "t")
    with pytest.raises(ValueError, match="its strategy 'own_table' builds its table itself"):
        samplers.load(tmp_path / "t")


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="path must be the name of a file, got"):
        samplers.save(samplers.create("alias", [3, 2]), path)
    with pytest.raises(ValueError, match="path must be the name of a file, got"):
        samplers.load(path)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_no_file_that_is_there_already(overwrite, tmp_path):
    with pytest.raises(OSError, match="not a regular file"):
        samplers.save(samplers.create("alias", [3, 2]), tmp_path, overwrite=overwrite)


def test_a_file_that_is_there_stays_unless_it_is_asked_for(tmp_path):
    path = tmp_path / "t"
    path.write_text("mine")
    sampler = samplers.create("alias", [3, 2])
    with pytest.raises(FileExistsError, match="overwrite=True replaces it"):
        samplers.save(sampler, path)
    assert path.read_text() == "mine"
    with pytest.raises(TypeError, match="overwrite must be True or False, got 1"):
        samplers.save(sampler, path, overwrite=1)
    samplers.save(sampler, path, overwrite=True)
    old = samplers.load(path, rng=1)
    samplers.save(samplers.create("alias", [1, 1, 1]), path, overwrite=True)
    np.testing.assert_array_equal(old.sample(9, 2), sampler.with_rng(1).sample(9, 2))
    assert os.listdir(tmp_path) == ["t"]


@pytest.mark.parametrize("path", [3, None, b"t", 1.5])
def test_a_path_is_a_text(path):
    for call in (lambda: samplers.save(samplers.create("alias", [3]), path), lambda: samplers.load(path)):
        with pytest.raises(TypeError, match="path must be a str or a path, got"):
            call()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"rng": -1}, ValueError), ({"rng": "x"}, TypeError), ({"mmap": 1}, TypeError), ({"threads": 0}, ValueError)],
)
def test_arguments_are_checked_first(arguments, error, tmp_path):
    (argument,) = arguments
    with pytest.raises(error, match=f"^{argument} must be"):
        samplers.load(tmp_path / "absent", **arguments)


@pytest.mark.parametrize("mmap", [True, False])
def test_what_is_no_such_file(mmap, tmp_path):
    with pytest.raises(FileNotFoundError):
        samplers.load(tmp_path / "absent", mmap=mmap)
    with pytest.raises(OSError, match="not a regular file"):
        samplers.load(tmp_path, mmap=mmap)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        samplers.load(tmp_path / "pipe", mmap=mmap)
    np.save(tmp_path / "array.npy", np.arange(1000))
    (tmp_path / "pickle").write_bytes(pickle.dumps(samplers.create("alias", COUNTS)))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "short").write_bytes(b"1234567")
    (tmp_path / "zeros").write_bytes(bytes(4096))
    for wrong in ("array.npy", "pickle", "empty", "short", "zeros"):
        with pytest.raises(ValueError, match=rf"{wrong}: its? .*save\(\) the sampler again"):
            samplers.load(tmp_path / wrong, mmap=mmap)


def test_a_file_of_the_package_safetensors_is_told(tmp_path):
    save_file = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed").save_file
    save_file({"table": np.zeros(4)}, tmp_path / "t")
    with pytest.raises(ValueError, match="no __metadata__ of strings: samplers.save did not write it"):
        samplers.load(tmp_path / "t")
    save_file({"table": np.zeros(4)}, tmp_path / "t", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="its format is 'pt', but this version reads 'samplers.tables/v2'"):
        samplers.load(tmp_path / "t")


# Damaged files: any change of any byte.


def saved(name: str, law: samplers.Law, path: Path) -> bytes:
    samplers.save(samplers.create(name, law), path, overwrite=True)
    return path.read_bytes()


def refused(path: Path, data: bytes, *, mmap: bool = False) -> str:
    path.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        samplers.load(path, mmap=mmap)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["words", "mixture"])
def test_every_flipped_bit_is_refused(name, kind, tmp_path):
    data = saved(name, laws()[kind], tmp_path / "t")
    flipped = random.Random(1)
    for at in range(len(data)):
        wrong = bytearray(data)
        wrong[at] ^= 1 << flipped.randrange(8)
        refused(tmp_path / "wrong", bytes(wrong))


def test_every_truncated_and_every_longer_file_is_refused(name, tmp_path):
    data = saved(name, laws()["words"], tmp_path / "t")
    for length in range(len(data)):
        refused(tmp_path / "wrong", data[:length], mmap=True)
    for more in (b"\x00", b"\x00" * 8, data):
        refused(tmp_path / "wrong", data + more, mmap=True)


# Files that were made on purpose: the digest is right.


def taken_apart(data: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def put_together(header: dict[str, Any] | str, arrays: bytes) -> bytes:
    """A file with this header and a digest that is right, if it has one."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    text = re.sub(rb'"sha256": ?"[^"]*"', b'"sha256":"' + b"0" * 64 + b'"', text)
    text += b" " * (-len(text) % 8)
    start = len(text).to_bytes(8, "little")
    digest = hashlib.sha256(start + text + arrays).hexdigest()
    return start + text.replace(b'"sha256":"' + b"0" * 64, b'"sha256":"' + digest.encode()) + arrays


def test_the_way_of_these_tests_makes_files_that_load(name, tmp_path):
    data = saved(name, laws()["words"], tmp_path / "t")
    (tmp_path / "t").write_bytes(put_together(*taken_apart(data)))
    assert samplers.load(tmp_path / "t").noise.words == laws()["words"].words


def metadata(key: str, value: str | None) -> Callable[[dict[str, Any]], None]:
    def change(header: dict[str, Any]) -> None:
        if value is None:
            del header["__metadata__"][key]
        else:
            header["__metadata__"][key] = value

    return change


def entry(tensor: str, key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(header: dict[str, Any]) -> None:
        header[tensor][key] = value

    return change


FIELDS = ["format", "name", "stream", "replacement", "fingerprint", "V", "bits", "law", "exponent"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *((metadata(key, None), f"its metadata lack '{key}'") for key in FIELDS),
        (metadata("format", "samplers.tables/v1"), "its format is 'samplers.tables/v1', but this version reads"),
        (metadata("name", "alias2"), "its strategy 'alias2' is unknown; known are multinomial,"),
        (metadata("name", "bisect"), "its strategy 'bisect' has no tables that can be saved"),
        (metadata("name", "spectrum"), "its table gives|the table gives mass to an id that does not exist"),
        (
            metadata("stream", "philox4x32-10/v2"),
            "stream = 'philox4x32-10/v2', but 'philox4x32-10/v1' is expected",
        ),
        (metadata("replacement", "True"), "replacement = 'True' is unknown; known are true, false"),
        (metadata("fingerprint", "0" * 64), "fingerprint = '0000"),
        (metadata("V", "7"), "tensor '[a-z_]+' must have 7 entries, got 6"),
        (metadata("V", "06"), "V = '06' must be an integer from 1 to"),
        (metadata("V", "٦"), "must be an integer"),
        (metadata("V", "9" * 5000), "must be an integer"),
        (metadata("V", "0"), "V = '0' must be an integer from 1 to 2147483647"),
        (metadata("bits", "2"), "tensor 'hot' must have 4 entries, got 8"),
        (metadata("bits", "32"), "bits = '32' must be an integer from 0 to 31"),
        (metadata("law", "binomial"), "law = 'binomial' is unknown; known are counts, uniform, log_uniform, weights"),
        (metadata("law", "weights"), "tensor 'weights' is missing"),
        (metadata("law", "uniform"), "it has words, but the law uniform"),
        (metadata("exponent", "nan"), "exponent = 'nan' must be a finite number"),
        (metadata("exponent", "1e999"), "exponent = '1e999' must be a finite number"),
        (metadata("exponent", "0.50"), "exponent = '0.50' must be a finite number"),
        (metadata("exponent", "0.75"), "fingerprint = "),
        (metadata("exponent", "-0.5"), "fingerprint = |order"),
        (metadata("author", "me"), "it has unknown fields: author"),
        (metadata("sha256", None), "its metadata lack 'sha256'"),
        (lambda header: header.update(__metadata__={"format": 1}), "no __metadata__ of strings"),
        (lambda header: header.update(__metadata__=None), "no __metadata__ of strings"),
        (lambda header: header.pop("__metadata__"), "no __metadata__ of strings"),
        (lambda header: header.pop("hot"), "tensor|bytes after the last"),
        (lambda header: header.update(more=header["hot"]), "tensor 'more' begins at byte"),
        (entry("hot", "dtype", "I64"), "dtype 'I64'|tensor 'hot' must be U32, got int64|items of I64 do not take"),
        (entry("hot", "dtype", "F16"), "dtype 'F16' is none of U64"),
        (entry("hot", "dtype", 8), "dtype 8 is none of"),
        (entry("hot", "dtype", ["U64"]), "is none of"),
        (entry("hot", "shape", [2, 4]), "shape must be 1 integers"),
        (entry("hot", "shape", [8.0]), "shape must be 1 integers"),
        (entry("hot", "shape", [True]), "shape must be 1 integers"),
        (entry("hot", "shape", [-8]), "shape must not be negative"),
        (entry("hot", "shape", [2**63]), "items of U32 do not take bytes"),
        (entry("hot", "shape", [2**61]), "items of U32 do not take bytes"),
        (entry("hot", "shape", "8"), "shape must be 1 integers"),
        (entry("hot", "shape", None), "shape must be 1 integers"),
        (entry("hot", "data_offsets", [-64, 0]), "data_offsets must not be negative"),
        (entry("hot", "data_offsets", [64, 0]), "items of U32 do not take bytes 64 to 0"),
        (entry("hot", "data_offsets", [2**63, 2**63 + 32]), "begins at byte"),
        (entry("hot", "data_offsets", [0, 64]), "tensor"),
        (entry("hot", "data_offsets", [8, 72]), "tensor"),
        (entry("hot", "data_offsets", {}), "data_offsets must be 2 integers"),
        (entry("hot", "more", 1), "must have dtype, shape and data_offsets, and nothing else"),
        (lambda header: header.update(hot=[1]), "must have dtype, shape and data_offsets"),
        (lambda header: header.update(hot=None), "must have dtype, shape and data_offsets"),
    ],
)
def test_a_header_that_was_made_on_purpose_is_refused(change, message, tmp_path):
    header, arrays = taken_apart(saved("alias", laws()["words"], tmp_path / "t"))
    change(header)
    assert re.search(message, refused(tmp_path / "t", put_together(header, arrays), mmap=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"hot"', '"words"'), "a key occurs twice"),
        (lambda text: text.replace('"format"', '"name"'), "a key occurs twice"),
        (lambda text: text.replace('"shape": [8]', '"shape": [NaN]'), "NaN is no number of JSON"),
        (lambda text: text.replace('"shape": [8]', '"shape": [' + "9" * 5000 + "]"), "no JSON that can be read"),
        (lambda text: text.replace('"shape": [8]', '"shape": ' + "[" * 200_000), "no JSON that can be read"),
        (lambda text: "[" * 1_000_000, "no JSON that can be read"),
        (lambda text: '{"a":' * 150_000, "no JSON that can be read"),
        (lambda text: f"[{text}]", "must be a JSON object, and is a list"),
        (lambda text: "7", "must be a JSON object, and is a int"),
        (lambda text: "", "no JSON that can be read"),
        (lambda text: text[:-1], "no JSON that can be read"),
        (lambda text: text.replace("hot", "\udcff"), "no JSON that can be read"),
        (lambda text: text + " " * 2**20, "announce a header of"),
        (lambda text: text.replace('"sha256"', '"sha\\u003256"'), "its metadata have no digest sha256"),
    ],
)
def test_a_header_that_is_no_plain_json_is_refused(change, message, tmp_path):
    header, arrays = taken_apart(saved("alias", laws()["words"], tmp_path / "t"))
    text = change(json.dumps(header))
    data = put_together(text, arrays) if text.isascii() else None
    if data is None:
        broken = text.encode("utf-8", "surrogateescape")
        broken += b" " * (-len(broken) % 8)
        data = len(broken).to_bytes(8, "little") + broken + arrays
    assert re.search(message, refused(tmp_path / "t", data, mmap=True))


def parts(name: str, law: samplers.Law, path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The strings and arrays of a saved file, to change."""
    header, data = taken_apart(saved(name, law, path))
    strings = header.pop("__metadata__")
    kinds = {"U64": "<u8", "I64": "<i8", "F64": "<f8", "U32": "<u4", "I32": "<i4", "U8": "|u1"}
    return strings, {
        key: np.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).copy()
        for key, entry in header.items()
    }


def refuse_parts(path: Path, strings: dict[str, str], arrays: dict[str, np.ndarray]) -> str:
    with open(path, "wb") as file:
        write(file, Contents(strings, arrays))
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        samplers.load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("tensor", "at", "value", "message"),
    [
        ("counts", 1, -30, "counts\\[1\\] = -30 is negative"),
        ("counts", 1, 31, "fingerprint = |order"),
        ("counts", 0, 1, "fingerprint = |order"),
        ("counts", slice(None), 0, "counts has no positive entry"),
        ("order", 0, 10, "tensor 'order' does not put"),
        ("order", 0, -1, "tensor 'order' does not put"),
        ("order", 0, 2**31 - 1, "tensor 'order' does not put"),
        ("order", slice(0, 2), [4, 0], "tensor 'order' does not put"),
        ("order", slice(0, 2), [0, 0], "tensor 'order' does not put"),
        ("hot", 0, 2**32 - 1, "mass to an id that does not exist|its table gives entry"),
        ("hot", 0, 0, "its table gives entry"),
        ("hot", slice(None), 0, "its table gives entry"),
        ("cold", slice(None), 0, "its table gives entry"),
        ("cold", 0, 1, "tensor 'cold' has bits below the last unit"),
    ],
)
def test_arrays_that_contradict_the_law_are_refused(name, tensor, at, value, message, tmp_path):
    strings, arrays = parts(name, samplers.NoiseDistribution(COUNTS), tmp_path / "t")
    arrays[tensor][at] = value
    assert re.search(message, refuse_parts(tmp_path / "t", strings, arrays))


def test_floats_that_are_no_counts_are_refused(name, tmp_path):
    strings, arrays = parts(name, laws()["weights"], tmp_path / "t")
    for value in (np.nan, np.inf, -0.5):
        arrays["counts"][0] = value
        assert "counts[0] = " in refuse_parts(tmp_path / "t", strings, arrays)


@pytest.mark.parametrize(
    ("tensor", "at", "value", "message"),
    [
        ("weights", 0, 0, "weights\\[0\\] = 0 lies outside \\[1, 2\\*\\*62\\]"),
        ("weights", 0, 2**62 + 1, "lies outside \\[1, 2\\*\\*62\\]"),
        ("weights", 0, 12345, "fingerprint = "),
        ("first", 0, -1, "first\\[0\\] = -1 lies outside \\[0, 10\\)"),
        ("first", 0, 2**63 - 1, "lies outside"),
        ("first", 1, 0, "first\\[1\\] = 0 is not where the class before it ends"),
        ("sizes", 0, 0, "sizes\\[0\\] = 0 lies outside \\[1, 10\\]"),
        ("sizes", -1, 10, "the last class ends at 19, and there are 10 ids|the last class ends at"),
        ("sizes", 0, 2**63 - 1, "lies outside \\[1, 10\\]"),
        ("order", 0, 10, "order\\[0\\] = 10 lies outside \\[0, 10\\)"),
        ("order", 0, -1, "order\\[0\\] = -1 lies outside"),
        ("order", slice(0, 2), 4, "id 0 is missing, and another id occurs twice"),
    ],
)
def test_classes_that_are_none_are_refused(name, tensor, at, value, message, tmp_path):
    strings, arrays = parts(name, laws()["mixture"], tmp_path / "t")
    arrays[tensor][at] = value
    assert re.search(message, refuse_parts(tmp_path / "t", strings, arrays))


@pytest.mark.parametrize(
    "ends", [[-1, 3, 7, 10, 11, 18], [4, 3, 9, 12, 13, 14], [3, 3, 9, 12, 13, 15], [3, 3, 4, 12, 13, 14]]
)
def test_words_that_do_not_fit_are_refused(name, ends, tmp_path):
    strings, arrays = parts(name, laws()["words"], tmp_path / "t")
    assert arrays["word_ends"].tolist() == [3, 3, 9, 12, 13, 14]
    arrays["word_ends"][:] = ends
    assert re.search("'word_ends' must rise|codec can't decode", refuse_parts(tmp_path / "t", strings, arrays))


def test_arrays_that_are_missing_swapped_or_of_another_type_are_refused(name, tmp_path):
    strings, arrays = parts(name, laws()["words"], tmp_path / "t")
    for tensor in arrays:
        rest = {key: array for key, array in arrays.items() if key != tensor}
        if tensor == "order":  # it is not needed, and its absence says that ids are sorted
            assert "'order' does not put" in refuse_parts(tmp_path / "t", strings, rest)
        else:
            refuse_parts(tmp_path / "t", strings, rest)
        refuse_parts(tmp_path / "t", strings, arrays | {tensor: arrays[tensor][:-1]})
        if tensor != "words":
            refuse_parts(tmp_path / "t", strings, arrays | {tensor: arrays[tensor].view(np.uint8)})
        refuse_parts(tmp_path / "t", strings, arrays | {"more": arrays[tensor]})
        for other in arrays:
            if other != tensor:
                refuse_parts(tmp_path / "t", strings, arrays | {tensor: arrays[other], other: arrays[tensor]})


def test_a_table_of_another_law_is_refused(name, tmp_path):
    """Tables that are tables, of as many entries."""
    strings, arrays = parts(name, samplers.NoiseDistribution(COUNTS), tmp_path / "t")
    _, others = parts(name, samplers.NoiseDistribution([*COUNTS[:-1], 0][::-1]), tmp_path / "t")
    _, third = parts(name, samplers.NoiseDistribution(COUNTS, exponent=0.74), tmp_path / "t")
    for wrong in (others, third):
        if not np.array_equal(wrong["hot"], arrays["hot"]):
            swapped = {key: wrong[key] for key in ("hot", "cold")}
            assert "its table gives entry" in refuse_parts(tmp_path / "t", strings, arrays | swapped)
    assert not np.array_equal(third["hot"], arrays["hot"])


def test_one_unit_is_seen(name, tmp_path):
    strings, arrays = parts(name, samplers.NoiseDistribution(COUNTS), tmp_path / "t")
    cold, bits = arrays["cold"], int(strings["bits"])
    step = np.uint32(1 << (2 if name == "spectrum" else 32 - bits))  # bits below are in no unit
    shared = [slot for slot, hot in enumerate(arrays["hot"].tolist()) if hot & (1 << bits) - 1 != slot]
    assert len(shared) >= len(cold) // 2  # the others have one entry, whatever their threshold
    for slot in shared:
        cold[slot] ^= step
        message = refuse_parts(tmp_path / "t", strings, arrays)
        assert "its table gives entry" in message or "does not exist" in message
        cold[slot] ^= step
    cold[0] |= np.uint32(1)
    assert "'cold' has bits below the last unit" in refuse_parts(tmp_path / "t", strings, arrays)


@pytest.mark.parametrize("kind", ["counts", "words", "mixture", "uniform", "log_uniform", "portable"])
def test_whatever_is_changed_on_purpose_is_refused_or_changes_no_draw(name, kind, tmp_path):
    """Random changes of the arrays, of which the digest is right: words may change, ids may not."""
    law = laws()[kind]
    original = rows_of(samplers.create(name, law, rng=5))
    strings, arrays = parts(name, law, tmp_path / "t")
    change = random.Random(f"{name} {kind}")
    accepted = 0
    for _ in range(300):
        wrong = {key: array.copy() for key, array in arrays.items()}
        array = wrong[change.choice(sorted(wrong))]
        items = array.view(np.uint8)
        if len(items) == 0:
            continue
        for _ in range(change.choice([1, 1, 2, 5])):
            at = change.randrange(len(items))
            items[at] = change.choice(
                [items[at] ^ (1 << change.randrange(8)), 0, 255, items[change.randrange(len(items))]]
            )
        with open(tmp_path / "wrong", "wb") as file:
            write(file, Contents(strings, wrong))
        try:
            loaded = samplers.load(tmp_path / "wrong", rng=5)
        except ValueError:
            continue
        accepted += 1
        assert loaded.noise.fingerprint == law.fingerprint
        np.testing.assert_array_equal(rows_of(loaded), original)
    # Accepted is what changed nothing, a letter of a word, or the threshold of a full slot, as of a law of one class.
    assert 300 - accepted >= 20


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("mixture", "alias", "its table has 2\\*\\*4 slots, which is a wrong size for 100000000 entries"),
        ("log_uniform", "spectrum", "V = 100000000, but the table has only 16 slots"),
    ],
)
def test_a_small_file_makes_nothing_large(kind, name, message, tmp_path):
    """V = 1e8 in a file of 1 kB: refused before an array of size V is made."""
    strings, arrays = parts(name, laws()[kind], tmp_path / "t")
    strings["V"] = "100000000"
    if kind == "mixture":
        law = Grouped(10**8, WeightClasses(np.ones(1, np.uint64), np.zeros(1, np.int64), np.array([10]), None))
        samplers.save(samplers.create("spectrum", law), tmp_path / "t", overwrite=True)
        strings["fingerprint"] = law.fingerprint
        del arrays["order"]
        for tensor, value in (("weights", 1), ("first", 0), ("sizes", 10)):
            arrays[tensor] = np.array([value], arrays[tensor].dtype)
    tracemalloc.start()
    try:
        assert re.search(message, refuse_parts(tmp_path / "t", strings, arrays))
        assert tracemalloc.get_traced_memory()[1] < 5 * 10**7
    finally:
        tracemalloc.stop()


def test_the_classes_of_a_grouped_law_are_checked():
    one = np.ones(1, np.int64)
    with pytest.raises(ValueError, match="weights must be uint64, with one entry for each class, got int64"):
        Grouped(1, WeightClasses(one, one - 1, one, None))
    with pytest.raises(ValueError, match="words and ids differ in number: 2 and 1"):
        Grouped(1, WeightClasses(one.astype(np.uint64), one - 1, one, None), ("a", "b"))
    law = samplers.from_weights([1, 2, 1])
    again = pickle.loads(pickle.dumps(Grouped(3, law.classes)))
    assert again.fingerprint == law.fingerprint
    assert repr(again) == f"Grouped(V=3, classes=2, fingerprint={law.fingerprint[:12]})"
