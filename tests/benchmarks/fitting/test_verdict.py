# SPDX-License-Identifier: MIT
"""From measured cells to the verdict: who may win, what counts, and what is written."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from benchmarks.checks import Fidelity, read_check, read_described
from benchmarks.documents import REGIONS, InputError
from benchmarks.fitting import rounds
from benchmarks.fitting.__main__ import main
from benchmarks.fitting.verdict import decide
from samplers.recommendation.request import AXES
from samplers.recommendation.verdict import verdict


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
                "rounds_ns": {n: [[x] * 7] * 3 for n, x in ns.items()},
                "question": "a question",
                "id": f"{v} {k} {mode}",
            }
        )
    return {
        "schema": REGIONS.schema,
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
    assert winners(decide([measured()], checked(failed=()))) == ["cheat"]
    found = decide([measured()], checked())
    assert winners(found) == ["alias", "spectrum"]
    assert all("cheat" not in r["ranking"] for r in found["regions"] if r["replacement"])
    assert all("cheat" not in c["ns"] for r in found["regions"] if r["replacement"] for c in r["cells"])


def test_one_failed_workload_and_no_check_at_all_both_shut_out():
    found = checked()
    assert found.checks[3].sampler == "spectrum"
    one_failed = replace(found, checks=(*found.checks[:3], replace(found.checks[3], passed=False), *found.checks[4:]))
    assert winners(decide([measured()], one_failed)) == ["alias"]
    unchecked = checked(names=["alias", "alias_distinct", "cheat"])
    assert winners(decide([measured()], unchecked)) == ["alias"]


@pytest.mark.parametrize("older", [False, True], ids=["", "older document"])
def test_a_mode_is_checked_as_a_variant(older):
    both = checked(failed=("cheat", "cheat_distinct"), older=older)
    assert winners(decide([measured()], both), False) == ["alias"]
    assert winners(decide([measured()], checked(failed=("cheat",), older=older)), False) == ["cheat"]
    with pytest.raises(InputError, match="no strategy passed the fidelity checks with replacement=False"):
        decide([measured()], checked(failed=("alias_distinct", "cheat_distinct"), older=older))


def test_ratios_are_to_the_best_that_may_win():
    (first, *_) = rounds.pooled([measured()])
    found = rounds.as_cell(first, ["alias", "spectrum"])
    assert found.ratio == pytest.approx({"alias": 1.0, "spectrum": 2.0})
    assert found.loss("alias") == 0
    assert found.loss("spectrum") == pytest.approx(math.log(2))


def test_a_region_says_margin_figures_and_closeness():
    first, second = decide([measured()], checked())["regions"][:2]
    assert (first["bounds"], second["bounds"]) == ({"V": [None, 8192]}, {"V": [8193, None]})
    assert (first["margin"], first["runner_up"], first["close"], first["behind"]) == (2.0, "spectrum", False, 1.0)
    assert [c["ns"] for c in first["cells"]] == [{"alias": 2.0, "spectrum": 4.0}] * 2
    document = measured()
    for c in document["cells"]:
        c["rounds_ns"] |= {n: [[*ns[0][:6], 0.1]] * 3 for n, ns in c["rounds_ns"].items() if n != "cheat"}
    found = decide([document], checked(failed=("cheat", "cheat_distinct")))["regions"]
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
    assert main(write_inputs(tmp_path)) == 0
    text = (tmp_path / "verdict.json").read_text()
    assert json.loads(text) == decide([measured()], checked())
    assert len([line for line in text.splitlines() if line.lstrip().startswith('{"at":')]) == 8  # a cell a line
    assert "spectrum     cpu, with replacement, V from 8,193: 2.0x alias, 2 cells" in capsys.readouterr().out


def test_a_missing_or_foreign_input_names_the_command(tmp_path, capsys):
    arguments = write_inputs(tmp_path)
    (tmp_path / "regions.json").unlink()
    assert main(arguments) == 2
    assert "make it with `python -m benchmarks.regions`" in capsys.readouterr().err
    for wrong, message in (({"schema": "samplers/regions/v0"}, "samplers/regions/v0"), ({"cells": []}, "has no cells")):
        assert main(write_inputs(tmp_path, measured() | wrong)) == 2
        assert message in capsys.readouterr().err


def run_of(alias, spectrum, **about):
    """A run of one cell, seven rounds a visit."""
    cell = measured()["cells"][0] | {"visits": len(alias), "rounds_ns": {"alias": alias, "spectrum": spectrum}}
    return measured() | {"cells": [cell]} | about


def test_the_worst_visit_of_all_runs_counts():
    """alias is 0.8 and 0.9 times the time of spectrum in two visits, and 1.6 times in one of another run."""
    quiet, busy = run_of([[0.8] * 7, [0.9] * 7], [[1.0] * 7] * 2), run_of([[1.6] * 7], [[1.0] * 7])
    (cell,) = rounds.pooled([quiet, busy])
    found = rounds.as_cell(cell, ["alias", "spectrum"])
    assert found.worst == pytest.approx({"alias": 1.6, "spectrum": 1 / 0.8})
    assert found.ns == {"alias": 0.9, "spectrum": 1.0}
    assert found.ratio["alias"] == pytest.approx((0.8 * 0.9 * 1.6) ** (1 / 3))
    assert winners(decide([quiet], checked())) == ["alias"]
    assert winners(decide([quiet, busy], checked())) == ["spectrum"]


def test_a_visit_whose_rounds_disagree_tells_nothing():
    (cell,) = rounds.pooled([run_of([[1.5] * 6 + [0.99]], [[1.0] * 7])])
    assert rounds.as_cell(cell, ["alias", "spectrum"]).worst == {"alias": 1.0, "spectrum": 1.0}


def test_the_verdict_says_how_often_a_strategy_is_behind_by_chance():
    """Of equals, simulated in 20,000 cells; a rate that is off by 0.008 fails with probability 1e-4 or more (seed)."""
    visits = [run_of([[1.0] * 7] * 3, [[1.0] * 7] * 3)] * 3
    alarms = decide(visits, checked())["false_alarms"]
    assert (alarms["visits"], alarms["rounds"]) == (9, 7)
    logs = np.random.default_rng(3).standard_normal((20_000, 9, 7))
    assert alarms["rate"] == pytest.approx((logs > 0).all(axis=2).any(axis=1).mean(), abs=0.008)
    shipped = verdict()["false_alarms"]
    assert 0 < shipped["rate"] < 1
    assert shipped["visits"] * shipped["rounds"] <= verdict()["rounds"]


def test_cells_with_few_rounds_in_a_visit_have_more_false_alarms():
    few = run_of([[1.0] * 3], [[1.0] * 3])["cells"][0] | {"V": 7}
    cells = rounds.pooled([run_of([[1.0] * 7], [[1.0] * 7]) | {"cells": [few, *measured()["cells"]]}])
    alarms = rounds.false_alarms(cells)
    assert (alarms.visits, alarms.rounds) == (3, 7)
    assert alarms.rate == pytest.approx((8 * (1 - (127 / 128) ** 3) + 1 / 8) / 9)


def test_runs_of_two_machines_do_not_mix():
    with pytest.raises(InputError, match="different machines or versions"):
        decide([measured(), measured() | {"environment": {"cpu": "B"}}], checked())
