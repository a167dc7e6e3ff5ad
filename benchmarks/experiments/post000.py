# SPDX-License-Identifier: MIT
"""Post 000: gensim's vectors, seeds and PYTHONHASHSEED."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from .child import in_child
from .experiment import Experiment, Figures, Outcome, Row, some

SENTENCES = [sentence.lower().split(" ") for sentence in ["He is a boy", "He is a man", "She is a girl"] * 10]
DIMENSIONS, EPOCHS = 50, 30
HASH_SEEDS = ("0", "1", "0", "123", None, None)  # None: not set, so that Python takes a random one
WORD = "boy"


def fingerprint(vectors: Any) -> str:
    """The first 8 digits of the SHA-256 of float32 vectors."""
    return hashlib.sha256(np.ascontiguousarray(vectors, np.float32).tobytes()).hexdigest()[:8]


def many_sentences() -> list[list[str]]:
    """50,000 words from a Zipf law: 25 jobs of 2,000 words."""
    generator = np.random.RandomState(7)
    p = 1 / np.arange(1, 1001)
    return [[f"w{i}" for i in row] for row in generator.choice(1000, (5000, 10), p=p / p.sum())]


def word2vec(*, workers: int = 3, seed: int = 1, many: bool = False, initial: Any = None) -> tuple[str, str]:
    """Fingerprints of the initial and of the trained vectors of a model; `initial` gives the vector of a word."""
    from gensim.models import Word2Vec

    sentences = many_sentences() if many else SENTENCES
    settings: dict[str, Any] = {"batch_words": 2000} if many else {}
    model = Word2Vec(vector_size=DIMENSIONS, min_count=1, workers=workers, seed=seed, **settings)
    model.build_vocab(sentences)
    if initial is not None:
        model.wv.vectors[...] = [initial(word) for word in model.wv.index_to_key]
    first = fingerprint(model.wv.vectors)
    model.train(sentences, total_examples=len(sentences), epochs=1 if many else EPOCHS)
    return first, fingerprint(model.wv.vectors)


def initial_of_3_8(word: str, hashed: Callable[[str], int] = hash) -> Any:
    """The initial vector of gensim 3.8 with seed 1: word2vec.py, seeded_vector and the default hashfxn."""
    generator = np.random.RandomState(hashed(f"{word}1") & 0xFFFFFFFF)
    return (generator.rand(DIMENSIONS) - 0.5) / DIMENSIONS


def stable_hash(text: str) -> int:
    """A hash that does not depend on the process."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def doc2vec() -> dict[str, Any]:
    """Fingerprints of the trained vectors of documents, and of one that is inferred twice, with two hash functions."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    documents = [TaggedDocument(words, [number]) for number, words in enumerate(SENTENCES)]
    found: dict[str, Any] = {}
    for name, settings in (("default", {}), ("hashfxn", {"hashfxn": stable_hash})):
        model = Doc2Vec(vector_size=DIMENSIONS, min_count=1, workers=1, seed=1, epochs=5, **settings)
        model.build_vocab(documents)
        model.train(documents, total_examples=len(documents), epochs=5)
        inferred = [fingerprint(model.infer_vector(SENTENCES[0])) for _ in range(2)]
        found[name] = {"trained": fingerprint(model.dv.vectors), "inferred": inferred}
    return found


def hash_of_word() -> int:
    """What PYTHONHASHSEED decides."""
    return hash(WORD)


def one_process() -> dict[str, Any]:
    """Everything that may depend on the hash of strings, measured in one process."""
    before = hash(WORD)
    os.environ["PYTHONHASHSEED"] = "123"
    return {
        "hash": before,
        "hash after os.environ": hash(WORD),
        "word2vec": word2vec(),
        "word2vec, one worker": word2vec(workers=1),
        "word2vec, initial vectors of 3.8": word2vec(initial=initial_of_3_8),
        "doc2vec": doc2vec(),
    }


def workers() -> dict[str, list[str]]:
    """Trained vectors of three models each: of the post's sentences and of many, with one worker and with three."""
    return {
        f"{'many' if many else 'post'}, {number}": [word2vec(workers=number, many=many)[1] for _ in range(3)]
        for many in (False, True)
        for number in (1, 3)
    }


def run(short: bool = False) -> Outcome:
    """Measure; the short form has two hash seeds."""
    import gensim

    hash_seeds = HASH_SEEDS[:2] if short else HASH_SEEDS
    processes = [in_child("post000.one_process", settings={"PYTHONHASHSEED": seed}) for seed in hash_seeds]
    of_workers = workers()
    seeds = [word2vec(seed=seed)[1] for seed in range(3)]
    return Outcome(
        rows=rows(processes, of_workers, seeds, gensim.__version__),
        tables=(table(hash_seeds, processes),),
        numbers={"processes": dict(zip(map(str, range(len(processes))), processes, strict=True)), "workers": of_workers}
        | {"seeds": seeds, "gensim": gensim.__version__},
    )


