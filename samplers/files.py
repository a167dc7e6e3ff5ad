# SPDX-License-Identifier: MIT
"""Writes files completely or not at all, so that an interruption never leaves half a file."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EVERYBODY = 0o666  # the permissions that open() requests; the umask removes some of them


@contextmanager
def whole_or_absent(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield a draft file, which is renamed to ``path`` at the end.

    The draft is in the same folder, under a random name. After a failure or Ctrl-C the draft is removed, and ``path``
    is unchanged. ``kill -9`` may leave the draft behind: its name begins with "." and ends in ".part".

    Parameters
    ----------
    path : Path
        The file to write. If it is a link, the target of the link is replaced, and the link stays.
    replace : bool
        False: if the file exists at the end, it stays, and an error is raised.

    Yields
    ------
    Path
        The draft: an empty file with the permissions of a new one.

    Raises
    ------
    FileExistsError
        If ``replace`` is False and ``path`` exists at the end.
    OSError
        If ``path`` is a folder or a device, or if it cannot be written; the message names ``path``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> target = Path(tempfile.mkdtemp()) / "ids.txt"
    >>> with whole_or_absent(target) as draft:
    ...     length = draft.write_text("1 2 3", encoding="utf-8")
    >>> target.read_text(encoding="utf-8")
    '1 2 3'
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a rename would replace /dev/null with a plain file
        number = errno.EISDIR if target.is_dir() else errno.EINVAL
        raise OSError(number, "this is not a regular file", str(path))
    draft = target.parent / f".{secrets.token_hex(8)}.part"
    created = True
    try:
        # The name is known before the file exists, so that it can be removed after Ctrl-C at any moment.
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, EVERYBODY))
        except OSError as error:
            created = False
            raise _naming(path, error) from error
        yield draft
        if replace:
            os.replace(draft, target)
        else:
            _put_where_none_is(draft, target)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(draft), str(target)):
            raise  # the error is of another file
        raise _naming(path, error) from error
    finally:
        if created:
            draft.unlink(missing_ok=True)


def _put_where_none_is(draft: Path, target: Path) -> None:
    """Rename, but never over an existing file, also if two programs do so at the same time.

    Raises
    ------
    FileExistsError
        If the target exists.
    """
    try:
        os.link(draft, target)  # it checks and creates in one step, unlike a rename; the draft is removed later
        return
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network drives have no hard links, and raise different errors. Any other fault raises again here.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    # Only one of two programs can create the file. It is empty until the rename: kill -9 at this moment leaves an empty
    # file. Without hard links this is the best way: to check and then to rename could lose a file.
    try:
        os.replace(draft, target)
    except BaseException:
        if draft.exists():
            target.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str, *, replace: bool = True) -> None:
    """Write text in UTF-8; ``replace`` and errors as in `whole_or_absent`."""
    write_bytes(path, text.encode("utf-8"), replace=replace)


def write_bytes(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write bytes; ``replace`` and errors as in `whole_or_absent`."""
    with whole_or_absent(path, replace=replace) as draft:
        draft.write_bytes(data)


def as_path(path: Any) -> Path:
    """The path of an argument ``path``.

    Raises
    ------
    TypeError
        If it is neither a str nor a path.
    ValueError
        If it is empty, or has a character that no path has.
    """
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise TypeError(f"path must be a str or a path, got {path!r}")
    if not text or "\0" in text:  # Path("") is the current folder
        raise ValueError(f"path must be the name of a file, got {text!r}")
    return Path(text)


def exists_already(path: Path) -> FileExistsError:
    """The error for a file that an argument ``overwrite`` would replace."""
    return FileExistsError(errno.EEXIST, "the file exists already; overwrite=True replaces it", str(path))


def _naming(path: Path, error: OSError) -> OSError:
    """The same error with the path of the caller, and not that of the draft."""
    return OSError(error.errno, error.strerror, str(path))
