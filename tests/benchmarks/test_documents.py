# SPDX-License-Identifier: MIT
"""The JSON documents: one header, strict JSON, and errors that name the file, what is wrong and the command."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from importlib import import_module

import pytest

from benchmarks import questions
from benchmarks.documents import CLAIMS, DOCUMENTS, Document, Header, InputError, Start, as_json, continued, write
from benchmarks.questions import Question
from tests.data.asv_methods import METHODS, name_of

START = Start("f" * 40, False, {"cpu": "one"}, "2026-11-18T21:46:40Z", None)


@dataclass(frozen=True)
class Content:
    header: Header
    results: tuple[float, ...]


def test_a_document_begins_with_the_header_and_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "claims.json"
    write(CLAIMS, {"results": [1.5, 2]}, path, START, "--quick")
    assert list(json.loads(path.read_text())) == [*(field.name for field in fields(Header)), "results"]
    found = CLAIMS.load(Content, path)
    assert found.results == (1.5, 2.0)
    assert (found.header.command, found.header.machine) == (f"{CLAIMS.made_by} --quick", {"cpu": "one"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"results": ["1"]}, r"Expected `float`, got `str` - at `\$.results\[0\]`"),
        ({"results": None}, r"got `null` - at `\$.results`"),
        ({"dirty": 1}, r"Expected `bool`, got `int` - at `\$.header.dirty`"),
        ({"version": 1}, "version 1, but 'samplers/claims' version 2 is needed"),
        ({"schema": "samplers/claims/v1"}, "has schema 'samplers/claims/v1'"),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_the_command(tmp_path, change, words):
    path = tmp_path / "claims.json"
    write(CLAIMS, {"results": []}, path, START)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=words) as found:
        CLAIMS.load(Content, path)
    assert str(path) in str(found.value)
    assert f"`{CLAIMS.made_by}`" in str(found.value)


def test_numbers_that_are_none_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write(CLAIMS, {"results": [math.nan]}, tmp_path / "claims.json", START)
    assert not list(tmp_path.iterdir())


def test_a_list_of_numbers_is_a_line():
    content = {"a": [1.0, 2.5], "b": [{"c": [3], "d": "ä"}, {}], "e": [], "f": [[1], [2, 3]]}
    text = as_json(content)
    assert json.loads(text) == content
    assert [line.strip() for line in text.splitlines()][1:4] == ['"a": [1.0, 2.5],', '"b": [', "{"]
    assert text.count("\n") == 14


@pytest.mark.parametrize("other", [{"commit": "e" * 40}, {"dirty": True}, {"machine": {"cpu": "two"}}])
def test_a_run_goes_on_at_the_same_commit_and_machine_only(tmp_path, other):
    path = tmp_path / "claims.json"
    assert continued(CLAIMS, path, START) == {}
    write(CLAIMS, {"results": [1]}, path, START)
    assert continued(CLAIMS, path, START)["results"] == [1]
    assert continued(CLAIMS, path, Start(**{**vars(START), **other})) == {}


def test_names_are_used_once():
    declared = [value for value in vars(__import__("benchmarks.documents").documents).values()]
    assert len([value for value in declared if isinstance(value, Document)]) == len(DOCUMENTS)


def test_a_question_names_a_benchmark_its_parameters_and_the_ids_of_a_call():
    known = {name_of(kind, method): kind for kind, method in METHODS}
    for entry in questions.asked():
        assert entry["settings"] == list(known[entry["benchmark"]].param_names[1:])
        for part in (entry["rows"], entry["k"]):
            assert part in entry["settings"] or part >= 1
    shaped = Question("a", "b", "c", rows=1024, k="k", few=64, settings=("workload", "k"))
    assert shaped.call(("english", 20), "id") == (1024, 20)
    assert shaped.call(("english", 20), "row") == (64, 20)
    assert shaped.groups


FOLDERS = {"gpu", "compare", "noise", "progress", "findings"}  # their commands take the folder of the file
OF_A_FILE = [
    document for name, document in DOCUMENTS.items() if name not in FOLDERS and document.made_by.startswith("python")
]


def command(document):
    """The ``main`` of the command that writes a document, and the words before its options."""
    _, _, module, *words = document.made_by.split()
    found = import_module(module)
    return (found if hasattr(found, "main") else import_module(f"{module}.__main__")).main, words


@pytest.mark.parametrize("document", OF_A_FILE, ids=lambda document: document.name)
def test_out_never_replaces_what_the_command_did_not_write_and_says_so_before_it_measures(document, tmp_path, capsys):
    main, words = command(document)
    for name, content, message in (
        ("notes.txt", "mine", "exists already, and is no file of"),
        ("package.json", '{"name": "samplers"}', "exists already, and is no file of"),
        ("of_another.json", json.dumps({"schema": "samplers/another"}), "exists already, and is no file of"),
        (".", None, "is a folder: name a file"),
        ("notes.txt/x.json", None, "notes.txt is no folder"),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_text(content)
        with pytest.raises(SystemExit, match="2"):
            main([*words, "--out", str(path)])
        assert message in " ".join(capsys.readouterr().err.split())
        assert content is None or path.read_text() == content


def test_out_replaces_an_earlier_document_and_a_damaged_one_at_the_default_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(CLAIMS, {"results": []}, tmp_path / "elsewhere.json", START)
    CLAIMS.path.parent.mkdir()
    CLAIMS.path.write_text("damaged")
    for name in ("elsewhere.json", "new/file.json", str(CLAIMS.path), str(CLAIMS.path.absolute())):
        assert str(CLAIMS.target(name)) == name
