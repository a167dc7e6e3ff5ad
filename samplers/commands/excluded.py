# SPDX-License-Identifier: MIT
"""The file of ``--exclude``: what each row must not hold."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

import numpy as np

from .common import UNREADABLE, UsageError, about_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: ``exclude`` of rows start to stop, for `Sampler.sample`.
Excluded = Callable[[int, int], Any]


def read_excluded(path: Path | None, rows: int, words: tuple[str, ...] | None) -> Excluded:
    """The excluded sets of a file, for any stretch of rows.

    Parameters
    ----------
    path : Path or None
        An integer array (rows,) or (rows, m) in a ``.npy`` file, which is read a stretch at a time; else UTF-8 text
        of one line a row, ids separated by white space or words by tabs, an empty line for nothing.
    rows : int
        Rows of the draw; the file must have as many.
    words : tuple of str or None
        Where given, the text holds words and not ids; ``words[id]``.

    Raises
    ------
    UsageError
        When the file cannot be read, or is not of this form.
    """
    if path is None:
        return lambda start, stop: None
    try:
        found, get = _of_array(path) if path.suffix == ".npy" else _of_text(path, words)
    except (*UNREADABLE, EOFError, TokenError) as error:  # the last two: a .npy file whose header is none
        raise UsageError(about_file("--exclude", path, error)) from error
    if found != rows:
        raise UsageError(f"--exclude {path} has {found} rows, but --rows is {rows}")
    return get


def _of_array(path: Path) -> tuple[int, Excluded]:
    with path.open("rb") as file:
        if file.read(2) == b"PK":  # which np.load takes for an .npz
            raise ValueError("an archive of arrays, not one array")
    ids: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    if ids.dtype.kind not in "iu" or ids.ndim not in (1, 2):
        raise ValueError(f"expected integers of shape (rows,) or (rows, m), got {ids.dtype} of shape {ids.shape}")
    return len(ids), lambda start, stop: ids[start:stop]


def _of_text(path: Path, words: tuple[str, ...] | None) -> tuple[int, Excluded]:
    id_of = _id if words is None else _id_of_word(words)
    what = "integer ids" if words is None else "words of the counts, separated by tabs"
    indptr, indices = array("q", [0]), array("q")
    with path.open(encoding="utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            try:
                indices.extend(map(id_of, _fields(line.rstrip("\r\n"), words is not None)))
            except (KeyError, ValueError, OverflowError) as error:
                raise ValueError(f"line {number}: expected {what}, got {line.strip()!r}") from error
            indptr.append(len(indices))
    starts, ids = np.frombuffer(indptr, dtype=np.int64), np.asarray(indices, dtype=np.int64)
    return len(starts) - 1, lambda start, stop: (
        starts[start : stop + 1] - starts[start], ids[starts[start] : starts[stop]]
    )  # fmt: skip


def _fields(line: str, words: bool) -> list[str]:
    """The fields of a line: ids between white space; words between tabs, as `samplers sample --words` writes them."""
    fields = line.split("\t") if words else line.split()
    return [field for field in fields if field.strip(" ")]


def _id_of_word(words: tuple[str, ...]) -> Callable[[str], int]:
    """From a field to the id of its word; blanks at its ends count only if some word has them."""
    ids = {word: i for i, word in enumerate(words)}
    return lambda field: ids[field] if field in ids else ids[field.strip(" ")]


def _id(field: str) -> int:
    if not re.fullmatch("-?[0-9]+", field):  # int() would take 1_0 too
        raise ValueError(field)
    return int(field)
