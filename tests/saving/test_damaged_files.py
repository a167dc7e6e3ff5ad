# SPDX-License-Identifier: MIT
"""Damaged files are refused, and so are files that were made to deceive, whose digest is right."""

from __future__ import annotations

import json
import pickle
import random
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samplers
from samplers.laws.classes import WeightClasses
from samplers.laws.grouped import Grouped
from samplers.saving.container import Contents, write
from tests.saving.files import (
    COUNTS,
    laws,
    parts,
    put_together,
    refuse_parts,
    refused,
    rows_of,
    saved,
    taken_apart,
)


@pytest.mark.parametrize("kind", ["words", "mixture"])
def test_every_flipped_bit_is_refused(name, kind, tmp_path):
    data = saved(name, laws()[kind], tmp_path / "t")
    flipped = random.Random(1)
    for at in range(len(data)):
        wrong = bytearray(data)
        wrong[at] ^= 1 << flipped.randrange(8)
        refused(tmp_path / "wrong", bytes(wrong))


def test_every_truncated_and_every_longer_file_is_refused(name, tmp_path):
    data = saved(name, laws()["words"], tmp_path / "t")
    for length in range(len(data)):
        refused(tmp_path / "wrong", data[:length], mmap=True)
    for more in (b"\x00", b"\x00" * 8, data):
        refused(tmp_path / "wrong", data + more, mmap=True)


def test_the_way_of_these_tests_makes_files_that_load(name, tmp_path):
    data = saved(name, laws()["words"], tmp_path / "t")
    (tmp_path / "t").write_bytes(put_together(*taken_apart(data)))
    assert samplers.load(tmp_path / "t").noise.words == laws()["words"].words


def metadata(key: str, value: str | None) -> Callable[[dict[str, Any]], None]:
    def change(header: dict[str, Any]) -> None:
        if value is None:
            del header["__metadata__"][key]
        else:
            header["__metadata__"][key] = value

    return change


