# SPDX-License-Identifier: MIT
"""Checks of counts: one dimension, finite, non-negative. If a number must be rounded, a warning says so."""

from __future__ import annotations

import decimal
import numbers
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import warn

__all__ = ["MAX_IDS", "checked_counts", "masked_entries"]

MAX_IDS = 2**31 - 1  # because samplers may write ids as int32


def checked_counts(
    counts: Any,
    *,
    source: str = "counts",
    entry: Callable[[int], str] | None = None,
    cure: str = "",
    copy: bool = True,
    all_zero: bool = False,
) -> npt.NDArray[Any]:
    """The counts as an array for `integer_weights`, checked.

    Parameters
    ----------
    counts : array_like, shape (V,)
        Integers or floats, finite and non-negative, at least one positive (but see ``all_zero``). Also objects that
        ``np.asarray`` reads, such as CPU tensors and Series.
    source : str
        The name of the counts in messages.
    entry : callable, optional
        Takes an index and returns the name of that entry in messages; default ``counts[index]``.
    cure : str
        Text to add to a message if entries are missing or no numbers, or if there is not one dimension.
    copy : bool
        False: an array of a dtype that can be returned is returned itself. The caller must not change it afterwards.
    all_zero : bool
        True: it is no error if no entry is positive.

    Returns
    -------
    ndarray of int64, uint64 or float64, shape (V,)
        It is uint64 only if the input is uint64, or has Python integers of ``2**63`` and more.

    Raises
    ------
    TypeError, ValueError
        If an entry is not valid; the message names the first.

    Warns
    -----
    UserWarning
        If integers and floats are mixed, and an integer cannot be represented as float64.
    """
    named = entry is not None
    entry = entry or (lambda index: f"{source}[{index}]")
    _refuse_masked(counts, source, entry)
    array = _as_array(counts, source, cure)
    if array.dtype.kind not in "iufO" or (array.dtype.kind == "O" and array.ndim == 0):
        got = f"an array of dtype {array.dtype}" if array.ndim else type(counts).__name__
        if named and array.ndim == 1 and isinstance(counts, (list, tuple)):
            _from_objects(counts, entry, cure)
        raise TypeError(f"{source} must be numbers in an array, or what read_counts takes; got {got}{cure}")
    if array.ndim != 1:
        number = f"the number {array}; for V equal weights write samplers.uniform(V)"
        got = f"shape {array.shape}" if array.ndim else number
        raise ValueError(f"{source} must be one-dimensional, got {got}{cure}")
    if not 0 < array.size <= MAX_IDS:
        raise ValueError(f"{source} must have 1 to 2**31 - 1 entries, got {array.size}")
    if array.dtype.kind == "O":
        array = _from_objects(array.tolist(), entry, cure)
    elif isinstance(counts, (list, tuple)) and _changed_by_numpy(counts, array):
        array = _from_objects(counts, entry, cure)
    kind = np.float64 if array.dtype.kind == "f" else np.uint64 if array.dtype == np.uint64 else np.int64
    # NumPy has already made a new array of a list.
    copy = copy and not isinstance(counts, (list, tuple))
    checked = np.array(array, dtype=kind) if copy else np.asarray(array, dtype=kind)
    # Two reductions need no mask of V entries, which at V = 1e8 would be 100 MB.
    if not (checked.min() >= 0 and checked.max() < np.inf):  # NaN fails both
        index = int(((checked < 0) | ~np.isfinite(checked)).argmax())
        fault = "negative" if -np.inf < checked[index] < 0 else "not finite"
        raise ValueError(f"{entry(index)} = {array[index]} is {fault}{cure if fault == 'not finite' else ''}")
    if not (all_zero or checked.max()):
        raise ValueError(f"{source} has no positive entry: all {len(checked)} are zero")
    return checked


