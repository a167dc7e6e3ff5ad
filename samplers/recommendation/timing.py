# SPDX-License-Identifier: MIT
"""Times calls against each other: the sides take turns, so that a slow spell of the machine hits all of them.

Tables are warm: each turn begins with calls that are not timed. A training step between two calls drives large tables
out of the cache, so that small ones gain more in a loop than these figures tell.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Calls = Mapping[str, Callable[[], object]]
    Clock = Callable[[], float]


ENOUGH = 0.05  # seconds
WARM = 0.5  # of the calls of a turn, made before the clock starts
NONE: Mapping[str, int] = {}


def take_turns(
    calls: Calls, rounds: int, seconds: float, clock: Clock = time.perf_counter, least: Mapping[str, int] = NONE
) -> dict[str, NDArray[np.float64]]:
    """Time every call once a round, in turns.

    Parameters
    ----------
    calls : mapping of str to callable
        What to time, by name.
    rounds : int
        1 or more.
    seconds : float
        How long each call is repeated in each round; at least one call is made.
    clock : callable
        Tells seconds: ``time.process_time`` leaves out what other processes take, and counts every thread.
    least : mapping of str to int
        Minimum calls per turn, for samplers whose cost comes in bursts, such as refills of a pool.

    Returns
    -------
    dict of str to ndarray, float64 (rounds,)
        Seconds a call.

    Notes
    -----
    Each round has an order of its own. In a fixed one, turns of about a scheduler's slice (3 ms) can fall in step
    with it on a busy machine, and one side pays for all: a ratio of 4.4 was seen where 1.1 is true, with a narrow
    spread. The calls before the clock starts bring the tables back into the cache, from which the other sides have
    driven them: without them a table of 4 MB took 1.4 times as long beside five sides as alone.
    """
    repeats = {name: max(least.get(name, 1), round(seconds / once(call))) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    order, shuffler = list(calls), random.Random(rounds)
    for _ in range(rounds):
        shuffler.shuffle(order)
        for name in order:
            timed(calls[name], int(WARM * repeats[name]))
            times[name].append(timed(calls[name], repeats[name], clock))
    return {name: np.array(found) for name, found in times.items()}


def once(call: Callable[[], object]) -> float:
    """Seconds of a warm call, roughly: the median of up to five after the first, fewer where they take long.

    Not the best of them: the time of a row that is drawn again and again until its ids differ is itself random.
    """
    call()
    found: list[float] = []
    while len(found) < 5 and sum(found) < ENOUGH:
        found.append(timed(call, 1))
    return max(float(np.median(found)), 1e-9)


def timed(call: Callable[[], object], calls: int, clock: Clock = time.perf_counter) -> float:
    """Seconds a call, over so many of them; 0 for none."""
    start = clock()
    for _ in range(calls):
        call()
    return (clock() - start) / max(calls, 1)
