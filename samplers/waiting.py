# SPDX-License-Identifier: MIT
"""Long work: an error before it begins if the estimated time exceeds a limit, and a progress bar otherwise."""

from __future__ import annotations

import numbers
from types import TracebackType
from typing import Any

from .progress import Progress

SHOWN_FROM = 2.0  # seconds
STEPS = 1000  # the resolution of the bar


class Wait:
    """Work of an estimated length. On a terminal it shows a bar if the estimate exceeds two seconds.

    Parameters
    ----------
    what : str
        A description of the work, for the bar and the error.
    seconds : float
        The estimate.
    time_limit : float or None
        Seconds; None for no limit.
    cure : str
        What the caller can do to make it shorter.

    Raises
    ------
    TypeError, ValueError
        If ``time_limit`` is no positive number, or if the estimate exceeds it.
    """

    def __init__(self, what: str, seconds: float, time_limit: float | None, cure: str) -> None:
        refuse_beyond(what, seconds, time_limit, cure)
        self._bar = Progress(None if seconds > SHOWN_FROM else False, STEPS, what)
        self._share = 0.0

    def advance(self, share: float) -> None:
        """Move the bar by a share of the work, from 0 to 1."""
        before = int(self._share * STEPS)
        self._share += share
        self._bar.advance(int(self._share * STEPS) - before)

    def __enter__(self) -> Wait:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)


def refuse_beyond(what: str, seconds: float, time_limit: float | None, cure: str) -> None:
    """Raise ValueError if an estimate exceeds the limit; parameters as in `Wait`."""
    check_time_limit(time_limit)
    if time_limit is not None and seconds > time_limit:
        raise ValueError(
            f"{what} would take about {duration(seconds)}, and time_limit is {duration(time_limit)}: {cure}, or set "
            "time_limit=None to wait"
        )


def check_time_limit(time_limit: Any) -> None:
    """Raise if it is neither None nor a positive number of seconds."""
    if time_limit is None:
        return
    if isinstance(time_limit, bool) or not isinstance(time_limit, numbers.Real):
        raise TypeError(f"time_limit must be a number of seconds or None, got {time_limit!r}")
    if not float(time_limit) > 0:
        raise ValueError(f"time_limit must be a positive number of seconds or None, got {time_limit!r}")


def duration(seconds: float) -> str:
    """A length of time in words, with a unit that suits it."""
    for unit, size in (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            number = seconds / size
            return f"{number:,.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"
