# SPDX-License-Identifier: MIT
"""Files are whole or absent, whatever happens while they are written."""

from __future__ import annotations

import doctest
import errno
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from samplers import files
from samplers.files import whole_or_absent, write_bytes, write_text

OLD, NEW = "old", "new " * 100_000


@pytest.fixture
def target(tmp_path):
    """A file in a folder of its own, with a text that is there already."""
    path = tmp_path / "folder" / "file.txt"
    path.parent.mkdir()
    path.write_text(OLD)
    return path


def names(path):
    return sorted(entry.name for entry in path.parent.iterdir())


def test_the_example_prints_what_it_says():
    assert doctest.testmod(files).attempted > 0
    assert doctest.testmod(files).failed == 0


def test_the_old_file_is_there_until_the_new_one_is_whole(target):
    with whole_or_absent(target) as draft:
        assert draft.parent == target.parent
        draft.write_text(NEW)
        assert target.read_text() == OLD
    assert target.read_text() == NEW
    assert names(target) == ["file.txt"]


def test_text_is_utf_8_and_bytes_stay_as_they_are(tmp_path):
    write_text(tmp_path / "text", "한국어 µs\n")
    write_bytes(tmp_path / "bytes", b"\x00\r\n\xff")
    assert (tmp_path / "text").read_bytes() == "한국어 µs\n".encode()
    assert (tmp_path / "bytes").read_bytes() == b"\x00\r\n\xff"


@pytest.mark.parametrize("failure", [RuntimeError("no"), KeyboardInterrupt(), SystemExit(143)], ids=repr)
def test_after_a_failure_everything_is_as_it_was(target, failure):
    def write():
        with whole_or_absent(target) as draft:
            draft.write_text("half")
            raise failure

    with pytest.raises(type(failure)):
        write()
    assert target.read_text() == OLD
    assert names(target) == ["file.txt"]


CHILD = """
import sys, time
from pathlib import Path
from samplers.files import whole_or_absent
with whole_or_absent(Path(sys.argv[1])) as draft:
    draft.write_text("half")
    print("half is written", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("number", "left"), [(signal.SIGKILL, 2), (signal.SIGINT, 1)], ids=["kill -9", "Ctrl-C"])
def test_a_process_that_is_killed_in_the_middle_leaves_the_old_file(target, number, left):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(target)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout
    assert child.stdout.readline()
    child.send_signal(number)
    child.communicate(timeout=60)
    assert child.returncode != 0
    assert target.read_text() == OLD
    assert len(names(target)) == left
    assert all(name.startswith(".") and name.endswith(".part") for name in names(target) if name != "file.txt")
    write_text(target, NEW)  # what was left disturbs nobody
    assert target.read_text() == NEW


WRITER = """
import sys
from pathlib import Path
from samplers.files import write_text
for _ in range(30):
    write_text(Path(sys.argv[1]), sys.argv[2] * 1_000_000)
"""


def test_two_processes_at_once_leave_one_whole_file_at_any_time(target):
    """Each text is one letter a million times; a common draft would mix them, or be gone when it is renamed."""
    write_text(target, "a" * 1_000_000)
    children = [subprocess.Popen([sys.executable, "-c", WRITER, str(target), letter]) for letter in "ab"]
    while any(child.poll() is None for child in children):
        text = target.read_text()
        assert text == text[0] * 1_000_000
    assert [child.returncode for child in children] == [0, 0]
    assert names(target) == ["file.txt"]


@pytest.mark.parametrize("moment", ["made", "closed"])
def test_ctrl_c_while_the_draft_is_made_leaves_none(moment, target, monkeypatch):
    """Python may see it after any call: here after the file is there, and before its maker knows."""
    make, close = os.open, os.close

    def stopped(path, *args, **options):
        close(make(path, *args, **options))
        raise KeyboardInterrupt

    def closed(number):
        close(number)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, *{"made": ("open", stopped), "closed": ("close", closed)}[moment])
    with pytest.raises(KeyboardInterrupt), whole_or_absent(target):
        pass
    monkeypatch.undo()
    assert names(target) == ["file.txt"]


NO_LINKS = [None, errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.EINVAL, errno.EACCES]


@pytest.fixture(params=NO_LINKS, ids=lambda number: "links" if number is None else errno.errorcode[number])
def links(request, monkeypatch):
    """Whether the disk has hard links; if not, with which error it says so."""

    def refuse(*args, **options):
        raise OSError(request.param, os.strerror(request.param))

    if request.param is not None:
        monkeypatch.setattr(os, "link", refuse)


def test_a_file_that_somebody_made_meanwhile_stays(target, links):
    def write():
        with whole_or_absent(target, replace=False) as draft:
            draft.write_text(NEW)
            target.write_text("of another program")

    target.unlink()
    with pytest.raises(FileExistsError, match=re.escape(str(target))):
        write()
    assert target.read_text() == "of another program"
    assert names(target) == ["file.txt"]


@pytest.mark.parametrize("kind", ["file", "link to a file", "link to nothing"])
def test_where_no_file_is_the_new_one_is_put(kind, target, links):
    if kind != "link to a file":
        target.unlink()
    asked = target
    if kind != "file":
        asked = target.parent / "link"
        asked.symlink_to(target)
    before = target.exists()
    if before:
        with pytest.raises(FileExistsError), whole_or_absent(asked, replace=False) as draft:
            draft.write_text(NEW)
        assert target.read_text() == OLD
    else:
        with whole_or_absent(asked, replace=False) as draft:
            draft.write_text(NEW)
        assert target.read_text() == NEW
        (plain := target.parent / "plain").touch()
        assert target.stat().st_mode == plain.stat().st_mode
        plain.unlink()
    assert names(target) == sorted({"file.txt", asked.name})
    assert asked.is_symlink() == (kind != "file")


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(errno.EIO, "broken disk")], ids=repr)
def test_a_rename_that_fails_leaves_no_empty_file(failure, target, monkeypatch):
    def fails(error):
        def fail(*args):
            raise error

        return fail

    target.unlink()
    monkeypatch.setattr(os, "link", fails(OSError(errno.EPERM, "no links")))
    monkeypatch.setattr(os, "replace", fails(failure))
    with pytest.raises(type(failure)), whole_or_absent(target, replace=False) as draft:
        draft.write_text(NEW)
    assert names(target) == []


AT_ONCE = """
import os, sys
from pathlib import Path
from samplers.files import whole_or_absent
if sys.argv[3] == "no links":
    def link(*args):
        raise OSError(1, "no links")
    os.link = link
