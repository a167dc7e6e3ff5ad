# SPDX-License-Identifier: MIT
"""Reads the file of ``--exclude``, the excluded ids of each row."""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from ..laws.law import Law
from ..laws.reading.kinds import NPY
from ..laws.reading.result import excerpt
from ..laws.reading.streams import STANDARD_INPUT, opened
from .common import UNREADABLE, UsageError, about_file
from .excluded_array import ArrayFile, pair_of_masks, whole_array

#: ``exclude`` of rows start to stop, for `Sampler.sample`.
Excluded = Callable[[int, int], Any]

FORMS = "write text of one line a row, ids between blanks, or a .npy array"
# A damaged header of a .npy file raises EOFError, TokenError or SyntaxError.
DAMAGED = (*UNREADABLE, EOFError, TokenError, SyntaxError)


@contextmanager
def read_excluded(path: Path | None, rows: int, noise: Law, words: bool) -> Iterator[Excluded]:
    """Yield a function that returns the excluded ids of any consecutive rows.

    Parameters
    ----------
    path : Path or None
        A ``.npy`` file with an integer array (rows,) or (rows, m), or a mask, booleans (rows, V); it is read in parts.
        Or UTF-8 text with one line for each row: ids separated by white space, or words separated by tabs; an empty
        line excludes nothing. Both may be compressed. "-" is standard input.
    rows : int
        Rows of the draw. The file must have as many.
    noise : Law
        The noise distribution.
    words : bool
        Whether the text holds words, and not ids.

    Yields
    ------
    callable
        Takes start and stop, and returns the argument ``exclude`` of `Sampler.sample`. It raises UsageError if the file
        cannot be read any more.

    Raises
    ------
    UsageError
        If the file cannot be read, or has another form.
    """
    if path is None:
        yield lambda start, stop: None
        return
    try:
        file_rows, get = _read(path, noise, noise.words if words else None)
    except DAMAGED as error:
        raise UsageError(about_file("--exclude", path, error)) from error
    try:
        if file_rows != rows:
            raise UsageError(f"--exclude {path} has {file_rows} rows, but --rows is {rows}")
        yield get
    finally:
        if isinstance(get, ArrayFile):
            get.close()


def _read(path: Path, noise: Law, words: tuple[str, ...] | None) -> tuple[int, Excluded]:
    in_place = path.is_file() and str(path) != STANDARD_INPUT
    head_on_disk = _head(path) if in_place else b""
    if head_on_disk.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _refuse_archive(path)
    if head_on_disk.startswith(NPY):
        rows = ArrayFile(path, len(noise))
        return len(rows), rows
    try:
        with opened(str(path)) as (file, head, _):
            if head.startswith(NPY):
                return _of_whole(whole_array(file, len(noise)))
            if path.suffix == ".npy":
                raise ValueError(f"this is no .npy file, which begins with {NPY!r}")
            return _of_text(file, words)
    except ValueError as error:
        raise ValueError(_for_exclude(str(error))) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(NPY))


def _of_whole(ids: Any) -> tuple[int, Excluded]:
    if ids.dtype.kind == "b":
        return len(ids), lambda start, stop: pair_of_masks([ids[start:stop]])
    return len(ids), lambda start, stop: ids[start:stop]


def _refuse_archive(path: Path) -> None:
    """Raise if a ZIP file is an .npz archive. Other archives are refused by `opened`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    except zipfile.BadZipFile as error:
        raise ValueError(f"an archive that is damaged: {error}; {FORMS}") from error
    if {"indptr", "indices", "format"} <= set(names):
        raise ValueError(
            "a sparse matrix of SciPy, not one array: save a mask, "
            "numpy.save('exclude.npy', scipy.sparse.load_npz(path).toarray() != 0)"
        )
    if names:
        raise ValueError(
            f"an archive of arrays, not one array; it holds {', '.join(map(repr, names))}: save the one that is meant, "
            f"numpy.save('exclude.npy', numpy.load(path)[{names[0]!r}])"
        )


def _for_exclude(message: str) -> str:
    """A message for excluded ids, from a message whose cure is one for counts."""
    kind = re.match(r"(.*: this is [^:]*): .*(counts|CSV|corpus)", message)
    return f"{kind[1]}: {FORMS}" if kind else message


def _of_text(file: IO[bytes], words: tuple[str, ...] | None) -> tuple[int, Excluded]:
    ids_of = _ids_of_line if words is None else _ids_of_words(words)
    what = "integer ids" if words is None else "words of the counts, separated by tabs"
    indptr, indices = array("q", [0]), array("q")
    for number, raw in enumerate(file, 1):
        line = _decoded(raw, number).rstrip("\r\n")
        try:
            indices.extend(ids_of(line))
        except (KeyError, ValueError, OverflowError) as error:
            cure = _cure(line) if words is None else _unknown(line, error)
            raise ValueError(f"line {number}: expected {what}, got {excerpt(line.strip())}{cure}") from error
        indptr.append(len(indices))
    starts, ids = np.frombuffer(indptr, dtype=np.int64), np.asarray(indices, dtype=np.int64)
    return len(starts) - 1, lambda start, stop: (
        starts[start : stop + 1] - starts[start],
        ids[starts[start] : starts[stop]],
    )


def _decoded(raw: bytes, number: int) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"line {number}: not UTF-8: byte 0x{raw[error.start]:02x}; convert the file (iconv -f latin1 -t utf-8)"
        ) from error


def _cure(line: str) -> str:
    """The cure for a line that holds no ids, for the end of a message."""
    if line.lstrip().startswith(("[", "{")):
        return f": JSON is not read here; {FORMS}"
    if re.fullmatch(r"[-0-9\s]*[,;][-0-9,;\s]*", line):
        return ": separate ids by blanks (tr ',;' '  ' < old > new)"
    return "" if re.search("[0-9]", line) else ": words are read with --words"


def _unknown(line: str, error: Exception) -> str:
    """The unknown word of a line with several words, for the end of a message."""
    field = str(error.args[0])
    return "" if field == line.strip() else f": {excerpt(field)} is none of them"


def _ids_of_line(line: str) -> list[int]:
    return [_id(field) for field in line.split()]


def _id(field: str) -> int:
    if not re.fullmatch("-?[0-9]+", field):  # int() would also accept 1_0
        raise ValueError(field)
    return int(field)


def _ids_of_words(words: tuple[str, ...]) -> Callable[[str], list[int]]:
    """A function that converts a line, as `samplers sample --words` writes it, to ids.

    Blanks at the ends of a field are significant only if such a word exists.

    Raises
    ------
    ValueError
        If a word is empty, because an empty line excludes nothing.
    """
    ids = {word: i for i, word in enumerate(words)}
    if "" in ids:
        raise ValueError(f"the word of id {ids['']} is empty, which no line can hold: give ids, without --words")

    def ids_of(line: str) -> list[int]:
        fields = line.split("\t")
        known = [field if field in ids else field.strip(" ") for field in fields]
        return [ids[field] for field in known if field]

    return ids_of
