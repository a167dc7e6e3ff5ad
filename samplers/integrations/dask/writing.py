# SPDX-License-Identifier: MIT
"""`write_zarr`: writes a Dask array of ids chunk by chunk, and goes on with what is missing after an interruption."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
from dask.base import compute, get_scheduler
from dask.callbacks import Callback

from ...arguments import require
from ...progress import Progress

if TYPE_CHECKING:
    import zarr
    from numpy.typing import NDArray

__all__ = ["write_zarr"]

SOURCE = "samplers_source"  # the attribute of a Zarr array that holds the name of the Dask array
TASK = "write_chunk"  # the keys of the tasks begin with it, and dashboards show it


def write_zarr(ids: da.Array, path: str | os.PathLike[str], *, progress: bool | None = None) -> zarr.Array[Any]:
    """Write an array of ids to a Zarr array on disk, or go on with one that was interrupted.

    Each chunk is drawn and written by one task, so that a worker holds one chunk for each of its threads, and no ids
    travel. A chunk appears on disk whole, or not at all, and it always holds the same ids. So after ``kill -9`` of a
    worker or of this process the same call writes the chunks that are missing: no row is lost or written twice. The
    scheduler, the number of workers and the machine may have changed.

    Parameters
    ----------
    ids : dask.array.Array
        The result of `sample_array`, or an array that Dask derives from it, such as ``.astype("int32")``: integers,
        in chunks of equal shape but for the last ones.
    path : str or os.PathLike
        The folder of the Zarr array: a new one, or that of an interrupted call for the same ``ids``. All workers must
        reach it under this path.
    progress : bool, optional
        Whether to show a bar of the chunks. Default: on a terminal, if rich is installed.

    Returns
    -------
    zarr.Array
        The finished array, opened read-only.

    Raises
    ------
    TypeError, ValueError
        If ``ids`` is no such array.
    FileExistsError
        If ``path`` holds something else, such as other ids. Nothing is written then.
    ModuleNotFoundError
        If zarr is not installed, or ``progress`` is True and rich is not.
    OSError
        If the folder cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import samplers
    >>> from samplers.integrations.dask import sample_array
    >>> sampler = samplers.create("alias", [1000, 400, 30, 5], rng=42)
    >>> folder = os.path.join(tempfile.mkdtemp(), "negatives.zarr")
    >>> written = write_zarr(sample_array(sampler, 1000, 5, chunks=300), folder)
    >>> bool((written[:] == sampler.sample(1000, 5)).all())
    True
    """
    require("zarr", "write_zarr")
    import zarr

    chunks = _regular(ids)
    target = Path(os.path.abspath(os.fspath(path)))
    _prepare(target, ids, chunks)
    missing = [index for index in np.ndindex(*ids.numblocks) if not _is_written(target, index)]
    tasks = _tasks(ids, target, chunks, missing) if missing else None
    with Progress(progress, ids.npartitions, f"writing {target.name}") as bar:
        bar.advance(ids.npartitions - (0 if tasks is None else tasks.npartitions))
        if tasks is not None:
            _compute(tasks, lambda: bar.advance(1))
    return zarr.open_array(target, mode="r")


def write_chunk(
    block: NDArray[Any], row: NDArray[np.int64], column: NDArray[np.int64], target: Path, chunks: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Write a chunk, unless it is there: what a task does. Return an array (1, 1), from which Dask makes the result."""
    import zarr

    index = int(row[0]), int(column[0])
    if not _is_written(target, index):
        start = [i * size for i, size in zip(index, chunks, strict=True)]
        place = tuple(slice(at, at + size) for at, size in zip(start, block.shape, strict=True))
        zarr.open_array(target, mode="r+")[place] = block
    return np.ones((1, 1), np.bool_)


