# SPDX-License-Identifier: MIT
"""The experiments of posts 000, 001 and 003 in their short forms; 004 is in tests/benchmarks/sgns/test_loss.py."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.util import find_spec

import pytest

from benchmarks.experiments import post000, post001, post003
from benchmarks.experiments.child import ChildError, in_child
from benchmarks.experiments.tensorflow_lab import NEW, OLD, PUBLISHED


def claim(rows, words):
    """The only row whose claim has these words."""
    (row,) = [row for row in rows if words in row.claim]
    return row


@pytest.mark.slow  # two processes
def test_gensim_depends_on_the_hash_of_strings_where_it_did_and_where_it_does():
    pytest.importorskip("gensim", reason="gensim is not installed")
    rows = post000.run(short=True).rows
    assert [(row.verdict, row.shown) for row in rows] == [
        ("same", True),
        ("differs", True),
        ("differs", True),
        ("added", True),
        ("added", True),
    ]


def siphash_2_4(text):
    """``hash(text)`` of Python 3.8 to 3.10 at PYTHONHASHSEED=0 (Aumasson and Bernstein 2012); 3.11 has SipHash-1-3."""

    def turned(x, bits):
        return (x << bits | x >> (64 - bits)) & 2**64 - 1

    def rounds(count):
        for _ in range(count):
            for a, b, c, d, first, second in ((0, 1, 2, 3, 13, 16), (2, 1, 0, 3, 17, 21)):
                v[a] = (v[a] + v[b]) % 2**64
                v[c] = (v[c] + v[d]) % 2**64
                v[b], v[d] = turned(v[b], first) ^ v[a], turned(v[d], second) ^ v[c]
                v[a] = turned(v[a], 32)

    v = [int.from_bytes(b"somepseudorandomlygeneratedbytes"[i : i + 8], "big") for i in (0, 8, 16, 24)]
    data = text.encode()
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for place in range(0, len(padded), 8):
        word = int.from_bytes(padded[place : place + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    value = v[0] ^ v[1] ^ v[2] ^ v[3]
    return value - 2**64 if value >> 63 else value


def test_the_initial_vectors_of_gensim_3_8_are_those_of_gensim_3_8_3_itself():
    """Of Python 3.8.18 at PYTHONHASHSEED=0: ``hash("boy1")``, and the vectors of the post's words in gensim's order."""
    assert siphash_2_4("boy1") == 2791146734259035244
    words = ("is", "a", "he", "boy", "man", "she", "girl")
    assert post000.fingerprint([post000.initial_of_3_8(word, siphash_2_4) for word in words]) == "12273387"


def test_a_process_that_fails_is_an_error_with_its_last_words():
    with pytest.raises(ChildError, match=r"post000.no_such_function ended with code 1: (.|\n)*no_such_function"):
        in_child("post000.no_such_function")


def test_a_setting_of_a_process_is_there_when_it_starts():
    values = {in_child("post000.hash_of_word", settings={"PYTHONHASHSEED": seed}) for seed in ("0", "0", "1")}
    assert len(values) == 2


def test_weights_alone_do_not_continue_a_training_in_torch():
    pytest.importorskip("torch", reason="torch is not installed")
    plain, dropout = (post001.torch_continued(dropout) for dropout in (False, True))
    rows = post001.torch_rows({"seed": post001.torch_seeds(), "plain": plain, "dropout": dropout})
    assert all(row.shown for row in rows)
    assert "goes on exactly with weights and optimiser; with dropout" in rows[1].measured
    for results in (plain, dropout):  # what is kept beyond what is needed changes nothing
        assert results["weights, optimiser and generator"] == results["at once"]


@pytest.fixture(scope="module")
def keras():
    """What Keras 2.12 and 3 gave on TensorFlow, by version."""
    (entry,) = json.loads(PUBLISHED.read_text(encoding="utf-8"))["experiments"]
    return {version: entry["numbers"][f"{version} keras"] for version in (OLD, NEW)}


def test_keras_2_12_and_3_differ_in_files_and_agree_in_seeds(keras):
    rows = {version: post001.keras_rows(found) for version, found in keras.items()}
    for of_version in rows.values():
        assert claim(of_version, "tf.random.set_seed").verdict == "differs"
        assert claim(of_version, "the same performance").verdict == "same"
        assert all(row.shown for row in of_version)
    assert claim(rows[OLD], "'test.h5'").verdict == "same"
    assert claim(rows[NEW], "'test.h5'").verdict == "differs"


def test_a_cause_that_the_figures_of_keras_do_not_show_is_said_to_be_so(keras):
    found = deepcopy(keras[NEW])
    found["seeds"]["ways"]["random.seed(1)"]["equal"] = False
    found["continued"]["whole model"] = "another"
    rows = post001.keras_rows(found)
    for words in ("tf.random.set_seed", "go on from saved weights"):
        assert claim(rows, words).explanation.startswith("Not shown by this run")


@pytest.mark.slow  # the import of Keras
def test_keras_on_torch_is_seeded_by_python_and_not_by_torch():
    if find_spec("keras") is None:
        pytest.skip("keras is not installed: `make lab`")
    ways = in_child("keras_runs.seeds")["ways"]
    assert [name for name, way in ways.items() if way["equal"]] == ["random.seed(1)", "keras.utils.set_random_seed(1)"]


def test_the_split_makes_two_trainings_alike():
    """Of two trainings with different batches, curves of 70 batches correlate above 0.5 once in 10**5 times."""
    pytest.importorskip("torch", reason="torch is not installed")
    outcome = post003.run(short=True)
    assert [(row.verdict, row.shown) for row in outcome.rows] == [
        ("same", True),
        ("same", True),
        ("same", True),
        ("added", True),
    ]
    ways = outcome.numbers["ways"]
    assert ways["before the model"]["bits"]
    assert ways["before the model"]["gap"] == 0
    found, wider = deepcopy(ways), {"global": False, "named": True}
    found["before the trainer"]["split"] = False
    assert not post003.rows(found, wider, False)[1].shown
    assert not post003.rows(ways, {"global": True, "named": True}, False)[3].shown