def entry(tensor: str, key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(header: dict[str, Any]) -> None:
        header[tensor][key] = value

    return change


FIELDS = ["format", "name", "stream", "replacement", "fingerprint", "V", "bits", "law", "exponent"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *((metadata(key, None), f"its metadata lack '{key}'") for key in FIELDS),
        (metadata("format", "samplers.tables/v1"), "its format is 'samplers.tables/v1', but this version reads"),
        (metadata("name", "alias2"), "its strategy 'alias2' is unknown; known are multinomial,"),
        (metadata("name", "bisect"), "its strategy 'bisect' has no tables that can be saved"),
        (metadata("name", "spectrum"), "its table gives|the table gives mass to an id that does not exist"),
        (
            metadata("stream", "philox4x32-10/v2"),
            "stream = 'philox4x32-10/v2', but 'philox4x32-10/v1' is expected",
        ),
        (metadata("replacement", "True"), "replacement = 'True' is unknown; known are true, false"),
        (metadata("fingerprint", "0" * 64), "fingerprint = '0000"),
        (metadata("V", "7"), "tensor '[a-z_]+' must have 7 entries, got 6"),
        (metadata("V", "06"), "V = '06' must be an integer from 1 to"),
        (metadata("V", "٦"), "must be an integer"),
        (metadata("V", "9" * 5000), "must be an integer"),
        (metadata("V", "0"), "V = '0' must be an integer from 1 to 2147483647"),
        (metadata("bits", "2"), "tensor 'hot' must have 4 entries, got 8"),
        (metadata("bits", "32"), "bits = '32' must be an integer from 0 to 31"),
        (metadata("law", "binomial"), "law = 'binomial' is unknown; known are counts, uniform, log_uniform, weights"),
        (metadata("law", "weights"), "tensor 'weights' is missing"),
        (metadata("law", "uniform"), "it has words, but the law uniform"),
        (metadata("exponent", "nan"), "exponent = 'nan' must be a finite number"),
        (metadata("exponent", "1e999"), "exponent = '1e999' must be a finite number"),
        (metadata("exponent", "0.50"), "exponent = '0.50' must be a finite number"),
        (metadata("exponent", "0.75"), "fingerprint = "),
        (metadata("exponent", "-0.5"), "fingerprint = |order"),
        (metadata("author", "me"), "it has unknown fields: author"),
        (metadata("sha256", None), "its metadata lack 'sha256'"),
        (lambda header: header.update(__metadata__={"format": 1}), "no __metadata__ of strings"),
        (lambda header: header.update(__metadata__=None), "no __metadata__ of strings"),
        (lambda header: header.pop("__metadata__"), "no __metadata__ of strings"),
        (lambda header: header.pop("hot"), "tensor|bytes after the last"),
        (lambda header: header.update(more=header["hot"]), "tensor 'more' begins at byte"),
        (entry("hot", "dtype", "I64"), "dtype 'I64'|tensor 'hot' must be U32, got int64|items of I64 do not take"),
        (entry("hot", "dtype", "F16"), "dtype 'F16' is none of U64"),
        (entry("hot", "dtype", 8), "dtype 8 is none of"),
        (entry("hot", "dtype", ["U64"]), "is none of"),
        (entry("hot", "shape", [2, 4]), "shape must be 1 integers"),
        (entry("hot", "shape", [8.0]), "shape must be 1 integers"),
        (entry("hot", "shape", [True]), "shape must be 1 integers"),
        (entry("hot", "shape", [-8]), "shape must not be negative"),
        (entry("hot", "shape", [2**63]), "items of U32 do not take bytes"),
        (entry("hot", "shape", [2**61]), "items of U32 do not take bytes"),
        (entry("hot", "shape", "8"), "shape must be 1 integers"),
        (entry("hot", "shape", None), "shape must be 1 integers"),
        (entry("hot", "data_offsets", [-64, 0]), "data_offsets must not be negative"),
        (entry("hot", "data_offsets", [64, 0]), "items of U32 do not take bytes 64 to 0"),
        (entry("hot", "data_offsets", [2**63, 2**63 + 32]), "begins at byte"),
        (entry("hot", "data_offsets", [0, 64]), "tensor"),
        (entry("hot", "data_offsets", [8, 72]), "tensor"),
        (entry("hot", "data_offsets", {}), "data_offsets must be 2 integers"),
        (entry("hot", "more", 1), "must have dtype, shape and data_offsets, and nothing else"),
        (lambda header: header.update(hot=[1]), "must have dtype, shape and data_offsets"),
        (lambda header: header.update(hot=None), "must have dtype, shape and data_offsets"),
    ],
)
def test_a_header_that_was_made_on_purpose_is_refused(change, message, tmp_path):
    header, arrays = taken_apart(saved("alias", laws()["words"], tmp_path / "t"))
    change(header)
    assert re.search(message, refused(tmp_path / "t", put_together(header, arrays), mmap=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"hot"', '"words"'), "a key occurs twice"),
        (lambda text: text.replace('"format"', '"name"'), "a key occurs twice"),
        (lambda text: text.replace('"shape": [8]', '"shape": [NaN]'), "NaN is no number of JSON"),
        (lambda text: text.replace('"shape": [8]', '"shape": [' + "9" * 5000 + "]"), "no JSON that can be read"),
        (lambda text: text.replace('"shape": [8]', '"shape": ' + "[" * 200_000), "no JSON that can be read"),
        (lambda text: "[" * 1_000_000, "no JSON that can be read"),
        (lambda text: '{"a":' * 150_000, "no JSON that can be read"),
        (lambda text: f"[{text}]", "must be a JSON object, and is a list"),
        (lambda text: "7", "must be a JSON object, and is a int"),
        (lambda text: "", "no JSON that can be read"),
        (lambda text: text[:-1], "no JSON that can be read"),
        (lambda text: text.replace("hot", "\udcff"), "no JSON that can be read"),
        (lambda text: text + " " * 2**20, "announce a header of"),
        (lambda text: text.replace('"sha256"', '"sha\\u003256"'), "its metadata have no digest sha256"),
    ],
)
def test_a_header_that_is_no_plain_json_is_refused(change, message, tmp_path):
    header, arrays = taken_apart(saved("alias", laws()["words"], tmp_path / "t"))
    text = change(json.dumps(header))
    data = put_together(text, arrays) if text.isascii() else None
    if data is None:
        broken = text.encode("utf-8", "surrogateescape")
        broken += b" " * (-len(broken) % 8)
        data = len(broken).to_bytes(8, "little") + broken + arrays
    assert re.search(message, refused(tmp_path / "t", data, mmap=True))


@pytest.mark.parametrize(
    ("tensor", "at", "value", "message"),
    [
        ("counts", 1, -30, "counts\\[1\\] = -30 is negative"),
        ("counts", 1, 31, "fingerprint = |order"),
        ("counts", 0, 1, "fingerprint = |order"),
        ("counts", slice(None), 0, "counts has no positive entry"),
        ("order", 0, 10, "tensor 'order' does not put"),
        ("order", 0, -1, "tensor 'order' does not put"),
        ("order", 0, 2**31 - 1, "tensor 'order' does not put"),
        ("order", slice(0, 2), [4, 0], "tensor 'order' does not put"),
        ("order", slice(0, 2), [0, 0], "tensor 'order' does not put"),
        ("hot", 0, 2**32 - 1, "mass to an id that does not exist|its table gives entry"),
        ("hot", 0, 0, "its table gives entry"),
        ("hot", slice(None), 0, "its table gives entry"),
        ("cold", slice(None), 0, "its table gives entry"),
        ("cold", 0, 1, "tensor 'cold' has bits below the last unit"),
    ],
)
def test_arrays_that_contradict_the_law_are_refused(name, tensor, at, value, message, tmp_path):
    strings, arrays = parts(name, samplers.NoiseDistribution(COUNTS), tmp_path / "t")
    arrays[tensor][at] = value
    assert re.search(message, refuse_parts(tmp_path / "t", strings, arrays))