def _regular(ids: Any) -> tuple[int, ...]:
    """The shape of a chunk.

    Raises
    ------
    TypeError, ValueError
        If the array does not hold integers, or if its chunks are of no regular shape.
    """
    if not isinstance(ids, da.Array):
        raise TypeError(f"ids must be a Dask array, the result of sample_array(), got {type(ids).__name__}")
    if ids.dtype.kind not in "iu":
        raise TypeError(f"ids must be integers, got dtype {ids.dtype}; write sample_array(...)")
    if ids.ndim != 2:
        raise ValueError(f"ids must have shape (rows, k), got shape {ids.shape}; write sample_array(...)")
    if not ids.size or np.isnan(ids.shape).any():
        raise ValueError(f"ids must have a known number of rows, at least 1, got shape {ids.shape}")
    for sizes in ids.chunks:
        if len({*sizes[:-1]}) > 1 or sizes[-1] > sizes[0]:
            raise ValueError(
                f"ids has chunks of {', '.join(map(str, sizes[:3]))}, ... rows, but the chunks of a Zarr array are "
                f"equal but for the last; write sample_array(..., chunks={max(sizes)}), or .rechunk()"
            )
    return tuple(sizes[0] for sizes in ids.chunks)


def _prepare(target: Path, ids: da.Array, chunks: tuple[int, ...]) -> None:
    """Create the Zarr array, or check that it is the one of these ids.

    Raises
    ------
    FileExistsError
        If there is something else.
    """
    import zarr

    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        zarr.create_array(
            target,
            shape=ids.shape,
            dtype=ids.dtype,
            chunks=chunks,
            fill_value=np.iinfo(ids.dtype).max,  # no id: a reader sees at once that a chunk is missing
            attributes={SOURCE: ids.name},
            zarr_format=3,
            config={"write_empty_chunks": True},
        )
        return
    try:
        found = zarr.open_array(target, mode="r")
    except (OSError, ValueError) as error:
        raise FileExistsError(f"{target}: it exists, and is no Zarr array; give another path, or remove it") from error
    source = found.attrs.get(SOURCE)
    if (source, found.shape, found.chunks, found.dtype) != (ids.name, ids.shape, chunks, ids.dtype):
        raise FileExistsError(
            f"{target}: it holds other ids: {source}, shape {found.shape}, chunks {found.chunks}, {found.dtype}, and "
            f"not {ids.name}, shape {ids.shape}, chunks {chunks}, {ids.dtype}; to go on, give the arguments of the "
            "interrupted call; else give another path, or remove the folder"
        )


def _is_written(target: Path, index: tuple[int, ...]) -> bool:
    chunk = target.joinpath("c", *map(str, index))  # the default of Zarr's format 3
    return chunk.is_file() and chunk.stat().st_size > 0  # a power failure may leave an empty file


def _tasks(ids: da.Array, target: Path, chunks: tuple[int, ...], missing: list[tuple[int, ...]]) -> da.Array:
    """An array with a block for each row of chunks in which one is missing; to compute a block writes a chunk."""
    rows = sorted({row for row, _ in missing})
    if len(rows) < ids.numblocks[0]:
        ids = ids.blocks[rows]
    places = [da.from_array(np.array(at, np.int64), 1) for at in (rows, range(ids.numblocks[1]))]
    tasks: da.Array = da.blockwise(
        write_chunk,
        "rc",
        ids,
        "rc",
        places[0],
        "r",
        places[1],
        "c",
        target=target,
        chunks=chunks,
        name=f"{TASK}-{secrets.token_hex(8)}",  # a scheduler must not take an earlier call for this one
        adjust_chunks={"r": lambda size: 1, "c": lambda size: 1},
        align_arrays=False,
        dtype=np.bool_,
        meta=np.empty((0, 0), np.bool_),
    )
    return tasks


def _compute(tasks: da.Array, advance: Callable[[], None]) -> None:
    """Compute the tasks on the scheduler that Dask would use, and report each that is finished."""
    client = getattr(get_scheduler(collections=[tasks]), "__self__", None)
    if client is None:
        with _Count(tasks.name, advance):
            compute(tasks)  # type: ignore[no-untyped-call]
        return
    from distributed import as_completed, futures_of

    futures = futures_of(client.persist(tasks))
    try:
        for future in as_completed(futures):
            future.result()
            advance()
    finally:  # after an error or Ctrl-C, nobody waits for the others
        client.cancel(futures)


class _Count(Callback):  # type: ignore[misc]  # Dask has no types here
    """Reports each task of a local scheduler whose key has this name."""

    def __init__(self, name: str, advance: Callable[[], None]) -> None:
        self._name, self._advance = name, advance
        super().__init__()  # type: ignore[no-untyped-call]

    def _posttask(self, key: Any, result: Any, dsk: Any, state: Any, worker_id: Any) -> None:
        if isinstance(key, tuple) and key[0] == self._name:
            self._advance()
