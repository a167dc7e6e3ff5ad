# SPDX-License-Identifier: MIT
"""Where drawn ids go: an array on disk, lines of text."""

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
    """Raise where ``out`` may not be written.

    Raises
    ------
    UsageError
        For another ending, a missing folder, a file that is there already, what is no file (a device, a folder), or a
        path that the system refuses.
    """
    try:
        _check_target(out, force)
    except OSError as error:  # a name that is too long, a folder that may not be read
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
        raise UsageError(there_already(out))


def there_already(out: Path) -> str:
    """The message for a file that nobody asked to overwrite."""
    return f"--out {out} is there already; --force overwrites it"


def array_on_disk(path: Path, rows: int, k: int) -> NDArray[np.int64]:
    """A new ``.npy`` file, int64 (rows, k), to be written in place: it never needs memory as a whole."""
    if rows * k * 8 > LARGEST:  # NumPy warns of its own arithmetic first
        raise OSError(errno.EFBIG, f"{rows * k * 8:,} bytes are more than a file can hold")
    try:
        ids: Any = np.lib.format.open_memmap(path, mode="w+", dtype=np.int64, shape=(rows, k))
    except (OverflowError, ValueError) as error:
        raise OSError(f"{rows * k * 8:,} bytes do not fit: {error}") from error
    if hasattr(os, "posix_fallocate"):  # a full disk is an error here, and a bus error in the middle of a mapping
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return ids  # type: ignore[no-any-return]


def check_words(words: Iterable[str]) -> None:
    """Raise for a word that a line of words between tabs cannot hold.

    Raises
    ------
    UsageError
        Names the first such word.
    """
    for i, word in enumerate(words):
        if "\t" in word or "\n" in word or "\r" in word:
            raise UsageError(
                f"--words: {excerpt(word)}, the word of id {i}, holds a tab or a line break, which would break the "
                "rows of the output: change the word in the counts, or draw ids, without --words"
            )


def write_lines(file: TextIO, ids: NDArray[np.int64], words: tuple[str, ...] | None) -> None:
    """One row a line, ids or words separated by tabs."""
    rows = ids.tolist()
    if words is None:
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    else:
        file.writelines("\t".join([words[i] for i in row]) + "\n" for row in rows)
