# SPDX-License-Identifier: MIT
"""``python -m reports readme``, and the caches in the environment."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from benchmarks.caches import sizes
from reports.__main__ import main
from reports.programs.readme import BEGIN, END

TEXT = f"# Title\n\nIntroduction.\n\n{BEGIN}\nold\n{END}\n\nThe rest.\n"


@pytest.fixture
def arguments(tmp_path, published):
    shutil.copytree(published, tmp_path / "reports" / "latest")
    (tmp_path / "README.md").write_text(TEXT, encoding="utf-8")
    return ["readme", "--report", str(tmp_path / "reports" / "latest"), "--readme", str(tmp_path / "README.md")]


def test_the_verdict_and_two_pictures_stand_between_the_markers(arguments, tmp_path):
    assert main(arguments) == 0
    text = (tmp_path / "README.md").read_text("utf-8")
    assert text.startswith("# Title\n\nIntroduction.\n\n" + BEGIN)
    assert text.endswith(END + "\n\nThe rest.\n")
    assert "old" not in text
    assert "**`stranger` is the fastest faithful sampler on real English word counts" in text
    links = re.findall(r"!\[([^\n]+)\]\(([^)]+)\)", text)
    assert [link for _, link in links] == [f"reports/latest/figures/{name}.svg" for name in ("regions", "throughput")]
    assert all((tmp_path / link).is_file() and len(alt) > 40 for alt, link in links)
    assert "on A CPU at commit `0123abcd`" in text
    assert (tmp_path / "reports/latest/REPORT.md").is_file()
    assert "(reports/latest/REPORT.md)" in text


def test_a_second_time_changes_nothing_and_check_sees_what_is_old(arguments, tmp_path):
    assert main([*arguments, "--check"]) == 1
    assert (tmp_path / "README.md").read_text("utf-8") == TEXT
    assert main(arguments) == 0
    text = (tmp_path / "README.md").read_bytes()
    assert main(arguments) == 0
    assert (tmp_path / "README.md").read_bytes() == text
    assert main([*arguments, "--check"]) == 0


def test_pictures_that_the_report_lacks_are_left_out(arguments, tmp_path):
    (tmp_path / "reports/latest/figures/regions.svg").unlink()
    assert main(arguments) == 0
    text = (tmp_path / "README.md").read_text("utf-8")
    assert re.findall(r"figures/(\w+)\.svg", text) == ["throughput", "ranking"]


@pytest.mark.parametrize("text", ["nothing", TEXT + BEGIN, f"{END}\n{BEGIN}", BEGIN])
def test_markers_must_be_there_once_in_order(arguments, tmp_path, capsys, text):
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert main(arguments) == 2
    assert "once each" in capsys.readouterr().err
    assert (tmp_path / "README.md").read_text("utf-8") == text


def test_missing_files_are_named(arguments, tmp_path, capsys):
    (tmp_path / "reports/latest/summary.json").unlink()
    assert main(arguments) == 2
    assert "summary.json does not exist" in capsys.readouterr().err
    (tmp_path / "README.md").unlink()
    assert main(arguments) == 2
    assert "README.md cannot be read" in capsys.readouterr().err


def test_caches_are_read_as_the_kernel_writes_them(tmp_path):
    found = (("1", "Data", "48K"), ("1", "Instruction", "32K"), ("2", "Unified", "2048K"), ("3", "Unified", "33M"))
    for i, values in enumerate(found):
        (tmp_path / f"index{i}").mkdir()
        for name, value in zip(("level", "type", "size"), values, strict=True):
            (tmp_path / f"index{i}" / name).write_text(f"{value}\n")
    (tmp_path / "index4").mkdir()  # a level of which nothing is told
    assert sizes(tmp_path) == {"L1": 49_152, "L2": 2**21, "L3": 33 * 2**20}
    assert sizes(tmp_path / "elsewhere") == {}
    json.dumps(sizes())