def test_floats_that_are_no_counts_are_refused(name, tmp_path):
    strings, arrays = parts(name, laws()["weights"], tmp_path / "t")
    for value in (np.nan, np.inf, -0.5):
        arrays["counts"][0] = value
        assert "counts[0] = " in refuse_parts(tmp_path / "t", strings, arrays)


@pytest.mark.parametrize(
    ("tensor", "at", "value", "message"),
    [
        ("weights", 0, 0, "weights\\[0\\] = 0 lies outside \\[1, 2\\*\\*62\\]"),
        ("weights", 0, 2**62 + 1, "lies outside \\[1, 2\\*\\*62\\]"),
        ("weights", 0, 12345, "fingerprint = "),
        ("first", 0, -1, "first\\[0\\] = -1 lies outside \\[0, 10\\)"),
        ("first", 0, 2**63 - 1, "lies outside"),
        ("first", 1, 0, "first\\[1\\] = 0 is not where the class before it ends"),
        ("sizes", 0, 0, "sizes\\[0\\] = 0 lies outside \\[1, 10\\]"),
        ("sizes", -1, 10, "the last class ends at 19, and there are 10 ids|the last class ends at"),
        ("sizes", 0, 2**63 - 1, "lies outside \\[1, 10\\]"),
        ("order", 0, 10, "order\\[0\\] = 10 lies outside \\[0, 10\\)"),
        ("order", 0, -1, "order\\[0\\] = -1 lies outside"),
        ("order", slice(0, 2), 4, "id 0 is missing, and another id occurs twice"),
    ],
)
def test_classes_that_are_none_are_refused(name, tensor, at, value, message, tmp_path):
    strings, arrays = parts(name, laws()["mixture"], tmp_path / "t")
    arrays[tensor][at] = value
    assert re.search(message, refuse_parts(tmp_path / "t", strings, arrays))


@pytest.mark.parametrize(
    "ends", [[-1, 3, 7, 10, 11, 18], [4, 3, 9, 12, 13, 14], [3, 3, 9, 12, 13, 15], [3, 3, 4, 12, 13, 14]]
)
def test_words_that_do_not_fit_are_refused(name, ends, tmp_path):
    strings, arrays = parts(name, laws()["words"], tmp_path / "t")
    assert arrays["word_ends"].tolist() == [3, 3, 9, 12, 13, 14]
    arrays["word_ends"][:] = ends
    assert re.search("'word_ends' must rise|codec can't decode", refuse_parts(tmp_path / "t", strings, arrays))


def test_arrays_that_are_missing_swapped_or_of_another_type_are_refused(name, tmp_path):
    strings, arrays = parts(name, laws()["words"], tmp_path / "t")
    for tensor in arrays:
        rest = {key: array for key, array in arrays.items() if key != tensor}
        if tensor == "order":  # it is not needed, and its absence says that ids are sorted
            assert "'order' does not put" in refuse_parts(tmp_path / "t", strings, rest)
        else:
            refuse_parts(tmp_path / "t", strings, rest)
        refuse_parts(tmp_path / "t", strings, arrays | {tensor: arrays[tensor][:-1]})
        if tensor != "words":
            refuse_parts(tmp_path / "t", strings, arrays | {tensor: arrays[tensor].view(np.uint8)})
        refuse_parts(tmp_path / "t", strings, arrays | {"more": arrays[tensor]})
        for other in arrays:
            if other != tensor:
                refuse_parts(tmp_path / "t", strings, arrays | {tensor: arrays[other], other: arrays[tensor]})


def test_a_table_of_another_law_is_refused(name, tmp_path):
    """Tables that are tables, of as many entries."""
    strings, arrays = parts(name, samplers.NoiseDistribution(COUNTS), tmp_path / "t")
    _, others = parts(name, samplers.NoiseDistribution([*COUNTS[:-1], 0][::-1]), tmp_path / "t")
    _, third = parts(name, samplers.NoiseDistribution(COUNTS, exponent=0.74), tmp_path / "t")
    for wrong in (others, third):
        if not np.array_equal(wrong["hot"], arrays["hot"]):
            swapped = {key: wrong[key] for key in ("hot", "cold")}
            assert "its table gives entry" in refuse_parts(tmp_path / "t", strings, arrays | swapped)
    assert not np.array_equal(third["hot"], arrays["hot"])


