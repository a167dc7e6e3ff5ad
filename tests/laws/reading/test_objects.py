# SPDX-License-Identifier: MIT
"""Mappings, pairs and arrays: read right where there is one reading, else refused with the cure."""

from __future__ import annotations

import io
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pytest

from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import WordCounts, read_counts

CLICKS = [7, 7, 7, 7, 7, 2, 2, 2, 5]
IDS = [0, 0, 3, 0, 0, 1, 0, 5]


@pytest.mark.parametrize(
    ("source", "pairs"),
    [
        (Counter("aabac"), [("a", 3), ("b", 1), ("c", 1)]),
        (defaultdict(int, b=2, a=1), [("b", 2), ("a", 1)]),
        (OrderedDict(b=2.5, a=1), [("b", 2.5), ("a", 1)]),
        ({3: 1.5, "b": 0}, [("3", 1.5), ("b", 0)]),
        ({"a": np.int32(3), "b": np.float32(0.5)}, [("a", 3), ("b", 0.5)]),
        ({"007": 5, "1": 2}, [("007", 5), ("1", 2)]),
        (Counter([("new", "york"), ("a", "b"), ("new", "york")]), [("('new', 'york')", 2), ("('a', 'b')", 1)]),
        ({"a": 1, "b": 3}.items(), [("a", 1), ("b", 3)]),
        (Counter("aabac").most_common(), [("a", 3), ("b", 1), ("c", 1)]),
        ([("the", 5), ("cat", 3)], [("the", 5), ("cat", 3)]),
        ((("the", 5), ("cat", 3)), [("the", 5), ("cat", 3)]),
        ([["the", 5], ["cat", 3]], [("the", 5), ("cat", 3)]),
        (np.array([("the", 5), ("cat", 3)], [("w", "U3"), ("c", int)]), [("the", 5), ("cat", 3)]),
        (np.array([(5, "the"), (3, "cat")], [("c", float), ("w", "U3")]), [("the", 5), ("cat", 3)]),
        (np.rec.array([("the", 5)], names="word,count"), [("the", 5)]),
        ({f"w{i}": 200 - i for i in range(200)}, [(f"w{i}", 200 - i) for i in range(200)]),
        ({"a": 0, "b": 2}, [("a", 0), ("b", 2)]),
    ],
)
def test_words_and_counts_in_the_order_of_the_source(source, pairs):
    words, counts = read_counts(source)
    assert list(zip(words, counts.tolist(), strict=True)) == pairs
    assert NoiseDistribution(source).words == words


@pytest.mark.parametrize(
    "source",
    [
        Counter(CLICKS),
        {str(key): count for key, count in Counter(CLICKS).items()},
        {np.int64(key): count for key, count in Counter(CLICKS).items()},
        Counter(CLICKS).most_common(),
        Counter(CLICKS).items(),
        np.array(Counter(CLICKS).most_common(), [("x", int), ("y", int)]).astype([("item", int), ("count", int)]),
    ],
)
def test_integer_labels_are_ids(source):
    words, counts = read = read_counts(source)
    assert counts.tolist() == IDS == np.bincount(CLICKS).tolist()
    assert words == tuple("01234567")
    assert read.form.endswith(", integer labels taken as ids")
    assert NoiseDistribution(source).fingerprint == NoiseDistribution(IDS).fingerprint


def test_hashes_are_no_ids_but_some_gaps_are_allowed():
    with pytest.raises(ValueError, match="1 of them, up to 500000000, would give 500000001 ids; number them 0, 1, 2"):
        read_counts({500_000_000: 5})
    assert len(read_counts({10**6: 5}).counts) == 10**6 + 1


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ([5, 3], "array of counts"),
        (range(1, 4), "array of counts"),
        (deque([5, 3]), "array of counts"),
        (np.ma.array([5, 3]), "array of counts"),
        (memoryview(np.array([5, 3])), "array of counts"),
    ],
)
def test_arrays_are_counts_without_words(source, form):
    read = read_counts(source)
    assert read.words is None
    assert read.counts.tolist() == list(source)
    assert read.form == form
    assert NoiseDistribution(source).words is None


