# SPDX-License-Identifier: MIT
"""The progress bar of long work."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .arguments import require

if TYPE_CHECKING:
    from types import TracebackType


class Progress:
    """A bar of rich on standard error.

    Parameters
    ----------
    show : bool or None
        None: show it on a terminal, if rich is installed.
    total : int
        The number of steps.
    description : str
        Text at the left of the bar.

    Raises
    ------
    ModuleNotFoundError
        If ``show`` is True and rich is not installed.
    """

    def __init__(self, show: bool | None, total: int, description: str) -> None:
        self._bar: Any = None
        if show:
            require("rich", "progress=True")
        if (sys.stderr.isatty() and find_spec("rich") is not None) if show is None else show:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            console = Console(stderr=True)
            # On a terminal the finished bar is erased; in a log its last state stays.
            self._bar = Bar(*columns, console=console, transient=console.is_terminal)
            self._task = self._bar.add_task(description, total=total)

    def advance(self, steps: int) -> None:
        """Move the bar by ``steps``."""
        if self._bar is not None:
            self._bar.advance(self._task, steps)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
