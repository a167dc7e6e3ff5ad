# SPDX-License-Identifier: MIT
"""What `write_zarr` leaves on disk is the one call, whatever was killed on the way."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import samplers

pytest.importorskip("dask")
pytest.importorskip("distributed")
pytest.importorskip("zarr")

import dask
import dask.array as da
import psutil
import zarr

from samplers.integrations.dask import sample_array, write_zarr
from samplers.integrations.dask.writing import _tasks

ROWS, K, CHUNK = 10_000, 3, 700  # the last chunk is short


def array(rows: int = ROWS, rng: int = 42, **arguments: object) -> da.Array:
    return sample_array(samplers.create("alias", range(1, 100), rng=rng), rows, K, CHUNK, **arguments)


def one_call(rows: int = ROWS) -> np.ndarray:
    return samplers.create("alias", range(1, 100), rng=42).sample(rows, K)


def chunks_of(folder: Path) -> dict[str, int]:
    """The chunks on disk, and when they were written, in nanoseconds."""
    return {str(path): path.stat().st_mtime_ns for path in folder.glob("c/*/0")}


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_the_file_is_the_one_call(scheduler, tmp_path):
    with dask.config.set(scheduler=scheduler):
        written = write_zarr(array(), tmp_path / "z")
    np.testing.assert_array_equal(written[:], one_call())
    assert (written.dtype, written.chunks, written.read_only) == (np.int64, (CHUNK, K), True)


def test_an_array_that_dask_derives_is_written(tmp_path):
    written = write_zarr(array().astype("int32").rechunk((900, 2)), str(tmp_path / "z"))
    assert (written.dtype, written.chunks) == (np.int32, (900, 2))
    np.testing.assert_array_equal(written[:], one_call())


def test_only_missing_chunks_are_written(tmp_path, capsys):
    write_zarr(array(), tmp_path / "z", progress=False)
    before = chunks_of(tmp_path / "z")
    assert len(before) == 15
    (tmp_path / "z/c/7/0").write_bytes(b"")  # as a power failure may leave it
    for lost in (4, 14):
        (tmp_path / f"z/c/{lost}/0").unlink()
    assert zarr.open_array(tmp_path / "z", mode="r")[4 * CHUNK].tolist() == [2**63 - 1] * K, "no id of a missing chunk"
    capsys.readouterr()
    written = write_zarr(array(), tmp_path / "z", progress=True)
    assert re.search(r"writing z .* 15/15", capsys.readouterr().err)
    np.testing.assert_array_equal(written[:], one_call())
    after = chunks_of(tmp_path / "z")
    assert sorted(path for path in after if after[path] != before[path]) == [
        str(tmp_path / f"z/c/{lost}/0") for lost in (14, 4, 7)
    ]


def test_progress_counts_each_chunk(tmp_path, monkeypatch):
    steps = []
    monkeypatch.setattr("samplers.progress.Progress.advance", lambda self, n: steps.append(n))
    for scheduler in ("sync", "threads"):
        with dask.config.set(scheduler=scheduler):
            write_zarr(array(), tmp_path / scheduler)
    assert steps == [0, *[1] * 15] * 2


def test_a_chunk_is_drawn_and_written_by_one_task(tmp_path):
    ids = sample_array(samplers.create("alias", range(1, 100), rng=42), 1000, K, 1).astype("int32")
    (optimised,) = dask.optimize(_tasks(ids, tmp_path, (1, K), list(np.ndindex(1000, 1))))
    # The other two are the numbers of the rows and of the chunk. More tasks would hold more chunks in memory.
    assert len(optimised.dask) <= 3 * 1000 + 1


def test_an_error_on_the_way_leaves_chunks_that_are_whole(tmp_path):
    positives = np.zeros(ROWS, np.int64)
    positives[5000] = 99  # is no id, in chunk 7
    exclude = da.from_array(positives, chunks=1000)
    with dask.config.set(scheduler="sync"), pytest.raises(ValueError, match="id 99 in row 100 lies outside"):
        write_zarr(array(exclude=exclude), tmp_path / "z")
    partial = zarr.open_array(tmp_path / "z", mode="r")
    assert 0 < len(chunks_of(tmp_path / "z")) < 15
    for path in chunks_of(tmp_path / "z"):
        first = int(Path(path).parent.name) * CHUNK
        rows = np.arange(first, min(first + CHUNK, ROWS))
        expected = samplers.create("alias", range(1, 100), rng=42).sample_rows(rows, K, exclude=positives[rows])
        np.testing.assert_array_equal(partial[rows[0] : rows[-1] + 1], expected)


PROGRAM = """
import sys
import samplers
from distributed import Client, LocalCluster
from samplers.integrations.dask import sample_array, write_zarr

