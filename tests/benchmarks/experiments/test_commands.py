# SPDX-License-Identifier: MIT
"""``python -m benchmarks.experiments``, and the generated part of docs/laboratory.md."""

from __future__ import annotations

import json

import pytest

from benchmarks.documents import LAB
from benchmarks.experiments import experiment, page
from benchmarks.experiments.__main__ import EXPERIMENTS, main


def test_an_experiment_is_printed_in_100_columns_and_written(tmp_path, capsys):
    pytest.importorskip("torch", reason="torch is not installed")
    out = tmp_path / "experiments.json"
    assert main(["post004", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "post004: The loss of skip-gram" in printed
    assert max(map(len, printed.splitlines()[:-1])) <= 100
    (entry,) = LAB.read(out)["experiments"]
    assert {row["verdict"] for row in entry["rows"]} == {"same", "differs", "added"}
    assert all(set(row) == {"claim", "measured", "verdict", "cause"} for row in entry["rows"])
    assert LAB.read(out)["rsqrtss"]


def test_an_experiment_without_its_package_says_how_to_install_it_and_the_others_run(tmp_path, capsys, monkeypatch):
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setattr(experiment, "find_spec", lambda name: None if name == "keras" else object())
    out = tmp_path / "experiments.json"
    assert main(["post001", "post004", "--out", str(out)]) == 1
    assert "left out: not installed: keras; `pip install keras`, or `make lab`" in capsys.readouterr().out
    first, second = LAB.read(out)["experiments"]
    assert "rows" not in first
    assert second["rows"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "NAME must be of post000, post001, post002, post003, post004, all, got none"),
        (["post005"], "got post005"),
        (["post004", "--publish"], "--publish needs all experiments"),
    ],
)
def test_a_wrong_command_line_says_what_is_right(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err


def test_every_experiment_has_a_name_of_its_own_and_a_claim():
    assert len({e.name for e in EXPERIMENTS}) == len(EXPERIMENTS)
    assert all(e.claim.endswith(".") and e.title for e in EXPERIMENTS)


def test_the_page_has_the_tables_of_the_published_figures():
    text = page.PAGE.read_text(encoding="utf-8")
    generated = text.partition(page.BEGIN)[2].partition(page.END)[0]
    assert generated.strip() == page.tables().strip(), "run `python -m benchmarks.experiments --render`"
    published = json.loads(page.PUBLISHED.read_text(encoding="utf-8"))
    assert [e["name"] for e in published["experiments"]] == [e.name for e in EXPERIMENTS]
    assert not published["dirty"]


def test_cells_of_a_table_in_markdown_are_text():
    assert page.markdown(("a",), [["x | *y* `z_z` [w]"]])[2] == r"| x \| \*y\* `z_z` \[w\] |"
