# SPDX-License-Identifier: MIT
"""How much other programs disturbed a measurement: the busy cores of the machine and the time that its host took away.

The kernel counts both since the machine was started (``man 5 proc_stat``), so that the difference of two readings is
the mean in between. Machines without ``/proc/stat`` have no stamp.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")


@dataclass(frozen=True)
class Reading:
    """The processor time of all cores since the machine was started, in seconds.

    Attributes
    ----------
    at : float
        When it was read, in seconds of a monotonic clock.
    busy : float
        Time in programs and in the kernel.
    stolen : float
        Time in which a core was wanted, but the host ran something else.
    """

    at: float
    busy: float
    stolen: float


@dataclass(frozen=True)
class Noise:
    """The mean noise of a time span.

    Attributes
    ----------
    seconds : float
        How long it was.
    busy_cores : float
        The mean number of busy cores; a benchmark of one thread keeps one of them busy.
    stolen : float
        The stolen time as a share of the wanted time, 0 to 1.
    load : float
        The load average of the last minute.
    """

    seconds: float
    busy_cores: float
    stolen: float
    load: float


def reading(stat: Path = STAT) -> Reading | None:
    """The counters now; None if the system has none."""
    try:
        first = stat.read_text(encoding="ascii").splitlines()[0].split()
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    if len(first) < 9 or first[0] != "cpu":
        return None
    user, nice, system, _, _, irq, softirq, stolen = (int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in first[1:9])
    return Reading(time.monotonic(), user + nice + system + irq + softirq, stolen)


def between(start: Reading | None, end: Reading | None) -> Noise | None:
    """The noise between two readings; None if there is none, or if no time has passed."""
    if start is None or end is None or end.at <= start.at:
        return None
    seconds, busy, stolen = end.at - start.at, end.busy - start.busy, end.stolen - start.stolen
    wanted = busy + stolen
    return Noise(
        seconds=round(seconds, 1),
        busy_cores=round(busy / seconds, 3),
        stolen=round(stolen / wanted, 4) if wanted > 0 else 0.0,
        load=round(os.getloadavg()[0], 2),
    )
