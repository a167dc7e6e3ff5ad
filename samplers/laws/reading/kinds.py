# SPDX-License-Identifier: MIT
"""Recognises files by their first bytes: compressed files, and kinds that are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import IO, Any

from .columns import is_count_name

__all__ = ["NPY", "archive_cure", "compression", "refuse_other_kinds"]

NPY = b"\x93NUMPY"
_AS_CSV = "write words and counts as CSV"
_FROM_PANDAS = f"{_AS_CSV}, or read it with pandas and pass the Series or DataFrame"

_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "a Parquet file", _FROM_PANDAS),
    (b"ARROW1", "an Arrow (Feather) file", _FROM_PANDAS),
    (b"FEA1", "a Feather file", _FROM_PANDAS),
    (b"\x89HDF\r\n", "an HDF5 file", _FROM_PANDAS),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.xls, .doc)", "save the sheet as CSV"),
    (b"SQLite format 3", "an SQLite database", f"{_AS_CSV} (sqlite3 -csv FILE 'select word, count from ...')"),
    (b"%PDF-", "a PDF file", "extract its text (pdftotext) and read that with corpus=True"),
    (b"\xff\xfe\x00\x00", "UTF-32 text", "convert it: iconv -f utf-32 -t utf-8"),
    (b"\xff\xfe", "UTF-16 text", "convert it: iconv -f utf-16 -t utf-8"),
    (b"\xfe\xff", "UTF-16 text", "convert it: iconv -f utf-16 -t utf-8"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "pipe it: zstd -dc FILE | ... with - for the path"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "pipe it: lz4 -dc FILE | ... with - for the path"),
    (b"\x1f\x9d", "compressed with compress (.Z)", "pipe it: zcat FILE | ... with - for the path"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and give the file inside"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it and give the file inside"),
    (b"\x1f\x8b", "compressed twice", "decompress it once (gunzip)"),
    (b"BZh", "compressed twice", "decompress it once (bunzip2)"),
    (b"\xfd7zXZ\x00", "compressed twice", "decompress it once (unxz)"),
)
_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|\((dp|lp|dp?0|lp?0)\n|c(collections|copy_reg|copyreg|numpy|pandas|gensim)[\w.]*\n"
)
_HTML = re.compile(rb"\s*<(!doctype\s+html|html(>|\s+[\w:]+=)|\?xml\s)", re.IGNORECASE)
_LISTED = 12  # arrays in a message
_ARRAY = re.compile(rb"PK\x03\x04.{26}([^\x00-\x1f]{1,200}?)\.npy", re.DOTALL)  # the head of an entry of a ZIP archive
_ZIPPED = (
    (b"[Content_Types].xml", "an Office file (.xlsx)", "save the sheet as CSV"),
    (b"data.pkl", "a PyTorch file", "load it and pass the counts as a tensor or a dict"),
    (b"", "a ZIP archive", "unpack it and give the file inside"),
)


def _arrays(head: bytes) -> list[str]:
    """The names of the arrays of an archive that are in its first bytes."""
    return [name.decode("utf-8", "replace") for name in _ARRAY.findall(head)]


def archive_cure(arrays: Sequence[str], loaded: str = "numpy.load(path)") -> str:
    """The cure for an archive of these arrays, for a message."""
    likely = next((name for name in arrays if is_count_name(name)), arrays[0])
    few = ", ".join(map(repr, arrays[:_LISTED])) + (", ..." if len(arrays) > _LISTED else "")
    return f"pass one of its arrays ({few}): {loaded}[{likely!r}]"


def compression(head: bytes) -> Callable[[IO[bytes]], Any] | None:
    """The function that opens a file with these first bytes (gzip, bz2 or xz); None if it is not compressed."""
    if head.startswith(b"\x1f\x8b\x08"):
        import gzip

        return lambda file: gzip.GzipFile(fileobj=file, mode="rb")
    if re.match(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", head):
        import bz2

        return bz2.BZ2File
    if head.startswith(b"\xfd7zXZ\x00"):
        import lzma

        return lzma.LZMAFile
    return None


def refuse_other_kinds(head: bytes, name: str) -> None:
    """Raise if the first bytes show that a file is neither text nor an array.

    Raises
    ------
    ValueError
        The message names the kind of file and the cure.
    """
    for magic, kind, cure in _KINDS:
        # A word may begin with BZh.
        if head.startswith(magic) and (magic != b"BZh" or compression(head)):
            raise ValueError(f"{name}: this is {kind}: {cure}")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        arrays = _arrays(head)
        if arrays:
            raise ValueError(f"{name}: this is an archive of arrays (.npz), not one array: {archive_cure(arrays)}")
        kind, cure = next((kind, cure) for part, kind, cure in _ZIPPED if part in head)
        raise ValueError(f"{name}: this is {kind}: {cure}")
    if _PICKLE.match(head):
        raise ValueError(f"{name}: this is a pickle, which may run code: load it, and pass the object")
    if head[257:262] == b"ustar":
        raise ValueError(f"{name}: this is a tar archive: unpack it and give the file inside")
    if _HTML.match(head):
        raise ValueError(f"{name}: this is an HTML or XML page: save the data itself, not the page that shows it")
