# SPDX-License-Identifier: MIT
"""Publishing: git has each figure once, and nothing is published unless it is asked for."""

from __future__ import annotations

import re
import shutil

import pytest

from reports.__main__ import main
from reports.programs import publish


@pytest.fixture
def local(published, tmp_path):
    """A copy of a finished report."""
    return shutil.copytree(published, tmp_path / "local")


def arguments(local):
    return ["publish", "--report", str(local), "--out", str(local.parent / "latest")]


def test_the_published_page_links_to_each_figure_that_the_local_page_holds(local):
    assert main(arguments(local)) == 0
    latest = local.parent / "latest"
    page = (latest / "index.html").read_text("utf-8")
    assert "data:image" not in page
    links = re.findall(r'src="(figures/[^"]+)"', page)
    assert sorted(links) == sorted(f"figures/{path.name}" for path in (local / "figures").iterdir())
    for path in sorted(local.rglob("*.*")):
        same = path.name == "index.html" or (latest / path.relative_to(local)).read_bytes() == path.read_bytes()
        assert same, path.name


def test_figures_that_the_report_has_no_longer_are_removed(local):
    old = local.parent / "latest" / "figures" / "old.png"
    assert main(arguments(local)) == 0
    old.touch()
    assert main(arguments(local)) == 0
    assert not old.exists()


@pytest.mark.parametrize("name", ["index.html", "summary.json"])
def test_half_a_report_is_not_published(local, capsys, name):
    (local / name).unlink()
    assert main(arguments(local)) == 2
    assert f"{name} does not exist: make it with `python -m reports`" in capsys.readouterr().err
    assert not (local.parent / "latest").exists()


def test_a_figure_of_another_run_is_not_published(local, capsys):
    (local / "figures" / "ranking.svg").write_text("<svg/>")
    assert main(arguments(local)) == 2
    assert "ranking.svg is not a figure of" in capsys.readouterr().err


def test_a_report_is_written_where_git_does_not_look():
    assert publish.LOCAL != publish.PUBLISHED
    assert f"/{publish.LOCAL}/" in (publish.Path(".gitignore")).read_text().splitlines()
