# SPDX-License-Identifier: MIT
"""Reads the arguments that every sampler takes; errors name the argument, what was wrong and the value."""

from __future__ import annotations

import inspect
import operator
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Ids = NDArray[np.int64] | NDArray[np.int32]


def warn(message: str) -> None:
    """A UserWarning that names the line of the caller's code, however deep in this package it arose."""
    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)


def as_count(what: str, value: Any, *, least: int) -> int:
    """``value`` as an int of at least ``least``; an error that names ``what`` otherwise."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what} must be an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be an integer, got {value!r}") from None
    if number < least:
        raise ValueError(f"{what} must be at least {least}, got {number}")
    return number


def as_mode(name: str, replacement: Any, modes: Sequence[bool]) -> bool:
    """``replacement`` as one of the modes of the strategy ``name``, the first where it is None."""
    if replacement is None:
        return modes[0]
    if not isinstance(replacement, (bool, np.bool_)):
        raise TypeError(f"replacement must be True, False or None, got {replacement!r}")
    if replacement not in modes:
        raise ValueError(f"{name} has replacement={modes[0]} only, got {replacement}")
    return bool(replacement)


def check_options(name: str, options: Iterable[str], build: Callable[..., Any]) -> None:
    """An error for an option that the strategy's ``build`` does not take."""
    known = list(inspect.signature(build).parameters)
    for option in options:
        if option not in known:
            raise TypeError(f"{name} has no option {option!r}; it has {known or 'none'}")


def as_generator(rng: Any) -> np.random.Generator:
    """``rng`` as a Generator, after SPEC 7; an error that names the argument otherwise."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"rng must be None, an int >= 0, a SeedSequence, a BitGenerator or a Generator, got {rng!r}"
        ) from error


def children(rng: np.random.Generator, n: int) -> list[np.random.Generator]:
    """``n`` independent generators, seeded by 256 bits drawn from ``rng`` for each.

    Drawn and not ``rng.spawn``: the result then depends on the state of ``rng`` alone (a restored state gives
    the same children) and a generator without a SeedSequence serves too.
    """
    # Raw words and a named bit generator: NumPy keeps these for ever, and no method of a Generator (NEP 19).
    with rng.bit_generator.lock:
        words = rng.bit_generator.random_raw(4 * n).reshape(n, 4)
    halves = np.stack([words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)], axis=-1).reshape(n, 8)
    return [np.random.Generator(np.random.PCG64(np.random.SeedSequence(row.tolist()))) for row in halves]


def id_buffer(rows: int, k: int, out: Any) -> Ids:
    """``out`` as an array that can hold (rows, k) ids, or a new int64 array when it is None."""
    if out is None:
        try:
            return np.empty((rows, k), dtype=np.int64)
        except (MemoryError, ValueError) as error:
            raise ValueError(f"rows={rows}, k={k}: {rows * k * 8:,} bytes of ids do not fit") from error
    if hasattr(out, "data_ptr"):  # a torch tensor; on the CPU its memory is taken as it is
        out = _tensor_memory(out)
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a numpy array or a torch tensor on the CPU, got {type(out).__name__}")
    if out.dtype not in (np.int64, np.int32) or not out.dtype.isnative:
        raise TypeError(f"out must be int64 or int32 in native byte order, got dtype {out.dtype}")
    if out.shape != (rows, k):
        raise ValueError(f"out must have shape {(rows, k)}, got {out.shape}")
    if not out.flags.c_contiguous or not out.flags.writeable:
        raise ValueError(
            f"out must be C-contiguous and writeable, got strides {out.strides}, writeable={out.flags.writeable}"
        )
    return out


def _tensor_memory(tensor: Any) -> Any:
    """The memory of a CPU tensor as an array."""
    try:
        array = tensor.numpy()
    except (TypeError, RuntimeError) as error:  # on another device, or sparse, or of a type NumPy lacks
        raise TypeError(f"out must be a dense torch tensor on the CPU: {error}") from error
    return array
