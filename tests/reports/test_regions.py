# SPDX-License-Identifier: MIT
"""From measured cells to the verdict: who may win, and where the regions break."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from itertools import product

import pytest

from reports import decision_tree, regions, rounds
from reports.decision_tree import Cell
from reports.fidelity.described import read_described
from reports.fidelity.read import Fidelity, read_check
from reports.inputs import InputError
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


# The gate and the file.


def side(ns, ratio, low):
    return {"ns": ns, "q25": ns, "q75": ns, "ratio": ratio, "low": low, "high": ratio}


def measured():
    """V small: alias first; V large: spectrum first; cheat always fastest; without replacement alias alone."""
    cells = []
    for v, k, mode in product((100, 10**6), (1, 5), (True, False)):
        at = dict.fromkeys(AXES, 1) | {"V": v, "k": k}
        alias, spectrum = (2.0, 4.0) if v == 100 else (8.0, 4.0)
        ns = {"cheat": 1.0, "alias": alias} | ({"spectrum": spectrum} if mode else {})
        cells.append(
            {
                "kind": "sorted",
                "V": v,
                "rows": 1,
                "k": k,
                "replacement": mode,
                "device": "cpu",
                "at": at,
                "sides": {n: side(x, x, x * 0.98) for n, x in ns.items()},
                "slower": {"pool": 900.0},
                "refused": {},
                "visits": 3,
                "rounds_ns": {n: [x] * 21 for n, x in ns.items()},
                "question": "a question",
                "id": f"{v} {k} {mode}",
            }
        )
    return {
        "schema": regions.REGIONS_SCHEMA,
        "command": "python -m benchmarks.regions",
        "commit": "a" * 40,
        "dirty": False,
        "environment": {"cpu": "A CPU"},
        "rounds": 15,
        "cells": cells,
    }


VARIANTS = {"alias_distinct": "alias", "cheat_distinct": "cheat"}


def described(name, older):
    """A sampler; an older document says no more than that some are variants."""
    about = {"name": name, "replacement": name not in VARIANTS, "origin": "variant" if name in VARIANTS else "built-in"}
    options = {"replacement": False} if name in VARIANTS else {}
    return about if older else about | {"label": name, "variant_of": VARIANTS.get(name), "options": options}


def document(failed=("cheat",), names=None, older=False):
    """A fidelity document."""
    names = ["alias", "spectrum", "cheat", "alias_distinct", "cheat_distinct"] if names is None else names
    return {
        "schema": "samplers/fidelity/v2",
        "commit": "b" * 40,
        "workloads": [],
        "mutants": [],
        "samplers": [described(name, older) for name in names],
        "results": [
            {"sampler": n, "workload": w, "k": 5, "passed": n not in failed, "error": None, "refused": False}
            for n in names
            for w in ("english", "flat")
        ],
    }


def checked(failed=("cheat",), names=None, older=False):
    """The same as it is read."""
    found = document(failed, names, older)
    return Fidelity(tuple(map(read_check, found["results"])), (), read_described(found["samplers"]), found)


def winners(document, replacement=True):
    return [r["winner"] for r in document["regions"] if r["replacement"] is replacement]


def test_only_who_passed_every_check_may_win():
    assert winners(regions.decide([measured()], checked(failed=()))) == ["cheat"]
    found = regions.decide([measured()], checked())
    assert winners(found) == ["alias", "spectrum"]
    assert all("cheat" not in r["ranking"] for r in found["regions"] if r["replacement"])
    assert all("cheat" not in c["ns"] for r in found["regions"] if r["replacement"] for c in r["cells"])


def test_one_failed_workload_and_no_check_at_all_both_shut_out():
    found = checked()
    assert found.checks[3].sampler == "spectrum"
    one_failed = replace(found, checks=(*found.checks[:3], replace(found.checks[3], passed=False), *found.checks[4:]))
    assert winners(regions.decide([measured()], one_failed)) == ["alias"]
    unchecked = checked(names=["alias", "alias_distinct", "cheat"])
    assert winners(regions.decide([measured()], unchecked)) == ["alias"]


@pytest.mark.parametrize("older", [False, True], ids=["", "older document"])
def test_a_mode_is_checked_as_a_variant(older):
    both = checked(failed=("cheat", "cheat_distinct"), older=older)
    assert winners(regions.decide([measured()], both), False) == ["alias"]
    assert winners(regions.decide([measured()], checked(failed=("cheat",), older=older)), False) == ["cheat"]
    with pytest.raises(InputError, match="no strategy passed the fidelity checks with replacement=False"):
        regions.decide([measured()], checked(failed=("alias_distinct", "cheat_distinct"), older=older))


def test_ratios_are_to_the_best_that_may_win():
    (first, *_) = rounds.pooled([measured()])
    found = rounds.as_cell(first, ["alias", "spectrum"])
    assert found.ratio == pytest.approx({"alias": 1.0, "spectrum": 2.0})
    assert found.loss("alias") == 0
    assert found.loss("spectrum") == pytest.approx(math.log(2))


def test_a_region_says_margin_figures_and_closeness():
    first, second = regions.decide([measured()], checked())["regions"][:2]
    assert (first["bounds"], second["bounds"]) == ({"V": [None, 8192]}, {"V": [8193, None]})
    assert (first["margin"], first["runner_up"], first["close"], first["behind"]) == (2.0, "spectrum", False, 1.0)
    assert [c["ns"] for c in first["cells"]] == [{"alias": 2.0, "spectrum": 4.0}] * 2
    document = measured()
    for c in document["cells"]:
        c["rounds_ns"] |= {n: [*x[:6], 0.1] * 3 for n, ns in c["rounds_ns"].items() if n != "cheat" for x in [ns]}
    found = regions.decide([document], checked(failed=("cheat", "cheat_distinct")))["regions"]
    assert [(r["close"], r["runner_up"]) for r in found] == [(True, "spectrum"), (False, None)]


def write_inputs(root, regions_document=None):
    (root / "regions.json").write_text(json.dumps(measured() if regions_document is None else regions_document))
    (root / "fidelity.json").write_text(json.dumps(document()))
    return [
        "--regions",
        str(root / "regions.json"),
        "--fidelity",
        str(root / "fidelity.json"),
        "--out",
        str(root / "verdict.json"),
    ]


def test_the_command_writes_what_it_decided(tmp_path, capsys):
    assert regions.main(write_inputs(tmp_path)) == 0
    text = (tmp_path / "verdict.json").read_text()
    assert json.loads(text) == regions.decide([measured()], checked())
    assert len([line for line in text.splitlines() if line.lstrip().startswith('{"at":')]) == 8  # a cell a line
    assert "spectrum     cpu, with replacement, V 8193..–: 2.0x alias, 2 cells" in capsys.readouterr().out


def test_a_missing_or_foreign_input_names_the_command(tmp_path, capsys):
    arguments = write_inputs(tmp_path)
    (tmp_path / "regions.json").unlink()
    assert regions.main(arguments) == 2
    assert "make it with `python -m benchmarks.regions`" in capsys.readouterr().err
    for wrong, message in (({"schema": "samplers/regions/v0"}, "samplers/regions/v0"), ({"cells": []}, "has no cells")):
        assert regions.main(write_inputs(tmp_path, measured() | wrong)) == 2
        assert message in capsys.readouterr().err


def run_of(alias, spectrum, visits=1, **about):
    """A run of one cell, seven rounds a visit."""
    cell = measured()["cells"][0] | {"visits": visits, "rounds_ns": {"alias": alias, "spectrum": spectrum}}
    return measured() | {"cells": [cell]} | about


def test_the_worst_visit_of_all_runs_counts():
    """alias is 0.8 and 0.9 times the time of spectrum in two visits, and 1.6 times in one of another run."""
    quiet, busy = run_of([0.8] * 7 + [0.9] * 7, [1.0] * 14, visits=2), run_of([1.6] * 7, [1.0] * 7)
    (cell,) = rounds.pooled([quiet, busy])
    found = rounds.as_cell(cell, ["alias", "spectrum"])
    assert found.worst == pytest.approx({"alias": 1.6, "spectrum": 1 / 0.8})
    assert found.ns == {"alias": 0.9, "spectrum": 1.0}
    assert found.ratio["alias"] == pytest.approx((0.8 * 0.9 * 1.6) ** (1 / 3))
    assert winners(regions.decide([quiet], checked())) == ["alias"]
    assert winners(regions.decide([quiet, busy], checked())) == ["spectrum"]


def test_a_visit_whose_rounds_disagree_tells_nothing():
    (cell,) = rounds.pooled([run_of([1.5] * 6 + [0.99], [1.0] * 7)])
    assert rounds.as_cell(cell, ["alias", "spectrum"]).worst == {"alias": 1.0, "spectrum": 1.0}


def test_runs_of_two_machines_do_not_mix():
    with pytest.raises(InputError, match="different machines or versions"):
        regions.decide([measured(), measured() | {"environment": {"cpu": "B"}}], checked())
