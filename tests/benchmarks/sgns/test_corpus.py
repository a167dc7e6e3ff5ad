# SPDX-License-Identifier: MIT
"""The text of a training, its examples, and the lists of pairs of words."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sgns import corpus, windows
from benchmarks.sgns.corpus import numbered, read_corpus
from benchmarks.sgns.similarity import FILES, judged


def test_gensims_corpora_have_530110_tokens_and_9786_frequent_words(tmp_path, monkeypatch):
    """It parses them anew, in five seconds; the lists of pairs are those of the same vocabulary."""
    pytest.importorskip("gensim", reason="gensim is not installed")
    monkeypatch.setattr(corpus, "CACHE", tmp_path / "made")
    text = read_corpus()
    assert (text.tokens, len(text.words), len(text.documents)) == (530_110, 9_786, 106 + 300)
    assert text.counts.min() == 5
    assert text.words[:3] == ("the", "of", "and")
    assert sum(map(len, text.documents)) == text.counts.sum()
    known = {name: (len(pairs.scores), pairs.of) for name in FILES for pairs in [judged(name, text.words)]}
    assert known == {"wordsim353": (260, 353), "simlex999": (551, 999)}
    monkeypatch.setattr(corpus, "parsed", lambda: pytest.fail("it is parsed once"))
    assert read_corpus().tokens == 530_110


def test_words_are_numbered_by_falling_count_and_rare_ones_are_left_out():
    text = numbered("t", [["b", "a", "c", "a"], [], ["a", "b", "d"]], min_count=2)
    assert text.words == ("a", "b")
    assert text.counts.tolist() == [3, 2]
    assert [document.tolist() for document in text.documents] == [[1, 0, 0], [], [0, 1]]
    assert text.tokens == 7


def test_a_file_of_the_user_has_a_document_a_line(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("Ünder the  Sea\n\nthe sea the\n", encoding="utf-8")
    text = read_corpus(path, min_count=1)
    assert (text.name, text.tokens) == ("mine.txt", 6)
    assert text.words == ("the", "Ünder", "Sea", "sea")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a b c\n", "mine.txt: 0 of 3 different words occur 5 times or more, and a training needs two"),
        (b"", "0 of 0 different words"),
        (b"caf\xe9 " * 9, "mine.txt is not UTF-8"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused(tmp_path, content, message):
    path = tmp_path / "mine.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_corpus(path)


def test_a_minimum_below_1_is_refused(tmp_path):
    with pytest.raises(ValueError, match="min_count must be at least 1, got 0"):
        read_corpus(tmp_path / "any", min_count=0)


def test_a_missing_file_of_gensim_is_named():
    pytest.importorskip("gensim", reason="gensim is not installed")
    with pytest.raises(ValueError, match=r"gensim .* has no test file no\.such: install gensim 4\.4"):
        corpus.gensim_file("no.such")


def test_the_probability_to_keep_a_word_is_gensims():
    word2vec = pytest.importorskip("gensim.models.word2vec", reason="gensim is not installed")
    counts = {f"w{i}": 2 ** (14 - i) for i in range(12)}
    model = word2vec.Word2Vec(min_count=1, sample=windows.SUBSAMPLE)
    model.build_vocab_from_freq(counts)
    theirs = [model.wv.get_vecattr(word, "sample_int") / 2**32 for word in counts]
    ours = windows.kept(np.array(list(counts.values())))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
    assert ours.min() < 0.1 < ours.max() == 1


def by_loops(text, widths):
    """The pairs (centre, context) of a document, as word2vec.c finds them."""
    return [
        (text[i], text[j])
        for i in range(len(text))
        for j in range(max(0, i - widths[i]), min(len(text), i + widths[i] + 1))
        if j != i
    ]


@pytest.mark.parametrize("length", [0, 1, 2, 7, 40])
def test_windows_are_those_of_word2vecs_loops(length):
    text = np.random.default_rng(1).integers(9, size=length)
    widths = np.random.default_rng(7).integers(1, windows.WINDOW + 1, size=(length, 1)).ravel()
    found = windows.Examples(*windows.of_document(text, np.random.default_rng(7), windows.WINDOW))
    pairs = found.pairs()
    assert list(zip(pairs.centres, pairs.contexts[:, 0], strict=True)) == by_loops(text.tolist(), widths.tolist())
    assert (found.contexts[~found.mask] == windows.PADDING).all()


def test_rare_words_are_kept_and_frequent_ones_left_out_at_their_rate():
    """10,000 words at a rate of 0.3: a standard error of 0.0046; 5 of them, so that it fails by chance once in 1e6."""
    text = np.repeat([0, 1], 10_000)
    found = windows.examples([text], np.array([0.3, 1.0]), np.random.default_rng(2))
    assert np.mean(np.bincount(found.centres)[0] / 10_000) == pytest.approx(0.3, abs=5 * 0.0046)
    assert np.bincount(found.centres)[1] == 10_000


def test_documents_are_apart_and_a_lonely_word_is_no_example():
    found = windows.examples([np.array([1]), np.array([2, 3]), np.array([4])], np.ones(5), np.random.default_rng(3))
    assert sorted(zip(found.pairs().centres, found.pairs().contexts[:, 0], strict=True)) == [(2, 3), (3, 2)]
    assert len(found) == 2


def test_batches_are_of_equal_size_and_begin_where_a_training_stopped():
    found = windows.Examples(np.arange(10), np.arange(10)[:, None], np.ones((10, 1), dtype=bool))
    assert [b.centres.tolist() for b in found.batches(3)] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert [b.centres.tolist() for b in found.batches(3, first=2)] == [[6, 7, 8]]


def test_agreement_is_gensims():
    """Two of three words of the lists are in the vocabulary, with random vectors."""
    keyed = pytest.importorskip("gensim.models.keyedvectors", reason="gensim is not installed")
    lists = [corpus.gensim_file(file).read_text(encoding="utf-8").lower().splitlines() for file in FILES.values()]
    rows = [line.split("\t") for lines in lists for line in lines if not line.startswith("#")]
    words = [word for i, word in enumerate(sorted({word for row in rows for word in row[:2]})) if i % 3]
    vectors = np.random.default_rng(5).normal(size=(len(words), 10)).astype(np.float32)
    model = keyed.KeyedVectors(10)
    model.add_vectors(words, vectors)
    for name, file in FILES.items():
        pairs = judged(name, words)
        _, (spearman, _), missing = model.evaluate_word_pairs(str(corpus.gensim_file(file)))
        assert pairs.agreement(pairs.cosines(vectors)) == pytest.approx(spearman, abs=1e-9)
        assert len(pairs.scores) / pairs.of == pytest.approx(1 - missing / 100)


def test_too_few_known_pairs_are_refused():
    pytest.importorskip("gensim", reason="gensim is not installed")
    with pytest.raises(ValueError, match="both words of 1 of the 353 pairs of wordsim353, and at least 10"):
        judged("wordsim353", ["love", "sex", "no-such-word"])
