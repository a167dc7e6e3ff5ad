# SPDX-License-Identifier: MIT
"""The comparison with samplers of other libraries. Those that are installed are checked too."""

from __future__ import annotations

import json

import numpy as np
import pytest

import samplers
from benchmarks import documents, neighbours
from benchmarks.environment import environment

COUNTS = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)


def test_the_table_of_the_alias_method_has_the_law():
    """The mass of each id is added up from the table: V = 100, and laws with ties and zeros."""
    for weights in (COUNTS, [1, 1, 1], [5], [0, 3, 1, 0], np.arange(1, 2000)):
        p = samplers.from_weights(weights).probabilities
        threshold, alias = neighbours.vose(p)
        mass = threshold / len(p)
        np.add.at(mass, alias, (1 - threshold) / len(p))
        np.testing.assert_allclose(mass, p, atol=1e-15)


@pytest.mark.parametrize("kind", neighbours.NEIGHBOURS, ids=lambda kind: kind.info.name)
def test_a_neighbour_that_is_installed_draws_from_the_law(kind):
    """Chi-square over all ids at 1e-6, of 100,000 draws; it detects a relative error of 4 % (rms)."""
    if kind.unavailable():
        pytest.skip(kind.unavailable())
    result = samplers.check_fidelity(kind(samplers.NoiseDistribution(COUNTS), rng=1), rows=20_000)
    assert result.test("chi-square").passed
    assert result.test("range").passed


def test_the_command_measures_all_that_is_installed_and_says_what_is_not(tmp_path, monkeypatch, capsys):
    class Absent(neighbours.Neighbour):
        package = "a_package_that_nobody_has"
        info = samplers.Info(name="absent")

    monkeypatch.setattr(neighbours, "NEIGHBOURS", (Absent,))
    monkeypatch.setattr(neighbours, "OTHERS", ("scipy_alias_urn",))
    monkeypatch.setattr(neighbours, "ROUNDS", 2)
    monkeypatch.setattr(neighbours, "ROUND_SECONDS", 0.001)
    out = tmp_path / "neighbours.json"
    assert neighbours.main(["--out", str(out), "--sizes", "1000"]) == 0
    written = documents.NEIGHBOURS.read(out)
    assert [entry["sampler"] for entry in written["results"]] == ["alias", "scipy_alias_urn"]
    ours, other = written["results"]
    assert ours["ratio"] == 1
    assert other["ratio"] > 0
    assert other["q25"] <= other["ratio"] <= other["q75"]
    assert written["left_out"] == ["absent: a_package_that_nobody_has is not installed"]
    assert written["failed"] == {"alias": [], "scipy_alias_urn": []}
    assert written["machine"] == json.loads(json.dumps(environment()))
    text = capsys.readouterr().out
    assert "scipy_alias_urn" in text
    assert "left out: absent" in text
    assert max(map(len, text.splitlines())) <= 100
