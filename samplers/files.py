# SPDX-License-Identifier: MIT
"""Files that are whole or absent: no reader, and no run that goes on after Ctrl-C, meets half of one."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVERYBODY = 0o666  # what open() asks for; the umask takes from it


@contextmanager
def whole_or_absent(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """A draft to write to, which takes the place of ``path`` at the end.

    The draft lies in the same folder, under a name that no other process has. After a failure or Ctrl-C the draft is
    removed, and ``path`` is as it was. After ``kill -9`` the draft may be left: its name begins with "." and ends in
    ".part".

    Parameters
    ----------
    path : Path
        The file to write. If it is a link, the file that it leads to is replaced, and the link stays.
    replace : bool
        False: a file that is there at the end stays, and that is an error, whoever made it and when.

    Yields
    ------
    Path
        The draft: an empty file with the permissions of a new one.

    Raises
    ------
    FileExistsError
        If ``replace`` is False and ``path`` is there at the end.
    OSError
        If ``path`` is a folder or a device, or if the folder or the disk refuses the file; the message names ``path``.

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
    if target.exists() and not target.is_file():  # a rename would put a plain file in the place of /dev/null
        number = errno.EISDIR if target.is_dir() else errno.EINVAL
        raise OSError(number, "this is not a regular file", str(path))
    draft = target.parent / f".{secrets.token_hex(8)}.part"
    made = True
    try:
        # The name is chosen first, so that Ctrl-C finds it to remove at any moment.
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, EVERYBODY))
        except OSError as error:
            made = False
            raise _about(path, error) from error
        yield draft
        if replace:
            os.replace(draft, target)
        else:
            _put_where_none_is(draft, target)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(draft), str(target)):
            raise  # another file is meant
        raise _about(path, error) from error
    finally:
        if made:
            draft.unlink(missing_ok=True)


def _put_where_none_is(draft: Path, target: Path) -> None:
    """Rename, but never over a file that is there already; nothing is lost where two programs do so at once.

    Raises
    ------
    FileExistsError
        When there is one.
    """
    try:
        os.link(draft, target)  # which looks and acts at once, as a rename does not; the draft is removed later
        return
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network drives have no hard links, and each says so with another number. What else may be wrong
        # is found again here, and told.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    # The name is ours now: of two programs one got it. Until the rename the file is there and empty, and kill -9 at
    # this moment leaves it so. Without links there is nothing better: to look and then to rename would lose a file.
    try:
        os.replace(draft, target)
    except BaseException:
        if draft.exists():
            target.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a file of text in UTF-8, whole or not at all; the errors are those of `whole_or_absent`."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; the errors are those of `whole_or_absent`."""
    with whole_or_absent(path) as draft:
        draft.write_bytes(data)


def _about(path: Path, error: OSError) -> OSError:
    """The same error, of the file that was asked for."""
    return OSError(error.errno, error.strerror, str(path))