def rows(processes: list[Any], of_workers: dict[str, list[str]], seeds: list[str], version: str) -> list[Row]:
    """Each claim with what was measured."""

    def different(*keys: Any) -> int:
        """How many different values the processes have."""
        values = []
        for found in processes:
            for key in keys:
                found = found[key]
            values.append(str(found))
        return len(set(values))

    count = len(processes)
    equal = {name: len(set(found)) == 1 for name, found in of_workers.items()}
    default = processes[0]["word2vec"][1]
    old = "word2vec, initial vectors of 3.8"
    again = sum(
        found["doc2vec"]["default"]["inferred"][0] != found["doc2vec"]["default"]["inferred"][1] for found in processes
    )
    return [
        Row(
            "The default seed is 1, so that three models in a process are equal.",
            f"The post's 30 sentences: {len(set(of_workers['post, 3']))} different of 3 models. 50,000 words in 25"
            f" jobs: {len(set(of_workers['many, 3']))} different of 3 with the default three workers,"
            f" {len(set(of_workers['many, 1']))} with one.",
            equal["post, 3"],
            "30 sentences are one job, which one worker takes. With more jobs, the order in which threads take them "
            "decides which random numbers a job gets.",
            shown=equal["post, 1"] and equal["many, 1"] and not equal["many, 3"],
        ),
        Row(
            "seed=i for i in range(3) gives other vectors each time; seed 1 differs from the default, which is 1 too.",
            f"{len(set(seeds))} different of 3; seed 1 {'equals' if seeds[1] == default else 'differs from'} the"
            f" default, seed 0 {'equals' if seeds[0] == default else 'differs from'} it.",
            len(set(seeds)) == 3 and seeds[1] != default,
            "range(3) begins with 0: the post compared its first line, which is seed 0.",
            shown=seeds[1] == default != seeds[0],
        ),
        Row(
            "Another process gives other vectors, unless PYTHONHASHSEED is set.",
            f"gensim {version}: {different('word2vec')} different of {count} processes, which have {different('hash')}"
            f" different hashes. With the initial vectors of gensim 3.8: {different(old)} different.",
            different("word2vec") > 1,
            "gensim 3.8 seeded the vector of a word with hash(word + seed), gensim 4 draws all from default_rng(seed)."
            " Its documentation still says the former.",
            shown=different("word2vec") == 1 and different(old) == different("hash"),
        ),
        Row(
            "(Not in the post.) Does Doc2Vec.infer_vector depend on PYTHONHASHSEED?",
            f"Trained vectors: {different('doc2vec', 'default', 'trained')} different of {count} processes; inferred: "
            f"{different('doc2vec', 'default', 'inferred', 0)}; inferred with a hashfxn of one's own: "
            f"{different('doc2vec', 'hashfxn', 'inferred', 0)}. Inferred again: another vector in "
            f"{some(again, count, 'processes')}.",
            None,
            "infer_vector begins with a vector that the built-in hash of the words seeds, and passes no hashfxn on; the"
            " second call goes on with the model's generator.",
            shown=different("doc2vec", "default", "inferred", 0)
            == different("doc2vec", "hashfxn", "inferred", 0)
            == different("hash")
            and different("doc2vec", "default", "trained") == 1,
        ),
        Row(
            "(Not in the post.) Does os.environ['PYTHONHASHSEED'] help inside a program?",
            f"hash({WORD!r}) changed in"
            f" {some(sum(p['hash'] != p['hash after os.environ'] for p in processes), count, 'processes')}.",
            None,
            "Python reads the variable when it starts.",
            shown=all(p["hash"] == p["hash after os.environ"] for p in processes) and different("hash") > 1,
        ),
    ]


def table(hash_seeds: tuple[str | None, ...], processes: list[Any]) -> Figures:
    """A process a column."""
    lines = {
        f"hash({WORD!r}) modulo 2**32": [f"{found['hash'] & 0xFFFFFFFF:08x}" for found in processes],
        "Word2Vec, initial": [found["word2vec"][0] for found in processes],
        "Word2Vec, trained": [found["word2vec"][1] for found in processes],
        "the same, one worker": [found["word2vec, one worker"][1] for found in processes],
        "initial as in gensim 3.8": [found["word2vec, initial vectors of 3.8"][0] for found in processes],
        "the same, trained": [found["word2vec, initial vectors of 3.8"][1] for found in processes],
        "Doc2Vec, trained": [found["doc2vec"]["default"]["trained"] for found in processes],
        "infer_vector": [found["doc2vec"]["default"]["inferred"][0] for found in processes],
        "infer_vector, second call": [found["doc2vec"]["default"]["inferred"][1] for found in processes],
        "infer_vector, own hashfxn": [found["doc2vec"]["hashfxn"]["inferred"][0] for found in processes],
    }
    heads = ["PYTHONHASHSEED", *("not set" if seed is None else seed for seed in hash_seeds)]
    return Figures("Fingerprints of vectors, by process", heads, [[name, *values] for name, values in lines.items()])


EXPERIMENT = Experiment(
    name="post000",
    title="Word2Vec and Doc2Vec under PYTHONHASHSEED",
    claim="gensim's vectors differ from process to process, unless PYTHONHASHSEED is set on the command line.",
    needs=("gensim",),
    run=run,
)
