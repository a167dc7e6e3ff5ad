# SPDX-License-Identifier: MIT
"""Vocabularies, which number their words, are not read as counts; counts that look like one have a way in."""

from __future__ import annotations

import collections
import json

import numpy as np
import pytest

from samplers import read_counts

WORDS = [f"w{i}" for i in range(1000)]


def numbered(numbers, *first):
    """A mapping of words, the given ones first, to the numbers."""
    return dict(zip([*first, *WORDS], numbers, strict=False))


def shuffled(numbers):
    return np.random.default_rng(1).permutation(list(numbers)).tolist()


VOCABULARIES = {
    "word_index of Keras": {"the": 1, "cat": 2, "sat": 3},
    "from 0": numbered(range(3)),
    "two words": numbered(range(2)),
    "a gap after the special token 0": numbered([0, 2, 3, 4], "<unk>"),
    "from 0, shuffled": {"the": 2, "cat": 0, "sat": 1},
    "from 2, as after a start and an end": numbered(range(2, 8)),
    "from 1, shuffled": numbered(shuffled(range(1, 201))),
    "a part of BERT": numbered([0, 100, 101, 102, 103], "[PAD]", "[UNK]", "[CLS]", "[SEP]", "the"),
    "a part of BERT, small": numbered([0, 100, 101], "[PAD]", "[UNK]", "the"),
    "one special token": numbered([3, 10, 20, 21, 40], "<|endoftext|>"),
    "RoBERTa and gaps": numbered([0, 1, 2, 5, 9], "<s>", "<pad>", "</s>"),
    "special, and many": numbered([0, *range(100, 300)], "[PAD]"),
    "rare words left out": numbered(sorted(shuffled(range(1000))[:700])),
}
COUNTS = {
    "three": {"the": 5, "cat": 2, "sat": 3},
    "falling by one": numbered(range(3, 0, -1)),
    "falling to 0": numbered(range(3, -1, -1)),
    "two, falling to 0": numbered([1, 0]),
    "many, falling by one": numbered(range(200, 0, -1)),
    "two": {"the": 1, "cat": 2},
    "rising, and one twice": {"the": 1, "cat": 2, "sat": 2},
    "rising with gaps": {"the": 1, "cat": 2, "sat": 4},
    "from 2, few": {"the": 2, "cat": 3, "sat": 4},
    "fractions": {"the": 0, "cat": 0.5, "sat": 2},
    "rising fractions": numbered([0.5, 1.5, 2.5, 3.5, 4.5], "[PAD]"),
    "the frequent words, rising": numbered(sorted(10**9 // rank for rank in range(1, 201))),
    "all words, rising": numbered(sorted(10**4 // rank for rank in range(1, 1001))),
    "word2vec": {"</s>": 0, "the": 12, "cat": 3},
    "special and rising, few": {"<unk>": 2, "cat": 5, "the": 9},
    "special and falling": numbered([7, 50, 40, 30, 20], "[UNK]", "[PAD]"),
    "a permutation, few": numbered([2, 1, 3, 5, 4]),
}


def lines(mapping):
    return "".join(f"{word} {count}\n" for word, count in mapping.items())


def refused(source, **options):
    with pytest.raises(ValueError, match=r"this is a vocabulary, whose numbers are ids") as raised:
        read_counts(source, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_vocabulary_is_refused_in_every_form_and_its_cure_works(name, tmp_path):
    vocabulary, numbers = VOCABULARIES[name], list(VOCABULARIES[name].values())
    assert "pass collections.Counter(mapping)" in refused(vocabulary)
    assert read_counts(collections.Counter(vocabulary)).counts.tolist() == numbers
    pairs = list(vocabulary.items())
    assert "pass collections.Counter(dict(pairs))" in refused(pairs)
    assert read_counts(collections.Counter(dict(pairs))).counts.tolist() == numbers

    path = tmp_path / "v.json"
    path.write_text(json.dumps(vocabulary), encoding="utf-8")
    assert "collections.Counter(dict(json.load(open(path))))" in refused(path)
    assert read_counts(collections.Counter(dict(json.loads(path.read_text())))).counts.tolist() == numbers

    path = tmp_path / "v.txt"
    path.write_text(lines(vocabulary), encoding="utf-8")
    assert "say count_column=1 (in a shell: --count-column 1)" in refused(path)
    assert read_counts(path, count_column=1).counts.tolist() == numbers


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_no_vocabulary(name, tmp_path):
    counts = list(COUNTS[name].values())
    assert read_counts(COUNTS[name]).counts.tolist() == counts
    path = tmp_path / "v.txt"
    path.write_text(lines(COUNTS[name]), encoding="utf-8")
    assert read_counts(path).counts.tolist() == counts


@pytest.mark.parametrize("name", ["word_index of Keras", "from 0", "from 2, as after a start and an end"])
def test_a_column_with_the_name_of_counts_is_believed_if_there_are_few(name, tmp_path):
    path = tmp_path / "v.txt"
    for header in ("word count\n", "token frequency\n"):
        path.write_text(header + lines(VOCABULARIES[name]), encoding="utf-8")
        assert read_counts(path).counts.tolist() == list(VOCABULARIES[name].values())
    path.write_text("word number\n" + lines(VOCABULARIES[name]), encoding="utf-8")
    assert "say count_column='number' (in a shell: --count-column number)" in refused(path)
    path.write_text("word count\n" + lines(numbered(range(1, 201))), encoding="utf-8")
    assert "say count_column='count'" in refused(path)
    assert read_counts(path, count_column="count").counts.tolist() == list(range(1, 201))


def test_what_was_counted_here_is_no_vocabulary(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("a\nb\nb\nc\nc\nc\n", encoding="utf-8")
    assert read_counts(path).counts.tolist() == [1, 2, 3]
    assert read_counts(path, corpus=True).counts.tolist() == [1, 2, 3]
    path.write_text("".join(f"{word}\n" * (i + 1) for i, word in enumerate(WORDS[:150])), encoding="utf-8")
    assert read_counts(path).counts.tolist() == list(range(1, 151))
    path.write_text("3\na 1 word\nb 2 word\nc 3 word\n", encoding="utf-8")
    assert read_counts(path).counts.tolist() == [1, 2, 3]


def test_series_and_frames():
    pd = pytest.importorskip("pandas")
    series = pd.Series({"the": 1, "cat": 2, "sat": 3})
    assert "pass collections.Counter(series.to_dict())" in refused(series)
    assert read_counts(collections.Counter(series.to_dict())).counts.tolist() == [1, 2, 3]
    assert read_counts(pd.Series(list("abbccc")).value_counts(ascending=True)).counts.tolist() == [1, 2, 3]
    frame = pd.DataFrame({"word": list("abc"), "x": [1, 2, 3]})
    assert "say count_column='x'" in refused(frame)
    assert read_counts(frame, count_column="x").counts.tolist() == [1, 2, 3]
    assert read_counts(frame.rename(columns={"x": "count"})).counts.tolist() == [1, 2, 3]
