# SPDX-License-Identifier: MIT
"""Files are whole or absent, whatever happens while they are written."""

from __future__ import annotations

import doctest
import errno
import os
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