def test_sparse_arrays_of_one_dimension_are_read():
    sparse = pytest.importorskip("scipy.sparse")
    assert read_counts(sparse.coo_array(np.array([5, 0, 3]))).counts.tolist() == [5, 0, 3]
    with pytest.raises(ValueError, match=r"a sparse matrix of shape \(1, 3\).*matrix\.sum\(axis=0\)\)\.ravel\(\)"):
        read_counts(sparse.csr_matrix([[5, 0, 3]]))


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_the_sums_of_a_sparse_matrix_are_a_matrix_of_one_row():
    sums = pytest.importorskip("scipy.sparse").csr_matrix([[5, 0, 3]]).sum(axis=0)
    with pytest.raises(ValueError, match=r"got shape \(1, 3\): numpy\.asarray\(counts\)\.ravel\(\) has one"):
        read_counts(sums)
    assert read_counts(np.asarray(sums).ravel()).counts.tolist() == [5, 0, 3]


REFUSED = [
    ({}, ValueError, r"counts must have 1 to 2\*\*31 - 1 entries, got 0"),
    ([], ValueError, r"got 0"),
    ({"a": 1, "b": -1}, ValueError, "counts: the count of 'b' = -1 is negative"),
    (Counter(a=1, b=-1), ValueError, "the count of 'b' = -1 is negative"),
    ({"a": 1, "b": "5"}, TypeError, "the count of 'b' = '5' is not a number"),
    ({"a": 1, "b": None}, TypeError, "the count of 'b' = None is not a number"),
    ({"a": 2, "b": True}, TypeError, "the count of 'b' = True is not a number"),
    ([2, True], TypeError, r"counts\[1\] = True is not a number"),
    ({"a": float("nan")}, ValueError, "the count of 'a' = nan is not finite"),
    ({"a": 2**64}, ValueError, "the count of 'a' = 18446744073709551616 is above"),
    ({"a": 0, "b": 0}, ValueError, "counts has no positive entry: all 2 are zero"),
    ({"a": [1]}, ValueError, "counts must be one-dimensional"),
    ({1: 3, "1": 4}, ValueError, "counts: '1' has two counts, entry 0 and entry 1"),
    ([("a", 1), ("a", 2)], ValueError, "counts: 'a' has two counts"),
    ({-1: 3, 0: 1}, ValueError, r"integer labels are ids and must lie in \[0, 2\*\*31 - 1\), got -1"),
    ({2**31: 1}, ValueError, "must lie in .* got 2147483648; number them 0, 1, 2"),
    ({True: 1, False: 2}, ValueError, "the label True is a bool"),
    ({None: 1, "a": 2}, ValueError, r"a label is missing \(None\)"),
    ({float("nan"): 1}, ValueError, r"a label is missing \(nan\)"),
    ({7.0: 1, 2.0: 3}, ValueError, r"the label 7\.0 is a float; convert the labels to words \(str\) or ids \(int\)"),
    ({b"the": 1}, ValueError, r"the label b'the' is bytes; decode"),
    ({"the": 2, "cat": 0, "sat": 1}, ValueError, r"are 0 to 2, each once: this is a vocabulary.*Counter"),
    ({"the": np.int64(1), "cat": np.int64(0), "sat": np.int64(2)}, ValueError, "this is a vocabulary"),
    ({f"w{i}": i + 1 for i in range(100)}, ValueError, "are 1 to 100, each once: this is a vocabulary"),
    ({"a": 1}.values(), TypeError, "got dict_values: pass the mapping itself"),
    ({"a": 1}.keys(), TypeError, "got dict_keys: a set has neither counts nor an order"),
    ({1, 2}, TypeError, "got set: a set has neither counts nor an order"),
    ((c for c in [1]), TypeError, r"got generator: pass list\(\.\.\.\) of it"),
    (map(int, "12"), TypeError, r"got map: pass list\(\.\.\.\)"),
    (io.StringIO("the 5"), TypeError, "got StringIO: pass the path of the file"),
    (b"c.txt", TypeError, "got bytes: a path is a str or a Path"),
    (None, TypeError, "what read_counts takes; got NoneType"),
    (object(), TypeError, "what read_counts takes; got object"),
    (3, ValueError, "got the number 3; for V equal weights write samplers.uniform"),
    (np.array(5), ValueError, "one-dimensional, got the number 5"),
    ([[1, 2], [3, 4]], ValueError, r"got shape \(2, 2\): .*dict\(zip\(words, counts, strict=True\)\)"),
    (np.array([[1, 2, 3]]), ValueError, r"got shape \(1, 3\): numpy\.asarray\(counts\)\.ravel\(\) has one"),
    (["the", "cat"], TypeError, r"got an array of dtype <U3: collections\.Counter\(words\) counts the words of a list"),
    (np.array(["the", "cat"]), TypeError, r"dtype <U3: collections\.Counter\(words\)"),
    ([["the", "cat"], ["a"]], ValueError, r"collections\.Counter\(words\)"),
    (([5, 3], ["the", "cat"]), TypeError, r"dict\(zip\(words, counts, strict=True\)\) joins two sequences"),
    ([(5, "the"), (3, "cat")], TypeError, "the count of '5' = 'the' is not a number"),
    (np.ma.array([1, 2, 3], mask=[0, 1, 0]), ValueError, r"1 of 3 entries are masked: counts\.filled\(0\)"),
    (np.array([(1, 5), (2, 3)], [("x", int), ("y", int)]), ValueError, "which column .* There are 0 'x', 1 'y'"),
    (np.array([[("a", 5)]], [("w", "U1"), ("c", int)]), ValueError, r"records of shape \(1, 1\)"),
    (np.array([("a", 1, 2)], [("w", "U1"), ("x", int), ("y", int)]), ValueError, "There are 0 'w', 1 'x', 2 'y'"),
]


