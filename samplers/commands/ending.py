# SPDX-License-Identifier: MIT
"""The exit codes of a program after Ctrl-C, a closed pipe, a full disk, a signal, or a fault of the program."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

# The code of a signal is 128 and its number, as in shells.
UNUSABLE, HUNG_UP, STOPPED, NO_READER, TERMINATED = 2, 128 + 1, 128 + 2, 128 + 13, 128 + 15
OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h; 1 means "not faithful"
NOT_MAPPED = "failed to map segment"  # the message of the dynamic loader if there is no memory for a library
SIGNAL_DELAY = 0.05  # seconds
SIGNALS = {name: code for name, code in (("SIGTERM", TERMINATED), ("SIGHUP", HUNG_UP)) if hasattr(signal, name)}


def ended(program: str, run: Callable[[], int]) -> int:
    """Run a program, and convert errors to messages and exit codes.

    Parameters
    ----------
    program : str
        Its name, which precedes messages.
    run : callable
        Returns the exit code.

    Returns
    -------
    int
        The code of `run`. 2 if the output cannot be written, or if there is not enough memory. 130 after Ctrl-C. 141 if
        the reader of a pipe closed it. 70 after an unexpected error, with its traceback. SIGTERM and SIGHUP raise
        SystemExit(143) and SystemExit(129), so that unfinished files are removed.
    """
    if sys.stderr is None:  # it is closed: print() would write messages to the output
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # open as long as the program runs
    if sys.stdout is None:
        print(f"{program}: standard output is closed", file=sys.stderr)
        return UNUSABLE
    before = {name: _on_signal(name, _raiser(code)) for name, code in SIGNALS.items()}
    _escape(sys.stdout, "backslashreplace")  # a path that the terminal cannot show must not be an error
    try:
        with _signals_repeated():
            code = run()
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        say(f"{program}: stopped")
        return STOPPED
    except BrokenPipeError:  # `... | head`
        _drop_output()
        return NO_READER
    except (OSError, MemoryError) as error:  # a full disk behind `>`
        _drop_output()
        say(f"{program}: {message_of(error)}")
        return UNUSABLE
    except Exception as error:
        hidden = _hidden(error)
        if hidden is not None:
            _drop_output()
            say(f"{program}: {hidden[1]}")
            return hidden[0]
        say(f"{traceback.format_exc()}{program}: this is a fault of the program; please report it with the lines above")
        return OUR_FAULT
    finally:
        for name, handler in before.items():
            _on_signal(name, handler)


class Parser(argparse.ArgumentParser):
    """A parser that raises an error if its help or version cannot be written."""

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse ignores errors of writing: `--help >/dev/full` would exit with 0.
        if file is None or file is not sys.stdout:
            super()._print_message(message, file)
            return
        file.write(message)
        file.flush()


def say(message: str) -> None:
    """Print a message on standard error. If it cannot be written, there is only the exit code."""
    with suppress(OSError):
        print(message, file=sys.stderr)


def message_of(error: BaseException) -> str:
    """The message of an error, or its class if the message is empty."""
    text = str(error)
    if isinstance(error, MemoryError):
        return f"not enough memory{f': {text}' if text else ''}"
    return text or type(error).__name__


def _hidden(error: BaseException) -> tuple[int, str] | None:
    """Exit code and message if the cause of an error was a signal or a lack of memory; else None.

    The import system and other code may raise an ImportError or a RuntimeError from such an error, and hide it.
    """
    for cause in _chain(error):
        number = _signal_of(cause)
        if number is not None:
            return 128 + number, "stopped"
        if isinstance(cause, MemoryError):
            return UNUSABLE, message_of(cause)
        if isinstance(cause, ImportError) and NOT_MAPPED in str(cause):
            return UNUSABLE, f"{cause}: not enough memory, or a folder that is mounted noexec"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error, its cause, the cause of that, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _signal_of(error: BaseException | None) -> int | None:
    """The number of the signal that raised the error; None for other errors."""
    if isinstance(error, KeyboardInterrupt):
        return STOPPED - 128
    return int(error.code) - 128 if isinstance(error, SystemExit) and error.code in SIGNALS.values() else None  # type: ignore[arg-type]


@contextmanager
def _signals_repeated() -> Iterator[None]:
    """Send a signal again if Python ignored its exception, as in destructors and callbacks of the import system."""
    before = sys.unraisablehook

    def hook(dropped: Any) -> None:
        number = _signal_of(dropped.exc_value)
        if number is None:
            before(dropped)
            return
        # It is sent later, because an exception in this hook would be ignored too.
        timer = threading.Timer(SIGNAL_DELAY, _to_main_thread, (number,))
        timer.daemon = True
        timer.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _to_main_thread(number: int) -> None:
    if hasattr(signal, "pthread_kill"):  # it also wakes the main thread if it waits
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


@contextmanager
def exact_output() -> Iterator[None]:
    """Raise if standard output cannot encode a character. Otherwise it is escaped, which is right for messages only."""
    _escape(sys.stdout, "strict")
    try:
        yield
    finally:
        _escape(sys.stdout, "backslashreplace")


def _escape(stream: Any, errors: str) -> None:
    if hasattr(stream, "reconfigure"):  # a test or a notebook may have replaced the stream
        stream.reconfigure(errors=errors)


def _raiser(code: int) -> Callable[..., None]:
    def end(*_: Any) -> None:
        raise SystemExit(code)

    return end


def _on_signal(name: str, handler: Any) -> Any:
    """Set a handler and return the old one, if this is the main thread. An ignored signal stays ignored."""
    number = getattr(signal, name)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        return None
    if signal.getsignal(number) == signal.SIG_IGN:  # nohup
        return None
    return signal.signal(number, handler)


def _drop_output() -> None:
    """Discard buffered output, so that Python's flush at exit does not fail again."""
    output = sys.__stdout__
    if output is None or sys.stdout is not output:
        return  # the caller, a notebook for example, has replaced it, and may still write to it
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
