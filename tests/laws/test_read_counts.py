# SPDX-License-Identifier: MIT
"""read_counts: what it returns, its options, and that everything that takes counts goes through it."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import samplers
from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import WordCounts, read_counts

COUNTED = Counter(["the", "cat", "sat", "on", "the", "mat", "by", "the", "door"])


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("word,count\nthe,1000\ncat,400\nsat,30\n", encoding="utf-8")
    return path


def test_it_unpacks_as_words_and_counts_and_tells_what_was_read(csv_file):
    words, counts = read = read_counts(csv_file)
    assert words == read.words == ("the", "cat", "sat")
    assert counts is read.counts
    assert counts.tolist() == [1000, 400, 30]
    assert counts.flags.writeable
    assert read.form == "CSV with header, words in 'word', counts in 'count'"
    assert read.exponent is None


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda read: pickle.loads(pickle.dumps(read))])
def test_copies_keep_the_form(clone, csv_file):
    read = read_counts(csv_file)
    again = clone(read)
    assert isinstance(again, WordCounts)
    assert (again.words, again.form, again.exponent) == (read.words, read.form, None)
    assert again.counts.tolist() == [1000, 400, 30]


def test_word_counts_pass_through_and_are_checked_and_copied_by_a_distribution():
    source = WordCounts(("a", "b"), np.array([1, 2]))
    assert read_counts(source) is source
    noise = NoiseDistribution(source)
    source.counts[0] = 100
    assert noise.words == ("a", "b")
    assert noise.counts.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"counts\[1\] = -2 is negative"):
        NoiseDistribution(WordCounts(("a", "b"), np.array([1, -2])))


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize(
    "take",
    [
        NoiseDistribution,
        lambda source: samplers.create("alias", source, rng=1).noise,
        lambda source: samplers.fastest(source, rng=1).noise,
    ],
)
def test_everything_that_takes_counts_reads_them(take, kind, csv_file):
    noise = take(kind(csv_file))
    assert noise.words == ("the", "cat", "sat")
    assert noise.counts.tolist() == [1000, 400, 30]
    assert noise.exponent == 0.75


def test_a_recommendation_reads_them_too(csv_file):
    assert samplers.recommend(csv_file).name == samplers.recommend([1000, 400, 30]).name
    with pytest.raises(ValueError, match="numbers, one a line"):
        samplers.recommend(_written(csv_file.parent / "n.txt", "1000\n400\n30\n"))


def test_what_a_distribution_reads_is_copied_once(csv_file):
    counts = read_counts(csv_file).counts
    assert counts.base is None or counts.base.base is None
    mine = np.array([3, 1])
    read = read_counts(mine)
    assert not np.shares_memory(read.counts, mine)
    assert read.words is None


def _written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"corpus": 1}, TypeError, "corpus must be True or False, got 1"),
        ({"word_column": 1.5}, TypeError, r"word_column must be the name or the number of a column.*got 1\.5"),
        ({"count_column": True}, TypeError, "count_column must be the name or the number .* got True"),
        (
            {"corpus": True, "word_column": 0},
            ValueError,
            "corpus=True counts the words of a text",
        ),
        ({"word_column": 1, "count_column": 1}, ValueError, "word_column and count_column are both 1"),
        ({"word_column": -1, "count_column": 1}, ValueError, "are the same column, -1"),
        ({"word_column": 2}, ValueError, r"word_column=2, but there are 2 columns: 0 'word', 1 'count'"),
        ({"word_column": -3}, ValueError, "word_column=-3, but there are 2 columns"),
        ({"count_column": "n"}, ValueError, "count_column='n': no column has this name; there are 0 'word', 1 'count'"),
        ({"errors": "no such handler"}, ValueError, "errors must be 'strict', .* got 'no such handler'"),
    ],
)
def test_bad_options_are_named(options, error, message, csv_file):
    with pytest.raises(error, match=message):
        read_counts(csv_file, **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"corpus": True}, TypeError, r"corpus=True is for files; got Counter: .*collections\.Counter\(words\)"),
        ({"errors": "replace"}, TypeError, "errors='replace' is for files of text; got Counter"),
        ({"count_column": 0}, ValueError, "word_column and count_column are for tables; Counter has no columns"),
    ],
)
def test_options_of_files_are_refused_for_objects(options, error, message):
    with pytest.raises(error, match=message):
        read_counts(COUNTED, **options)


def test_a_missing_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no such file: '.*none\.txt'"):
        NoiseDistribution(tmp_path / "none.txt")