if __name__ == "__main__":
    folder, tables, rows, k, chunk = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
    ids = sample_array(samplers.load(tables, rng=42), rows, k, chunk, path=tables)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        print(*(info["pid"] for info in client.run(lambda: {"pid": __import__("os").getpid()}).values()), flush=True)
        write_zarr(ids, folder)
"""


def wait(until: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end, f"waited 120 s for {what}"
        time.sleep(0.005)


def test_nothing_is_lost_or_written_twice_after_kill_9_of_a_worker_and_of_the_client(tmp_path):
    rows, chunk = 200_000, 1000
    folder, tables = tmp_path / "z", tmp_path / "tables"
    samplers.save(samplers.create("alias", range(1, 100), rng=42), tables, counts=False)
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, tmp_path / "program.py", folder, tables, rows, K, chunk]
    client = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert client.stdout
        workers = [psutil.Process(int(pid)) for pid in client.stdout.readline().split()]
        assert len(workers) == 2
        wait(lambda: len(chunks_of(folder)) >= 20, "20 chunks")
        workers[0].kill()
        then = len(chunks_of(folder))
        wait(lambda: len(chunks_of(folder)) >= then + 40, "40 chunks without the worker")
        assert client.poll() is None
    finally:
        client.kill()
        client.communicate()
    psutil.wait_procs(workers, timeout=60)  # a worker ends when its client is gone
    before = chunks_of(folder)
    assert 60 <= len(before) < rows // chunk, "the client was killed on the way"
    ids = sample_array(samplers.load(tables, rng=42), rows, K, chunk)
    with dask.config.set(scheduler="threads"):
        written = write_zarr(ids, folder)
    np.testing.assert_array_equal(written[:], one_call(rows))
    after = chunks_of(folder)
    assert len(after) == rows // chunk
    assert {path: after[path] for path in before} == before, "what was on disk was not written again"


BAD = [
    (np.zeros((3, 3), int), TypeError, "ids must be a Dask array, the result of sample_array(), got ndarray"),
    (da.zeros((3, 3), chunks=2), TypeError, "ids must be integers, got dtype float64"),
    (array()[:, 0], ValueError, "ids must have shape (rows, k), got shape (10000,)"),
    (da.zeros((0, 3), dtype=int), ValueError, "ids must have a known number of rows, at least 1, got shape (0, 3)"),
    (array()[array()[:, 0] > 9], ValueError, "ids must have a known number of rows, at least 1, got shape (nan, 3)"),
    (
        array().rechunk(((1, 9999), 3)),
        ValueError,
        "ids has chunks of 1, 9999, ... rows, but the chunks of a Zarr array",
    ),
]


@pytest.mark.parametrize(("ids", "kind", "message"), BAD, ids=lambda value: value if type(value) is str else "")
def test_bad_input_is_refused_before_anything_is_written(ids, kind, message, tmp_path):
    with pytest.raises(kind, match=re.escape(message)):
        write_zarr(ids, tmp_path / "z")
    assert not (tmp_path / "z").exists()


def test_what_is_something_else_is_not_written_over(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("Dear all")
    (tmp_path / "file").write_text("Dear all")
    for path in ("mine", "file"):
        with pytest.raises(FileExistsError, match="it exists, and is no Zarr array; give another path, or remove it"):
            write_zarr(array(), tmp_path / path)
    assert (tmp_path / "mine/letter").read_text() == (tmp_path / "file").read_text() == "Dear all"
    write_zarr(array(), tmp_path / "z")
    before = chunks_of(tmp_path / "z")
    for other in (array(rng=43), array(epoch=1), array(exclude=[0] * ROWS), array(rows=ROWS + 1), array().astype("i4")):
        with pytest.raises(FileExistsError, match="z: it holds other ids: sample_array-.*give the arguments of the"):
            write_zarr(other, tmp_path / "z")
    assert chunks_of(tmp_path / "z") == before
    (tmp_path / "empty").mkdir()
    np.testing.assert_array_equal(write_zarr(array(), tmp_path / "empty")[:], one_call())
