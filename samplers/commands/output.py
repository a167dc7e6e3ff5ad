# SPDX-License-Identifier: MIT
"""Writes drawn ids as an array on disk or as lines of text."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from ..arguments import LARGEST
from ..laws.reading.result import excerpt
from .common import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRAY, TEXT = ".npy", ".txt"


def check_target(out: Path, force: bool) -> None:
    """Raise if ``out`` cannot be written.

    Raises
    ------
    UsageError
        If the suffix is wrong, if the folder is missing, if the file exists, if it is a device or a folder, or if the
        system refuses the path.
    """
    try:
        _check_target(out, force)
    except OSError as error:  # the name is too long, or the folder cannot be read
        raise UsageError(f"--out {out}: {error.strerror or error}") from error


def _check_target(out: Path, force: bool) -> None:
    if out.suffix not in (ARRAY, TEXT):
        alone = " alone, without a name" if out.name in (ARRAY, TEXT) else ""
        raise UsageError(
            f"--out must end in {ARRAY} or {TEXT}, got {out}{alone}; without --out, text goes to standard output"
        )
    folder = Path(os.path.realpath(out)).parent if out.is_symlink() else out.parent
    if not folder.is_dir():
        raise UsageError(f"--out {out}: there is no folder {folder}")
    if out.exists() and not out.is_file():
        raise UsageError(f"--out {out} is not a regular file")
    if out.exists() and not force:
        raise UsageError(exists_already(out))


def exists_already(out: Path) -> str:
    """The message for an existing file without ``--force``."""
    return f"--out {out} exists already; --force overwrites it"


def array_on_disk(path: Path, rows: int, k: int) -> NDArray[np.int64]:
    """A new memory-mapped ``.npy`` file, int64 (rows, k). It may be larger than memory."""
    if rows * k * 8 > LARGEST:  # checked here, because NumPy would warn of an overflow before its error
        raise OSError(errno.EFBIG, f"{rows * k * 8:,} bytes are more than a file can hold")
    try:
        ids: Any = np.lib.format.open_memmap(path, mode="w+", dtype=np.int64, shape=(rows, k))
    except (OverflowError, ValueError) as error:
        raise OSError(f"{rows * k * 8:,} bytes do not fit: {error}") from error
    if hasattr(os, "posix_fallocate"):  # now a full disk is an error; in a mapped file it would be a bus error
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return ids  # type: ignore[no-any-return]


def check_words(words: Iterable[str]) -> None:
    """Raise if a word cannot be written in a line of words that are separated by tabs.

    Raises
    ------
    UsageError
        The message names the first such word.
    """
    for i, word in enumerate(words):
        if "\t" in word or "\n" in word or "\r" in word:
            raise UsageError(
                f"--words: {excerpt(word)}, the word of id {i}, holds a tab or a line break, which would break the "
                "rows of the output: change the word in the counts, or draw ids, without --words"
            )


def write_lines(file: TextIO, ids: NDArray[np.int64], words: tuple[str, ...] | None) -> None:
    """Write a line for each row, with ids or words separated by tabs."""
    rows = ids.tolist()
    if words is None:
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    else:
        file.writelines("\t".join([words[i] for i in row]) + "\n" for row in rows)
