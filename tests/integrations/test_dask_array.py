# SPDX-License-Identifier: MIT
"""A Dask array of ids is the one call, however it is divided and wherever it is computed."""

from __future__ import annotations

import re

import numpy as np
import pytest

import samplers

pytest.importorskip("dask")
pytest.importorskip("distributed")

import dask
import dask.array as da
from distributed import Client, LocalCluster
from distributed.protocol import dumps

from samplers.integrations.dask import sample_array, tables

ROWS, V, K = 1000, 50, 5
GENERATOR = np.random.default_rng(1)
COUNTS = GENERATOR.integers(1, 1000, V)
POSITIVES = GENERATOR.integers(0, V, ROWS)
PADDED = GENERATOR.integers(-1, V, (ROWS, 3))
HISTORIES = samplers.IdSets.from_lists([[], [1, 2, 3], range(40), [7], range(0, V, 2)], V=V)
USERS = GENERATOR.integers(0, 5, ROWS)
CHUNKS = [1000, 333, (100, -1), ((1, 499, 500), (K,))]
EXCLUDED = {
    "nothing": None,
    "an id a row": POSITIVES,
    "a list": POSITIVES.tolist(),
    "a dask array": da.from_array(POSITIVES, chunks=77),
    "padded": PADDED,
    "a padded dask array": da.from_array(PADDED, chunks=(77, 2)),
    "a mask": da.from_array(np.arange(V) % 3 == (np.arange(ROWS) % 3)[:, None], chunks=(400, 20)),
    "histories": HISTORIES[USERS],
    "CSR": (np.arange(ROWS + 1), POSITIVES),
}


@pytest.fixture(params=[True, False], ids=["with replacement", "distinct"])
def sampler(request) -> samplers.PositionalSampler:
    return samplers.create("alias", COUNTS, rng=42, replacement=request.param)


def computed(array: object) -> object:
    """What the one call takes in place of a Dask array."""
    return array.compute(scheduler="sync") if isinstance(array, da.Array) else array


@pytest.mark.parametrize("form", EXCLUDED)
@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_every_chunking_gives_the_rows_of_one_call(sampler, chunks, form):
    exclude = EXCLUDED[form]
    array = sample_array(sampler, ROWS, K, chunks, exclude=exclude, epoch=3)
    one = sampler.sample_rows(np.arange(ROWS), K, exclude=computed(exclude), epoch=3)
    for scheduler in ("sync", "threads"):
        np.testing.assert_array_equal(array.compute(scheduler=scheduler), one)
    assert (array.shape, array.dtype) == (one.shape, one.dtype)
    assert array.numblocks[1] == 1
    part = array.blocks[array.numblocks[0] - 1]
    np.testing.assert_array_equal(part.compute(scheduler="sync"), one[-part.shape[0] :])


@pytest.mark.parametrize("name", ["alias", "spectrum", "uniform"])
def test_every_sampler_that_can_be_saved_draws(name, tmp_path):
    law = samplers.uniform(V) if name == "uniform" else COUNTS
    sampler = samplers.create(name, law, rng=7)
    samplers.save(sampler, tmp_path / "t", counts=False)
    array = sample_array(sampler, 100, K, 30, path=tmp_path / "t")
    np.testing.assert_array_equal(array.compute(scheduler="sync"), sampler.sample(100, K))
    again = samplers.load(tmp_path / "t", rng=7)
    assert sample_array(again, 100, K, 30).name == array.name, "the path is not part of what the array holds"


def test_rows_may_be_named():
    sampler = samplers.create("alias", COUNTS, rng=42)
    numbers = GENERATOR.permutation(10**12 + np.arange(ROWS))
    one = sampler.sample_rows(numbers, K, exclude=POSITIVES)
    rows = da.from_array(numbers, chunks=300)
    for named in (numbers, numbers.tolist(), rows):
        array = sample_array(sampler, named, K, 128, exclude=POSITIVES)
        np.testing.assert_array_equal(array.compute(scheduler="threads"), one)
    array = sample_array(sampler, rows, K, exclude=POSITIVES)
    assert array.chunks[0] == rows.chunks[0]
    np.testing.assert_array_equal(array.compute(scheduler="sync"), one)


def test_marks_are_those_of_one_call():
    sampler = samplers.create("alias", COUNTS, rng=42, replacement=False)
    exclude = [list(range(47 if i % 7 == 0 else 3)) for i in range(100)]
    for marks in ({"on_exhausted": "mark"}, {"on_exhausted": "mark", "on_collision": "mark"}):
        array = sample_array(sampler, 100, K, 9, exclude=exclude, **marks)
        one = sampler.sample_rows(np.arange(100), K, exclude=exclude, **marks)
        assert (one == -1).any()
        np.testing.assert_array_equal(array.compute(scheduler="sync"), one)


def test_no_rows_are_an_empty_array():
    assert sample_array(samplers.create("alias", COUNTS, rng=1), 0, K).compute(scheduler="sync").shape == (0, K)


