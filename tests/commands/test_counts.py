# SPDX-License-Identifier: MIT
"""``--counts`` on the command line: what is read, what is said of it, and one line for what cannot be read."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import samplers
from samplers.__main__ import main
from samplers.commands.common import UNREADABLE, UsageError, about_file, noise_of
from samplers.commands.told import most_frequent, told
from samplers.laws.reading import WordCounts, read_counts

CSV = "word,count\nthe,1000\ncat,400\nsat,30\nmat,5\n"
COUNTS = [1000, 400, 30, 5]


def write(folder, text, name="counts.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "command", [["recommend"], ["sample", "alias", "--rows", "2"], ["check", "alias", "--rows", "999"]]
)
def test_every_command_says_in_one_line_what_it_read(command, tmp_path, capsys):
    path = write(tmp_path, CSV)
    assert main([*command, "--counts", str(path)]) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        f"samplers: {path}: CSV with header, words in 'word', counts in 'count'; V=4, 1,435 tokens; most frequent: "
        "the 1,000, cat 400, sat 30\n"
    )
    assert "CSV" not in captured.out


def test_the_output_holds_data_only(tmp_path, capsys):
    path = write(tmp_path, CSV)
    assert main(["sample", "alias", "--counts", str(path), "--rows", "3"]) == 0
    expected = samplers.create("alias", COUNTS, rng=0).sample(3, 5).tolist()
    assert [[int(i) for i in line.split("\t")] for line in capsys.readouterr().out.splitlines()] == expected
    assert main(["recommend", "--counts", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == samplers.recommend(COUNTS).name


@pytest.mark.parametrize(
    ("text", "options", "parts"),
    [
        ("the cat the", ["--corpus"], ["corpus of running text; V=2, 3 tokens; most frequent: the 2, cat 1"]),
        (
            "5\n3\n",
            ["--count-column", "0"],
            ["counts of ids, one a line; V=2, 8 tokens; most frequent: id 0 5"],
        ),
        (
            "a,the,5\nb,cat,3\n",
            ["--word-column=1", "--count-column", "-1"],
            ["words in column 1, counts in column 2;"],
        ),
        ("x,y\nthe,5\n", ["--word-column", "x"], ["words in 'x', counts in 'y'; V=1, 5 tokens; most frequent: the 5"]),
        ("the 2.5\ncat 1e9\n", [], ["V=2, total 1e+09; most frequent: cat 1e+09, the 2.5"]),
        ("item,n\n3,5\n1,2\n", [], ["integer labels taken as ids; V=4, 7 tokens; most frequent: 3 5, 1 2, 0 0"]),
        ("\u200b 5\n\u202eabc 3\n\u00a0 1\n", [], ["most frequent: '\\u200b' 5, '\\u202eabc' 3, '\\xa0' 1"]),
        ("a" * 100 + " 5\n", [], ["most frequent: " + "a" * 40 + "... 5"]),
    ],
)
def test_options_and_what_is_said(text, options, parts, tmp_path, capsys):
    path = write(tmp_path, text)
    assert main(["sample", "alias", "--rows", "1", "--counts", str(path), *options]) == 0
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for part in parts:
        assert part in error


def test_rounding_is_said_in_a_line_of_its_own(tmp_path, capsys):
    path = write(tmp_path, f"a {2**64 - 1}\nb 0.5\n")
    assert main(["sample", "alias", "--rows", "1", "--counts", str(path)]) == 0
    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        f"samplers: {path}: the count of 'a' = 18446744073709551615 is rounded to 18446744073709551616: counts with "
        "fractions are float64"
    )
    assert second.startswith(f"samplers: {path}: blank-separated table")


@pytest.mark.parametrize("options", [["--corpus"], ["--word-column=y", "--count-column=0"], ["--count-column", "-2"]])
def test_the_next_command_reads_the_counts_in_the_same_way(options, tmp_path, capsys):
    path = write(tmp_path, "3 5\n2 1\n" if options == ["--corpus"] else "x,y\n3,5\n2,1\n", "my counts.txt")
    if options[-1] == "-2":
        path.write_text("3,5\n2,1\n")
    assert main(["recommend", "--counts", str(path), *options]) == 0
    captured = capsys.readouterr()
    (line,) = [line for line in captured.out.splitlines() if line.startswith("next: samplers ")]
    assert main(shlex.split(line.removeprefix("next: samplers "))) == 0
    assert capsys.readouterr().err.splitlines()[0] == captured.err.splitlines()[0]


def test_standard_input_and_a_fifo(tmp_path):
    line = [sys.executable, "-m", "samplers", "sample", "alias", "--rows", "2", "--words", "--counts"]
    expected = subprocess.run([*line, write(tmp_path, CSV)], capture_output=True, check=True).stdout
    for content in (CSV.encode(), gzip.compress(CSV.encode())):
        done = subprocess.run([*line, "-"], input=content, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (0, expected), done.stderr
        assert done.stderr.startswith(b"samplers: standard input: CSV with header")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_text(CSV))
    writer.start()
    done = subprocess.run([*line, fifo], capture_output=True, check=False, timeout=60)
    writer.join(10)
    assert (done.returncode, done.stdout) == (0, expected), done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1000\n400\n30\n", ": numbers, one a line ('1000', '400', '30'): with count_column=0"),
        ("the cat sat\n", ", line 1: expected a word and its count, or a header"),
        ("the\ncat\n", ": 2 different words, one a line"),
        ("the 5\ncat x\n", ", line 2: the count 'x' of 'cat' is not"),
        (b"\x1f\x8b\x08", ": damaged: "),
        (b"PK\x03\x04", ": this is a ZIP archive"),
        ("", ": empty"),
        (None, ": [Errno 2] there is no such file: "),
    ],
)
def test_what_cannot_be_read_is_one_line(content, message, tmp_path, capsys):
    path = tmp_path / "c.txt"
    if content is not None:
        write(tmp_path, content, "c.txt")
    assert main(["recommend", "--counts", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"samplers: --counts {path}{message}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_options_that_do_not_fit_are_one_line(tmp_path, capsys):
    path = write(tmp_path, CSV)
    assert main(["recommend", "--counts", str(path), "--corpus", "--word-column", "0"]) == 2
    assert "corpus=True counts the words of a text" in capsys.readouterr().err
    assert main(["recommend", "--counts", str(path), "--word-column", "7"]) == 2
    assert "word_column=7, but there are 2 columns" in capsys.readouterr().err


@pytest.mark.parametrize("error", [error() for error in (*UNREADABLE, EOFError)])
def test_an_error_without_text_shows_its_type(error):
    shown = "not enough memory" if isinstance(error, MemoryError) else type(error).__name__
    assert about_file("--counts", Path("c.txt"), error) == f"--counts c.txt: {shown}"


def test_memory_that_runs_out_while_reading_is_one_line(tmp_path, monkeypatch, capsys):
    def full(*arguments, **options):
        raise MemoryError

    path = write(tmp_path, CSV)
    monkeypatch.setattr("samplers.commands.common.read_counts", full)
    assert main(["check", "alias", "--counts", str(path)]) == 2
    assert capsys.readouterr().err == f"samplers: --counts {path}: not enough memory\n"


def test_memory_that_runs_out_while_excluding_is_one_line(tmp_path, monkeypatch, capsys):
    def full(*arguments, **options):
        raise MemoryError

    path = write(tmp_path, CSV)
    monkeypatch.setattr("samplers.commands.excluded._of_text", full)
    options = ["--rows", "1", "--exclude", str(path)]
    assert main(["sample", "alias", "--counts", str(path), *options]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"samplers: --exclude {path}: not enough memory"


@pytest.mark.parametrize("encoding", ["ascii:strict", "utf-8:strict", "latin-1:strict"])
@pytest.mark.parametrize("name", [b"caf\xc3\xa9 \xe6\x97\xa5", b"b\xff"])
def test_a_path_that_the_terminal_cannot_encode_ends_in_no_traceback(encoding, name, tmp_path):
    folder = os.fsencode(tmp_path) + b"/" + name
    os.mkdir(folder)
    with open(folder + b"/c.csv", "w") as file:
        file.write(CSV)

    def run(*options):
        return subprocess.run(
            [sys.executable, "-m", "samplers", *options],
            env=os.environ | {"PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )

    out = folder + b"/ids.npy"
    for options in (
        ("recommend", "--counts", folder + b"/c.csv"),
        ("sample", "alias", "--rows", "2", "--counts", folder + b"/c.csv", "--out", out),
        ("check", "alias", "--rows", "999", "--counts", folder + b"/c.csv"),
    ):
        done = run(*options)
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
    assert os.path.exists(out)
    done = run("recommend", "--counts", folder + b"/none")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_words_that_standard_output_cannot_encode_are_an_error_of_one_line(tmp_path):
    path = write(tmp_path, "caf\u00e9 5\n\u65e5 3\n")
    done = subprocess.run(
        [sys.executable, "-m", "samplers", "sample", "alias", "--rows", "9", "--words", "--counts", str(path)],
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be written to standard output as ascii: set PYTHONIOENCODING=utf-8" in done.stderr
    assert "Traceback" not in done.stderr


def test_excluded_words_may_have_blanks_at_their_ends_if_the_words_do(tmp_path, capsys):
    path = write(tmp_path, '" the",5\n"the",3\ncat ,2\nsat,1\n')
    excluded = write(tmp_path, " the\t cat \nthe\tcat \n sat \t the\n", "excluded.txt")
    options = ["--rows", "3", "--k", "50", "--words", "--exclude", str(excluded)]
    if main(["sample", "alias", "--counts", str(path), *options]) != 0:
        error = capsys.readouterr().err
        assert "line 1: expected words of the counts" in error  # " cat " is no word
    excluded.write_text(" the\tcat \nthe\tcat \n sat \t the\n")
    assert main(["sample", "alias", "--counts", str(path), *options]) == 0
    rows = [set(line.split("\t")) for line in capsys.readouterr().out.splitlines()]
    assert rows == [{"the", "sat"}, {" the", "sat"}, {"the", "cat "}]


def test_the_most_frequent_are_those_of_a_stable_sort():
    rng = np.random.default_rng(1)
    for size in (1, 2, 3, 5, 100):
        for _ in range(20):
            counts = rng.integers(0, 6, size)
            assert most_frequent(counts, 3) == np.argsort(-counts, kind="stable")[:3].tolist()


def test_the_total_may_be_beyond_64_bits():
    read = WordCounts(("a", "b"), np.array([2**64 - 1, 2**64 - 1], np.uint64))
    assert f"V=2, {2**65 - 2:,} tokens" in told(read)
    assert "total inf" in told(WordCounts(None, np.array([1e308, 1e308])))


def test_noise_of_is_what_the_api_reads(tmp_path, capsys):
    path = write(tmp_path, CSV)
    arguments = argparse.Namespace(counts=path, exponent=0.5, corpus=False, word_column=None, count_column=None)
    noise = noise_of(arguments)
    assert noise.words == read_counts(path).words
    assert noise.fingerprint == samplers.NoiseDistribution(path, exponent=0.5).fingerprint
    arguments.exponent = float("nan")
    with pytest.raises(UsageError, match="--exponent must be finite, got nan"):
        noise_of(arguments)
