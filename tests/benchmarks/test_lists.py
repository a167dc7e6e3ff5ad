# SPDX-License-Identifier: MIT
"""``make lists`` writes what follows from the list of strategies, and nothing that is there moves."""

from __future__ import annotations

import json

import pytest

import samplers
from benchmarks import lists
from samplers.registry import BUILT_IN


def test_the_lists_are_up_to_date():
    assert [path.name for path in lists.outdated()] == [], "run `make lists`"


@pytest.fixture
def copies(monkeypatch, tmp_path):
    """The lists, in a folder where they may be written."""
    for name in ("AXIS", "README", "REFERENCE"):
        path = tmp_path / getattr(lists, name).name
        path.write_text(getattr(lists, name).read_text(encoding="utf-8"), encoding="utf-8")
        monkeypatch.setattr(lists, name, path)
    monkeypatch.setattr(lists, "ROOT", tmp_path)
    return tmp_path


def test_a_new_strategy_is_appended_and_a_plug_in_is_not(copies, monkeypatch, capsys):
    before = json.loads(lists.AXIS.read_text())
    monkeypatch.setitem(BUILT_IN, "even_newer", BUILT_IN["bisect"])
    monkeypatch.setattr(samplers, "names", lambda: [*BUILT_IN, "a_plug_in"])
    monkeypatch.setattr(samplers, "origin", lambda name: "entry point" if name == "a_plug_in" else "built-in")
    monkeypatch.setattr(samplers, "get", lambda name, get=samplers.get: get("bisect" if name == "even_newer" else name))
    assert lists.main(["--check"]) == 1
    assert "axis.json is not up to date: run `make lists`" in capsys.readouterr().out
    assert json.loads(lists.AXIS.read_text()) == before
    assert lists.main([]) == 0
    assert json.loads(lists.AXIS.read_text()) == [*before, "even_newer"]
    table = lists.README.read_text(encoding="utf-8").partition(lists.BEGIN)[2].partition(lists.END)[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(BUILT_IN)
    page = lists.REFERENCE.read_text(encoding="utf-8")
    assert f"   {list(BUILT_IN)[-2]}\n   even_newer\n```\n" in page
    assert lists.main(["--check"]) == lists.main([]) == 0
    assert lists.outdated() == {}


def test_the_table_holds_what_docstrings_say_and_the_rest_of_the_page_stays(copies):
    page = lists.README.read_text(encoding="utf-8")
    head, rest = page.partition(lists.BEGIN)[0], page.partition(lists.END)[2]
    lists.README.write_text(f"{head}{lists.BEGIN}old{lists.END}{rest}", encoding="utf-8")
    assert lists.main([]) == 0
    assert lists.README.read_text(encoding="utf-8") == page
    for name in BUILT_IN:
        summary = samplers.get(name).__doc__.strip().splitlines()[0]
        assert f"| `{name}` | {summary.rstrip('.')} |" in page


@pytest.mark.parametrize("lists_of_page", [0, 2])
def test_the_reference_must_have_its_list_once(lists_of_page):
    with pytest.raises(ValueError, match=f"must hold one list .* got {lists_of_page}"):
        lists.reference("   :template: strategy.rst\n\n   alias\n" * lists_of_page)


@pytest.mark.parametrize("page", ["nothing", lists.BEGIN, lists.END + lists.BEGIN, (lists.BEGIN + lists.END) * 2])
def test_markers_must_be_there_once_in_order(page):
    with pytest.raises(ValueError, match="once each"):
        lists.readme(page)
