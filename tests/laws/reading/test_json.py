# SPDX-License-Identifier: MIT
"""JSON: by its name or its first character, of three forms; every other form is refused with the cure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from samplers.laws.reading import read_counts

THE_CAT = [("the", 1000), ("cat", 400)]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ('{"the": 1000, "cat": 400}', THE_CAT),
        ('\ufeff\n {"the": 1000,\n "cat": 400}\n', THE_CAT),
        ('[["the", 1000], ["cat", 400]]', THE_CAT),
        ('{"caf\\u00e9": 5, "日": 2.5}', [("café", 5), ("日", 2.5)]),
        ('{"a b": 5, " ": 3, "x\\ty": 1}', [("a b", 5), (" ", 3), ("x\ty", 1)]),
        (f'{{"a": {2**64 - 1}, "b": 1}}', [("a", 2**64 - 1), ("b", 1)]),
        ('{"3": 5, "1": 2}', [("0", 0), ("1", 2), ("2", 0), ("3", 5)]),
        ('{"007": 5, "1": 2}', [("007", 5), ("1", 2)]),
        ('[["x", 5], [7, 2]]', [("x", 5), ("7", 2)]),
    ],
)
@pytest.mark.parametrize("name", ["c.json", "c.txt"])
def test_words_and_counts(text, pairs, name, tmp_path):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    words, counts = read_counts(path)
    assert list(zip(words, counts.tolist(), strict=True)) == pairs


@pytest.mark.parametrize("text", ["[5, 0, 3]", "[5,\n0,\n3]\n", json.dumps([5.0, 0, 3])])
def test_a_list_of_counts(text, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(text, encoding="utf-8")
    read = read_counts(path)
    assert read.words is None
    assert read.counts.tolist() == [5, 0, 3]
    assert read.form == "JSON list of counts"


def test_a_long_line_of_json_is_no_line_of_text(tmp_path):
    path = tmp_path / "c.json"
    counts = {f"word number {i}": i % 50 for i in range(60_000)}
    path.write_text(json.dumps(counts), encoding="utf-8")
    assert path.stat().st_size > 2**20
    words, read = read_counts(path)
    assert dict(zip(words, read.tolist(), strict=True)) == counts
    assert read.dtype == np.int64


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["c.json: empty"]),
        ("{}", ["an empty object"]),
        ("[]", ["expected an object", "got '[]'"]),
        ("5", ["expected an object", "got '5'"]),
        ('{"word": "the", "count": 5}\n{"word": "cat", "count": 3}\n', ["line 2: a second JSON value", "JSON lines"]),
        ('{"word": "the", "count": 5}', ["line 1: the count of 'word' is the text 'the'"]),
        ('{"a": 5,\n "model": {"b": 1}}', ["line 2: the count of 'model' is a nested object"]),
        ('{"word": ["the"],\n "count": [5]}', ["line 1: the count of 'word' is a nested list"]),
        ('[{"word": "the"}]', ["line 1: entry 0 of the list is a nested object"]),
        ('["the", "cat", "the"]', ["entry 0 of the list is the text 'the', and no number", "corpus=True"]),
        ("[[7, 5], [2, 3]]", ["entry 0 of the list is [7, 5]: which is the count?", 'an object, {"id": count}']),
        ('[[5, "the"]]', ["entry 0 of the list: the count of 5 is the text 'the'"]),
        ('[["the", 5, 1]]', ["entry 0 of the list is a nested list"]),
        ('[["the", 5], 3]', ["entry 1 of the list is 3"]),
        ("[[null, 5]]", ["the word None is null"]),
        ('[3, ["the", 5]]', ["entry 1 of the list is the list ['the', 5]"]),
        ('{"a": 5,\n"b": "5"}', ["line 2: the count of 'b' is the text '5'", "numbers without quotes"]),
        ('{"a": 5, "b": true}', ["the count of 'b' is true"]),
        ('{"a": 5, "b": null}', ["the count of 'b' is null"]),
        ('{"a": 5, "b": NaN}', ["the count of 'b' is NaN"]),
        ('{"a": 5, "b": -3}', ["the count of 'b' = -3 is negative"]),
        ('{"a": 5, "b": 1e999}', ["the count of 'b' = inf is not finite"]),
        ('{"a": 18446744073709551616}', ["is above 2**64 - 1"]),
        ('{"a": ' + "9" * 5000 + "}", ["this JSON cannot be read"]),
        ("[" * 100_000, ["this JSON cannot be read"]),
        ('{"a": 5, "a": 3}', ["'a' has two counts, entry 0 and entry 1"]),
        ('{"a": 5,\n}', ["line 2: no JSON", "corpus=True"]),
        ("{'a': 5}", ["line 1: no JSON: Expecting property name enclosed in double quotes"]),
        ('{"the": 2, "cat": 0, "sat": 1}', ["are 0 to 2, each once: this is a vocabulary"]),
    ],
)
def test_other_json_is_refused(text, parts, tmp_path):
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"c\.json") as raised:
        read_counts(path)
    for part in parts:
        assert part in str(raised.value)


@pytest.mark.parametrize("name", ["c.JSON", "c.jsonl", "c.ndjson", "c.json.gz"])
def test_the_name_alone_tells_json(name, tmp_path):
    path = tmp_path / name
    path.write_text("the 5\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: no JSON"):
        read_counts(path)


def test_columns_are_refused(tmp_path):
    path = tmp_path / "c.json"
    path.write_text('{"a": 5}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"are for tables; .*c\.json, which is JSON, has no columns"):
        read_counts(path, word_column="a")
    path = tmp_path / "c.csv"
    path.write_text("[0,2\n[1,3\n", encoding="utf-8")
    assert read_counts(path, word_column=0).words == ("[0", "[1")