sys.stdin.read()
for i in range(100):
    try:
        with whole_or_absent(Path(sys.argv[1], str(i)), replace=False) as draft:
            draft.write_text(sys.argv[2])
    except FileExistsError:
        continue
    print(i)
"""


@pytest.mark.parametrize("disk", ["links", "no links"])
def test_of_programs_that_write_at_once_one_wins_and_the_others_are_told(disk, tmp_path):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, str(tmp_path), letter, disk],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for letter in "abc"
    ]
    for child in children:
        child.stdin.close()
        child.stdin = None
    won = {letter: child.communicate()[0].split() for letter, child in zip("abc", children, strict=True)}
    assert [child.returncode for child in children] == [0, 0, 0]
    assert sorted(int(i) for files_of_one in won.values() for i in files_of_one) == list(range(100))
    assert all((tmp_path / i).read_text() == letter for letter, found in won.items() for i in found)
    assert len(list(tmp_path.iterdir())) == 100


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o002])
def test_the_mode_is_that_of_a_new_file(target, umask):
    before = os.umask(umask)
    try:
        write_text(target, NEW)
        (target.parent / "plain").touch()
    finally:
        assert os.umask(before) == umask  # as it was: nothing of ours is left
    plain = stat.S_IMODE((target.parent / "plain").stat().st_mode)
    assert stat.S_IMODE(target.stat().st_mode) == plain == 0o666 & ~umask


def test_a_link_stays_a_link(target, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(target)
    write_text(link, NEW)
    assert link.is_symlink()
    assert target.read_text() == NEW
    assert names(target) == ["file.txt"]
    into_nothing = tmp_path / "later"
    into_nothing.symlink_to(tmp_path / "not yet")
    write_text(into_nothing, NEW)
    assert (tmp_path / "not yet").read_text() == NEW


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("n" * (os.pathconf(tmp_path, "PC_NAME_MAX") - 4) + ".txt")
    write_text(path, NEW)
    assert path.read_text() == NEW


def test_a_relative_name_is_one_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text(Path("here.txt"), NEW)
    assert (tmp_path / "here.txt").read_text() == NEW


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("no folder/file.txt", FileNotFoundError, "No such file"),
        ("", IsADirectoryError, "not a regular file"),
        ("pipe", OSError, "not a regular file"),
        ("n" * 300, OSError, "too long"),
    ],
)
def test_what_cannot_be_written_is_an_error_that_names_it(tmp_path, path, kind, words):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(kind, match=words) as found:
        write_text(tmp_path / path, NEW)
    assert str(tmp_path / path) in str(found.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


def test_a_full_disk_names_the_file_and_an_error_about_another_file_stays(target, monkeypatch):
    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left on device") as found:
            write_text(target, NEW)
    assert (found.value.errno, found.value.filename) == (errno.ENOSPC, str(target))
    with pytest.raises(FileNotFoundError, match="elsewhere"), whole_or_absent(target):
        (target.parent / "elsewhere").read_text()
    assert target.read_text() == OLD
    assert names(target) == ["file.txt"]
