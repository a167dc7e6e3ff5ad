# SPDX-License-Identifier: MIT
"""What is saved comes back: the same ids, the same bytes, mapped and not copied."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import samplers
from samplers.laws.grouped import Grouped
from tests.saving.files import COUNTS, Halving, rows_of


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