def masked_entries(array: np.ma.MaskedArray[Any, Any]) -> int:
    """The number of masked entries; of records, the number of those that have a masked field."""
    mask: Any = np.ma.getmaskarray(array)
    if mask.dtype.names:
        mask = np.any([mask[name] for name in mask.dtype.names], axis=0)
    return int(np.count_nonzero(mask))


def _refuse_masked(counts: Any, source: str, entry: Callable[[int], str]) -> None:
    """Raise for masked entries: NumPy would drop the mask, or write NaN."""
    if isinstance(counts, np.ma.MaskedArray):
        masked = masked_entries(counts)
        if masked:
            cure = "counts.filled(0) gives them count 0, counts.compressed() drops them and renumbers the other ids"
            if counts.dtype.names:
                cure = "leave these records out, or write their fields"
            raise ValueError(f"{source}: {masked} of {counts.size} entries are masked: {cure}")
        return
    objects = isinstance(counts, np.ndarray) and counts.dtype == object and counts.ndim == 1
    if not objects and not isinstance(counts, (list, tuple)):
        return
    if any(issubclass(kind, np.ma.MaskedArray) for kind in set(map(type, counts))):
        index = next((i for i, value in enumerate(counts) if np.ma.is_masked(value)), None)
        if index is not None:
            fault = "has masked entries" if np.ndim(counts[index]) else "is masked"
            raise ValueError(f"{entry(index)} {fault}: write 0 if it never occurs, or leave it out")


def _as_array(counts: Any, source: str, cure: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(_widened(counts))
    except ValueError as error:
        raise ValueError(f"{source} must be one-dimensional: {error}{cure}") from error
    except (TypeError, RuntimeError) as error:  # tensors on a GPU, that require a gradient, or lists of bfloat16
        small = "ScalarType" in str(error)
        entries = " of each entry" if isinstance(counts, (list, tuple)) else ""
        cure = f": counts.float(){entries} can be read, and changes no number" if small else ""
        raise TypeError(f"{source} cannot be read as an array: {error}{cure}") from error


def _widened(counts: Any) -> Any:
    """A tensor of torch of bfloat16 or float8, which NumPy does not know, as float32. That changes no number."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(counts, torch.Tensor) or not counts.dtype.is_floating_point:
        return counts
    return counts if counts.dtype in (torch.float16, torch.float32, torch.float64) else counts.float()


def _changed_by_numpy(values: Sequence[Any], array: npt.NDArray[Any]) -> bool:
    """Whether NumPy may have changed values: [1, 2**63] becomes float64, and [True, 2] becomes [1, 2]."""
    if not {bool, np.bool_}.isdisjoint(map(type, values)):
        return True
    return array.dtype.kind == "f" and bool(array.max() >= 2.0**53)


def _on_one_line(value: Any) -> str:
    return " ".join(repr(value).split())


def _from_objects(values: Sequence[Any], entry: Callable[[int], str], cure: str) -> npt.NDArray[Any]:
    """Counts from Python objects: int64 or uint64 if all are integers, else float64."""
    for index, value in enumerate(values):
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
            if isinstance(value, decimal.Decimal):
                cure = ": convert them with float(count), or with .astype(float) if they are an array or a Series"
            raise TypeError(f"{entry(index)} = {_on_one_line(value)} is not a number{cure}")
        if isinstance(value, numbers.Integral) and not 0 <= int(value) < 2**64:
            fault = "negative" if int(value) < 0 else "above 2**64 - 1; write it as a float, such as 1e20"
            raise ValueError(f"{entry(index)} = {value} is {fault}")
    if all(isinstance(value, numbers.Integral) for value in values):
        return np.array(values, np.uint64 if max(values) >= 2**63 else np.int64)
    for index, value in enumerate(values):
        if isinstance(value, numbers.Integral) and int(float(value)) != int(value):
            warn(f"{entry(index)} = {value} is rounded to {float(value):.0f}: counts with fractions are float64")
            break
    return np.array(values, np.float64)
