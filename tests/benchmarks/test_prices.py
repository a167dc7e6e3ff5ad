# SPDX-License-Identifier: MIT
"""The price list: multiples of a plain draw of the same shape, goals, refusals, the file and the table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import prices
from benchmarks.bench_requests import Requests
from benchmarks.requests import REQUESTS


def test_a_price_is_a_multiple_of_the_plain_draw_of_its_shape(monkeypatch):
    """Own 6 seconds, plain draws 2 and 3 seconds: 3 and 2 times."""

    def turns(calls, rounds, seconds):
        plain = {"plain 1024 x 5": 2.0, "plain 1024 x 64": 3.0}
        return {name: np.full(rounds, plain.get(name, 6.0)) for name in calls}

    monkeypatch.setattr(prices, "take_turns", turns)
    lines = [prices.Multiple("five", 2.9, lambda: print), prices.Multiple("wide", 2, lambda: print, k=64)]
    five, wide = prices.measure(lines, 3, 0.1)
    assert (five["price"], five["reached"], five["own_us"], five["plain_us"]) == (3.0, False, 6e6, 2e6)
    assert (wide["price"], wide["reached"]) == (2.0, True)


def test_a_time_is_compared_in_its_unit_without_the_first_run():
    runs = iter([5.0, 0.002, 0.004])
    line = prices.Time("work", 3.5, "ms", lambda: next(runs))
    assert prices.alone(line, 1)["price"] == 5000.0
    runs = iter([1.0, 0.002, 0.004])
    result = prices.alone(line, 3)
    assert (result["price"], result["times_measured"]) == (pytest.approx(3.0), 2)
    assert prices.reached(result)


def test_a_request_that_would_take_too_long_is_missed_with_the_reason():
    def refuses():
        raise ValueError("log_expected_count would take about 9 minutes, and time_limit is 60 s")

    (result,) = prices.measure([prices.Time("long", 1, "s", refuses)], 3, 0.1)
    assert (result["price"], result["reached"]) == (None, False)
    assert "9 minutes" in result["refused"]


def test_another_error_is_not_taken_for_a_refusal():
    def fails():
        raise ValueError("k must be at least 1")

    with pytest.raises(ValueError, match="k must be"):
        prices.alone(prices.Time("wrong", 1, "s", fails), 3)


def test_the_file_and_a_table_of_80_columns(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(prices, "ROUND_SECONDS", 0.001)
    monkeypatch.setenv("COLUMNS", "80")
    out = tmp_path / "prices.json"
    assert prices.main(["--only", "a row", "--rounds", "2", "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    assert (document["schema"], document["version"]) == ("samplers/prices", 2)
    expected = [line.request for line in prices.LINES if "a row" in line.request]
    assert len(expected) >= 5
    assert [r["request"] for r in document["results"]] == expected
    assert all(r["reached"] == (r["price"] <= r["goal"]) for r in document["results"])
    printed = capsys.readouterr().out
    assert "MISSED" in printed or "reached" in printed
    assert "sets[users]" in " ".join(printed.split())
    assert max(map(len, printed.replace(str(out), "").splitlines())) <= 80


def test_requests_have_names_of_their_own():
    assert len({line.request for line in prices.LINES}) == len(prices.LINES)


def test_a_text_that_no_request_has_is_refused(capsys):
    with pytest.raises(SystemExit):
        prices.main(["--only", "no such request"])
    assert "sample_rows of shuffled rows" in capsys.readouterr().err


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("sampler", ["alias", "cum_table"])
def test_every_request_is_timed_or_said_not_to_apply(request_name, sampler):
    bench = Requests()
    if request_name == "out tensor":
        pytest.importorskip("torch", reason="torch is not installed")
    if request_name == "named rows" and sampler == "cum_table":
        with pytest.raises(NotImplementedError, match="does not draw rows by their numbers"):
            bench.setup(sampler, request_name, 1)
        return
    bench.setup(sampler, request_name, 1)
    bench.time_request(sampler, request_name, 1)
    assert np.asarray(bench.call()).shape == (1, 5)
