# SPDX-License-Identifier: MIT
"""docs/before-and-after.md: the lines are counted, all programs run, and both of a pair draw from the same law."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import samplers

pytest.importorskip("torch", reason="torch is not installed")

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "before-and-after.md").read_text(encoding="utf-8")
SECTIONS = {
    title: re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
LOADER, HISTORIES, EVALUATION, RANKS = SECTIONS
# Of the largest of 50 to 500 standard scores. A normal score has it with a chance of 6e-7, so that false alarms of a
# test are below 3e-4; the seeds are fixed. It finds an error of 6 standard deviations in the share of one id.
LARGEST_SCORE = 5.0
COUNTS = (1000 // np.arange(1, 51)).astype(float)  # of the first loop


def lines(block: str) -> int:
    """The lines that hold code."""
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in block.splitlines())


@pytest.mark.parametrize("title", SECTIONS)
def test_the_table_has_the_numbers_of_lines_of_the_blocks(title):
    _, before, after = SECTIONS[title]
    (counted,) = re.findall(rf"^\| \[{re.escape(title)}\]\(#[\w-]+\) \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
    assert tuple(map(int, counted)) == (lines(before), lines(after))
    assert lines(after) < lines(before)


def run(title: str, after: bool, loop: str = "", workers: int = 0) -> dict[str, Any]:
    """What the data and a program leave in their variables; ``loop`` replaces the body of the loop of the program."""
    setup, *programs = SECTIONS[title]
    program = programs[after].replace("...  # the step", loop or "pass")
    program = re.sub(r"num_workers=\d", f"num_workers={workers}", program)
    made: dict[str, Any] = {"__name__": "shown"}
    if loop:
        made["kept"] = []
    for part in (setup, program):
        exec(compile(part, title, "exec"), made)
    return made


def scores(ids: np.ndarray, shares: np.ndarray, each: int) -> np.ndarray:
    """Standard scores of how often each id was drawn: ``each`` times in row i, by the law ``shares[i]``."""
    observed = np.bincount(ids.ravel(), minlength=shares.shape[1])
    variance = each * (shares * (1 - shares)).sum(axis=0)
    return (observed - each * shares.sum(axis=0)) / np.sqrt(variance)


def of_loader(after: bool, workers: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Contexts and negatives of the pairs, in their order."""
    made = run(LOADER, after, f"kept.append((context, {'drawn.ids' if after else 'ids'}))", workers)
    contexts, ids = (np.concatenate([np.asarray(batch[part]) for batch in made["kept"]]) for part in (0, 1))
    np.testing.assert_array_equal(contexts, made["contexts"])
    return contexts, ids


def without(law: np.ndarray, barred: np.ndarray) -> np.ndarray:
    """The law of each row without its barred ids, (rows, V)."""
    shares = np.where(barred, 0, law)
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_pairs_get_negatives_of_the_noise_distribution_without_their_contexts(after):
    contexts, ids = of_loader(after)
    assert ids.shape == (2000, 5)
    assert not (ids == contexts[:, None]).any()
    barred = np.arange(50) == contexts[:, None]
    assert abs(scores(ids, without(COUNTS**0.75, barred), 5)).max() < LARGEST_SCORE
    assert abs(scores(ids, without(COUNTS, barred), 5)).max() > LARGEST_SCORE


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # Python 3.12 on fork
@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")  # on a machine of one core
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_with_workers_the_negatives_of_today_are_others(after):
    assert np.array_equal(of_loader(after)[1], of_loader(after, workers=2)[1]) == after


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_interactions_get_uniform_items_that_their_users_have_not_seen(after):
    made = run(HISTORIES, after)
    users, items, ids = made["users"], made["items"], np.asarray(made["negatives"])
    barred = np.zeros((100, 200), bool)
    barred[users, items] = True
    assert ids.shape == (2000, 4)
    assert not barred[users[:, None], ids].any()
    assert abs(scores(ids, without(np.ones(200), barred[users]), 4)).max() < LARGEST_SCORE
    assert abs(scores(ids, without(np.arange(200) + 100.0, barred[users]), 4)).max() > LARGEST_SCORE


def test_a_user_who_has_seen_all_items_is_an_error():
    made = run(HISTORIES, after=True)
    everything = samplers.IdSets.from_lists([[0], range(200)], V=200)
    with pytest.raises(ValueError, match="row 1"):
        made["sampler"].sample(2, 4, exclude=everything)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_users_are_evaluated_against_distinct_items_that_they_have_not_seen(after):
    """The ids of a row are distinct, so that each left item is in it with a chance of k / left."""
    made = run(EVALUATION, after)
    ids, histories = made["negatives"], made["histories"]
    barred = np.zeros((300, 500), bool)
    for user, seen in enumerate(histories):
        barred[user, seen] = True
    assert not np.take_along_axis(barred, ids, axis=1).any()
    assert all(len(set(row)) == 99 for row in ids.tolist())
    shares = 99 * without(np.ones(500), barred)
    assert abs(scores(ids, shares, 1)).max() < LARGEST_SCORE
    assert abs(scores(ids, 99 * without(np.arange(500) + 250.0, barred), 1)).max() > LARGEST_SCORE
    if after:
        again = made["sampler"].sample_rows([7], 99, exclude=made["seen"][[7]])
        np.testing.assert_array_equal(again[0], ids[7])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ranks_share_an_epoch_of_weighted_examples(after):
    made = run(RANKS, after)
    ids = np.array([list(rank) for rank in made["ranks"]])
    weights = made["weights"].double().numpy()
    assert ids.shape == (2, 1000)
    assert [len(rank) for rank in made["ranks"]] == [1000, 1000]
    if after:
        made["ranks"][0].load_state_dict(made["ranks"][1].state_dict(consumed=600) | {"epoch": 0})
        assert list(made["ranks"][0]) == ids[0, 300:].tolist()
    law = np.broadcast_to(weights / weights.sum(), (2000, 50))
    assert abs(scores(ids.reshape(-1, 1), law, 1)).max() < LARGEST_SCORE
    assert abs(scores(ids.reshape(-1, 1), np.full((2000, 50), 1 / 50), 1)).max() > LARGEST_SCORE
