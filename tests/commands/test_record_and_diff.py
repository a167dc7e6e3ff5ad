# SPDX-License-Identifier: MIT
"""``samplers record`` and ``samplers diff``."""

from __future__ import annotations

import json

import pytest

from samplers.__main__ import main
from samplers.reproducibility import Recording


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "counts.txt").write_text("the 1000\ncat 400\nsat 30\nmat 5\n", encoding="utf-8")
    return tmp_path


def record(name, *arguments):
    return main(["record", name, *arguments])


def test_kernels_alone_are_a_file_of_2_kilobytes(folder, capsys):
    assert record("a.json", "--kernels") == record("b.json", "--kernels") == 0
    assert (folder / "a.json").stat().st_size < 2500
    assert "next: samplers diff a.json OTHER" in capsys.readouterr().out
    assert main(["diff", "a.json", "b.json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "SAME"
    assert not {str(folder), folder.name} & set((folder / "a.json").read_text().split('"'))


def test_a_sampler_is_recorded_and_another_seed_is_named(folder, capsys):
    for seed in ("1", "2"):
        assert record(f"{seed}.json", "--counts", "counts.txt", "--name", "alias", "--seed", seed, "--k", "3") == 0
    assert len(Recording.read("1.json").stages) == 7
    capsys.readouterr()
    assert main(["diff", "1.json", "2.json"]) == 1
    page = capsys.readouterr().out
    assert "PARTED at place in the stream: key" in page
    assert "likely cause: another seed of the sampler" in page
    assert len(page.splitlines()) < 24
    assert main(["diff", "1.json", "2.json", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["causes"][0]["cure"] == "the same rng= of samplers.create"
    assert main(["diff", "1.json", "1.json"]) == 0


def test_settings_that_differ_are_shown(folder, capsys):
    record("a.json", "--kernels")
    other = Recording.read("a.json")
    other.environment |= {"torch": "2.0", "MKL_CBWR": "AVX2"}
    other.kernels["np.power"] = "0" * 16
    other.write("b.json")
    capsys.readouterr()
    assert main(["diff", "a.json", "b.json"]) == 1
    page = capsys.readouterr().out
    assert "MKL_CBWR" in page
    assert "kernels that compute something else: np.power" in page


def test_without_counts_the_generators_are_recorded(folder):
    assert record("a.json") == 0
    assert [stage.name for stage in Recording.read("a.json").stages] == ["known answers of the generators"]


def test_other_stages_end_with_2(folder, capsys):
    record("a.json")
    record("b.json", "--counts", "counts.txt")
    assert main(["diff", "a.json", "b.json"]) == 2
    assert "NOT COMPARABLE: all 1 stages of the shorter recording are the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "a.txt"], "FILE must end in .json, got a.txt"),
        (["record", "no/a.json"], "no/a.json: there is no folder no"),
        (["record", "old.json"], "old.json exists already; --force overwrites it"),
        (["record", "old.json", "--counts", "old.json", "--force"], "old.json is the file of --counts"),
        (["record", "a.json", "--counts", "no.txt"], "--counts no.txt"),
        (["record", "a.json", "--counts", "counts.txt", "--name", "nobody"], "there is no sampler 'nobody'"),
        (["record", "a.json", "--counts", "counts.txt", "--rows", "0"], "--rows must be at least 1, got 0"),
        (["record", "a.json", "--counts", "counts.txt", "--k", "0"], "--k must be at least 1, got 0"),
        (["record", "a.json", "--kernels", "--counts", "counts.txt"], "--kernels records the machine alone"),
        (["record", "a.json", "--name", "alias"], "--name is of use with --counts FILE only"),
        (["record", "a.json", "--kernels", "--seed", "1"], "--seed is of use with --counts FILE only"),
        (["diff", "counts.txt", "old.json"], "A counts.txt is no recording that can be read: it is not JSON"),
        (["diff", "old.json", "no.json"], "A old.json is no recording that can be read"),
        (["diff", "no.json", "old.json"], "A no.json: No such file or directory"),
    ],
)
def test_a_bad_argument_ends_with_2_and_writes_nothing(arguments, message, folder, capsys):
    (folder / "old.json").write_text("{}")
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "a.json").exists()
    assert (folder / "old.json").read_text() == "{}"
