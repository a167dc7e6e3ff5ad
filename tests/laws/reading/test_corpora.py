# SPDX-License-Identifier: MIT
"""Corpora: counted if asked for or unmistakable, and nothing else is taken for one."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from samplers.laws.reading import read_counts, streams

TEXT = "the cat sat on the mat\nby the\tdoor  the\u00a0end\r\n\r\nNew\u2028York \u0085 don't , 1,000 1984\n"


def pairs(path, **options):
    words, counts = read_counts(path, **options)
    return list(zip(words, counts.tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the\ncat\nthe\n\nsat\ncat\nthe\n", [("the", 3), ("cat", 2), ("sat", 1)]),
        ("\ufeffthe\r\n cat \r\nthe\r\n", [("the", 2), ("cat", 1)]),
        (",\nthe\n.\nthe\n,\n1,000\n\"\n'\n", [(",", 2), ("the", 2), (".", 1), ("1,000", 1), ('"', 1), ("'", 1)]),
        ("the\n1984\nthe\n", [("the", 2), ("1984", 1)]),
        ("New\u00a0York\n\u0085\nNew\u00a0York", [("New\u00a0York", 2), ("\u0085", 1)]),
        ("count\nthe\nthe\n", [("count", 1), ("the", 2)]),
        ("word\nword\nthe\n", [("word", 2), ("the", 1)]),
    ],
)
def test_one_word_a_line_is_a_corpus_if_some_word_comes_again(text, expected, tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(text, encoding="utf-8", newline="")
    assert pairs(path) == expected
    assert read_counts(path).form == "corpus of one word a line"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("the\ncat\nsat\n", ["3 different words, one a line ('the', 'cat', 'sat'), and no counts", "all of them once"]),
        ("the\n", ["1 different words", "corpus=True"]),
        ("1000\n400\n30\n30\n", ["numbers, one a line ('1000', '400', '30')", "count_column=0", "--count-column 0"]),
        ("1.5\n2e3\n-1\n-1\n", ["numbers, one a line"]),
        ("nan\ninf\nnan\n", ["numbers, one a line"]),
        ("1,000\n+5\n+5\n", ["numbers, one a line"]),
        ("count\n1000\n30\n30\n", ["numbers, one a line ('count', '1000', '30')"]),
        ("x\n1000\n30\n30\n", ["numbers, one a line"]),
        ("word\nthe\ncat\nthe\n", ["line 1: 'word' looks like a header", "tail -n +2"]),
        ("the,1000\ncat\nthe,1000\n", ["the lines look like words and counts"]),
        ("the:1\nthe:1\n", ["the lines look like words and counts"]),
        ("the\ncat sat\n", ["line 2: expected one word", "got 'cat sat'", "--corpus"]),
        ("the\nthe\ncat\t3\n", ["line 3: expected one word", "got 'cat\\t3'"]),
        ("the cat sat on the mat\nthe dog\n", ["line 1", "running text is counted with corpus=True"]),
        ("the cat\nsat on\n", ["line 1", "running text is counted with corpus=True"]),
        ("Hello, world\nHello, you\n", ["line 1", "running text is counted with corpus=True"]),
    ],
)
def test_what_may_be_something_else_is_no_corpus(text, parts, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"c\.txt") as raised:
        read_counts(path)
    for part in ("corpus=True", *parts):
        assert part in str(raised.value)


@pytest.mark.parametrize("text", [TEXT, "\ufeff" + TEXT, TEXT.rstrip(), "the", TEXT * 1000])
def test_running_text_is_counted_if_asked_for(text, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(text, encoding="utf-8", newline="")
    # Of white space, ASCII's alone cuts: bytes.split() is the oracle.
    counted = Counter(word.decode() for word in text.removeprefix("\ufeff").encode().split())
    assert pairs(path, corpus=True) == list(counted.items())
    assert read_counts(path, corpus=True).form == "corpus of running text"


@pytest.mark.parametrize("text", ["word,count\nthe,5\n", "5\n3\n", '{"a": 5}', "the 5\ncat 3\n", "[1]\n"])
def test_asked_for_whatever_the_text_looks_like(text, tmp_path):
    path = tmp_path / "text.json"
    path.write_text(text, encoding="utf-8")
    read = read_counts(path, corpus=True)
    assert read.counts.sum() == len(text.split())


def test_a_text_of_one_line_is_read_a_stretch_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("samplers.laws.reading.corpora.LIMIT", 64)
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdé日", k=rng.randint(1, 20))) for _ in range(3000)]
    path = tmp_path / "text8"
    path.write_text(" ".join(words), encoding="utf-8")
    assert pairs(path, corpus=True) == list(Counter(words).items())
    path.write_text(" ".join([*words, "x" * 200]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"text8, line 1: a word is longer than 64 bytes"):
        read_counts(path, corpus=True)


def test_tokens_that_are_all_ids_are_ids(tmp_path):
    path = tmp_path / "clicks.txt"
    path.write_text("7 7 2\n5 7 2\n", encoding="utf-8")
    words, counts = read = read_counts(path, corpus=True)
    assert counts.tolist() == [0, 0, 2, 0, 0, 1, 0, 3]
    assert words == tuple("01234567")
    assert read.form == "corpus of running text, integer labels taken as ids"
    path.write_text("7 7 2 x\n", encoding="utf-8")
    assert pairs(path, corpus=True) == [("7", 2), ("2", 1), ("x", 1)]


@pytest.mark.parametrize("corpus", [False, True])
@pytest.mark.parametrize("at", [1, 700])
def test_bytes_that_are_not_utf8_are_named_with_their_line(corpus, at, tmp_path, monkeypatch):
    monkeypatch.setattr("samplers.laws.reading.corpora.LIMIT", 64)
    path = tmp_path / "c.txt"
    lines = [b"the", b"cat"] * 500
    lines[at - 1] = b"caf\xe9"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(ValueError, match=rf"line {at}: not UTF-8: byte 0xe9 in 'caf\\\\xe9'.*errors='replace'"):
        read_counts(path, corpus=corpus)
    assert dict(pairs(path, corpus=corpus, errors="replace"))["caf\ufffd"] == 1
    assert dict(pairs(path, corpus=corpus, errors="ignore"))["caf"] == 1


@pytest.mark.parametrize(
    ("content", "corpus"),
    [(b"caf\xe9 caf\xe8 the", True), (b"caf\xe9 5\ncaf\xe8 3\n", False), (b"caf\xe9\t5\ncaf\xe8\t3\n", False)],
)
def test_words_that_become_equal_are_an_error(content, corpus, tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="'caf\ufffd' has two counts"):
        read_counts(path, corpus=corpus, errors="replace")


def test_an_empty_corpus_is_named(tmp_path):
    path = tmp_path / "c.txt"
    for content in (b"", b" \n\t\n", b"\xef\xbb\xbf"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"c\.txt: empty: expected text"):
            read_counts(path, corpus=True)


def test_a_line_may_not_be_longer_than_the_limit(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(b"the 5\n" + b"a" * streams.LIMIT + b" 5\n")
    with pytest.raises(ValueError, match=r"line 2: longer than 1,048,576 bytes.*corpus=True"):
        read_counts(path)
