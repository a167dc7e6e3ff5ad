# SPDX-License-Identifier: MIT
"""The noise stamp: what a run records, and from which bound on its times are indicative only."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmarks import documents
from benchmarks import noise as recorded
from benchmarks.asv_steps import keep
from benchmarks.documents import InputError, Start
from reports import noise
from reports.__main__ import main
from reports.sections import prices
from tests.reports.asv_document import COMMIT

FIRST = "cpu  1000 0 500 9000 0 0 0 10 0 0\ncpu0 1 2 3\n"
LATER = "cpu  2500 0 1000 9500 0 0 0 60 0 0\ncpu0 1 2 3\n"


@pytest.fixture
def readings(tmp_path, monkeypatch):
    """Two readings, ten seconds apart, of a machine with a hundred ticks a second."""
    monkeypatch.setattr(recorded.os, "sysconf", lambda name: 100)
    found = []
    for at, text in ((5.0, FIRST), (15.0, LATER)):
        path = tmp_path / "stat"
        path.write_text(text)
        found.append(dataclasses.replace(recorded.reading(path), at=at))
    return found


def test_noise_is_the_difference_of_two_readings(readings):
    between = recorded.between(*readings)
    assert (between.seconds, between.busy_cores) == (10.0, 2.0)  # 15 + 5 seconds of two cores
    assert between.stolen == pytest.approx(0.5 / 20.5, abs=1e-4)
    assert recorded.between(None, readings[1]) is None
    assert recorded.between(readings[1], readings[0]) is None


@pytest.mark.parametrize("text", ["", "cpu  1 2\n", "intr 1 2 3 4 5 6 7 8 9\n"])
def test_a_machine_without_counters_has_no_stamp(tmp_path, text):
    (tmp_path / "stat").write_text(text)
    assert recorded.reading(tmp_path / "stat") is None
    assert recorded.reading(tmp_path / "missing") is None


def start_of(commit):
    return Start(commit, False, {}, "2026-11-18T21:46:40Z", None)


def test_the_file_keeps_the_steps_of_one_commit(inputs, load_report, readings):
    path, between = inputs.root / "noise.json", recorded.between(*readings)
    keep(path, start_of(COMMIT), "one", between)
    keep(path, start_of(COMMIT), "two", dataclasses.replace(between, busy_cores=1.2))
    found = noise.of_run(load_report())
    assert (len(found.steps), found.others) == (2, pytest.approx(0.6))
    keep(path, start_of("beef" * 10), "two", between)
    assert noise.of_run(load_report()) is None
    keep(path, start_of(COMMIT), "two", None)
    assert noise.of_run(load_report()) is None
    path.write_text(json.dumps(json.loads(path.read_text()) | {"steps": {"one": {}}}))
    with pytest.raises(InputError, match=r"noise\.json is damaged"):
        load_report()


@pytest.mark.parametrize(
    ("busy", "stolen", "words"),
    [
        (1.4, 0.019, []),
        (1.8, 0.0, ["other programs kept 0.80 cores busy (bound: 0.5)"]),
        (0.9, 0.03, ["the host took away 3.0 % of the time (bound: 2.0 %)"]),
    ],
)
def test_above_a_bound_the_times_are_indicative_only(inputs, load_report, busy, stolen, words):
    keep(inputs.root / "noise.json", start_of(COMMIT), "one", recorded.Noise(10.0, busy, stolen, 1.5))
    report = load_report()
    assert noise.reasons(report) == words
    assert noise.warning(report).startswith("Indicative only: ") == bool(words)
    assert noise.record(report)["indicative_only"] == words
    assert "load 1.5" in noise.stamp(report)


def test_quartiles_that_are_far_apart_count_too_and_no_stamp_is_said(load_report):
    report = load_report()
    assert noise.stamp(report).startswith("noise was not recorded; nine times in ten")
    assert noise.reasons(report) == []
    speeds = {
        key: dataclasses.replace(speed, ns=dataclasses.replace(speed.ns, q75=2 * speed.ns.value))
        if speed.ns.value
        else speed
        for key, speed in report.speed.items()
    }
    (why,) = noise.reasons(dataclasses.replace(report, speed=speeds))
    assert why.startswith("for one time in ten the quartiles differ by more than 100 %")


def test_the_page_and_the_summary_show_it(inputs, readings, without_figures):
    path = inputs.root / "noise.json"
    keep(path, start_of(COMMIT), "one", dataclasses.replace(recorded.between(*readings), stolen=0.5))
    assert main([*inputs.arguments, "--document", f"noise={path}"]) == 0
    out = inputs.root / "out"
    page = (out / "index.html").read_text(encoding="utf-8")
    assert '<p class="indicative">Indicative only: other programs kept 1.0 cores busy' in page
    assert "Indicative only: other programs" in (out / "REPORT.md").read_text(encoding="utf-8")
    assert len(json.loads((out / "summary.json").read_text(encoding="utf-8"))["noise"]["indicative_only"]) == 2


def test_a_section_whose_times_were_disturbed_says_so(inputs, without_figures):
    """The prices keep one core busy. In this file another program kept one and a half."""
    inputs.prices["noise"] = {"seconds": 20.0, "busy_cores": 2.5, "stolen": 0.0, "load": 3.0}
    inputs.save()
    assert main(inputs.arguments) == 0
    command = inputs.prices["command"]
    for name, markup in (("index.html", f"<code>{command}</code>"), ("REPORT.md", f"`{command}`")):
        text = (inputs.root / "out" / name).read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
        assert text.count(f"Indicative only: while {markup} ran, other programs kept 1.5 cores busy (bound: 0.5).") == 1


def test_a_document_without_times_is_never_disturbed(inputs, load_report):
    disturbed = recorded.Noise(20.0, 2.5, 0.1, 3.0)
    header = dataclasses.replace(prices.SOURCE.of(load_report()).header, noise=disturbed)
    assert len(noise.of_document(documents.PRICES, header)) == 2  # busy cores, and stolen time
    assert noise.of_document(documents.FIDELITY, header) == []
    assert noise.of_document(documents.PRICES, dataclasses.replace(header, noise=None)) == []
