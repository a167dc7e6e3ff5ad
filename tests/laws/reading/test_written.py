# SPDX-License-Identifier: MIT
"""Whatever a program writes as a table of words and counts is read back or refused, never read as something else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from samplers.laws.reading import read_counts

pd = pytest.importorskip("pandas")
# Of a word among ids; they are read as words.
pytestmark = pytest.mark.filterwarnings("ignore:.* labels are whole numbers:UserWarning")

# Characters that mean something to one of the forms, and some that mean nothing.
_ODD = st.text(alphabet=" ,;\t\"'.:|=-+_#\\[]{}0123456789aé日\u00a0\u2028\u0085\n", min_size=0, max_size=8)
_PLAIN = st.text(alphabet="abcdefghijklmnopqrstuvwxyzé日", min_size=1, max_size=8)
_KNOWN = st.sampled_from(
    ["word", "count", "n", "id", "nan", "NA", "null", "007", "the, 1", "1,000", "1.5", "new york", "x 5"]
)
_ID = st.integers(0, 300).map(str)
_WORDS = st.one_of(
    *(st.lists(kind, min_size=1, max_size=6, unique=True) for kind in (_ODD, _PLAIN, _ID, _KNOWN)),
    st.lists(st.one_of(_ODD, _PLAIN, _ID, _KNOWN), min_size=1, max_size=6, unique=True),
)
_COUNTS = st.one_of(
    st.lists(st.integers(0, 50), min_size=6, max_size=6),
    st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=6),
    st.lists(st.floats(0, 1e6, allow_nan=False), min_size=6, max_size=6),
    st.lists(st.integers(0, 50).map(float), min_size=6, max_size=6),
)


@st.composite
def tables(draw):
    """Words and counts, one of them positive."""
    words = draw(_WORDS)
    counts = draw(_COUNTS)[: len(words)]
    return words, counts if any(counts) else [1] * len(words)


def by_csv(words, counts, *, delimiter=",", quoting=csv.QUOTE_MINIMAL, header=(), swapped=False, end="\n"):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=end)
    rows = [list(header)] * bool(header) + [[word, count] for word, count in zip(words, counts, strict=True)]
    writer.writerows([row[::-1] for row in rows] if swapped else rows)
    return written.getvalue()


def expected(words, counts):
    """What a reader must find: ids if every word is one, else words, in their order."""
    if all(re.fullmatch("0|[1-9][0-9]*", word) for word in words):
        size = max(map(int, words)) + 1
        by_id = dict(zip(map(int, words), counts, strict=True))
        return tuple(map(str, range(size))), [by_id.get(i, 0) for i in range(size)]
    return tuple(words), list(counts)


def unlike_pandas(words, counts):
    """Whether the first line could not be the header of an unnamed Series of pandas: "word,0" or ",0"."""
    return not (counts[0] == 0 and words[0] in ("", "word", "id"))


def check(text, words, counts, path, **options):
    """Read it; True if it came back, False if it was refused."""
    path.write_text(text, encoding="utf-8", newline="")
    try:
        read = read_counts(path, **options)
    except ValueError as error:
        assert str(error).startswith(str(path))  # noqa: PT017  # most of what is drawn here is read
        return False
    assert (read.words, read.counts.tolist()) == expected(words, counts), (text, read.form)
    return True


def is_plain(words, counts):
    """Whether nothing about words and counts is unusual: they must be read."""
    numbered = sorted(counts) == list(range(len(counts))) or counts == [counts[0] + i for i in range(len(counts))]
    letters = all(word.isalpha() for word in words) and not {"word", "count", "n", "id", "nan", "NA"} & set(words)
    return letters and counts[0] != 0 and not numbered


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("written") / "counts"


@settings(max_examples=600)
@given(
    tables(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([(), ("word", "count"), ("item_id", "n"), ("mot", "effectif")]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
@example((["5 7", "6 8"], [1, 2]), ",", csv.QUOTE_MINIMAL, (), True, "\n")
@example((["the 1", "cat 2"], [0, 1]), ",", csv.QUOTE_MINIMAL, (), False, "\n")
@example(([" a", " b"], [1, 2]), ",", csv.QUOTE_MINIMAL, (), True, "\n")
@example((['"'], [1]), "\t", csv.QUOTE_MINIMAL, (), False, "\n")
@example((["7", "2", "x", "5"], [1, 5, 2, 9]), ",", csv.QUOTE_MINIMAL, (), False, "\n")
@example((['""', "a"], [1, 2]), "\t", csv.QUOTE_MINIMAL, (), True, "\n")
def test_tables_of_the_csv_module(path, table, delimiter, quoting, header, swapped, end):
    words, counts = table
    assume(header or unlike_pandas(words, counts))
    text = by_csv(words, counts, delimiter=delimiter, quoting=quoting, header=header, swapped=swapped, end=end)
    came_back = check(text, words, counts, path)
    if is_plain(words, counts) and header != ("mot", "effectif"):
        assert came_back, text


@settings(max_examples=200)
@given(
    tables(),
    st.sampled_from([("word", "count"), ("mot", "effectif")]),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_a_named_column_is_what_is_read(path, table, header, delimiter, swapped):
    words, counts = table
    text = by_csv(words, counts, delimiter=delimiter, header=header, swapped=swapped)
    check(text, words, counts, path, word_column=header[0], count_column=header[1])
    assume(unlike_pandas(words, counts))
    text = by_csv(words, counts, delimiter=delimiter, swapped=swapped)
    check(text, words, counts, path, word_column=int(swapped), count_column=int(not swapped))


@settings(max_examples=200)
@given(
    tables(),
    st.sampled_from([None, "word", "mot"]),
    st.sampled_from([None, "count", "effectif"]),
    st.sampled_from([",", "\t"]),
)
def test_tables_of_a_series(path, table, index_name, name, separator):
    words, counts = table
    series = pd.Series(counts, index=pd.Index(words, name=index_name, dtype=object), name=name)
    came_back = check(series.to_csv(sep=separator, lineterminator="\n"), words, counts, path)
    if is_plain(words, counts) and (index_name, name) not in (("mot", "effectif"), ("mot", None)):
        assert came_back


@settings(max_examples=300)
@given(tables(), st.booleans(), st.sampled_from([None, 1]), st.sampled_from(["object", "pairs"]))
def test_json(path, table, ascii_only, indent, form):
    words, counts = table
    value = dict(zip(words, counts, strict=True)) if form == "object" else list(zip(words, counts, strict=True))
    came_back = check(json.dumps(value, ensure_ascii=ascii_only, indent=indent), words, counts, path)
    assert came_back or not is_plain(words, counts)


@settings(max_examples=300)
@given(tables(), st.integers(1, 12))
@example((["5 the", "3 cat"], [7, 9]), 7)
@example((["5", "3 4"], [7, 9]), 7)
@example((["a, 5", "b, 3"], [7, 9]), 7)
def test_lines_of_uniq(path, table, width):
    words, counts = table
    counts = [int(count) + 1 for count in counts]
    # The words of uniq are lines; blanks before them are taken for the alignment of a table.
    assume(not any("\n" in word or word.startswith(" ") for word in words))
    text = "".join(f"{count:{width}d} {word}\n" for word, count in zip(words, counts, strict=True))
    if text.startswith(" ") or not any(" " in word or "\t" in word for word in words):
        check(text, words, counts, path)


@settings(max_examples=300)
@given(tables())
@example((["a,", "b,"], [1, 2]))
def test_lines_of_word2vec(path, table):
    words, counts = table
    # word2vec ends words at blanks, tabs and line breaks. "the, 5" on every line is CSV, with a blank after the comma.
    if any(not word or set(word) & set(" \t\r\n") or word[-1] in ",;" for word in words):
        return
    text = "".join(f"{word} {count}\n" for word, count in zip(words, counts, strict=True))
    check(text, words, counts, path)


@settings(max_examples=300)
@given(st.lists(st.one_of(_PLAIN, _KNOWN, _ID, _ODD), min_size=1, max_size=8))
def test_a_column_of_words_is_counted_or_refused(path, words):
    lines = [word for word in words if word and not set(word) & set(" \t\r\n")]
    # "1,:" on every line is CSV.
    if any(not set(line) & set(",;") for line in lines):
        counted = Counter(lines)
        check("".join(f"{word}\n" for word in lines), list(counted), list(counted.values()), path)


@settings(max_examples=200)
@given(_COUNTS)
def test_a_column_of_counts_is_read_if_asked_for_or_refused(path, counts):
    counts = counts if any(counts) else [1]
    path.write_text("".join(f"{count}\n" for count in counts), encoding="utf-8")
    with pytest.raises(ValueError, match="numbers, one a line"):
        read_counts(path)
    assert read_counts(path, count_column=0).counts.tolist() == counts
    path.write_text(json.dumps(counts), encoding="utf-8")
    assert read_counts(path).counts.tolist() == counts
