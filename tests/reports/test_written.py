# SPDX-License-Identifier: MIT
"""The files of a report take the place of the last one's, each of them whole at any time."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reports import page
from reports.__main__ import main
from reports.figures.style import Picture

PAGES = {"index.html", "REPORT.md", "summary.json"}


def drawn(*names):
    """Small figures, in place of ten that take seconds."""
    return [Picture(name, "title", "alt", "caption", "source", Figure(figsize=(0.2, 0.2)), 100) for name in names]


@pytest.fixture
def out(inputs, monkeypatch):
    """A folder with a report of the figures `ranking` and `costs`; the next one has `costs` and `ranks`."""
    monkeypatch.setattr("reports.page.pictures", lambda report: drawn("ranking", "costs"))
    assert main(inputs.arguments) == 0
    monkeypatch.setattr("reports.page.pictures", lambda report: drawn("costs", "ranks"))
    inputs.fidelity["machine"]["cpu"] = "Another CPU"
    inputs.save()
    return inputs.root / "out"


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_figures_that_are_no_longer_drawn_are_removed(inputs, out):
    before = files(out)
    assert main(inputs.arguments) == 0
    after = files(out)
    assert set(before) == PAGES | {f"figures/{name}.svg" for name in ("ranking", "costs")}
    assert set(after) == PAGES | {f"figures/{name}.svg" for name in ("costs", "ranks")}
    assert all(after[name] != before[name] for name in PAGES)


@pytest.mark.parametrize("what", ["summary", "data_uri", "markdown_cell"])
def test_a_report_that_cannot_be_rendered_changes_nothing(inputs, out, monkeypatch, capsys, what):
    def broken(*args):
        raise RuntimeError("broken")

    before = files(out)
    monkeypatch.setattr(page, what, broken)
    assert main(inputs.arguments) == 70
    assert "RuntimeError: broken" in capsys.readouterr().err
    assert files(out) == before


NAMES = ("figures/costs.svg", "figures/ranks.svg", "summary.json", "REPORT.md", "index.html")


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_disk_that_is_full_leaves_whole_files_and_all_figures(tmp_path, monkeypatch, load_report, number):
    """Of the files of the second report, `number` are written before the disk is full."""
    reports = [{name: f"{name}, {word}".encode() * 9 for name in NAMES} for word in ("before", "after")]
    for name in ("old.svg", "old.png"):
        reports[0][f"figures/{name}"] = b"a figure that the second report lacks"
    report, write, written, out = load_report(), Path.write_bytes, [], tmp_path / "out"

    def until_full(self, data):
        if len(written) == number:
            write(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(self)
        return write(self, data)

    monkeypatch.setattr(page, "rendered", lambda report: reports[0])
    page.write(report, out)
    monkeypatch.setattr(page, "rendered", lambda report: reports[1])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", until_full)
        with pytest.raises(OSError, match="No space left on device") as found:
            page.write(report, out)
    assert found.value.filename == str(out / NAMES[number])
    expected = reports[0] | {name: reports[1][name] for name in NAMES[:number]}
    assert files(out) == {name: expected[name] for name in files(out)}
    assert set(files(out)) == set(expected)
    page.write(report, out)
    assert files(out) == reports[1]


@pytest.mark.parametrize("name", ["index.html", "REPORT.md", "figures/mine.svg", "figures/mine.png"])
def test_a_folder_with_pages_or_figures_of_something_else_is_refused_and_keeps_them(tmp_path, name):
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_bytes(b"mine")
    report = {name: b"new" for name in NAMES}
    with pytest.raises(FileExistsError, match="not of an earlier report, which has summary.json") as found:
        page.replace(tmp_path, report)
    assert found.value.filename == str(mine)
    assert files(tmp_path) == {name: b"mine"}
    (tmp_path / "summary.json").write_bytes(b"{}")  # now it is an earlier report
    page.replace(tmp_path, report)
    assert files(tmp_path) == report


def test_a_first_report_that_was_interrupted_is_written_again(tmp_path):
    report = {name: b"new" for name in NAMES}
    for number in range(len(NAMES)):
        folder = tmp_path / str(number)
        for name in NAMES[:number]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"interrupted")
        page.replace(folder, report)
        assert files(folder) == report


def test_an_output_that_cannot_be_written_ends_with_2_and_names_it(inputs, capfd, without_figures):
    (inputs.root / "out" / "index.html").mkdir(parents=True)
    assert main(inputs.arguments) == 2
    assert f"'{inputs.root / 'out' / 'index.html'}'" in capfd.readouterr().err
