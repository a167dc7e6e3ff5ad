# SPDX-License-Identifier: MIT
"""The benchmarks of asv's history pages, and what asv installs into its environments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from asv.config import Config
from asv_runner.discovery import get_benchmark_from_name

from benchmarks import bench_history, suite

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "key", ["time_alias_english", "time_alias_excluded_english", "time_build_alias_english"]
)  # one of a kind
def test_asv_finds_each_by_its_name_and_can_time_it(key):
    headline = bench_history.HEADLINES[key]
    found = get_benchmark_from_name(str(ROOT / "benchmarks"), f"bench_history.{key}")
    assert found.name == f"bench_history.{key}"
    assert (found.pretty_name, found.params, found.type) == (headline.title, [], "time")
    assert found.do_setup() is False  # it is not skipped
    assert found.number >= 1
    found.func()


def test_what_the_library_lacks_is_skipped(monkeypatch):
    monkeypatch.setattr(suite.samplers, "names", lambda: ["pool"])
    found = get_benchmark_from_name(str(ROOT / "benchmarks"), "bench_history.time_alias_excluded_english")
    assert found.do_setup() is True


def test_the_names_on_the_pages_are_unique():
    titles = [headline.title for headline in bench_history.HEADLINES.values()]
    assert len(set(titles)) == len(titles)


def test_asv_installs_the_torch_of_constraints_txt():
    (pinned,) = re.findall(r"^torch==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert Config.load(str(ROOT / "asv.conf.json")).matrix["req"]["torch"] == [pinned]
