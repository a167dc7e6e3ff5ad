# SPDX-License-Identifier: MIT
"""The bar of long work."""

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
    wanted : bool or None
        None shows it on a terminal, if rich is installed.
    total : int
        Steps of the whole work.
    description : str
        What is done.

    Raises
    ------
    ModuleNotFoundError
        If the bar is wanted and rich is not installed.
    """

    def __init__(self, wanted: bool | None, total: int, description: str) -> None:
        self._shown: Any = None
        if wanted:
            require("rich", "progress=True")
        if (sys.stderr.isatty() and find_spec("rich") is not None) if wanted is None else wanted:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            console = Console(stderr=True)
            # On a terminal the bar goes when it is done; in a log its last state stays.
            self._shown = Bar(*columns, console=console, transient=console.is_terminal)
            self._task = self._shown.add_task(description, total=total)

    def advance(self, rows: int) -> None:
        """So many more are done."""
        if self._shown is not None:
            self._shown.advance(self._task, rows)

    def __enter__(self) -> Progress:
        if self._shown is not None:
            self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.stop()
