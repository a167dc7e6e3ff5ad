# SPDX-License-Identifier: MIT
"""Files: compressed ones, pipes, standard input, arrays, and the kinds that are refused by what they are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections import Counter

import numpy as np
import pytest

from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import read_counts

LINES = b"the 1000\ncat 400\n"
THE_CAT = [("the", 1000), ("cat", 400)]
COMPRESS = {"plain": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def pairs(source, **options):
    words, counts = read_counts(source, **options)
    return list(zip(words, counts.tolist(), strict=True))


def saved(array, **options):
    written = io.BytesIO()
    np.save(written, array, **options)
    return written.getvalue()


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("named", [True, False])
def test_compressed_files_are_known_by_their_first_bytes(kind, named, tmp_path):
    path = tmp_path / (f"counts.txt.{kind}" if named else "counts")
    path.write_bytes(COMPRESS[kind](LINES))
    assert pairs(path) == THE_CAT
    path.write_bytes(COMPRESS[kind](b"the cat the"))
    assert pairs(path, corpus=True) == [("the", 2), ("cat", 1)]
    path.write_bytes(COMPRESS[kind](b'{"the": 1000, "cat": 400}'))
    assert pairs(path) == THE_CAT
    path.write_bytes(COMPRESS[kind](saved(np.array([5, 3]))))
    assert read_counts(path).counts.tolist() == [5, 3]


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_long_compressed_file_is_read_to_its_end(kind, tmp_path):
    path = tmp_path / "c"
    text = "".join(f"w{i} {i % 97}\n" for i in range(50_000)).encode()
    path.write_bytes(COMPRESS[kind](text))
    assert read_counts(path).counts.tolist() == [i % 97 for i in range(50_000)]
    members = COMPRESS[kind](text[:1000]) + COMPRESS[kind](text[1000:])  # as `cat a.gz b.gz` makes
    path.write_bytes(members)
    assert len(read_counts(path).counts) == 50_000


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_damaged_files_are_named(kind, tmp_path):
    path = tmp_path / "c"
    intact = COMPRESS[kind]("".join(f"w{i} {i}\n" for i in range(20_000)).encode())
    middle = len(intact) // 2
    for damaged in (intact[:middle], intact[:middle] + bytes(40) + intact[middle + 40 :]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"/c: damaged: |/c, line"):
            read_counts(path)


def test_a_fifo_is_opened_once_and_read_once(tmp_path):
    path = tmp_path / "fifo"
    for content, options in [(LINES, {}), (gzip.compress(LINES), {}), (b"the the cat", {"corpus": True})]:
        os.mkfifo(path)
        writer = threading.Thread(target=lambda content=content: _drip(path, content))
        writer.start()
        assert pairs(path, **options)[0][0] == "the"
        writer.join(10)
        assert not writer.is_alive()
        path.unlink()


def _drip(path, content):
    """Write a byte, and then the rest: the first read of a pipe need not be all of it."""
    with path.open("wb", buffering=0) as file:
        file.write(content[:1])
        file.write(content[1:])


def test_an_array_comes_through_a_fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    counts = np.arange(1, 100_001)
    writer = threading.Thread(target=lambda: path.write_bytes(saved(counts)))
    writer.start()
    np.testing.assert_array_equal(read_counts(path).counts, counts)
    writer.join(10)


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_dash_is_standard_input(kind):
    program = "from samplers import read_counts; w, c = read_counts('-'); print(w, c.tolist())"
    done = subprocess.run(
        [sys.executable, "-c", program], input=COMPRESS[kind](LINES), capture_output=True, check=False
    )
    assert done.stdout.decode().strip() == "('the', 'cat') [1000, 400]", done.stderr.decode()


def test_standard_input_is_named_in_messages(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the 5\ncat x\n")))
    with pytest.raises(ValueError, match="standard input, line 2: the count 'x'"):
        read_counts("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ValueError, match="standard input is closed"):
        read_counts("-")


def test_standard_input_is_read_from_where_it_is(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(b"a header of some program\n" + LINES)
    program = "import sys; sys.stdin.buffer.readline(); from samplers import read_counts; print(read_counts('-').words)"
    with path.open("rb") as file:
        done = subprocess.run([sys.executable, "-c", program], stdin=file, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "('the', 'cat')", done.stderr


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([5, 0, 3], np.uint8), np.int64),
        (np.array([5, 0, 3], ">i4"), np.int64),
        (np.array([5, 0, 2**64 - 1], np.uint64), np.uint64),
        (np.array([5, 0.5], np.float32), np.float64),
    ],
)
def test_an_array_of_counts_is_read(array, dtype, tmp_path):
    for name in ("counts.npy", "counts"):
        path = tmp_path / name
        path.write_bytes(saved(array))
        words, counts = read = read_counts(path)
        assert words is None
        assert counts.dtype == dtype
        assert counts.tolist() == array.tolist()
        assert read.form == "array of counts"
        assert NoiseDistribution(path).words is None


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((2, 3)), r"an array of shape \(2, 3\), but counts have one dimension"),
        (np.ones((1, 3)), r"an array of shape \(1, 3\).*ravel\(\)"),
        (np.array(5), r"an array of shape \(\)"),
        (np.array([("a", 5)], [("word", "U3"), ("n", int)]), r"records with the fields word, n"),
        (np.array(["the", "cat"]), r"entries of dtype <U3, and no counts: numpy\.unique"),
        (np.array([True]), "entries of dtype bool"),
        (np.array([{}]), "no array of counts: Object arrays cannot be loaded"),
        (np.array([1, -1]), r"entry 1 = -1 is negative"),
        (np.array([1, np.nan]), r"entry 1 = nan is not finite"),
        (np.array([0, 0]), r"counts has no positive entry"),
    ],
)
def test_other_arrays_are_refused(array, message, tmp_path):
    path = tmp_path / "c.npy"
    path.write_bytes(saved(array, allow_pickle=True))
    with pytest.raises(ValueError, match=rf"c\.npy: {message}"):
        read_counts(path)


def test_damaged_arrays_are_named(tmp_path):
    path = tmp_path / "c.npy"
    intact = saved(np.arange(1, 100))
    for damaged in (intact[:9], intact[:50], intact[:-8], b"\x93NUMPY\x01\x00\x10\x00{'descr': '<i8'  \n"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"c\.npy: no array of counts"):
            read_counts(path)


def test_options_of_text_are_refused_for_an_array(tmp_path):
    path = tmp_path / "c.npy"
    path.write_bytes(saved(np.array([1, 2])))
    with pytest.raises(ValueError, match=r"c\.npy is an array \(\.npy\), and no text"):
        read_counts(path, corpus=True)
    with pytest.raises(ValueError, match=r"word_column and count_column are for tables; .*c\.npy"):
        read_counts(path, count_column=0)


def archive(*names):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name in names:
            file.writestr(name, b"x" * 10)
    return written.getvalue()


def tar():
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as file:
        file.addfile(tarfile.TarInfo("counts.txt"), io.BytesIO(LINES))
    return written.getvalue()


KINDS = {
    ".npz": (archive("counts.npy"), "an archive of arrays (.npz)", "numpy.load(path)['counts']"),
    ".xlsx": (archive("[Content_Types].xml", "xl/workbook.xml"), "an Office file (.xlsx)", "as CSV"),
    ".pt": (archive("model/data.pkl"), "a PyTorch file", "as a tensor or a dict"),
    ".zip": (archive("counts.txt"), "a ZIP archive", "unpack it"),
    ".pkl": (pickle.dumps(Counter("aab")), "a pickle", "load it"),
    "pickle 0": (pickle.dumps({"a": 5}, 0), "a pickle", "load it"),
    "pickle 0 of a Counter": (pickle.dumps(Counter("aab"), 0), "a pickle", "load it"),
    ".parquet": (b"PAR1\x15\x04", "a Parquet file", "pandas"),
    ".feather": (b"ARROW1\x00\x00", "an Arrow (Feather) file", "pandas"),
    ".h5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "pandas"),
    ".xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file", "as CSV"),
    ".sqlite": (b"SQLite format 3\x00", "an SQLite database", "sqlite3 -csv"),
    ".pdf": (b"%PDF-1.7\n", "a PDF file", "pdftotext"),
    "UTF-16": ("the 5\ncat 3\n".encode("utf-16"), "UTF-16 text", "iconv -f utf-16"),
    "UTF-16, big end first": (b"\xfe\xff" + "the 5\n".encode("utf-16-be"), "UTF-16 text", "iconv"),
    "UTF-32": ("the 5\ncat 3\n".encode("utf-32"), "UTF-32 text", "iconv -f utf-32"),
    ".zst": (b"\x28\xb5\x2f\xfd\x04\x00", "compressed with zstd", "zstd -dc"),
    ".7z": (b"7z\xbc\xaf\x27\x1c\x00", "a 7z archive", "unpack it"),
    ".tar": (tar(), "a tar archive", "unpack it"),
    ".tar.gz": (gzip.compress(tar()), "a tar archive", "unpack it"),
    ".gz.gz": (gzip.compress(gzip.compress(LINES)), "compressed twice", "gunzip"),
    ".html": (b"<!DOCTYPE html>\n<html>", "an HTML or XML page", "save the data itself"),
    ".xml": (b'<?xml version="1.0"?>\n', "an HTML or XML page", "save the data itself"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_of_files_are_named_with_the_cure(kind, tmp_path):
    content, name, cure = KINDS[kind]
    path = tmp_path / "c.txt"  # the name tells nothing
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"c\.txt: this is ") as raised:
        read_counts(path)
    assert name in str(raised.value)
    assert cure in str(raised.value)


@pytest.mark.parametrize("word", ["BZh", "BZh9", "PAR", "Rar!", "%PDF", "(dp", "cat", "ARROW", "<html", "7z", "c.c"])
def test_words_that_begin_as_such_files_do_stay_words(word, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(f"{word}\t5\nthe\t3\n", encoding="utf-8")
    assert pairs(path) == [(word, 5), ("the", 3)]


@pytest.mark.parametrize("corpus", [False, True])
@pytest.mark.parametrize(
    ("content", "line"), [("the 5\n".encode("utf-16-le"), 1), (b"the 5\ncat\x00 3\n", 2), (bytes(2**20 + 5), 1)]
)
def test_a_nul_byte_is_no_text(content, line, corpus, tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"c\.txt, line {line}: a NUL byte"):
        read_counts(path, corpus=corpus)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
@pytest.mark.parametrize("corpus", [False, True])
def test_a_file_without_end_does_not_fill_the_memory(corpus):
    with pytest.raises(ValueError, match="/dev/zero, line 1: a NUL byte"):
        read_counts("/dev/zero", corpus=corpus)


def test_what_cannot_be_opened_is_named(tmp_path, monkeypatch):
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        read_counts(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        read_counts("a\0b")
    with pytest.raises(FileNotFoundError, match=r"there is no such file: 'xxx.*\.\.\.'"):
        read_counts("x" * 5000)
    with pytest.raises(FileNotFoundError, match=r"a str is read as a path; collections\.Counter"):
        read_counts("the cat sat on the mat")
    with pytest.raises(TypeError, match="got bytes: a path is a str or a Path"):
        read_counts(b"counts.txt")

    def refused(*arguments, **options):
        raise PermissionError(13, "Permission denied", arguments[0])

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(PermissionError, match=r"Permission denied: 'c\.txt'"):
        read_counts("c.txt")
