# SPDX-License-Identifier: MIT
"""Draws of whole rows on a device, and what a draw costs: how many attempts it reads, and whether weights are read.

A device that works on its own never tells the host whether a cell still needs an attempt. So the number of attempts is
chosen before, from the law, the number of columns and the number of excluded ids: a cell needs more of them with a
chance below 2**-64. If 128 attempts are not enough for that, the exact path is taken after them, and nothing is left to
chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cells import ATTEMPTS, OPEN, Stream, needed
from .exact import Weights, fill_open
from .rules import Rules, by_attempts

if TYPE_CHECKING:
    from torch import Tensor

    from ..laws.law import Law
    from .tables import Table

FEW_ATTEMPTS, RUNGS = 4, (24, ATTEMPTS)  # of the first and the further passes, where the host may read what is left
# Units and weights differ by less than this: see section 5 of docs/streams.md.
ROUNDING = 2**-20
WORDS_AT_ONCE = {"cpu": 1 << 16, "cuda": 1 << 22}  # they take 8 bytes each, in about ten tensors


@dataclass(frozen=True)
class Plan:
    """How rows are drawn that the host does not look at.

    Attributes
    ----------
    attempts : int
        Of each cell, at most 128.
    exact : bool
        Whether the weights are read for cells whose attempts are used up.
    """

    attempts: int
    exact: bool


def plan(noise: Law, refusal: int, n_out: int) -> Plan:
    """The plan of rows in which at most ``n_out`` ids are barred.

    Parameters
    ----------
    noise : Law
        The law.
    refusal : int
        Of 2**32 words of an attempt, so many give no id.
    n_out : int
        Excluded ids of a row, and ids of earlier columns if ids are distinct.

    Returns
    -------
    Plan
        The attempts that a cell needs.
    """
    chance = refusal / 2**32
    if n_out:
        classes = noise.classes
        chance += classes._mass(classes._heaviest(n_out)) / noise.total_weight + ROUNDING
    attempts = needed(chance, ATTEMPTS + 1)
    return Plan(min(attempts, ATTEMPTS), attempts > ATTEMPTS)


def draw(
    table: Table, stream: Stream, rows: Tensor, k: int, rules: Rules, planned: Plan, weights: Any, waits: bool
) -> Tensor:
    """Rows in operations of torch.

    Parameters
    ----------
    table : Table
        On the device of the rows.
    stream : Stream
        Key and epoch.
    rows : Tensor of int64, shape (n,)
        Numbers of rows.
    k : int
        Columns.
    rules : Rules
        Of these rows.
    planned : Plan
        What `plan` returns.
    weights : callable
        Returns the `Weights` of the law.
    waits : bool
        Whether the host may read tensors: then no cell is left, whatever the plan.

    Returns
    -------
    Tensor of int64, shape (n, k)
        Ids, or negative numbers where there is none.
    """
    import torch

    attempts = min(FEW_ATTEMPTS, planned.attempts) if waits else planned.attempts
    many = max(1, 0 if rules.excluded is None else rules.excluded.shape[1] // 8)
    step = max(1, WORDS_AT_ONCE.get(rows.device.type, 1 << 22) // (k * table.words * attempts * many))
    parts = []
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        parts.append(_part(table, stream, rows[part], k, rules.of(part), attempts, planned, weights, waits))
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _part(
    table: Table,
    stream: Stream,
    rows: Tensor,
    k: int,
    rules: Rules,
    attempts: int,
    planned: Plan,
    weights: Any,
    waits: bool,
) -> Tensor:
    import torch

    ids = by_attempts(table, stream, rows, k, rules, attempts, waits)
    if not waits:
        return close(ids, weights(), stream, rows, rules) if planned.exact else ids
    for rung in RUNGS:
        left = (ids == OPEN).any(1).nonzero()[:, 0]
        for some in torch.split(left, max(1, WORDS_AT_ONCE["cpu"] // (k * table.words * rung))):
            ids[some] = by_attempts(table, stream, rows[some], k, rules.of(some), rung, waits)
    left = (ids == OPEN).any(1).nonzero()[:, 0]
    if len(left):
        ids[left] = close(ids[left], weights(), stream, rows[left], rules.of(left))
    return ids


def close(ids: Tensor, weights: Weights, stream: Stream, rows: Tensor, rules: Rules) -> Tensor:
    """The same rows; open cells have ids from the weights, if any id is left."""
    return fill_open(ids, weights, stream, rows, rules.distinct, rules.excluded)
