# SPDX-License-Identifier: MIT
"""Times calls against each other. They take turns, so that slow phases of the machine affect all of them.

Tables are in the cache, because each turn begins with calls that are not timed. In a training loop, the model may drive
large tables out of the cache between two calls. There small tables are faster than these figures say.
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


ENOUGH = 0.05  # seconds: a rough timing stops after this
WARM = 0.5  # calls before the clock starts, as a share of the timed calls of a turn
NONE: Mapping[str, int] = {}


def take_turns(
    calls: Calls, rounds: int, seconds: float, clock: Clock = time.perf_counter, min_calls: Mapping[str, int] = NONE
) -> dict[str, NDArray[np.float64]]:
    """Time each call once in each round, in turns.

    Parameters
    ----------
    calls : mapping of str to callable
        The calls by name.
    rounds : int
        1 or more.
    seconds : float
        The length of a turn: the call is repeated for about this time, and at least once.
    clock : callable
        Returns seconds. ``time.process_time`` ignores the time of other processes, and adds up that of all threads.
    min_calls : mapping of str to int
        Minimum calls per turn, for samplers whose cost comes in bursts, such as refills of a pool.

    Returns
    -------
    dict of str to ndarray, float64 (rounds,)
        Seconds per call.

    Notes
    -----
    The order of the calls is shuffled in each round. With a fixed order, turns that are as long as a time slice of the
    scheduler (3 ms) can synchronise with it on a busy machine, so that one call bears all interruptions: a ratio of 4.4
    was measured where 1.1 is true, with a narrow spread. The calls before the clock starts bring the tables back into
    the cache, because the other calls have driven them out: without these, a table of 4 MB took 1.4 times as long in
    turns with five other calls as alone.
    """
    repeats = {name: max(min_calls.get(name, 1), round(seconds / once(call))) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    order, shuffler = list(calls), random.Random(rounds)
    for _ in range(rounds):
        shuffler.shuffle(order)
        for name in order:
            timed(calls[name], int(WARM * repeats[name]))
            times[name].append(timed(calls[name], repeats[name], clock))
    return {name: np.array(seconds_per_call) for name, seconds_per_call in times.items()}


def once(call: Callable[[], object]) -> float:
    """A rough time of a warm call, seconds: the median of up to five calls, of fewer if they are slow.

    It is not the minimum, because the time of a row of distinct ids is random: ids are drawn again until they differ.
    """
    call()
    times: list[float] = []
    while len(times) < 5 and sum(times) < ENOUGH:
        times.append(timed(call, 1))
    return max(float(np.median(times)), 1e-9)


def timed(call: Callable[[], object], calls: int, clock: Clock = time.perf_counter) -> float:
    """Seconds per call, the mean of ``calls`` calls; 0 if there are none."""
    start = clock()
    for _ in range(calls):
        call()
    return (clock() - start) / max(calls, 1)