def test_the_name_tells_arrays_apart_and_depends_on_their_values_alone():
    def named(rows=ROWS, k=K, chunks=100, key=1, **arguments):
        sampler = samplers.create("alias", COUNTS, rng=42)
        sampler.key = key
        return sample_array(sampler, rows, k, chunks, **arguments).name

    others = [
        named(),
        named(rows=ROWS + 1),
        named(rows=np.arange(ROWS)[::-1]),
        named(k=4),
        named(chunks=101),
        named(key=2),
        named(epoch=1),
        named(exclude=POSITIVES),
        named(exclude=POSITIVES[::-1]),
        named(exclude=POSITIVES, on_collision="mark"),
    ]
    assert len(set(others)) == len(others)
    assert named(exclude=POSITIVES) == named(exclude=[[i] for i in POSITIVES.tolist()], epoch=0)


def test_tasks_carry_no_table():
    # The table has 2 MB, and 1e6 rows of numbers 8 MB.
    sampler = samplers.create("alias", GENERATOR.integers(1, 1000, 2**18), rng=1)
    array = sample_array(sampler, 10**6, K, 10**5)
    assert sum(map(len, dumps(dict(array.dask)))) < 10 * 2000
    with_sets = sample_array(sampler, ROWS, K, 100, exclude=samplers.IdSets.from_lists([[1, 2]] * ROWS, V=2**18))
    for block in with_sets.to_delayed().flat:
        size = sum(map(len, dumps(dict(block.__dask_optimize__(block.dask, block.__dask_keys__())))))
        assert size < 100 * 3 * 8 + 4000, "a task has the sets of its rows alone"


def test_a_process_maps_the_tables_once(monkeypatch, tmp_path):
    loads = []
    monkeypatch.setattr(tables, "_mapped", {})
    monkeypatch.setattr(tables, "load_written", lambda *file: loads.append(file) or load(*file))
    load = samplers.saving.tables.load_written
    sampler = samplers.create("alias", COUNTS, rng=1)
    for rng in (1, 2):  # streams of other keys share the tables
        sample_array(sampler.with_rng(rng), ROWS, K, 10).compute(scheduler="threads")
    assert len(loads) == 1
    for i in range(2 * tables.KEPT):
        sample_array(samplers.create("alias", COUNTS + i + 1, rng=1), 9, K).compute(scheduler="sync")
    assert len(tables._mapped) == tables.KEPT


def test_processes_and_a_cluster_give_the_rows_of_one_call(tmp_path):
    sampler = samplers.create("alias", COUNTS, rng=42)
    samplers.save(sampler, tmp_path / "t", counts=False)
    forms = ["nothing", "an id a row", "a padded dask array", "histories"]
    arrays = [
        sample_array(sampler, ROWS, K, chunks, exclude=EXCLUDED[form], path=tmp_path / "t")
        for chunks in CHUNKS
        for form in forms
    ]
    one = [sampler.sample_rows(np.arange(ROWS), K, exclude=computed(EXCLUDED[form])) for form in forms] * len(CHUNKS)
    results = dask.compute(*arrays, scheduler="processes", num_workers=2)
    np.testing.assert_array_equal(results, one)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        np.testing.assert_array_equal(client.gather(client.compute(arrays)), one)
        once = sample_array(sampler, ROWS, K, 100)  # in a temporary file of this machine
        np.testing.assert_array_equal(once.compute(), one[0])
        lost = samplers.create("alias", COUNTS + 1, rng=42)
        samplers.save(lost, tmp_path / "lost")
        array = sample_array(lost, ROWS, K, path=tmp_path / "lost")
        (tmp_path / "lost").unlink()
        with pytest.raises(
            FileNotFoundError, match="has no such file of tables; samplers.save.. them on a file system"
        ):
            array.compute()


def test_a_file_that_was_replaced_is_refused(tmp_path):
    sampler = samplers.create("alias", COUNTS + 2, rng=1)
    samplers.save(sampler, tmp_path / "t", counts=False)
    array = sample_array(sampler, 9, K, path=tmp_path / "t")
    samplers.save(samplers.create("alias", COUNTS + 3), tmp_path / "t", overwrite=True)
    with pytest.raises(ValueError, match="t: the file was replaced: its SHA-256 is"):
        array.compute(scheduler="sync")
    with pytest.raises(ValueError, match="path='.*t': the file has fingerprint='.*overwrite=True.*, or give another"):
        sample_array(sampler, 9, K, path=tmp_path / "t")


def test_a_file_that_was_damaged_is_refused(tmp_path):
    sampler = samplers.create("alias", COUNTS + 4, rng=1)
    samplers.save(sampler, tmp_path / "t", counts=False)
    data = bytearray((tmp_path / "t").read_bytes())
    data[-3] ^= 1
    (tmp_path / "t").write_bytes(data)
    array = sample_array(sampler, 9, K, path=tmp_path / "t")
    with pytest.raises(ValueError, match="its SHA-256 is not the one that was written"):
        array.compute(scheduler="sync")


