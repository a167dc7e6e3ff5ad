# SPDX-License-Identifier: MIT
"""Where the regions break, and who wins each."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest

from benchmarks.fitting import decision_tree
from benchmarks.fitting.decision_tree import Cell
from samplers.recommendation.request import AXES, Features
from samplers.recommendation.verdict import holds

ORDER = ["alias", "spectrum", "multinomial"]


def cell(ns, refused=(), noise=False, **at):
    """A cell whose rounds agree, or do not."""
    best = min(ns.values())
    worst = {name: 1.0 if noise else value / best for name, value in ns.items()}
    ratio = {name: value / best for name, value in ns.items()}
    return Cell(dict.fromkeys(AXES, 1) | at, ns, ratio, worst, frozenset(refused))


def grown(cells):
    return decision_tree.regions(cells, AXES, ORDER)


def summary(found):
    return [(r.bounds, r.ranking[0]) for r in found]


@pytest.mark.parametrize(("axis", "at"), [("rows", 2000), ("V", 2048)])
def test_two_power_laws_part_where_they_cross(axis, at):
    """They cross at 2,000, between the measured 1,000 and 10,000; tables step at powers of two of V."""
    cells = [
        cell({"alias": 1e-3 * v, "spectrum": 2.0}, k=k, **{axis: v}) for v in (100, 1000, 10**4, 10**5) for k in (1, 5)
    ]
    left, right = grown(cells)
    assert left.bounds[axis] == (None, right.bounds[axis][0] - 1)
    assert left.bounds[axis][1] == pytest.approx(at, abs=1 if axis == "rows" else 0)
    assert (left.ranking[0], right.ranking[0]) == ("alias", "spectrum")


@pytest.mark.parametrize(
    ("middle", "below", "above", "step"),
    [(700, 500, 1000, 512), (9000, 5000, 70_000, 8192), (513, 512, 1000, 512), (7, 7, 8, 7), (1023, 600, 1024, 1023)],
)
def test_a_break_in_v_lies_on_a_power_of_two_if_there_is_one(middle, below, above, step):
    """What is left of the break includes it, as a table of 2**n slots holds 2**n ids."""
    assert decision_tree.next_step(middle, below, above) == step


def test_an_axis_that_explains_hardly_more_does_not_win_over_an_earlier_one():
    """In the last cell alone the order tells more than V: 0.09 of the log of a time."""
    cells = [cell({"alias": 1.0, "spectrum": 2.0}, V=100, sorted=1, k=k) for k in (1, 2, 3)]
    cells += [cell({"alias": 2.0, "spectrum": 1.0}, V=900, sorted=0, k=k) for k in (1, 2)]
    cells += [cell({"alias": math.exp(0.09), "spectrum": 1.0}, V=100, sorted=0, k=3)]
    assert {axis for region in grown(cells) for axis in region.bounds} == {"V"}
    cells[-1] = cell({"alias": math.exp(0.3), "spectrum": 1.0}, V=100, sorted=0, k=3)
    assert {axis for region in grown(cells) for axis in region.bounds} == {"sorted"}


def test_where_the_times_do_not_cross_the_geometric_mean_parts():
    """At the values beside the break both take the same, as there the strategies are told apart by k alone."""
    cells = [cell({"alias": 1.0, "spectrum": 2.0}, V=v, k=k) for v in (100,) for k in (1, 2)]
    cells += [cell({"multinomial": 1.0}, V=v, k=k) for v in (10**4,) for k in (1, 2)]
    left, right = grown(cells)
    assert (left.bounds["V"], right.bounds["V"]) == ((None, 1024), (1025, None))


def test_a_break_point_lies_between_the_measured_values():
    cells = [cell({"alias": 1.0, "spectrum": 9.0 if v == 7 else 1.1}, V=v, k=k) for v in (7,) for k in (1, 2)]
    cells += [cell({"alias": 9.0, "spectrum": 1.0}, V=8, k=k) for k in (1, 2)]
    left, right = grown(cells)
    assert (left.bounds["V"], right.bounds["V"]) == ((None, 7), (8, None))


def test_what_two_axes_decide_together_is_found():
    """multinomial wins only at many redraws and large k: no single split gains as much as the two."""
    cells = [
        cell(
            {"alias": 1.0 if r < 50 or k < 10 else 9.0, "multinomial": 9.0 if r < 50 or k < 10 else 1.0},
            redraws=r,
            k=k,
            V=v,
        )
        for r, k, v in product((1, 5, 100, 200), (1, 5, 20, 64), (100, 1000))
    ]
    found = grown(cells)
    assert sorted(r.ranking[0] for r in found) == ["alias", "alias", "multinomial"]
    for c in cells:
        (where,) = [r for r in found if holds(r.bounds, Features(**c.at))]
        assert c.loss(where.ranking[0]) == 0


def test_what_noise_may_have_done_makes_no_region():
    cells = [cell({"alias": 1.0, "spectrum": 1.3}, V=v, k=k) for v in (10, 100) for k in (1, 5)]
    cells += [cell({"alias": 1.5, "spectrum": 1.0}, V=1000, k=k, noise=True) for k in (1, 5)]
    assert summary(grown(cells)) == [({}, "alias")]
    cells[-2:] = [cell({"alias": 1.5, "spectrum": 1.0}, V=1000, k=k) for k in (1, 5)]
    assert [winner for _, winner in summary(grown(cells))] == ["alias", "spectrum"]


def test_a_single_odd_cell_and_a_small_gain_make_none():
    cells = [cell({"alias": 1.0, "spectrum": 2.0}, V=v, k=k) for v in (10, 100) for k in (1, 5)]
    assert summary(grown([*cells, cell({"alias": 1.7, "spectrum": 1.0}, V=1000)])) == [({}, "alias")]
    near = [cell({"alias": 1.07, "spectrum": 1.0}, V=1000, k=k) for k in (1, 5, 20, 64)]
    assert summary(grown(cells + near)) == [({}, "alias")]


def test_who_refuses_loses_nothing_there_and_who_was_too_slow_does():
    wins = [cell({"alias": 2.0, "spectrum": 1.0}, V=v, k=k) for v in (10, 100) for k in (1, 5)]
    refused = [cell({"alias": 2.0}, refused=["spectrum"], V=1000, k=k) for k in (1, 5)]
    assert summary(grown(wins + refused)) == [({}, "spectrum")]
    slow = [cell({"alias": 2.0}, V=1000, k=k) for k in (1, 5)]
    assert [winner for _, winner in summary(grown(wins + slow))] == ["spectrum", "alias"]


def test_a_tie_goes_to_the_winner_of_the_whole_then_to_the_earlier_name():
    tied = [cell({"alias": 1.0, "spectrum": 1.0}, V=v) for v in (10, 100)]
    assert decision_tree.ranking(tied, ORDER) == ("alias", "spectrum")
    assert decision_tree.ranking(tied, ORDER, "spectrum") == ("spectrum", "alias")


def random_cells(seed):
    """Times of no pattern at all on a small grid."""
    draw = random.Random(seed)
    return [
        cell({n: draw.lognormvariate(0, 1) for n in ORDER}, V=v, k=k, rows=r, sorted=s)
        for v, k, r, s in product((10, 1000, 10**6), (1, 5, 64), (1, 1024), (0, 1))
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_regions_share_out_all_requests(seed):
    cells = random_cells(seed)
    found = grown(cells)
    assert len(found) > 3
    assert sum(len(r.cells) for r in found) == len(cells)
    draw = random.Random(seed)
    for _ in range(300):
        values = {axis: math.floor(10 ** draw.uniform(0, 8)) for axis in AXES} | {"sorted": draw.choice((0, 1))}
        assert sum(holds(r.bounds, Features(**values)) for r in found) == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_cells_changes_nothing(seed):
    cells = random_cells(seed)
    before = summary(grown(cells))
    random.Random(seed).shuffle(cells)
    assert summary(grown(cells)) == before
