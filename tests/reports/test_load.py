# SPDX-License-Identifier: MIT
"""Reading the inputs."""

from __future__ import annotations

import json
import math

import pytest

from benchmarks.documents import DOCUMENTS, finite
from reports.__main__ import main
from reports.asv_results import literal
from reports.load import load, size_in

SAMPLE = "bench_sample.Sample.time_sample"
HEADER = '{"schema": "samplers/fidelity", "version": 3'
EMPTY = HEADER + ', "samplers": [], "workloads": [], "results": [%s], "mutants": [%s]}'


def paths_in(root):
    """The documents in a folder, and the results of asv."""
    return root / "results", {name: root / f"{name}.json" for name in DOCUMENTS}


def test_nanoseconds_an_id_are_seconds_over_rows_times_k(load_report):
    speed = load_report().speed["tower", "zipf_1e2"]
    assert speed.ns.value == pytest.approx(9.0)
    assert (speed.ns.q25, speed.ns.q75) == pytest.approx((9.0 * 0.97, 9.0 * 1.04))
    assert (speed.rows, speed.k) == (16_384, 5)


def test_the_headline_is_the_largest_number_of_rows_measured(load_report):
    report = load_report()
    assert report.speed["loop", "english"].rows == 64
    assert report.speed["table", "english"].rows == 16_384


def test_a_failure_at_more_rows_is_told_beside_the_number_at_fewer(inputs, load_report):
    values, params = inputs.run["results"][SAMPLE][:2]
    assert params[2] == ["64", "16384"]  # so the second cell is loop on english at 16,384 rows
    values[1] = None
    speed = load_report().speed["loop", "english"]
    assert speed.rows == 64
    assert speed.failed_rows == 16_384


def test_null_is_a_failure_and_nan_is_nothing(load_report):
    report = load_report()
    assert report.speed["fragile", "zipf_1e6"].ns.failed
    assert ("tower", "flat") not in report.speed
    assert ("gpu", "english") not in report.build


def test_a_column_cut_to_null_means_that_every_cell_failed(load_report):
    assert all(cell.failed for cell in load_report().first_call.values())


def test_a_sampler_that_the_fidelity_run_does_not_know_is_kept(inputs, load_report):
    inputs.fidelity["samplers"] = [s for s in inputs.fidelity["samplers"] if s["name"] != "tower"]
    inputs.fidelity["results"] = [r for r in inputs.fidelity["results"] if r["sampler"] != "tower"]
    report = load_report()
    assert report.samplers[-1].name == "tower"
    assert report.status("tower") == "unchecked"


def test_the_newest_commit_counts_and_of_its_files_the_fullest(inputs):
    inputs.run |= {"commit_hash": "f" * 40, "date": inputs.run["date"] + 1}
    inputs.save("ffffffff-full.json")
    inputs.run["results"] = {"bench_post004.Post004.time_method": [[0.1], [["'bisect'"]], "1"]}
    inputs.save("ffffffff-poor.json")
    paths = paths_in(inputs.root)
    report = load(*paths, "make report")
    assert report.origin.commit == "f" * 40
    assert report.speed
    assert load(*paths, "make report", commit="0123").origin.commit.startswith("0123abcd")


def test_results_of_another_version_of_a_benchmark_are_left_out(inputs, load_report):
    assert load_report().speed
    path = inputs.root / "results" / "benchmarks.json"
    known = json.loads(path.read_text())
    known[SAMPLE]["version"] = "2"
    path.write_text(json.dumps(known))
    assert not load(*paths_in(inputs.root), "x").speed


@pytest.mark.parametrize(
    ("gone", "command"),
    [("results", "python -m benchmarks"), ("fidelity.json", "python -m benchmarks.fidelity")],
)
def test_a_missing_input_is_named_with_the_command_that_makes_it(inputs, capsys, gone, command):
    (inputs.root / gone).rename(inputs.root / "elsewhere")
    assert main(inputs.arguments) == 2
    error = capsys.readouterr().err
    assert str(inputs.root / gone) in error
    assert f"`{command}`" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"schema": "samplers/fidelity", "version": 9}',
        '{"schema": "samplers/fidelity/v2", "results": []}',
        HEADER + "}",
        EMPTY % ("{}", ""),
        EMPTY % ("", '{"failed": []}'),
    ],
)
def test_a_damaged_or_older_input_is_named_with_the_command_that_makes_it(inputs, capsys, text):
    (inputs.root / "fidelity.json").write_text(text)
    assert main(inputs.arguments) == 2
    error = capsys.readouterr().err
    assert "fidelity.json" in error
    assert "`python -m benchmarks.fidelity`" in error
    assert "Traceback" not in error


def test_an_unknown_commit_is_answered_with_the_known_ones(inputs, capsys):
    assert main([*inputs.arguments, "--commit", "beef"]) == 2
    assert "0123abcd" in capsys.readouterr().err


def test_workloads_that_differ_in_size_stand_together_from_small_to_large(inputs, load_report):
    params = inputs.run["results"][SAMPLE][1]
    params[1] = [repr(w) for w in ("zipf_1e4", "english", "zipf_1e6", "zipf_1e5", "floats_1e5", "zipf_1e2")]
    names = [w.name for w in load_report().workloads]
    assert names[:6] == ["zipf_1e2", "zipf_1e4", "zipf_1e5", "zipf_1e6", "english", "floats_1e5"]


def test_a_check_without_a_word_on_refusals_is_a_failure(inputs, load_report):
    for result in inputs.fidelity["results"]:
        result.pop("refused", None)
    del inputs.fidelity["machine"]["simd"]
    report = load_report()
    assert report.status("picky") == "fail"
    assert report.refusal("picky", "flat") is None


def test_checks_at_several_k_are_all_kept(inputs, load_report):
    report = load_report()
    assert len(report.checks) == len(inputs.fidelity["results"])
    assert [check.k for check in report.checks_of("loop", "english")] == [5, 20]
    last = inputs.fidelity["results"][-1]
    assert (last["sampler"], last["k"]) == ("one_call", 20)
    last["passed"] = False
    assert load_report().status("one_call") == "fail"


def test_small_readers():
    assert literal("'a'") == "a"
    assert literal("64") == 64
    assert literal("<object>") == "<object>"
    assert finite(math.inf) is finite(math.nan) is finite(None) is finite(True) is None
    assert size_in("zipf_1e6") == 10**6
    assert size_in("english") is None
