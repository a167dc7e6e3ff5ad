# SPDX-License-Identifier: MIT
"""``samplers sample --exclude``: every form of file, what is refused and why, a file that changes; ``--words``."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse

import samplers
from samplers.__main__ import main
from samplers.commands import excluded_array
from samplers.commands import sample as command

V, ROWS = 20, 90
COUNTS = np.arange(V, 0, -1)
WORDS = ["New York", *(f"w{i}" for i in range(1, V))]
COMPRESS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.fixture
def counts(tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text("".join(f"{word}\t{count}\n" for word, count in zip(WORDS, COUNTS, strict=True)))
    return path


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """A few rows at a time, and fewer still of a mask."""
    monkeypatch.setattr(command, "STEP_IDS", 64)
    monkeypatch.setattr(excluded_array, "MASK_STEP", 5 * V)


def sample(name, counts, *options):
    return main(["sample", name, "--counts", str(counts), "--rows", str(ROWS), *map(str, options)])


def drawn(capsys):
    return [[int(i) for i in line.split("\t")] for line in capsys.readouterr().out.splitlines()]


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


RNG = np.random.default_rng(1)
IDS = RNG.integers(0, V, (ROWS, 3))
MASK = RNG.random((ROWS, V)) < 0.3
ARRAYS = {
    "an id a row": IDS[:, 0],
    "int32": IDS.astype(np.int32),
    "big-endian": IDS.astype(">i8"),
    "by column": np.asfortranarray(IDS),
    "padded": np.where(IDS > 10, IDS, -1),
    "none a row": np.zeros((ROWS, 0), dtype=int),
    "mask": MASK,
    "mask by column": np.asfortranarray(MASK),
    "empty mask": np.zeros_like(MASK),
}


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("name", ["alias", "cum_table"])
@pytest.mark.parametrize("form", ARRAYS)
def test_an_array_excludes_what_it_does_in_the_library(form, name, compression, counts, tmp_path, capsys):
    path = tmp_path / f"exclude.npy{compression}"
    path.write_bytes(COMPRESS[compression](npy(ARRAYS[form])))
    assert sample(name, counts, "--exclude", path) == 0
    expected = samplers.create(name, COUNTS, rng=0).sample(ROWS, 5, exclude=ARRAYS[form])
    assert drawn(capsys) == expected.tolist()


@pytest.mark.parametrize("source", ["file", "standard input", "pipe"])
@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("form", ["text", "words", "array"])
def test_compressed_files_and_pipes_are_read_as_counts_are(form, compression, source, counts, tmp_path):
    rows = "".join("\t".join(WORDS[i] if form == "words" else str(i) for i in row) + "\n" for row in IDS)
    data = COMPRESS[compression](npy(IDS) if form == "array" else rows.encode())
    path = tmp_path / "exclude"
    path.write_bytes(data)
    program = [sys.executable, "-m", "samplers", "sample", "alias", "--counts", str(counts), "--rows", str(ROWS)]
    given = {"file": f"'{path}'", "standard input": f"- < '{path}'", "pipe": f"<(cat '{path}')"}[source]
    line = " ".join(f"'{part}'" for part in program) + (" --words" if form == "words" else "") + f" --exclude {given}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = samplers.create("alias", COUNTS, rng=0).sample(ROWS, 5, exclude=IDS)
    names = WORDS if form == "words" else list(map(str, range(V)))
    assert done.stdout.splitlines() == ["\t".join(names[i] for i in row) for row in expected]


def test_standard_input_is_read_once(capsys):
    assert main(["sample", "alias", "--counts", "-", "--exclude", "-", "--rows", "2"]) == 2
    assert "--counts - and --exclude - are both standard input" in capsys.readouterr().err


def archive(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def sparse():
    file = io.BytesIO()
    scipy.sparse.save_npz(file, scipy.sparse.csr_matrix(MASK))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "parts"),
    [
        ("a.npz", archive(train=IDS, test=IDS), ["it holds 'train', 'test'", "numpy.load(path)['train']"]),
        ("a.npy", archive(train=IDS), ["it holds 'train'"]),
        ("a.npz", sparse(), ["a sparse matrix of SciPy", "load_npz(path).toarray() != 0"]),
        ("a.npz", archive(train=IDS)[:100], ["damaged", "text of one line a row"]),
        ("a.json", json.dumps(IDS.tolist()).encode(), ["line 1", "JSON is not read here", "text of one line a row"]),
        ("a.csv", b"1,2\n3,4\n", ["line 1: expected integer ids, got '1,2'", "separate ids by blanks (tr"]),
        ("a.csv", b"1;2\n3;4\n", ["separate ids by blanks (tr"]),
        ("a.txt", b"1 2\nNew York\n", ["line 2", "got 'New York': words are read with --words"]),
        ("a.txt", b"9" * 5000, ["line 1: expected integer ids, got '9999", "..."]),
        ("a.txt", b"1\n\xe9\n", ["line 2: not UTF-8: byte 0xe9", "iconv"]),
        ("a.gz", gzip.compress(b"1\n" * 1000, mtime=0)[:20], ["damaged"]),
        ("a.npy", b"1\n2\n", ["this is no .npy file"]),
        ("a.npy", b"", ["this is no .npy file"]),
        ("a.npy", npy(IDS)[:-8], ["damaged: the header announces 2,160 bytes of entries, but there are 2,152"]),
        ("a.npy.gz", gzip.compress(npy(IDS)[:-8], mtime=0), ["EOF: reading array data"]),
        ("a.npy", npy(IDS + 0.5), ["got float64 of shape (90, 3)", "array.astype('int64')", "(rows, 20)"]),
        ("a.npy", npy(MASK[:, 1:]), ["a mask and need shape (rows, V) = (rows, 20), got shape (90, 19)"]),
        ("a.npy", npy(MASK[:, 0]), ["got shape (90,)", "ids are integers"]),
        ("a.npy", npy(np.zeros(ROWS, dtype=[("µ", int)])), ["expected integers"]),
        ("a.npy", npy(np.array(["w1"] * ROWS)), ["expected integers", "got <U2"]),
        ("a.parquet", b"PAR1" + bytes(100), ["this is a Parquet file: write text of one line a row"]),
        ("a.pickle", b"\x80\x04\x95" + bytes(100), ["this is a pickle"]),
    ],
)
def test_what_cannot_be_read_is_told_with_the_cure(name, data, parts, counts, tmp_path, capsys):
    path = tmp_path / name
    path.write_bytes(data)
    before = set(tmp_path.iterdir())
    assert sample("alias", counts, "--exclude", path, "--out", tmp_path / "ids.npy") == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"samplers: --exclude {path}")
    for part in parts:
        assert part in last
    assert len(last) < 500
    assert set(tmp_path.iterdir()) == before


CUT = """
import os, sys
import samplers
from samplers.__main__ import main
from samplers.commands import sample as command
command.STEP_IDS = 2**15
draw, path = samplers.get("alias").sample, sys.argv[1]
def meanwhile(self, rows, *arguments, **options):
    if rows:
        os.truncate(path, 100_000)
    return draw(self, rows, *arguments, **options)
