# SPDX-License-Identifier: MIT
"""``python -m reports diff A B``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.documents import Noise
from reports.__main__ import main
from reports.noise import Disturbance, recorded


@pytest.fixture(scope="module")
def summary(published):
    """The summary of a finished report, as text."""
    return (published / "summary.json").read_text(encoding="utf-8")


@pytest.fixture
def pair(summary, tmp_path):
    """``pair(change)``: the arguments of diff for a summary before and after a change of its document."""

    def write(change=lambda document: None, before=lambda document: None):
        document = json.loads(summary)
        before(document)
        for name in ("a", "b"):
            if name == "b":
                change(document)
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "summary.json").write_text(json.dumps(document), encoding="utf-8")
        return [str(tmp_path / "a"), str(tmp_path / "b")]

    return write


def sampler(document, name):
    return next(found for found in document["samplers"] if found["name"] == name)


def tower(document):
    """tower on english at 16,384 rows."""
    return sampler(document, "tower")["speed"]["english"]


def scale(cell, factor):
    """Scale a measurement with its quartiles and samples."""
    for key in ("ns_per_id", "q25", "q75"):
        cell[key] *= factor
    cell["samples"] = [sample * factor for sample in cell["samples"]]


def result(capsys, arguments):
    capsys.readouterr()
    code = main(["diff", *arguments])
    return code, capsys.readouterr()


def test_a_report_does_not_differ_from_itself(pair, capsys):
    code, said = result(capsys, [*pair(), "--all"])
    assert code == 0
    assert "0 slower or larger, 0 faster or smaller" in said.out
    rows = [line for line in said.out.splitlines() if line.startswith("ns an id")]
    # 7 samplers on 5 workloads, one of which broke for one; the geometric mean.
    assert len(rows) == 8 * 5 - 1 + 1
    assert all(line.endswith("~") for line in rows)


@pytest.mark.parametrize(("factor", "code", "mark"), [(1.5, 1, "+"), (0.6, 0, "-")])
def test_what_is_significant_is_marked(pair, capsys, factor, code, mark):
    found, said = result(capsys, pair(lambda document: scale(tower(document), factor)))
    assert found == code
    rows = [line.split() for line in said.out.splitlines() if "tower" in line and "english, 16384" in line]
    assert len(rows) == 1
    assert rows[0][-1] == mark
    assert f"{factor:.3g}" in rows[0][-3]


@pytest.mark.parametrize(("threshold", "code"), [("1.2", 0), ("1.12", 1)])
def test_a_clear_but_small_difference_is_none_below_the_threshold(pair, capsys, threshold, code):
    def without_spread(document):  # any difference is clear
        tower(document)["samples"] = [tower(document)["ns_per_id"]] * 7

    arguments = pair(lambda document: scale(tower(document), 1.15), without_spread)
    assert result(capsys, [*arguments, "--threshold", threshold])[0] == code


def test_without_samples_nothing_is_significant(pair, capsys):
    code, said = result(
        capsys,
        [
            *pair(lambda document: scale(tower(document), 3), lambda document: tower(document).update(samples=[])),
            "--all",
        ],
    )
    assert code == 0
    assert "1 with too few samples (?)" in said.out


def test_tables_are_the_same_in_every_run_or_differ(pair, capsys):
    def change(document):
        sampler(document, "loop")["table_bytes"]["english"]["value"] += 8

    code, said = result(capsys, pair(change))
    assert code == 1
    assert [line.split()[1] for line in said.out.splitlines() if line.startswith("tables")] == ["loop"]


def test_machines_versions_and_new_failures_are_told(pair, capsys):
    def change(document):
        document["origin"]["environment"]["cpu"] = "Another CPU"
        document["origin"]["packages"] = {"numpy": "2.9"}
        sampler(document, "table")["status"] = "fail"

    code, said = result(capsys, pair(change))
    assert code == 1
    assert "The machines differ, so the ratios compare machines too: cpu: A CPU -> Another CPU." in said.out
    assert "Versions differ: numpy 2.4.6 -> 2.9; torch 2.13.0 -> None." in said.out
    assert "table passed its fidelity checks in A and FAILS in B." in said.out


def test_the_noise_of_both_runs_is_told_and_above_the_bound_the_times_are_indicative_only(pair, capsys):
    loud = recorded(Disturbance((Noise(60.0, busy_cores=1.9, stolen=0.03, load=4.0),) * 3), None)
    quiet = recorded(Disturbance((Noise(60.0, busy_cores=1.1, stolen=0.0, load=1.0),) * 3), 0.05)
    arguments = pair(lambda document: document.update(noise=loud), lambda document: document.update(noise=quiet))
    _, said = result(capsys, arguments)
    first, second, third = said.out.splitlines()[:3]
    assert first.startswith("A: commit ")
    assert first.endswith(
        "Noise: other programs kept 0.10 cores busy; the host took away 0 % of the time; load 1.0; nine times in ten "
        "the quartiles are within 5.0 % of the median."
    )
    assert "Noise: other programs kept 0.90 cores busy; the host took away 3.0 % of the time; load 4.0." in second
    assert third.startswith("B is indicative only: other programs kept 0.90 cores busy (bound: 0.5) and the host")
    found = json.loads(result(capsys, [*arguments, "--json"])[1].out)
    assert (found["a"]["noise"], found["b"]["noise"]) == (quiet, loud)
    assert "indicative only" not in result(capsys, pair())[1].out


def test_json_has_every_result_with_its_interval(pair, capsys):
    code, said = result(capsys, [*pair(lambda document: scale(tower(document), 1.35)), "--json"])
    assert code == 1
    found = json.loads(said.out)
    assert found["schema"] == "samplers/report-diff/v1"
    one = next(r for r in found["results"] if r["significant"])
    assert (one["benchmark"], one["of"], one["where"]) == ("ns an id", "tower", "english, 16384 × 5")
    assert one["low"] < one["ratio"] < one["high"]
    assert one["ratio"] == pytest.approx(1.35, rel=1e-4)
    assert {r["benchmark"] for r in found["results"]} >= {"build", "tables", "post 004", "rows", "exclusion", "import"}


def test_other_versions_and_missing_files_are_refused(pair, capsys, tmp_path):
    a, b = pair()
    path = tmp_path / "b" / "summary.json"
    document = json.loads(path.read_text("utf-8"))
    for change, words in (
        ({"schema_version": 2}, "version 2, but 'samplers/report' version 5 is needed"),
        ({"samplers": [{}]}, "is damaged"),
        ({"schema": "other"}, "schema 'other'"),
    ):
        path.write_text(json.dumps(document | change))
        code, said = result(capsys, [a, b])
        assert code == 2
        assert words in said.err
        assert "Traceback" not in said.err
    code, said = result(capsys, [a, str(tmp_path / "nowhere.json")])
    assert (code, "does not exist" in said.err) == (2, True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.update(origin=None),
        lambda d: d["origin"].update(environment=[]),
        lambda d: d["origin"].update(packages="numpy"),
        lambda d: d["origin"].update(commit=5),
        lambda d: d.update(noise=["quiet"]),
        lambda d: d["noise"].update(indicative_only="loud"),
        lambda d: "[" * 200_000,
    ],
    ids=["origin", "environment", "packages", "commit", "noise", "reasons", "deep"],
)
def test_a_damaged_summary_cannot_be_compared(pair, capsys, damage):
    a, b = pair()
    path = Path(b, "summary.json")
    document = json.loads(path.read_text())
    path.write_text(damage(document) or json.dumps(document))
    code, said = result(capsys, [a, b])
    assert code == 2
    assert f"python -m reports diff: {path}" in said.err


@pytest.mark.parametrize("value", [-5.0, 5e-324, 10**400, 0])
def test_a_time_that_is_none_is_not_compared(pair, capsys, value):
    a, b = pair()
    path = Path(b, "summary.json")
    document = json.loads(path.read_text())
    cell = tower(document)
    cell["ns_per_id"] = value
    path.write_text(json.dumps(document))
    code, said = result(capsys, [a, b])
    assert code == 0
    assert "1 only in A" in said.out


def test_samples_below_zero_are_none(pair, capsys):
    a, b = pair()
    path = Path(b, "summary.json")
    document = json.loads(path.read_text())
    cell = tower(document)
    cell["samples"] = [-1.0] * 9
    path.write_text(json.dumps(document))
    code, said = result(capsys, [a, b, "--json"])
    (found,) = [
        r for r in json.loads(said.out)["results"] if r["of"] == "tower" and r["where"].startswith("english, 16384")
    ]
    assert (code, found["significant"]) == (0, None)


@pytest.mark.parametrize("threshold", ["nan", "inf", "0.9"])
def test_a_threshold_is_a_ratio(threshold, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["diff", "a", "b", "--threshold", threshold])
    assert "--threshold must be 1 or more" in capsys.readouterr().err


def test_a_reader_who_leaves_is_no_difference(pair):
    a, b = pair()
    command = f"'{sys.executable}' -m reports diff '{a}' '{b}' --all | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.strip() in ("141", "0")
    assert done.stderr == ""
