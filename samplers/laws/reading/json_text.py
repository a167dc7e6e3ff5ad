# SPDX-License-Identifier: MIT
"""Reads counts from JSON: an object of counts, a list of counts, or a list of pairs of word and count."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from typing import IO, Any

from ..counts import checked_counts
from .labels import labelled
from .result import WordCounts, excerpt
from .streams import checked_text
from .vocabularies import Evidence

__all__ = ["is_json", "read_json"]

_NAMED = re.compile(r".*\.(json|jsonl|ndjson)(\.(gz|bz2|xz))?", re.IGNORECASE | re.DOTALL)
_WORD_AND_COUNT = re.compile(rb"\S+[ \t]+[0-9][0-9.eE+-]*[ \t]*\r?")  # "[PAD] 5", "{ 7": a word may begin so
_OPENING = re.compile(rb"""\{\s*["'}]|\[\s*(["'\[\]{0-9-]|true|false|null|NaN)|[\[{]\s*\Z""")
_FORMS = 'an object {"word": count}, a list of counts, or a list of ["word", count]'
_AS_TEXT = "if it is text and no JSON, count its words with corpus=True (in a shell: --corpus)"
_EVIDENCE = Evidence(cure="pass collections.Counter(dict(json.load(open(path))))")


class _Object(list[tuple[str, Any]]):
    """The items of a JSON object, in which a key may be repeated."""


def is_json(head: bytes, name: str, table: bool) -> bool:
    """Whether a file is JSON, by its name or, unless the caller called it a table, by its first bytes."""
    if _NAMED.fullmatch(name):
        return True
    if table:
        return False
    begun = head.removeprefix(BOM_UTF8).lstrip()
    if _WORD_AND_COUNT.fullmatch(begun.partition(b"\n")[0]):
        return False
    return _OPENING.match(begun) is not None


def read_json(file: IO[bytes], name: str, errors: str) -> WordCounts:
    """Words and counts of a JSON document.

    Raises
    ------
    ValueError
        If it is no JSON, or JSON of another form; the message names the line.
    """
    text = checked_text(file.read().removeprefix(BOM_UTF8), name, 1, errors)
    try:
        value = json.loads(text, object_pairs_hook=_Object, parse_constant=_Constant)
    except json.JSONDecodeError as error:
        raise ValueError(_no_json(error, text, name)) from error
    except (RecursionError, ValueError) as error:  # nested too deep; digits without end
        raise ValueError(f"{name}: this JSON cannot be read ({error}): expected {_FORMS}") from error
    if isinstance(value, _Object):
        return _of_object(value, text, name)
    if isinstance(value, list) and value:
        return _of_list(value, text, name)
    raise ValueError(f"{name}: expected {_FORMS}, got {excerpt(text.strip())}; {_AS_TEXT}")


class _Constant:
    """NaN or Infinity, which Python's JSON reader would convert to a float."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


def _no_json(error: json.JSONDecodeError, text: str, name: str) -> str:
    if not text.strip():
        return f"{name}: empty: expected {_FORMS}"
    row = text.split("\n")[error.lineno - 1]
    if error.msg == "Extra data":
        return (
            f"{name}, line {error.lineno}: a second JSON value, {excerpt(row)}: JSON lines are not read; write one "
            f'object {{"word": count}}, or a CSV of words and counts; {_AS_TEXT}'
        )
    return f"{name}, line {error.lineno}: no JSON: {error.msg}, in {excerpt(row)}; {_AS_TEXT}"


def _of_object(items: _Object, text: str, name: str) -> WordCounts:
    if not items:
        raise ValueError(f"{name}: an empty object: expected {_FORMS}")
    for key, count in items:
        if not _is_count(count):  # only now is the line computed, because that is a pass over the text
            raise ValueError(_no_count(count, f"{name}{_line_of(key, text)}: the count of {key!r}"))
    words, counts = zip(*items, strict=True)
    return labelled(
        words, list(counts), source=name, form="JSON object of counts", merge="keep one of them", evidence=_EVIDENCE
    )


def _of_list(values: list[Any], text: str, name: str) -> WordCounts:
    if not isinstance(values[0], list):
        for index, count in enumerate(values):
            if not _is_count(count):
                raise ValueError(_no_count(count, f"{name}: entry {index} of the list"))
        counts = checked_counts(values, source=f"{name}: counts", entry=lambda i: f"{name}: entry {i} of the list")
        return WordCounts(None, counts, form="JSON list of counts")
    for index, pair in enumerate(values):
        where = f"{name}: entry {index} of the list"
        if isinstance(pair, _Object) or not isinstance(pair, list) or len(pair) != 2:
            first = pair[0][0] if isinstance(pair, _Object) and pair else ""
            raise ValueError(
                f"{name}{_line_of(first, text)}: entry {index} of the list is {_kind(pair)}: expected {_FORMS}"
            )
        if isinstance(pair[0], bool) or not isinstance(pair[0], (str, int)):
            raise ValueError(f"{where}: the word {pair[0]!r} is {_kind(pair[0])}: expected {_FORMS}")
        if not _is_count(pair[1]):
            raise ValueError(_no_count(pair[1], f"{where}: the count of {pair[0]!r}"))
    if all(isinstance(word, int) for word, _ in values):
        raise ValueError(
            f'{name}: entry 0 of the list is {values[0]!r}: which is the count? Write an object, {{"id": count}}'
        )
    labels, cells = zip(*values, strict=True)
    return labelled(labels, list(cells), source=name, form="JSON list of words and counts", evidence=_EVIDENCE)


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _no_count(value: Any, where: str) -> str:
    quotes = f", numbers without quotes; {_AS_TEXT}" if isinstance(value, str) else ""
    joined = "; in Python, dict(zip(words, counts, strict=True)) joins two columns" if isinstance(value, list) else ""
    return f"{where} is {_kind(value)}, and no number: expected {_FORMS}{quotes}{joined}"


def _kind(value: Any) -> str:
    """A description of a JSON value."""
    if isinstance(value, _Object):
        return "a nested object"
    if isinstance(value, list):
        return "a nested list" if len(value) != 2 else f"the list {value!r}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"the text {excerpt(value)}" if isinstance(value, str) else repr(value)


def _line_of(key: str, text: str) -> str:
    """The line of a key, for messages; "" if the key is written in another way."""
    for written in (json.dumps(key, ensure_ascii=False), json.dumps(key)):
        at = re.search(re.escape(written) + r"\s*:", text)
        if at:
            return f", line {text.count(chr(10), 0, at.start()) + 1}"
    return ""
