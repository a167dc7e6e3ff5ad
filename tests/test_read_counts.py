# SPDX-License-Identifier: MIT
"""read_counts: text files, mappings and gensim objects."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from samplers.noise import NoiseDistribution, WordCounts, read_counts

SENTENCES = [["the", "cat", "sat", "on", "the", "mat"], ["the", "dog", "sat"], ["a", "cat"]]
COUNTED = Counter(word for sentence in SENTENCES for word in sentence)


def write(folder: Path, text: str | bytes, name: str = "counts.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def as_pairs(source: Any) -> list[tuple[str, float]]:
    words, counts = read_counts(source)
    return list(zip(words, counts.tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "pairs", "dtype"),
    [
        ("</s> 0\nthe 12\ncat 3\n", [("</s>", 0), ("the", 12), ("cat", 3)], np.int64),
        ("the \t12\nNew York\t 3\n", [("the", 12), ("New York", 3)], np.int64),
        ("\n  the   12 \r\n\r\ncat\t3", [("the", 12), ("cat", 3)], np.int64),
        ("the 12\ncat 2.5\ndog 1e3\n", [("the", 12), ("cat", 2.5), ("dog", 1000)], np.float64),
        ("the 12\ncat 3.\n", [("the", 12), ("cat", 3)], np.float64),
        ("1984 7\n7 2\n", [("1984", 7), ("7", 2)], np.int64),
        ("\ufeff고양이 4\nNew\u00a0York 2\n", [("고양이", 4), ("New\u00a0York", 2)], np.int64),
        (f"a {2**63}\nb 1\n", [("a", 2**63), ("b", 1)], np.uint64),
        (f"a {2**65}\nb 1\n", [("a", 2.0**65), ("b", 1)], np.float64),
        ("the\ncat\nthe\n\nsat\ncat\nthe\n", [("the", 3), ("cat", 2), ("sat", 1)], np.int64),
        ("1984\n7\n1984\n", [("1984", 2), ("7", 1)], np.int64),
        ("nan\ninf\nnan", [("nan", 2), ("inf", 1)], np.int64),
    ],
)
def test_text_files(tmp_path: Path, text: str, pairs: list[tuple[str, float]], dtype: type) -> None:
    path = write(tmp_path, text)
    assert as_pairs(path) == as_pairs(str(path)) == pairs
    assert read_counts(path).counts.dtype == dtype


def test_gzipped_text(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"the 12\ncat 3\n"), "vocab.txt.gz")
    assert as_pairs(path) == [("the", 12), ("cat", 3)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"bad\.txt is empty"),
        ("\n \t\n", r"bad\.txt is empty"),
        ("the 12\n\ncat\n", r"bad\.txt, line 3: expected a word and its count, .*got 'cat'"),
        ("the 12\nNew York 3\n", r"line 2: expected a word and its count, .*got 'New York 3'"),
        ("the 12 0.4\n", r"line 1: expected a word and its count, .*got 'the 12 0.4'"),
        ("the 12\ncat three\n", r"line 2: count 'three' is not a finite, non-negative number"),
        ("the 12\ncat -3\n", r"line 2: count '-3' is not"),
        ("the 12\ncat nan\n", r"line 2: count 'nan' is not"),
        ("the 12\ncat 1e999\n", r"line 2: count '1e999' is not"),
        ("the 12\ncat 1_000\n", r"line 2: count '1_000' is not"),
        ("the 12\ncat 3\nthe 4\n", r"bad\.txt: 'the' has two counts, on lines 1 and 3"),
        ("word count\nthe 12\n", r"line 1: expected one word .*, got 'word count'"),
        ("the\ncat sat\n", r"line 2: expected one word .*, got 'cat sat'"),
        (b"the 12\ncaf\xc3 3\n", r"bad\.txt, line 2: not UTF-8"),
        ("the 0\ncat 0\n", r"counts has no positive entry: all 2 are zero"),
    ],
)
def test_bad_files_are_named_with_the_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_counts(write(tmp_path, text, "bad.txt"))


def test_a_missing_file_is_the_usual_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.txt"):
        NoiseDistribution(tmp_path / "none.txt")


def test_mappings_keep_their_order() -> None:
    assert as_pairs(COUNTED) == list(COUNTED.items())
    assert as_pairs({3: 1.5, "b": 0}) == [("3", 1.5), ("b", 0)]
    with pytest.raises(ValueError, match=r"counts\[1\] = -1 is negative"):
        read_counts({"a": 1, "b": -1})


def test_word_counts_pass_through() -> None:
    source = WordCounts(("a", "b"), np.array([1, 2]))
    assert read_counts(source) is source
    assert NoiseDistribution(source).words == ("a", "b")


@pytest.mark.parametrize("source", [3, None, [1, 2], np.array([1, 2]), b"counts.txt", object()])
def test_anything_else_is_refused_with_what_is_accepted(source: Any) -> None:
    with pytest.raises(TypeError, match=r"source must be a path, a mapping.*gensim.*WordCounts; got"):
        read_counts(source)


def test_labels_named_like_gensim_attributes_are_no_gensim() -> None:
    class Labelled:
        """Answers any attribute with an entry, as a pandas Series does for its labels."""

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array([2, 1], dtype)

        def __getattr__(self, name: str) -> int:
            if name in ("wv", "index_to_key", "get_vecattr"):
                return 1
            raise AttributeError(name)

    noise = NoiseDistribution(Labelled())
    assert noise.words is None
    assert noise.counts.tolist() == [2, 1]


@pytest.fixture(scope="module")
def model() -> Any:
    word2vec = pytest.importorskip("gensim.models.word2vec")
    return word2vec.Word2Vec(SENTENCES, vector_size=4, min_count=1, epochs=1, seed=1, workers=1)


def test_gensim_models_and_vectors(model: Any) -> None:
    words = model.wv.index_to_key
    expected = [(word, COUNTED[word]) for word in words]
    assert expected[0] == ("the", 3)
    assert as_pairs(model) == as_pairs(model.wv) == expected
    assert NoiseDistribution(model).words == tuple(words)


def test_the_probabilities_are_those_of_gensim_s_own_table(model: Any) -> None:
    # gensim rounds the cumulative distribution to 31 bits.
    table = np.diff(model.cum_table.astype(np.int64), prepend=0) / float(model.cum_table[-1])
    np.testing.assert_allclose(NoiseDistribution(model).probabilities, table, atol=2.0**-30)


def test_word2vec_vocabulary_file_of_gensim(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    model.wv.save_word2vec_format(str(tmp_path / "vectors.txt"), fvocab=str(path))
    assert as_pairs(path) == as_pairs(model)


def test_vectors_without_counts_are_refused(model: Any) -> None:
    keyed = pytest.importorskip("gensim.models.keyedvectors").KeyedVectors(2)
    keyed.add_vectors(["a", "b"], np.ones((2, 2), np.float32))
    with pytest.raises(ValueError, match="hold no word counts"):
        NoiseDistribution(keyed)


def test_counts_that_gensim_invented_are_refused(tmp_path: Path) -> None:
    keyed = pytest.importorskip("gensim.models.keyedvectors").KeyedVectors
    lines = ["200 1", *(f"w{i} 0.5" for i in range(200))]
    path = write(tmp_path, "\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=r"200, 199, \.\.\., 1, which gensim invents"):
        read_counts(keyed.load_word2vec_format(str(path)))


def test_integer_keys_are_ids():
    read = read_counts(Counter([7, 7, 7, 0, 0, 3]))
    assert read.counts.tolist() == [2, 0, 0, 1, 0, 0, 0, 3]
    assert read.words == tuple("01234567")
    assert NoiseDistribution({2: 5, 0: 1}).counts.tolist() == [1, 0, 5]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [({-1: 3, 0: 1}, r"integer keys are ids .* got -1"), ({2**31: 1}, r"ids .* got 2147483648"),
     ({1: 3, "1": 4}, "two keys of the mapping read '1'")],
)  # fmt: skip
def test_keys_that_cannot_be_ids_or_words_are_refused(mapping, message):
    with pytest.raises(ValueError, match=message):
        read_counts(mapping)


def test_hashes_are_no_ids():
    with pytest.raises(ValueError, match="1 of them up to 500000000 would make 500000001 ids; number them 0, 1, 2"):
        read_counts({500_000_000: 5})
    assert len(read_counts({10**6: 5}).counts) == 10**6 + 1
