# SPDX-License-Identifier: MIT
"""How the programs end: closed streams, signals, files that are none, an output that is an input."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import samplers
from samplers.__main__ import main
from samplers.commands.ending import ended

PROGRAM = f"'{sys.executable}' -m samplers"


@pytest.fixture
def counts(tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text("the\t100\ncat\t20\nNew\u00a0York\t3\n\u00a0\t2\nd\u00a0\t1\n", encoding="utf-8")
    return path


def shell(command):
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)


@pytest.mark.slow  # six processes
def test_a_closed_stream_changes_no_result(counts):
    draw = f"{PROGRAM} sample fastest --counts '{counts}' --rows 2"
    assert shell(f"{draw} 2>&-").stdout == shell(draw).stdout
    check = shell(f"{PROGRAM} check fastest --counts '{counts}' --rows 2000 2>&-")
    assert (check.returncode, "faithful" in check.stdout) == (0, True)
    for command in ("list", f"sample alias --counts '{counts}'"):
        done = shell(f"{PROGRAM} {command} >&-")
        assert (done.returncode, done.stderr) == (2, "samplers: standard output is closed\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["--help", "--version", "sample --help", "list --help", "list", "list --json"])
def test_what_cannot_be_printed_is_an_error(command, unbuffered):
    """argparse lets errors of writing pass without a word."""
    done = shell(f"PYTHONUNBUFFERED={unbuffered} {PROGRAM} {command} >/dev/full")
    assert (done.returncode, done.stderr) == (2, "samplers: [Errno 28] No space left on device\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("module", ["reports", "benchmarks", "benchmarks.claims"])
def test_help_of_other_programs_that_cannot_be_printed_is_an_error(module):
    done = shell(f"'{sys.executable}' -m {module} --help >/dev/full")
    assert done.returncode != 0
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("command", ["--help", "--version", "sample --help"])
def test_help_ends_like_other_output_where_its_reader_left(command, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    assert main(command.split()) == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_messages_that_cannot_be_written_are_no_verdict(counts):
    """1 means "not faithful"."""
    for command in (f"check alias --counts '{counts}' --rows 2000", "check nobody --counts nothing"):
        assert shell(f"{PROGRAM} {command} 2>/dev/full").returncode == 2


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt, 130, "program: stopped\n"),
        (BrokenPipeError, 141, ""),
        (OSError("full"), 2, "program: full\n"),
    ],
)
def test_a_program_ends_with_a_code_of_its_own(error, code, message, capfd):
    def run():
        raise error

    before = signal.getsignal(signal.SIGTERM)
    assert ended("program", run) == code
    print("what its caller prints afterwards")
    assert capfd.readouterr() == ("what its caller prints afterwards\n", message)
    assert signal.getsignal(signal.SIGTERM) is before
    assert ended("program", lambda: 7) == 7


def raised(*errors):
    """The last of the errors, each raised from the one before."""
    before = None
    for error in errors:
        try:
            raise error from before
        except BaseException as caught:
            before = caught
    return before


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MemoryError("no 8 bytes"), 2, "program: not enough memory: no 8 bytes\n"),
        (raised(MemoryError(), ImportError("numpy")), 2, "program: not enough memory\n"),
        (raised(MemoryError(), RuntimeError("Error calling __set_name__")), 2, "program: not enough memory\n"),
        (raised(MemoryError(), KeyError("a"), ImportError("b")), 2, "program: not enough memory\n"),
        (
            ImportError("libtorch.so: failed to map segment from shared object"),
            2,
            "program: libtorch.so: failed to map segment from shared object: not enough memory, or a folder that is "
            "mounted noexec\n",
        ),
        (raised(KeyboardInterrupt(), RuntimeError("Error calling __set_name__")), 130, "program: stopped\n"),
        (raised(SystemExit(143), RuntimeError("Error calling __set_name__")), 143, "program: stopped\n"),
        (raised(SystemExit(129), KeyError("a"), ImportError("b")), 129, "program: stopped\n"),
        (raised(SystemExit(1), RuntimeError("c")), 70, "please report it"),
        (ImportError("No module named 'rich'"), 70, "please report it"),
        (raised(ValueError("a"), KeyError("b")), 70, "please report it"),
    ],
    ids=repr,
)
def test_what_hides_behind_an_error_of_another_type_is_told(error, code, message, capsys):
    """An import hides a lack of memory behind an error of its own, and the making of a class a signal."""

    def run():
        raise error

    assert ended("program", run) == code
    err = capsys.readouterr().err
    assert (message in err) if code == 70 else (err == message)


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_that_python_drops_comes_again(name, code):
    """In a destructor, as in the callbacks of an import, Python prints what is raised and goes on."""

    class Dropping:
        def __del__(self):
            signal.raise_signal(getattr(signal, name))

    def run():
        Dropping()
        time.sleep(20)
        return 0

    before = sys.unraisablehook
    begun = time.monotonic()
    if name == "SIGINT":
        assert ended("program", run) == code
    else:
        with pytest.raises(SystemExit) as end:
            ended("program", run)
        assert end.value.code == code
    assert time.monotonic() - begun < 10
    assert sys.unraisablehook is before


def test_after_sigterm_no_half_file_is_left(counts, tmp_path):
    out = tmp_path / "ids.npy"
    options = ["sample", "bisect", "--counts", str(counts), "--rows", str(10**7), "--out", str(out)]
    with subprocess.Popen([sys.executable, "-m", "samplers", *options], stderr=subprocess.DEVNULL) as running:
        begun = time.monotonic()
        while not list(tmp_path.glob(".*.part")):
            assert running.poll() is None
            assert time.monotonic() - begun < 60
            time.sleep(0.01)
        running.terminate()
        assert running.wait(60) == 143
    assert list(tmp_path.iterdir()) == [counts]


@pytest.mark.parametrize("content", [b"PK\x03\x04garbage", b"\x93NUMPY\x01\x00\x10\x00{'descr': '<i8'  \n"])
@pytest.mark.parametrize("option", ["--counts", "--exclude"])
def test_arrays_that_are_none_cannot_be_used(content, option, counts, tmp_path, capsys):
    path = tmp_path / "broken.npy"
    path.write_bytes(content)
    options = {"--counts": str(counts)} | {option: str(path)}
    assert main(["sample", "alias", *(part for pair in options.items() for part in pair), "--rows", "1"]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"samplers: {option} {path}: ")


def test_an_archive_of_arrays_excludes_nothing(counts, tmp_path, capsys):
    path = tmp_path / "archive.npy"
    with path.open("wb") as file:
        np.savez(file, a=np.zeros(1, dtype=int))
    assert main(["sample", "alias", "--counts", str(counts), "--rows", "1", "--exclude", str(path)]) == 2
    assert "an archive of arrays, not one array" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["\u00a0", "d\u00a0", "New\u00a0York"])
def test_words_of_other_spaces_are_excluded(word, counts, tmp_path, capsys):
    excluded = tmp_path / "excluded.txt"
    excluded.write_bytes(f"{word}\tthe\r\n".encode() * 50)
    options = ["--rows", "50", "--words", "--exclude", str(excluded)]
    assert main(["sample", "alias", "--counts", str(counts), *options]) == 0
    drawn = {field for line in capsys.readouterr().out.rstrip("\n").split("\n") for field in line.split("\t")}
    assert drawn == {"the", "cat", "New\u00a0York", "\u00a0", "d\u00a0"} - {word, "the"}


def test_an_excluded_id_is_written_in_digits(counts, tmp_path, capsys):
    excluded = tmp_path / "excluded.txt"
    excluded.write_text("1_0\n")
    assert main(["sample", "alias", "--counts", str(counts), "--rows", "1", "--exclude", str(excluded)]) == 2
    assert "line 1: expected integer ids, got '1_0'" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--counts", "--exclude"])
def test_the_output_may_not_be_an_input(option, counts, tmp_path, capsys):
    path = tmp_path / "both.txt"
    path.write_text("the 3\n" if option == "--counts" else "0\n")
    options = {"--counts": str(counts)} | {option: str(path), "--out": str(path)}
    before = path.read_bytes()
    assert main(["sample", "alias", *(p for pair in options.items() for p in pair), "--rows", "1", "--force"]) == 2
    assert f"--out {path} is the file of {option}" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_name_as_long_as_names_can_be_is_written(counts, tmp_path):
    out = tmp_path / ("n" * 251 + ".txt")
    assert main(["sample", "alias", "--counts", str(counts), "--rows", "2", "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 2


@pytest.mark.parametrize("exponent", ["0.123456789", "-0.00001"])
def test_the_next_command_draws_from_the_distribution_that_was_asked_about(exponent, counts, capsys):
    assert main(["recommend", "--counts", str(counts), f"--exponent={exponent}", "--rows", "3"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("next: samplers sample ")]
    name, *options = line.removeprefix("next: samplers sample ").split()
    assert main(["sample", name, *options]) == 0
    sampler = samplers.create(name, str(counts), exponent=float(exponent), rng=0)
    expected = io.StringIO()
    np.savetxt(expected, sampler.sample(3, 5), fmt="%d", delimiter="\t")
    assert capsys.readouterr().out == expected.getvalue()
