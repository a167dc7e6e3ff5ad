# SPDX-License-Identifier: MIT
"""`sample_array`: rows of ids as a lazy Dask array, each chunk of which is drawn where it is needed."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import dask
import dask.array as da
import numpy as np
from dask.utils import parse_bytes

from ...arguments import as_count, check_choices
from ...base import Sampler
from ...counter_based.cursor import LAST_EPOCH, MAX_ROWS, row_numbers
from ...counter_based.sampler import PositionalSampler
from ...sets.id_sets import IdSets
from .tables import SavedTables, saved

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from ...laws.law import Law

__all__ = ["sample_array"]

# A scheduler takes about a millisecond for a task (https://docs.dask.org/en/stable/best-practices.html): 17 minutes.
MOST_CHUNKS = 2**20
FORMAT = "samplers.integrations.dask/v1"  # hashed into the names of arrays


@dataclass(frozen=True)
class Draws:
    """Draws the chunks of an array. This is what a task carries in place of a sampler."""

    tables: SavedTables
    key: int
    epoch: int
    k: int
    on_collision: Literal["redraw", "mark"]
    on_exhausted: Literal["raise", "mark"]

    def __call__(self, rows: NDArray[Any], exclude: NDArray[Any] | None = None) -> NDArray[np.int64]:
        """The ids of a chunk, int64 (rows, k), by the numbers of its rows."""
        numbers = np.asarray(_opened(rows))  # a range becomes an array here
        exclude = _opened(exclude)
        sampler = copy.copy(self.tables.sampler())  # it shares the tables
        sampler.key = self.key
        ids = np.empty((len(numbers), self.k), np.int64)
        try:
            sampler.sample_rows(
                numbers,
                self.k,
                epoch=self.epoch,
                exclude=exclude,
                on_collision=self.on_collision,
                on_exhausted=self.on_exhausted,
                out=ids,
            )
        except ValueError as error:
            first = f", whose first has number {numbers[0]}" if len(numbers) else ""
            raise ValueError(f"{error} (rows are counted in a chunk of {len(numbers)} rows{first})") from error
        return ids


def sample_array(
    sampler: PositionalSampler,
    rows: Any,
    k: int,
    chunks: Any = "auto",
    *,
    exclude: Any = None,
    epoch: int | None = None,
    on_collision: Literal["redraw", "mark"] = "redraw",
    on_exhausted: Literal["raise", "mark"] = "raise",
    path: str | os.PathLike[str] | None = None,
) -> da.Array:
    """Draw rows by their numbers, as a lazy Dask array.

    The array is ``sampler.sample_rows(np.arange(rows), k, epoch=epoch, exclude=exclude)``, whatever the chunks, the
    scheduler, and the number of workers. No sampler is in the graph: tasks carry the path of a file of tables. Each
    worker process maps this file once, and checks its digest and the fingerprint of its law.

    Parameters
    ----------
    sampler : PositionalSampler
        ``alias``, ``spectrum`` or ``uniform`` over one law. Its key is used, and its position neither used nor moved.
    rows : int, or array of int, shape (rows,)
        The number of rows, which are rows 0 to ``rows - 1``; or the numbers of the rows, in a NumPy or Dask array or a
        list.
    k : int
        Ids in each row.
    chunks : int, str or tuple, default "auto"
        An integer: the rows of a chunk. Or anything that Dask takes for an array of shape (rows, k), if it does not
        split columns: a column depends on those before it. By default, Dask's ``array.chunk-size`` decides; of
        ``rows`` in a Dask array the chunks are kept.
    exclude : array_like, IdSets, tuple, sequence of sets, sparse matrix, or Dask array, optional
        As in `samplers.PositionalSampler.sample_rows`, with a set for each row. A Dask array holds integers, of shape
        (rows,) or (rows, m), or booleans of shape (rows, V). Each task gets only the sets of its chunk.
    epoch : int, optional
        Default: the sampler's `samplers.PositionalSampler.epoch`.
    on_collision : {"redraw", "mark"}
        As in `samplers.Sampler.sample`.
    on_exhausted : {"raise", "mark"}
        As in `samplers.Sampler.sample`. An error is raised when the array is computed.
    path : str or os.PathLike, optional
        The file of ``samplers.save(sampler, path, counts=False)``, which all workers must have under this path. By
        default, the tables are saved in a temporary file of this machine, which is removed when this process ends: that
        suits threads, processes, and a cluster on this machine.

    Returns
    -------
    dask.array.Array
        An array of int64 (rows, k). Equal arguments give it an equal ``name``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid. What stands in Dask arrays is checked when the array is computed.
    OSError
        If the file cannot be read or written.

    Examples
    --------
    >>> import numpy as np
    >>> import samplers
    >>> sampler = samplers.create("alias", [1000, 400, 30, 5], rng=42)
    >>> ids = sample_array(sampler, 1000, 5, chunks=300)
    >>> ids.numblocks
    (4, 1)
    >>> bool((ids.compute() == sampler.sample_rows(np.arange(1000), 5)).all())
    True
    """
    if not isinstance(sampler, PositionalSampler):
        raise TypeError(
            f"sampler must draw rows by their numbers, got {_described(sampler)}; create 'alias', 'spectrum' or "
            "'uniform' from one law"
        )
    k = as_count("k", k, minimum=1)
    sampler._check_k(k)
    check_choices(on_collision, on_exhausted)
    epoch = sampler.epoch if epoch is None else as_count("epoch", epoch, minimum=0, maximum=LAST_EPOCH)
    numbers = _numbers(rows, chunks, k)
    excluded = None if exclude is None else _excluded(exclude, numbers, sampler.noise)
    draws = Draws(saved(sampler, path), sampler.key, epoch, k, on_collision, on_exhausted)
    name = f"sample_array-{_identity(draws, numbers, excluded)}"
    pairs: list[Any] = [numbers.array, "r"]
    if excluded is not None:
        pairs += [excluded.array, "r" if excluded.array.ndim == 1 else "rm"]
    array: da.Array = da.blockwise(
        draws,
        "rk",
        *pairs,
        name=name,
        new_axes={"k": k},
        concatenate=True,
        align_arrays=False,  # arrays of objects have one entry for each chunk
        adjust_chunks={"r": numbers.sizes},
        dtype=np.int64,
        meta=np.empty((0, 0), np.int64),
    )
    return array


def _described(value: Any) -> str:
    """A sampler by its name, anything else by its type: an array may be long."""
    return repr(value) if isinstance(value, Sampler) else f"an object of type {type(value).__name__}"


@dataclass(frozen=True)
class Part:
    """An argument in the chunks of the result: a Dask array of its values, or of one object for each chunk."""

    array: da.Array
    identity: str
    """A text that is equal for equal values."""
    sizes: tuple[int, ...]
    """The rows of each chunk."""

    @classmethod
    def of_objects(cls, what: str, make: Callable[[int, int], Any], identity: str, sizes: tuple[int, ...]) -> Part:
        """Of ``make(first, end)`` for each chunk, which has the rows from ``first`` to ``end``."""
        objects = np.empty(len(sizes), object)
        end = 0
        for i, size in enumerate(sizes):
            objects[i] = make(end, end + size)
            end += size
        name = f"{what}-{hashlib.sha256(repr((identity, sizes)).encode()).hexdigest()}"
        return cls(da.from_array(objects, 1, name=name), identity, sizes)


def _opened(part: Any) -> Any:
    """What a task got of a `Part`: the values of its chunk, or the object of its chunk."""
    return part.item() if part is not None and part.dtype == object else part


def _numbers(rows: Any, chunks: Any, k: int) -> Part:
    """The numbers of the rows, in the chunks of the result."""
    if isinstance(rows, da.Array):
        _check_dask("rows", rows, "iu", (1,))
        array = rows if isinstance(chunks, str) and chunks == "auto" else rows.rechunk((_sizes(chunks, len(rows), k),))
        return Part(array, array.name, array.chunks[0])
    if not hasattr(rows, "__len__") or getattr(rows, "ndim", None) == 0:
        count = as_count("rows", rows, minimum=0, maximum=MAX_ROWS - 1)
        # Each task makes the numbers itself, so that they are never moved.
        return Part.of_objects("row-numbers", range, f"0 to {count}", _sizes(chunks, count, k))
    return _moved("row-numbers", row_numbers(rows).view(np.int64), chunks, k)


def _moved(what: str, values: NDArray[np.int64], chunks: Any, k: int) -> Part:
    """Of an array with a value for each row, of which each task gets its part."""
    sizes, identity = _sizes(chunks, len(values), k), _digest(values)
    name = f"{what}-{hashlib.sha256(repr((identity, sizes)).encode()).hexdigest()}"
    return Part(da.from_array(values, (sizes,), name=name), identity, sizes)


def _refuse_too_many(chunks: Any, rows: int, k: int) -> None:
    """Raise if there would be more chunks than Dask can handle: their sizes alone would fill the memory."""
    of_rows = chunks
    if isinstance(chunks, (tuple, dict)):
        of_rows = dict(enumerate(chunks) if isinstance(chunks, tuple) else chunks).get(0)
    if isinstance(of_rows, str):
        try:
            size = parse_bytes(dask.config.get("array.chunk-size") if of_rows == "auto" else of_rows)
        except (TypeError, ValueError):
            return  # Dask says what is wrong
        of_rows = max(1, int(size) // (8 * k))
    if not isinstance(of_rows, (int, np.integer)) or of_rows < 1 or rows <= MOST_CHUNKS * int(of_rows):
        return
    raise ValueError(
        f"chunks={chunks!r} of an array of shape ({rows}, {k}) would be {-(-rows // int(of_rows)):,} chunks, but at "
        f"most {MOST_CHUNKS:,} can be handled; write chunks={-(-rows // MOST_CHUNKS)} or more, or draw a part of the "
        "rows"
    )


def _sizes(chunks: Any, rows: int, k: int) -> tuple[int, ...]:
    """The rows of each chunk.

    Raises
    ------
    TypeError, ValueError
        If Dask cannot read ``chunks``, or if they split columns.
    """
    by_rows = isinstance(chunks, (int, np.integer, str)) or chunks is None
    if by_rows and not isinstance(chunks, str):
        chunks = as_count("chunks", chunks, minimum=1)
    _refuse_too_many(chunks, rows, k)
    try:
        by_row, by_column = da.core.normalize_chunks(
            (chunks, -1) if by_rows else chunks, shape=(rows, k), dtype=np.dtype(np.int64)
        )
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"chunks={chunks!r} of an array of shape ({rows}, {k}): {error}; write the rows of a chunk, such as 100_000"
        ) from error
    if len(by_column) > 1:
        raise ValueError(
            f"chunks={chunks!r} splits the {k} columns, each of which depends on those before it; write the rows of a "
            "chunk alone, and .rechunk() the array if you need other columns"
        )
    if any(size < 1 for size in by_row) and rows:
        raise ValueError(f"chunks={chunks!r}: a chunk must have at least 1 row")
    return tuple(map(int, by_row))


def _check_dask(what: str, array: da.Array, kinds: str, dimensions: tuple[int, ...]) -> None:
    if array.dtype.kind not in kinds:
        raise TypeError(f"{what} must be integers, got a Dask array of dtype {array.dtype}; write .astype('int64')")
    if array.ndim not in dimensions:
        shapes = " or ".join("(rows,)" if ndim == 1 else "(rows, m)" for ndim in dimensions)
        raise ValueError(f"{what} as a Dask array must have shape {shapes}, got {array.shape}")
    if any(math.isnan(size) for size in array.shape):
        raise ValueError(f"{what} is a Dask array of unknown shape {array.shape}; call .compute_chunk_sizes() before")


def _excluded(exclude: Any, numbers: Part, noise: Law) -> Part:
    """The sets of the rows, in the chunks of the result."""
    rows = sum(numbers.sizes)
    if isinstance(exclude, da.Array):
        _check_dask("exclude", exclude, "iub", (1, 2))
        if len(exclude) != rows or (exclude.dtype.kind == "b" and exclude.shape != (rows, len(noise))):
            shape = f"({rows}, {len(noise)})" if exclude.dtype.kind == "b" else f"({rows},) or ({rows}, m)"
            raise ValueError(
                f"exclude, a Dask array of dtype {exclude.dtype}, must have shape {shape}, got {exclude.shape}"
            )
        array = exclude.rechunk((numbers.sizes, -1) if exclude.ndim == 2 else (numbers.sizes,))
        return Part(array, array.name, numbers.sizes)
    sets = IdSets._of_exclude(exclude, noise, rows)
    indptr, ids = sets._csr
    if sets._same_size == 1:
        return _moved("exclude", ids, (numbers.sizes, -1), 1)
    return Part.of_objects("exclude", lambda first, end: sets[first:end], _digest(indptr, ids), numbers.sizes)


def _digest(*arrays: NDArray[np.int64]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(len(array).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(array, "<i8").data)
    return digest.hexdigest()


def _identity(draws: Draws, numbers: Part, excluded: Part | None) -> str:
    """A digest of all that the values of the array and its chunks depend on. The path is not among them.

    Unlike a token of Dask, it is the same with every version of Dask, unless an argument is a Dask array.
    """
    values = {**asdict(draws), "tables": draws.tables.sha256}
    parts = (FORMAT, sorted(values.items()), numbers.identity, numbers.sizes, excluded and excluded.identity)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