samplers.get("alias").sample = meanwhile
raise SystemExit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("form", ["ids", "by column", "mask"])
def test_a_file_that_is_cut_short_meanwhile_is_an_error(form, counts, tmp_path):
    """A mapped one ends the process with a bus error. In a process of its own for this reason."""
    rows, path, out = 2**16, tmp_path / "exclude.npy", tmp_path / "ids.npy"
    ids = np.zeros((rows, 2), dtype=np.int64, order="F" if form == "by column" else "C")
    np.save(path, np.zeros((rows, V), dtype=bool) if form == "mask" else ids)
    options = ["sample", "alias", "--counts", str(counts), "--rows", str(rows), "--exclude", str(path)]
    done = subprocess.run(
        [sys.executable, "-c", CUT, str(path), *options, "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    message = f"samplers: --exclude {path} was shortened while it was read: give a file that no program writes to"
    assert done.stderr.splitlines()[-1] == message
    assert {one.name for one in tmp_path.iterdir()} == {"counts.txt", "exclude.npy"}


def test_a_mask_takes_little_memory(counts, tmp_path, monkeypatch):
    """As large as the draw's stretch times V it would not fit where V is a million."""
    read = []
    rows_of = excluded_array.ArrayFile._rows

    def noted(self, start, stop):
        read.append(stop - start)
        return rows_of(self, start, stop)

    monkeypatch.setattr(excluded_array.ArrayFile, "_rows", noted)
    np.save(tmp_path / "mask.npy", MASK)
    assert sample("cum_table", counts, "--exclude", tmp_path / "mask.npy", "--out", tmp_path / "ids.txt") == 0
    assert (sum(read), max(read)) == (ROWS, 5)


@pytest.mark.parametrize("broken", ["\t", "\n", "\r", "\r\n"])
@pytest.mark.parametrize("place", ["a{}b", "a{}", "{}b", "{}"])
@pytest.mark.parametrize("out", [True, False])
def test_a_word_that_would_break_the_rows_is_refused(out, place, broken, tmp_path, capsys):
    word = place.format(broken)
    path = tmp_path / "counts.json"
    path.write_text(json.dumps({"the": 5, word: 3, "cat": 2}))
    options = ["--out", tmp_path / "ids.txt"] if out else []
    assert sample("alias", path, "--words", *options) == 2
    captured = capsys.readouterr()
    assert f"samplers: --words: {word!r}, the word of id 1, holds a tab or a line break" in captured.err
    assert "without --words" in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == [path]
    assert sample("alias", path, *options) == 0


@pytest.mark.parametrize("word", ["\u0085", "\u2028", "\x0b", "\x0c", " ", "  a ", "\u00a0", "PK", "[", "BZh9"])
def test_any_other_word_comes_back(word, tmp_path, capsys):
    path, exclude = tmp_path / "counts.json", tmp_path / "exclude.txt"
    path.write_text(json.dumps({word: 50, "the": 5, "cat": 2}))
    exclude.write_bytes(f"{word}\n".encode() * ROWS)
    for options, there in (((), {word, "the", "cat"}), (("--exclude", exclude), {"the", "cat"})):
        assert sample("alias", path, "--words", *options) == 0
        fields = [line.split("\t") for line in capsys.readouterr().out.rstrip("\n").split("\n")]
        assert {len(line) for line in fields} == {5}
        assert {field for line in fields for field in line} == there


def test_an_empty_word_cannot_be_excluded(tmp_path, capsys):
    path, exclude = tmp_path / "counts.json", tmp_path / "exclude.txt"
    path.write_text(json.dumps({"the": 5, "": 50, "cat": 2}))
    exclude.write_text("\n" * ROWS)
    assert sample("alias", path, "--words", "--exclude", exclude) == 2
    assert "the word of id 1 is empty, which no line can hold: give ids, without --words" in capsys.readouterr().err


def test_an_unknown_word_of_several_is_named(counts, tmp_path, capsys):
    path = tmp_path / "exclude.txt"
    path.write_text("New York\tw1\nw2\tw99\n")
    assert sample("alias", counts, "--words", "--exclude", path) == 2
    assert "line 2: expected words of the counts, separated by tabs, got 'w2\\tw99': 'w99' is none of them" in (
        capsys.readouterr().err
    )


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system does not list open files")
def test_the_file_is_closed(counts, tmp_path):
    np.save(tmp_path / "exclude.npy", IDS)
    np.save(tmp_path / "short.npy", IDS[1:])
    before = set(os.listdir("/proc/self/fd"))
    assert sample("alias", counts, "--exclude", tmp_path / "exclude.npy", "--out", tmp_path / "ids.txt") == 0
    assert sample("alias", counts, "--exclude", tmp_path / "short.npy", "--out", tmp_path / "more.txt") == 2
    assert set(os.listdir("/proc/self/fd")) == before
