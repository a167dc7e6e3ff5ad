# SPDX-License-Identifier: MIT
"""Reads the array of ``--exclude`` in parts, into ordinary memory."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from .common import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Entries of a mask that are converted at once. A mask has V entries per row, of which few are True.
MASK_STEP = 2**24


class ArrayFile:
    """A ``.npy`` file whose rows can be read in any order.

    It is not mapped, because if another program shortens a mapped file, this program ends with a bus error.

    Parameters
    ----------
    path : Path
        A regular file.
    n_ids : int
        V.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, is shorter than its header announces, or does not hold ids or a mask.
    """

    def __init__(self, path: Path, n_ids: int) -> None:
        self._path, self._n_ids = path, n_ids
        self._file: Any = path.open("rb")
        try:
            self._shape, self._by_column, self._dtype = _header(self._file)
            check_form(self._shape, self._dtype, n_ids)
            self._start = self._file.tell()
            announced = math.prod(self._shape) * self._dtype.itemsize
            size = os.fstat(self._file.fileno()).st_size - self._start
            if size < announced:
                raise ValueError(
                    f"damaged: the header announces {announced:,} bytes of entries, but there are {size:,}"
                )
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return self._shape[0]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __call__(self, start: int, stop: int) -> Any:
        """``exclude`` of rows start to stop, for `Sampler.sample`."""
        if self._dtype.kind != "b":
            return self._rows(start, stop)
        step = max(1, MASK_STEP // self._n_ids)
        return pair_of_masks(self._rows(at, min(at + step, stop)) for at in range(start, stop, step))

    def _rows(self, start: int, stop: int) -> NDArray[Any]:
        if not self._by_column:
            rows = np.empty((stop - start, *self._shape[1:]), dtype=self._dtype)
            self._fill(rows, start * math.prod(self._shape[1:]))
            return rows
        columns = np.empty((self._shape[1], stop - start), dtype=self._dtype)
        for j, column in enumerate(columns):
            self._fill(column, j * len(self) + start)
        return columns.T

    def _fill(self, out: NDArray[Any], entry: int) -> None:
        """Read entries into ``out``, from the given entry on.

        Raises
        ------
        UsageError
            If the file was shortened meanwhile, or its disk fails.
        """
        try:
            self._file.seek(self._start + entry * self._dtype.itemsize)
            got = self._file.readinto(out.reshape(-1).view(np.uint8))
        except OSError as error:
            raise UsageError(f"--exclude {self._path}: {error.strerror or error}") from error
        if got < out.nbytes:
            raise UsageError(
                f"--exclude {self._path} was shortened while it was read: give a file that no program writes to"
            )


def whole_array(file: IO[bytes], n_ids: int) -> NDArray[Any]:
    """The array of a compressed file or a pipe, which is read completely.

    Raises
    ------
    ValueError
        If it is damaged, or does not hold ids or a mask.
    """
    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    check_form(array.shape, array.dtype, n_ids)
    return array


def check_form(shape: tuple[int, ...], dtype: np.dtype[Any], n_ids: int) -> None:
    """Raise if an array is neither ids nor a mask. `sample` would raise too, but after rows were drawn."""
    if dtype.kind == "b":
        if len(shape) != 2 or shape[1] != n_ids:
            raise ValueError(
                f"booleans are a mask and need shape (rows, V) = (rows, {n_ids}), got shape {shape}; ids are integers"
            )
        return
    if dtype.kind not in "iu" or len(shape) not in (1, 2):
        cure = "; convert it: array.astype('int64')" if dtype.kind == "f" else ""
        raise ValueError(
            f"expected integers of shape (rows,) or (rows, m), got {dtype} of shape {shape}, and no mask: "
            f"booleans of shape (rows, {n_ids}){cure}"
        )


def pair_of_masks(parts: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids at which masks are True, as a CSR pair, which takes less memory."""
    sizes, ids = [np.zeros(1, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for part in parts:
        sizes.append(np.count_nonzero(part, axis=1))
        ids.append(np.nonzero(part)[1])
    return np.cumsum(np.concatenate(sizes)), np.concatenate(ids)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise ValueError(f"an array of format {version}, which is for records: save integers")
