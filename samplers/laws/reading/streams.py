# SPDX-License-Identifier: MIT
"""Opens a file or standard input, decompresses it and splits it into lines. It is read once."""

from __future__ import annotations

import errno
import io
import os
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from .kinds import compression, refuse_other_kinds
from .result import excerpt

__all__ = ["LIMIT", "STANDARD_INPUT", "checked_text", "lines", "opened"]

STANDARD_INPUT = "-"
LIMIT = 2**20  # bytes of the longest line of a table or a list of words, and of the longest word of running text
_HEAD = 4096  # bytes at the start of a file that decide its kind
_BUFFER = 2**16


@contextmanager
def opened(path: str) -> Iterator[tuple[IO[bytes], bytes, str]]:
    """Yield the decompressed file at its start, its first 4,096 bytes, and its name for messages.

    Raises
    ------
    OSError
        If the file cannot be opened or read; the message names the path.
    ValueError
        If the file is damaged, or of a kind that holds no text and no array (a ZIP archive, a pickle, UTF-16, ...).
    """
    if path == STANDARD_INPUT:
        bytes_of = getattr(sys.stdin, "buffer", None)
        if bytes_of is None:
            raise ValueError("standard input is closed, or has no bytes: give a path instead of -")
        with _reported("standard input"):
            yield *_decompressed(bytes_of, "standard input"), "standard input"
        return
    with _opened_path(path) as file, _reported(path):
        yield *_decompressed(file, path), path


def _opened_path(path: str) -> IO[bytes]:
    try:
        return open(path, "rb", buffering=_BUFFER)
    except (FileNotFoundError, ValueError) as error:  # ValueError: a NUL in the path
        raise FileNotFoundError(errno.ENOENT, f"there is no such file{_no_path(path)}", path) from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise FileNotFoundError(errno.ENOENT, f"there is no such file{_no_path(path)}", path[:60] + "...") from error


def _no_path(path: str) -> str:
    if not any(space in path for space in " \t\n"):
        return ""
    return " (a str is read as a path; collections.Counter(text.split()) counts the words of a text)"


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Raise errors of reading and of decompression again, with the name of the file."""
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise ValueError(f"{name}: damaged: {error}") from error
    except OSError as error:
        if error.errno is None:  # gzip and bz2 raise it if the bytes are not of their format
            raise ValueError(f"{name}: damaged: {error}") from error
        if error.filename is None:
            raise OSError(error.errno, os.strerror(error.errno), name) from error
        raise
    except Exception as error:
        if type(error).__name__ == "LZMAError":  # compared by name, because lzma is imported only if a file needs it
            raise ValueError(f"{name}: damaged: {error}") from error
        raise


def _decompressed(file: IO[bytes], name: str) -> tuple[IO[bytes], bytes]:
    file, head = _peeked(file)
    opener = compression(head)
    if opener is not None:
        file, head = _peeked(opener(file))
    refuse_other_kinds(head, name)
    return file, head


def _peeked(file: Any) -> tuple[IO[bytes], bytes]:
    """The file at the same position, and its next bytes."""
    if isinstance(file, io.BufferedReader) and file.seekable():
        start = file.tell()
        head = file.read(_HEAD)
        file.seek(start)
        return file, head
    head = file.read(_HEAD)
    return io.BufferedReader(_Rejoined(head, file), _BUFFER), head


class _Rejoined(io.RawIOBase):
    """A stream of bytes that were read already, followed by the rest of their file, which cannot seek (a pipe)."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = len(buffer)
        part, self._head = self._head[:size], self._head[size:]
        part = part or self._rest.read(size)
        buffer[: len(part)] = part
        return len(part)


def checked_text(raw: bytes, name: str, line: int, errors: str) -> str:
    """Bytes as UTF-8 text; ``line`` is the number of their first line.

    Raises
    ------
    ValueError
        If there is a NUL byte, or if ``errors`` is "strict" and a byte is not UTF-8; the message names the line.
    """
    if b"\0" in raw:
        line += raw.count(b"\n", 0, raw.index(b"\0"))
        raise ValueError(
            f"{name}, line {line}: a NUL byte: this is a binary file, or UTF-16 (convert it: iconv -f utf-16 -t utf-8)"
        )
    try:
        return raw.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        start = raw.rfind(b"\n", 0, error.start) + 1
        part = raw[start : error.start + 20].partition(b"\n")[0].decode("utf-8", "backslashreplace")
        line += raw.count(b"\n", 0, error.start)
        raise ValueError(
            f"{name}, line {line}: not UTF-8: byte 0x{raw[error.start]:02x} in {excerpt(part)}; convert the file "
            "(iconv -f latin1 -t utf-8), or read_counts(path, errors='replace')"
        ) from error


def lines(file: IO[bytes], name: str, errors: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that is not blank, without its line break.

    Only line feeds end a line, because NEL and U+2028 may be parts of words.
    """
    number = 0
    while raw := file.readline(LIMIT + 1):
        number += 1
        if len(raw) > LIMIT and b"\0" not in raw:
            raise ValueError(
                f"{name}, line {number}: longer than {LIMIT:,} bytes: this is no table, and no list of one word a "
                "line; running text is read with corpus=True (in a shell: --corpus)"
            )
        if number == 1:
            raw = raw.removeprefix(BOM_UTF8)
        # ASCII is decoded here, because a function call for each of a million lines would take a second.
        text = raw.decode("ascii") if raw.isascii() else checked_text(raw, name, number, errors)
        text = text.rstrip("\r\n")
        if "\0" in text:
            checked_text(raw, name, number, errors)
        if "\r" in text:
            raise ValueError(
                f"{name}, line {number}: a carriage return inside {excerpt(text)}; lines must end in LF or CRLF "
                "(tr '\\r' '\\n' < old > new)"
            )
        if text.strip(" \t"):
            yield number, text