@pytest.mark.parametrize(("source", "error", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_has_no_one_reading_is_refused(source, error, message):
    with pytest.raises(error, match=message) as raised:
        read_counts(source)
    assert "\n" not in str(raised.value)


def test_fields_of_records_are_named_by_options():
    records = np.array([(1, 5), (2, 3)], [("x", int), ("y", int)])
    assert read_counts(records, count_column="y").counts.tolist() == [0, 5, 3]
    assert read_counts(records, count_column=0).counts.tolist() == [0, 0, 0, 2, 0, 1]
    with pytest.raises(ValueError, match="word_column='z': no column has this name"):
        read_counts(records, word_column="z")


@pytest.mark.parametrize("source", [[2**64 - 1, 0.5], {"a": 2**64 - 1, "b": 0.5}, np.array([2**64 - 1, 0.5], object)])
def test_integers_beside_fractions_are_said_to_be_rounded(source):
    with pytest.warns(UserWarning, match="18446744073709551615 is rounded to 18446744073709551616") as caught:
        counts = read_counts(source).counts
    assert counts.tolist() == [2.0**64, 0.5]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("source", [[2**64 - 1, 2**53 + 1], {"a": 2**64 - 1, "b": 2**53 + 1}, [1, 2**63]])
def test_large_integers_are_exact(source):
    counts = read_counts(source).counts
    assert counts.dtype == np.uint64
    assert counts.tolist() == (list(source.values()) if isinstance(source, dict) else source)


def test_labels_named_like_gensim_attributes_are_no_gensim():
    class Labelled:
        """Answers any attribute with an entry, as a pandas Series does for its labels."""

        def __array__(self, dtype=None, copy=None):
            return np.array([2, 1], dtype)

        def __getattr__(self, name):
            if name in ("wv", "index_to_key", "get_vecattr", "iloc", "columns", "read"):
                return 1
            raise AttributeError(name)

    read = read_counts(Labelled())
    assert read.words is None
    assert read.counts.tolist() == [2, 1]


def test_word_counts_keep_their_positions():
    read = read_counts(WordCounts(("7", "2"), np.array([5, 3])))
    assert NoiseDistribution(read).words == ("7", "2")
    assert NoiseDistribution(read).counts.tolist() == [5, 3]
