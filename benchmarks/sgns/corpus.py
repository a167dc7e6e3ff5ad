# SPDX-License-Identifier: MIT
"""The text of a training: two corpora that gensim ships for its own tests, or a file of the user."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from samplers.files import write_text

from ..repository import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_COUNT = 5
CACHE = ROOT / "build" / "sgns"  # not in git
WIKIPEDIA, LEE = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2", "lee_background.cor"
LETTERS = re.compile("[a-z]+")


@dataclass(frozen=True)
class Corpus:
    """Documents of words that are frequent enough.

    Attributes
    ----------
    name : str
        What the text is, for readers of a result.
    words : tuple of str
        The vocabulary, by falling count; words of equal count are in the order of their first occurrence.
    counts : ndarray, int64 (V,)
    documents : tuple of ndarray, int64
        The ids of the words of each document in their order, without rare words.
    tokens : int
        All words of the text, rare ones too.
    """

    name: str
    words: tuple[str, ...]
    counts: NDArray[np.int64]
    documents: tuple[NDArray[np.int64], ...]
    tokens: int


def read_corpus(path: Path | None = None, min_count: int = MIN_COUNT) -> Corpus:
    """Read gensim's corpora, or a text file.

    Parameters
    ----------
    path : Path, optional
        A text in UTF-8, a document on each line, its words between spaces. They are used as they are. Default: 106
        articles of Wikipedia and 300 news articles that gensim ships.
    min_count : int
        Words that are rarer are left out.

    Raises
    ------
    ValueError
        If gensim's corpora are missing, if the file is not UTF-8, or if fewer than two words are frequent enough.
    OSError
        If the file cannot be read.
    """
    if min_count < 1:
        raise ValueError(f"min_count must be at least 1, got {min_count}")
    source = of_gensim() if path is None else path
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{source} is not UTF-8 ({error}): convert it, for example with iconv") from None
    name = f"gensim {version('gensim')}: shortened enwiki and lee_background" if path is None else source.name
    return numbered(name, (line.split() for line in lines), min_count)


def numbered(name: str, documents: Iterable[list[str]], min_count: int) -> Corpus:
    """Number the words of documents by falling count.

    Raises
    ------
    ValueError
        If fewer than two words are frequent enough.
    """
    texts = list(documents)
    counted = Counter(word for text in texts for word in text)
    frequent = [(word, count) for word, count in counted.most_common() if count >= min_count]
    if len(frequent) < 2:
        raise ValueError(
            f"{name}: {len(frequent)} of {len(counted):,} different words occur {min_count} times or more, and a "
            "training needs two: give a longer text, or a smaller min_count"
        )
    ids = {word: number for number, (word, _) in enumerate(frequent)}
    return Corpus(
        name=name,
        words=tuple(ids),
        counts=np.array([count for _, count in frequent], dtype=np.int64),
        documents=tuple(np.array([ids[w] for w in text if w in ids], dtype=np.int64) for text in texts),
        tokens=counted.total(),
    )


def gensim_file(name: str) -> Path:
    """The path of a file among gensim's test data.

    Raises
    ------
    ValueError
        If gensim is not installed, or if its test data lacks the file.
    """
    found = find_spec("gensim")
    if found is None or found.origin is None:
        raise ValueError("gensim is not installed, and its corpora are the text: `pip install gensim`, or give a file")
    path = Path(found.origin).parent / "test" / "test_data" / name
    if not path.exists():
        raise ValueError(f"gensim {version('gensim')} has no test file {name}: install gensim 4.4, or give a file")
    return path


def of_gensim() -> Path:
    """The text of gensim's corpora as a file, a document on each line; it is made once for a version of gensim."""
    cached = CACHE / f"gensim-{version('gensim') if find_spec('gensim') else 'missing'}.txt"
    if not cached.exists():
        lines = (" ".join(words) for words in parsed())
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_text(cached, "".join(f"{line}\n" for line in lines))
    return cached


def parsed() -> Iterator[list[str]]:
    """The documents of gensim's two corpora, which takes five seconds: runs of the letters a to z, in lower case."""
    yield from of_wikipedia(gensim_file(WIKIPEDIA))
    # One byte of the file is not UTF-8.
    for line in gensim_file(LEE).read_text(encoding="utf-8", errors="replace").splitlines():
        yield LETTERS.findall(line.lower())


def of_wikipedia(path: Path) -> Iterator[list[str]]:
    """The articles of a dump, without markup, short articles and other pages."""
    from gensim.corpora import WikiCorpus

    with warnings.catch_warnings():
        # gensim forks one process. From Python 3.12, this warns if the program has threads.
        warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
        # An empty dictionary: otherwise all articles are read once more, to count words.
        for words in WikiCorpus(str(path), processes=1, dictionary={}, token_min_len=1).get_texts():
            yield LETTERS.findall(" ".join(words))