def test_a_row_with_too_few_ids_is_named_with_its_chunk():
    sampler = samplers.create("alias", COUNTS, rng=1, replacement=False)
    array = sample_array(sampler, 20, K, 8, exclude=[list(range(47 if i == 13 else 3)) for i in range(20)])
    with pytest.raises(ValueError, match=r"in row 5, fewer.*counted in a chunk of 8 rows, whose first has number 8\)"):
        array.compute(scheduler="sync")
    array = sample_array(sampler, 20, K, 8, exclude=da.full(20, V, chunks=5))
    with pytest.raises(ValueError, match=r"id 50 in row 0 lies outside \[0, 50\)"):
        array.compute(scheduler="sync")


def floats(shape):
    return da.zeros(shape, chunks=10)


UNKNOWN = da.arange(9, chunks=3)[da.arange(9, chunks=3) > 4]
BAD = [
    ({"k": 0}, ValueError, "k must be at least 1, got 0"),
    ({"k": V + 1, "replacement": False}, ValueError, "k=51 distinct ids asked for"),
    ({"rows": -1}, ValueError, "rows must be at least 0, got -1"),
    ({"rows": 2.0}, TypeError, "rows must be an integer, got 2.0; write 2"),
    ({"rows": [-1]}, ValueError, "row_ids[0] = -1 lies outside [0, 2**63)"),
    ({"rows": floats(9)}, TypeError, "rows must be integers, got a Dask array of dtype float64; write .astype"),
    ({"rows": da.zeros((3, 3), dtype=int)}, ValueError, "rows as a Dask array must have shape (rows,), got (3, 3)"),
    ({"rows": UNKNOWN}, ValueError, "rows is a Dask array of unknown shape (nan,); call .compute_chunk_sizes() before"),
    ({"chunks": 0}, ValueError, "chunks must be at least 1, got 0"),
    ({"chunks": None}, TypeError, "chunks must be an integer, got None"),
    ({"chunks": 2.5}, ValueError, "chunks=2.5 of an array of shape (20, 5)"),
    ({"chunks": (3, 2)}, ValueError, "chunks=(3, 2) splits the 5 columns, each of which depends on those before it"),
    ({"chunks": ((3, 3), 5)}, ValueError, "chunks=((3, 3), 5) of an array of shape (20, 5)"),
    ({"rows": 2**40, "chunks": 2**10}, ValueError, "would be 1,073,741,824 chunks, but at most 1,048,576 can be"),
    ({"rows": 2**40, "chunks": (2**10, K)}, ValueError, "can be handled; write chunks=1048576 or more"),
    ({"rows": 2**40, "chunks": {0: 1}}, ValueError, "can be handled; write chunks=1048576 or more"),
    ({"rows": 2**40, "chunks": "1 kiB"}, ValueError, "chunks='1 kiB' of an array of shape (1099511627776, 5) would be"),
    ({"rows": 2**62}, ValueError, "or draw a part of the rows"),
    ({"chunks": "many"}, ValueError, "chunks='many' of an array of shape (20, 5)"),
    ({"epoch": 2**32}, ValueError, "epoch must be at most 2**32 - 1"),
    ({"on_collision": "skip"}, ValueError, "on_collision must be 'redraw' or 'mark', got 'skip'"),
    ({"exclude": 3}, TypeError, "exclude must have an entry for each row"),
    ({"exclude": [3]}, ValueError, "exclude must have shape (rows,) or (rows, m) with rows=20"),
    ({"exclude": [V] * 20}, ValueError, "exclude: id 50 in row 0 lies outside [0, 50)"),
    ({"exclude": floats(20)}, TypeError, "exclude must be integers, got a Dask array of dtype float64"),
    ({"exclude": da.zeros(19, dtype=int)}, ValueError, "must have shape (20,) or (20, m), got (19,)"),
    ({"exclude": da.zeros((20, 3), dtype=bool)}, ValueError, "must have shape (20, 50), got (20, 3)"),
    ({"exclude": HISTORIES}, ValueError, "exclude: 5 sets for 20 rows; write sets[numbers]"),
    (
        {"path": "no such file"},
        FileNotFoundError,
        "there is no such file; write samplers.save(sampler, path, counts=Fals",
    ),
    ({"path": 3}, TypeError, "path must be a str or a path, got 3"),
    ({"path": __file__}, ValueError, "samplers.save did not write it"),
]


@pytest.mark.parametrize(("arguments", "kind", "message"), BAD, ids=lambda value: value if type(value) is str else "")
def test_bad_input_is_refused_before_anything_is_built(arguments, kind, message, monkeypatch):
    monkeypatch.setattr(tables, "save", None)
    arguments = {"rows": 20, "k": K, "chunks": 5} | arguments
    sampler = samplers.create("alias", COUNTS + 99, rng=1, replacement=arguments.pop("replacement", True))
    with pytest.raises(kind, match=re.escape(message)):
        sample_array(sampler, **arguments)


@pytest.mark.parametrize(
    "other",
    [samplers.create("bisect", COUNTS), samplers.create("alias", samplers.Laws([0, 1], [0], [1.0], V=V)), COUNTS],
)
def test_a_sampler_whose_rows_have_no_numbers_is_refused(other):
    with pytest.raises(TypeError, match="sampler must draw rows by their numbers, got .*create 'alias'"):
        sample_array(other, 9, K)
