# SPDX-License-Identifier: MIT
"""The experiment of post 004: its three methods with its numbers of draws, and a fourth method that it left out.

The post published 0.707, 0.006 and 0.037 s for its three methods.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable
from importlib.util import find_spec
from itertools import accumulate
from typing import Any

from .workloads import WORKLOADS


def multinomial_per_item(prob: Any, cumulative: list[float]) -> list[int]:
    """Method 1: 10,000 calls for 5 distinct ids each."""
    import torch

    drawn: list[int] = []
    for _ in range(10_000):
        drawn.extend(torch.multinomial(prob, 5, replacement=False).tolist())
    return drawn


def multinomial_ahead(prob: Any, cumulative: list[float]) -> list[int]:
    """Method 2: 10 calls for 5,000 ids each, with replacement."""
    import torch

    drawn: list[int] = []
    for _ in range(10):
        drawn.extend(torch.multinomial(prob, 5_000, replacement=True).tolist())
    return drawn


def uniform_bisect(prob: Any, cumulative: list[float]) -> list[int]:
    """Method 3: 50,000 draws by a uniform random number and a binary search."""
    drawn = []
    for _ in range(50_000):
        drawn.append(bisect.bisect_left(cumulative, random.uniform(0, 1)))
    return drawn


def multinomial_one_call(prob: Any, cumulative: list[float]) -> list[int]:
    """Method 1 in one call, for a fair comparison with method 2: the same 10,000 rows of 5 distinct ids."""
    import torch

    drawn: list[int] = torch.multinomial(prob.expand(10_000, -1), 5, replacement=False).view(-1).tolist()
    return drawn


METHODS: dict[str, Callable[[Any, list[float]], list[int]]] = {
    "multinomial_per_item": multinomial_per_item,
    "multinomial_ahead": multinomial_ahead,
    "bisect": uniform_bisect,
    "multinomial_one_call": multinomial_one_call,
}


class Post004:
    """50,000 ids from 100 weights."""

    params = (list(METHODS),)
    param_names = ("method",)
    version = "1"
    number = 1
    repeat = 5
    warmup_time = 0.0

    def setup(self, method: str) -> None:
        """The post's float32 tensor of probabilities and its cumulative list."""
        weights = WORKLOADS["post004"].counts()
        shares = [float(w) / float(weights.sum()) for w in weights]
        self.cumulative = list(accumulate(shares))
        self.prob = None
        if METHODS[method] is not uniform_bisect:
            if find_spec("torch") is None:
                raise NotImplementedError("torch is not installed")
            import torch

            self.prob = torch.tensor(shares)

    def time_method(self, method: str) -> None:
        """Seconds for the whole experiment."""
        METHODS[method](self.prob, self.cumulative)
