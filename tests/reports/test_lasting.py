# SPDX-License-Identifier: MIT
"""The headline must be one that the next run confirms: two sets of results of two machines, and 24 visits of one."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.checks import Check, Sampler, Workload
from reports.analysis import analyse
from reports.figures.speed import ranking_title
from reports.lasting import BEYOND, IN_OWN_CACHE, rounded_down
from reports.model import Inputs, Origin, Speed
from reports.statistics import Measurement
from reports.verdict import holds, verdict, win

DATA = Path(__file__).resolve().parent.parent / "data"
RUNS = json.loads((DATA / "two_runs.json").read_text(encoding="utf-8"))["runs"]
PAIRS = [(RUNS[0], RUNS[1]), (RUNS[1], RUNS[0])]
VARIANTS = {"alias_distinct": "alias", "spectrum_distinct": "spectrum"}


def report_of(run, times=None):
    """The report of an extract of a summary, in which `times` replaces ns per id on English words."""
    found = run["samplers"]
    return Inputs(
        samplers=tuple(
            Sampler(
                name,
                variant_of=VARIANTS.get(name),
                options={"replacement": False} if name in VARIANTS else {},
                replacement=sampler["replacement"],
                positional=sampler["positional"],
            )
            for name, sampler in found.items()
        ),
        workloads=tuple(Workload(name, V=V) for name, V in run["workloads"].items()),
        speed={
            (name, at): Speed(Measurement((times or {}).get(name, ns) if at == "english" else ns, q25, q75), rows, 5)
            for name, sampler in found.items()
            for at, (ns, q25, q75, rows) in sampler["speed"].items()
        },
        build={},
        nbytes={
            (name, at): Measurement(value)
            for name, sampler in found.items()
            for at, value in sampler["table_bytes"].items()
        },
        peak={},
        first_call={},
        post004={},
        checks=tuple(
            Check(name, at, 5, sampler["status"] == "pass")
            for name, sampler in found.items()
            for at in sampler["speed"]
        ),
        origin=Origin(
            run["command"], run["commit"], run["measured"], "", None, False, 42, environment={"caches": run["caches"]}
        ),
    )


def wins(report):
    return {(w.workload.name, w.replacement): w for w in verdict(report).wins}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_each_set_of_results_confirms_the_promise_and_the_leaders_of_the_other(one, other):
    report, later = report_of(one), report_of(other)
    confirmed = 0
    for at, found in wins(report).items():
        said, seen = holds(report, found), wins(later)[at]
        assert seen.winner in said.leaders
        if said.at_least is not None:
            peer = later.ns(said.peer.strategy, at[0]).value
            for name in said.leaders:
                assert said.at_least <= peer / later.ns(name, at[0]).value
            confirmed += 1
    assert confirmed == 8  # four workloads, two modes


@pytest.mark.parametrize("run", RUNS)
def test_the_headline_says_what_holds_first_then_both_then_why(run):
    said = verdict(report_of(run))
    start = "On real English word counts (321,180 ids), `alias` and `spectrum` draw at least "
    assert said.headline.startswith(start)
    assert said.headline[len(start) :].startswith(("10 times", "15 times"))
    assert "faster than gensim's `cum_table`: " in said.headline
    assert said.headline.endswith(" ns per id with replacement.")
    assert len(said.headline) < 190  # three lines of the page's title
    assert re.match(r"In this run: \d+ and \d+ times faster\. Which of the two is faster changes from", said.beside)
    assert (
        "changes from run to run: the tables of `alias` (4.19 MB, of which most draws read 2.10 MB) are larger"
        in said.beside
    )
    assert said.text().startswith(f"{said.headline} {said.beside}\n".replace("`", ""))
    assert "alias at" in (title := ranking_title(analyse(report_of(run))))
    assert "spectrum at" in title


def test_a_run_that_names_the_other_sampler_has_the_same_headline_but_for_numbers():
    """An idle machine measured alias at 1.62 ns and spectrum at 2.12, and in another run spectrum 1.2 times faster."""
    first, second = (report_of(RUNS[0], times) for times in ({}, {"alias": 2.71, "spectrum": 2.26}))
    named = [wins(report)["english", True] for report in (first, second)]
    assert [w.winner for w in named] == ["alias", "spectrum"]  # which the headline named before
    said = [holds(report, w) for report, w in zip((first, second), named, strict=True)]
    assert said[0].leaders.keys() == said[1].leaders.keys() == {"alias", "spectrum"}
    assert said[0].at_least == said[1].at_least == 10
    paragraph = dict(verdict(first).paragraphs)["With replacement"]
    assert "1.3 times faster than the runner-up `spectrum`, which another run may reverse" in paragraph
    sizes = dict(verdict(first).paragraphs)["Across vocabulary sizes"]
    assert "to 1,000,000 (2.10 ns); at V = 100; 10,000 and 1,000,000 another run may name another one." in sizes


def test_a_sampler_that_leads_by_more_than_runs_differ_is_named_alone():
    report = report_of(RUNS[0], {"spectrum": 3.4})
    text = verdict(report).headline
    assert text.startswith("`alias` is the fastest faithful sampler on real English word counts (321,180 ids): 1.62 ns")
    assert text.endswith(", at least 15 times faster than gensim's `cum_table`.")
    assert verdict(report).beside == "In this run: 39 times faster."
    assert "reverse" not in dict(verdict(report).paragraphs)["With replacement"]


def test_tables_in_the_cache_of_a_core_need_a_smaller_lead():
    small = json.loads(json.dumps(RUNS[0]))
    small["caches"]["L2"] = 2**23
    report = report_of(small)
    assert holds(report, wins(report)["english", True]).bound == IN_OWN_CACHE
    assert verdict(report).headline.startswith("`alias` is the fastest")
    del small["caches"]["L2"]  # if the cache is not known, the larger bound holds
    text = verdict(report_of(small)).beside
    assert f"two runs of the same code differ by a factor of up to {BEYOND:g}." in text


def test_a_peer_that_was_not_timed_or_that_leads_promises_nothing():
    alone = json.loads(json.dumps(RUNS[0]))
    for name in ("cum_table", "numpy_choice"):
        del alone["samplers"][name]
    text = verdict(report_of(alone)).headline
    assert text.startswith("`alias` and `spectrum` are the fastest faithful samplers on real English word counts")
    assert "times faster" not in text
    near = report_of(RUNS[0], {"cum_table": 3.0, "numpy_choice": 4.0})
    found = holds(near, win(near, near.workload("english"), True))
    assert (found.peer.strategy, found.at_least) == ("numpy_choice", None)


def test_the_bounds_are_those_that_no_visit_of_a_machine_contradicts():
    """Of each pair of visits: does the one contradict a sampler that the other names alone?"""
    cells = json.loads((DATA / "rounds.json").read_text(encoding="utf-8"))["cells"]
    in_cache = [c for c in cells if c["V"] <= 10**5]
    larger = [c for c in cells if c["V"] > 10**5]

    def contradicted(cell, bound):
        sides = cell["rounds_ns"]["alias"], cell["rounds_ns"]["spectrum"]
        logs = np.array([math.log(np.median(a) / np.median(b)) for a, b in zip(*sides, strict=True)])
        named = logs[np.abs(logs) > math.log(bound)]
        return float(np.mean(named[:, None] * logs < 0)) if len(named) else 0.0

    assert max(contradicted(c, IN_OWN_CACHE) for c in in_cache) == 0
    assert max(contradicted(c, BEYOND) for c in larger) == 0
    # Smaller bounds would not do.
    assert max(contradicted(c, 1.0) for c in in_cache) > 0.1
    assert max(contradicted(c, 1.6) for c in larger) > 0.4


def test_ratios_are_rounded_down():
    for ratio in np.exp(np.random.default_rng(1).uniform(0, 12, 200)):
        assert 0.6 * ratio < rounded_down(ratio) <= ratio
