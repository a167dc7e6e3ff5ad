# SPDX-License-Identifier: MIT
"""Instructions an id, the parts of a draw, and where the negatives of each law fall."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import samplers
from benchmarks import bench_limit, instructions, roofline, strata
from benchmarks.documents import INSTRUCTIONS
from benchmarks.sgns.corpus import numbered
from benchmarks.sgns.windows import Examples, examples

# perf 6.1, --field-separator ",": on a machine that counts, and on a virtual machine that does not.
COUNTED = "1234567,,instructions:u,900123,100.00,,\n"
NOT_COUNTED = "<not supported>,,instructions:u,0,100.00,,\n"


def test_the_output_of_perf_is_read():
    assert instructions.counted_by_perf(COUNTED) == 1_234_567
    assert instructions.counted_by_perf(NOT_COUNTED) is None


def test_instructions_an_id_are_the_difference_of_two_numbers_of_calls():
    ids = (instructions.CALLS[1] - instructions.CALLS[0]) * instructions.ROWS * instructions.K
    assert instructions.per_id("alias", [10**9, 10**9 + 20 * ids]) == 20
    of_rows = instructions.per_id("multinomial", [0, ids])  # its calls have fewer rows
    assert of_rows == instructions.ROWS / instructions.FEW


@pytest.mark.parametrize(("found", "expected"), [(set(), None), ({"valgrind"}, "valgrind")])
def test_without_a_counter_the_reason_is_kept(found, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(instructions.shutil, "which", lambda name: name if name in found else None)
    assert instructions.counter()[0] == expected
    if expected is None:
        assert instructions.main(["--out", str(tmp_path / "i.json")]) == 0
        assert "nothing counted: perf is not installed; valgrind is not installed" in capsys.readouterr().out
        document = INSTRUCTIONS.read(tmp_path / "i.json")
        assert (document["counter"], document["results"]) == (None, [])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_valgrind_counts_what_a_strategy_executes(monkeypatch):
    """Two calls more of a loop in C: at least one step of the binary search of each id for each bit of V."""
    monkeypatch.setattr(instructions, "CALLS", (1, 3))
    (found,) = instructions.measure(["cum_table"], instructions.VALGRIND)
    assert 14 * 3 < found["instructions"] < 14 * 50  # log2(10,000) = 13.3


def test_the_strata_are_a_third_of_the_tokens_each():
    counts = np.array([30, 30, 20, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10])
    head, middle, tail = strata.strata(counts)
    assert (counts[head].sum(), counts[middle].sum(), counts[tail].sum()) == (60, 60, 60)
    assert (head.start, tail.stop) == (0, len(counts))


def of_rows(rows: list[list[int]], centres: list[int]) -> Examples:
    length = max(map(len, rows))
    contexts = np.array([row + [0] * (length - len(row)) for row in rows])
    mask = np.array([[True] * len(row) + [False] * (length - len(row)) for row in rows])
    return Examples(np.array(centres), contexts, mask)


def test_hits_are_those_of_a_plain_count():
    p = np.array([0.4, 0.3, 0.2, 0.1])
    rows = of_rows([[1, 1, 2], [3], [0, 3]], [0, 0, 1])  # 1 comes twice in a window, and once in its set
    found = strata.hits(p, rows)
    assert found["pair"] == pytest.approx((0.3 + 0.3 + 0.2 + 0.1 + 0.4 + 0.1) / 6)
    assert found["window"] == pytest.approx((0.5 + 0.1 + 0.5) / 3)
    assert found["corpus"] == pytest.approx((4 * 0.6 + 2 * 0.5) / 6)  # by pairs: 0 meets {1, 2, 3}, 1 meets {0, 3}


def test_hits_agree_with_draws():
    """400,000 draws of `alias`: a bias of 1 % of the share, about a half, is 6 standard errors; false alarms: 1e-9."""
    texts = [f"a b c a d e f g h a b {'c' * (i % 3 + 1)} d e".split() for i in range(60)]
    corpus = numbered("toy", texts, 1)
    rows = examples(corpus.documents, np.ones(len(corpus.counts)), np.random.default_rng(1))
    law = samplers.NoiseDistribution(corpus.counts)
    k = 400_000 // len(rows)
    drawn = samplers.create("alias", law, rng=1).sample(len(rows), k)
    positive = np.zeros((len(rows), len(law)), dtype=bool)
    for row, (contexts, mask) in enumerate(zip(rows.contexts, rows.mask, strict=True)):
        positive[row, contexts[mask]] = True
    seen = np.take_along_axis(positive, drawn, axis=1).mean()
    assert strata.hits(law.probabilities, rows)["window"] == pytest.approx(seen, rel=0.01)


def test_each_law_has_all_of_its_mass_in_the_strata():
    texts = [[f"w{i}" for i in range(n)] for n in range(1, 40)]
    found = strata.measure(numbered("toy", texts, 1))
    assert [result["law"] for result in found["results"]] == list(strata.LAWS)
    for result in found["results"]:
        assert sum(result["shares"].values()) == pytest.approx(1)
        assert result["curve"]["draws"][-1] == pytest.approx(1)
    shares = {result["law"]: result["shares"]["head"] for result in found["results"]}
    assert shares["uniform"] < shares["counts ** 0.75"] < shares["counts ** 1"]


def test_the_parts_and_the_strategies_are_timed_at_the_same_size(monkeypatch):
    monkeypatch.setattr(roofline, "ROUNDS", 1)
    monkeypatch.setattr(roofline, "ROUND_SECONDS", 0.001)
    monkeypatch.setattr(roofline, "STRATEGIES", ("alias", "cum_table"))
    found = roofline.measure(1000)
    assert list(found["parts"]) == list(roofline.PARTS)
    assert max(found["parts"].values()) == pytest.approx(found["slowest"])
    assert sum(found["parts"].values()) == pytest.approx(found["sum"])
    assert [entry["sampler"] for entry in found["strategies"]] == ["alias", "cum_table"]
    assert bench_limit.IDS == roofline.MANY * roofline.K
