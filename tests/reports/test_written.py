# SPDX-License-Identifier: MIT
"""The files of a report take the place of the last one's, each of them whole at any time."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reports import page
from reports.__main__ import main
from reports.style import Picture

PAGES = {"index.html", "REPORT.md", "summary.json"}


def drawn(*names):
    """Small figures, in place of ten that take seconds."""
    return [Picture(name, "title", "alt", "caption", "source", 100, Figure(figsize=(0.2, 0.2))) for name in names]


@pytest.fixture
def out(inputs, monkeypatch):
    """A folder with a report of the figures `ranking` and `costs`; the next one has `costs` and `ranks`."""
    monkeypatch.setattr("reports.figures.pictures", lambda report: drawn("ranking", "costs"))
    assert main(inputs.arguments) == 0
    monkeypatch.setattr("reports.figures.pictures", lambda report: drawn("costs", "ranks"))
    inputs.fidelity["environment"]["cpu"] = "Another CPU"
    inputs.save()
    return inputs.root / "out"


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_figures_that_are_no_longer_drawn_are_removed(inputs, out):
    before = files(out)
    assert main(inputs.arguments) == 0
    after = files(out)
    assert set(before) == PAGES | {f"figures/{name}.{kind}" for name in ("ranking", "costs") for kind in ("svg", "png")}
    assert set(after) == PAGES | {f"figures/{name}.{kind}" for name in ("costs", "ranks") for kind in ("svg", "png")}
    assert all(after[name] != before[name] for name in PAGES)


@pytest.mark.parametrize("what", ["summary", "data_uri", "markdown_cell"])
def test_a_report_that_cannot_be_rendered_changes_nothing(inputs, out, monkeypatch, what):
    def broken(*args):
        raise RuntimeError("broken")

    before = files(out)
    monkeypatch.setattr(page, what, broken)
    with pytest.raises(RuntimeError, match="broken"):
        main(inputs.arguments)
    assert files(out) == before


@pytest.mark.parametrize("number", range(7))
def test_a_disk_that_is_full_leaves_whole_files_and_all_figures(inputs, out, monkeypatch, capfd, number):
    """Of the seven files, `number` are written before the disk is full."""
    before, written = files(out), []
    write = Path.write_bytes

    def until_full(self, data):
        if len(written) == number:
            write(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(self)
        return write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", until_full)
        assert main(inputs.arguments) == 2
    now = files(out)
    assert main(inputs.arguments) == 0
    after = files(out)
    assert set(before) <= set(now) <= set(before) | set(after)
    assert all(data in (before.get(name), after.get(name)) for name, data in now.items())
    assert len(after) == 7
    said = capfd.readouterr().err
    assert "No space left on device" in said
    assert any(f"'{out / name}'" in said for name in after)
