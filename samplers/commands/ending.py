# SPDX-License-Identifier: MIT
"""How a program ends: its exit code after Ctrl-C, a closed pipe, a full disk, a signal, a fault of its own."""

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

# As shells report signals: 128 and their number.
UNUSABLE, HUNG_UP, STOPPED, NO_READER, TERMINATED = 2, 128 + 1, 128 + 2, 128 + 13, 128 + 15
OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h; 1 says "not faithful"
NOT_MAPPED = "failed to map segment"  # what the dynamic loader says where memory for a library is refused
AGAIN = 0.05  # seconds
SIGNALS = {name: code for name, code in (("SIGTERM", TERMINATED), ("SIGHUP", HUNG_UP)) if hasattr(signal, name)}


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
        That of `run`; 2 for an output that cannot be written and where memory runs out, whatever error that became;
        130 after Ctrl-C, 141 when the reader of a pipe left, 70 after an error that nobody has thought of, with its
        traceback. SIGTERM and SIGHUP raise SystemExit(143) and SystemExit(129), so that files half written are removed.
    """
    if sys.stderr is None:  # closed: messages must not turn up in the output, where print() would put them
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # for as long as the program runs
    if sys.stdout is None:
        print(f"{program}: standard output is closed", file=sys.stderr)
        return UNUSABLE
    before = {name: _on_signal(name, _raiser(code)) for name, code in SIGNALS.items()}
    _escape(sys.stdout, "backslashreplace")  # a path that the terminal cannot show is no reason to fail
    try:
        with _signals_again():
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
    """A parser whose help and version are output like any other: what cannot be written is an error."""

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse lets no error of writing through: `--help >/dev/full` would end with 0.
        if file is None or file is not sys.stdout:
            super()._print_message(message, file)
            return
        file.write(message)
        file.flush()


def say(message: str) -> None:
    """A message on standard error; where that is full, the exit code alone tells."""
    with suppress(OSError):
        print(message, file=sys.stderr)


def message_of(error: BaseException) -> str:
    """What an error says, and what it is where it says nothing."""
    text = str(error)
    if isinstance(error, MemoryError):
        return f"not enough memory{f': {text}' if text else ''}"
    return text or type(error).__name__


def _hidden(error: BaseException) -> tuple[int, str] | None:
    """Code and message where an error came of a signal or of too little memory; None where it did not.

    An import, the making of a class, and whoever wraps errors in their own hide them behind an ImportError or a
    RuntimeError.
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
    """The error and those that it came of, the last first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _signal_of(error: BaseException | None) -> int | None:
    """The number of the signal that raised it; None for any other error."""
    if isinstance(error, KeyboardInterrupt):
        return STOPPED - 128
    return int(error.code) - 128 if isinstance(error, SystemExit) and error.code in SIGNALS.values() else None  # type: ignore[arg-type]


@contextmanager
def _signals_again() -> Iterator[None]:
    """A signal comes again where Python drops what it raised: in callbacks of the import system and destructors."""
    before = sys.unraisablehook

    def hook(dropped: Any) -> None:
        number = _signal_of(dropped.exc_value)
        if number is None:
            before(dropped)
            return
        # A moment later: what is raised in here would be dropped too.
        again = threading.Timer(AGAIN, _to_main_thread, (number,))
        again.daemon = True
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _to_main_thread(number: int) -> None:
    if hasattr(signal, "pthread_kill"):  # which wakes it where it waits
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


@contextmanager
def exact_output() -> Iterator[None]:
    """Data, and not messages, go to standard output: what it cannot encode is an error and not an escape."""
    _escape(sys.stdout, "strict")
    try:
        yield
    finally:
        _escape(sys.stdout, "backslashreplace")


def _escape(stream: Any, errors: str) -> None:
    if hasattr(stream, "reconfigure"):  # what a test or a notebook puts there may be no text file
        stream.reconfigure(errors=errors)


def _raiser(code: int) -> Callable[..., None]:
    def end(*_: Any) -> None:
        raise SystemExit(code)

    return end


def _on_signal(name: str, handler: Any) -> Any:
    """Set the handler, and return the one before; only the main thread may. A signal that is ignored stays so."""
    number = getattr(signal, name)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        return None
    if signal.getsignal(number) == signal.SIG_IGN:  # nohup
        return None
    return signal.signal(number, handler)


def _drop_output() -> None:
    """What is still to be written goes nowhere, so that Python's own flush at the end cannot fail again."""
    output = sys.__stdout__
    if output is None or sys.stdout is not output:
        return  # of a caller in Python, a notebook for example: it may write on
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