def test_one_unit_is_seen(name, tmp_path):
    strings, arrays = parts(name, samplers.NoiseDistribution(COUNTS), tmp_path / "t")
    cold, bits = arrays["cold"], int(strings["bits"])
    step = np.uint32(1 << (2 if name == "spectrum" else 32 - bits))  # bits below are in no unit
    shared = [slot for slot, hot in enumerate(arrays["hot"].tolist()) if hot & (1 << bits) - 1 != slot]
    assert len(shared) >= len(cold) // 2  # the others have one entry, whatever their threshold
    for slot in shared:
        cold[slot] ^= step
        message = refuse_parts(tmp_path / "t", strings, arrays)
        assert "its table gives entry" in message or "does not exist" in message
        cold[slot] ^= step
    cold[0] |= np.uint32(1)
    assert "'cold' has bits below the last unit" in refuse_parts(tmp_path / "t", strings, arrays)


@pytest.mark.parametrize("kind", ["counts", "words", "mixture", "uniform", "log_uniform", "portable"])
def test_whatever_is_changed_on_purpose_is_refused_or_changes_no_draw(name, kind, tmp_path):
    """Random changes of the arrays, of which the digest is right: words may change, ids may not."""
    law = laws()[kind]
    original = rows_of(samplers.create(name, law, rng=5))
    strings, arrays = parts(name, law, tmp_path / "t")
    change = random.Random(f"{name} {kind}")
    accepted = 0
    for _ in range(300):
        wrong = {key: array.copy() for key, array in arrays.items()}
        array = wrong[change.choice(sorted(wrong))]
        items = array.view(np.uint8)
        if len(items) == 0:
            continue
        for _ in range(change.choice([1, 1, 2, 5])):
            at = change.randrange(len(items))
            items[at] = change.choice(
                [items[at] ^ (1 << change.randrange(8)), 0, 255, items[change.randrange(len(items))]]
            )
        with open(tmp_path / "wrong", "wb") as file:
            write(file, Contents(strings, wrong))
        try:
            loaded = samplers.load(tmp_path / "wrong", rng=5)
        except ValueError:
            continue
        accepted += 1
        assert loaded.noise.fingerprint == law.fingerprint
        np.testing.assert_array_equal(rows_of(loaded), original)
    # Accepted is what changed nothing, a letter of a word, or the threshold of a full slot, as of a law of one class.
    assert 300 - accepted >= 20


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("mixture", "alias", "its table has 2\\*\\*4 slots, which is a wrong size for 100000000 entries"),
        ("log_uniform", "spectrum", "V = 100000000, but the table has only 16 slots"),
    ],
)
def test_a_small_file_makes_nothing_large(kind, name, message, tmp_path):
    """V = 1e8 in a file of 1 kB: refused before an array of size V is made."""
    strings, arrays = parts(name, laws()[kind], tmp_path / "t")
    strings["V"] = "100000000"
    if kind == "mixture":
        law = Grouped(10**8, WeightClasses(np.ones(1, np.uint64), np.zeros(1, np.int64), np.array([10]), None))
        samplers.save(samplers.create("spectrum", law), tmp_path / "t", overwrite=True)
        strings["fingerprint"] = law.fingerprint
        del arrays["order"]
        for tensor, value in (("weights", 1), ("first", 0), ("sizes", 10)):
            arrays[tensor] = np.array([value], arrays[tensor].dtype)
    tracemalloc.start()
    try:
        assert re.search(message, refuse_parts(tmp_path / "t", strings, arrays))
        assert tracemalloc.get_traced_memory()[1] < 5 * 10**7
    finally:
        tracemalloc.stop()


def test_the_classes_of_a_grouped_law_are_checked():
    one = np.ones(1, np.int64)
    with pytest.raises(ValueError, match="weights must be uint64, with one entry for each class, got int64"):
        Grouped(1, WeightClasses(one, one - 1, one, None))
    with pytest.raises(ValueError, match="words and ids differ in number: 2 and 1"):
        Grouped(1, WeightClasses(one.astype(np.uint64), one - 1, one, None), ("a", "b"))
    law = samplers.from_weights([1, 2, 1])
    again = pickle.loads(pickle.dumps(Grouped(3, law.classes)))
    assert again.fingerprint == law.fingerprint
    assert repr(again) == f"Grouped(V=3, classes=2, fingerprint={law.fingerprint[:12]})"
