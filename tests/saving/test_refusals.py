# SPDX-License-Identifier: MIT
"""What is refused before anything is written or read."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

import samplers
from samplers import registry
from samplers.kernels import building
from samplers.kernels import rows as kernel
from tests.saving.files import COUNTS, SAVABLE


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
