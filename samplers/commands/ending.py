# SPDX-License-Identifier: MIT
"""How a program ends: its exit code after Ctrl-C, a closed pipe, a full disk, SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

UNUSABLE, STOPPED, NO_READER, TERMINATED = 2, 128 + 2, 128 + 13, 128 + 15  # the last three as shells report signals


def ended(program: str, run: Callable[[], int]) -> int:
    """Run to an end that scripts can tell apart.

    Parameters
    ----------
    program : str
        Its name, before messages.
    run : callable
        Returns the exit code.

    Returns
    -------
    int
        That of `run`; 2 for an output that cannot be written, 130 after Ctrl-C, 141 when the reader of a pipe left.
        SIGTERM raises SystemExit(143), so that files half written are removed.
    """
    if sys.stderr is None:  # closed: messages must not turn up in the output, where print() would put them
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # for as long as the program runs
    if sys.stdout is None:
        print(f"{program}: standard output is closed", file=sys.stderr)
        return UNUSABLE
    before = _on_sigterm(_terminate)
    try:
        code = run()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print(f"{program}: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # `... | head`
        _drop_output()
        return NO_READER
    except OSError as error:  # a full disk behind `>`
        _drop_output()
        print(f"{program}: {error}", file=sys.stderr)
        return UNUSABLE
    finally:
        _on_sigterm(before)


def _terminate(*_: Any) -> None:
    raise SystemExit(TERMINATED)


def _on_sigterm(handler: Any) -> Any:
    """Set the handler, and return the one before; only the main thread may."""
    if threading.current_thread() is threading.main_thread() and handler is not None:
        return signal.signal(signal.SIGTERM, handler)
    return None


def _drop_output() -> None:
    """What is still to be written goes nowhere, so that Python's own flush at the end cannot fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
