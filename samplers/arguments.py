# SPDX-License-Identifier: MIT
"""Reads the arguments that every sampler takes; errors name the argument, what was wrong and the value."""

from __future__ import annotations

import inspect
import numbers
import operator
import sys
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from .info import Info

    Ids = NDArray[np.int64] | NDArray[np.int32]


LARGEST = 2**63 - 1  # of an int64, in which rows, columns and ids are counted


# What other libraries call the argument that is `rng` here.
SEED_WORDS = ("seed", "random_state", "generator", "random_seed")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """A warning that names the line of the caller's code, however deep in this package it arose."""
    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def require(module: str, what: str) -> None:
    """An error that names the package and the cure, if ``what`` needs a module that is not installed."""
    if find_spec(module) is None:
        raise ModuleNotFoundError(f"{what} needs {module}, which is not installed: pip install {module}", name=module)


def as_count(what: str, value: Any, *, least: int, most: int = LARGEST) -> int:
    """``value`` as an int from ``least`` to ``most``; an error that names ``what`` otherwise."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what} must be an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be an integer, got {value!r}{_integer_in(value)}") from None
    if number < least:
        raise ValueError(f"{what} must be at least {least}, got {shortened(number)}")
    if number > most:
        raise ValueError(f"{what} must be at most {in_powers(most)}, got {shortened(number)}")
    return number


def _integer_in(value: Any) -> str:
    """The cure for a float or a text that is an integer."""
    if not isinstance(value, (float, np.floating, str)):
        return ""
    try:
        whole = int(value)
        same = float(value) == whole
    except (TypeError, ValueError, OverflowError):
        return ""
    return f"; write {shortened(whole)}, or int(...)" if same else ""


def shortened(number: int) -> str:
    """An integer to show in a message: Python refuses to write out more than 4,300 digits."""
    return str(number) if abs(number) < 10**40 else f"a number of {number.bit_length()} bits"


def in_powers(number: int) -> str:
    """A limit as a reader knows it: 2**63 - 1 and not 9223372036854775807."""
    for offset, ending in ((0, ""), (1, " - 1")):
        power = number + offset
        if power >= 2**16 and power & (power - 1) == 0:
            return f"2**{power.bit_length() - 1}{ending}"
    return f"{number:,}"


def as_mode(name: str, replacement: Any, modes: Sequence[bool]) -> bool:
    """``replacement`` as one of the modes of the strategy ``name``; None is True, unless it only draws without."""
    if replacement is None:
        return True in modes
    if not isinstance(replacement, (bool, np.bool_)):
        raise TypeError(f"replacement must be True, False or None, got {replacement!r}")
    if replacement not in modes:
        raise ValueError(f"{name} has replacement={modes[0]} only, got {replacement}")
    return bool(replacement)


def check_k(info: Info, k: int, nonzero: int | None) -> None:
    """Raise for more ids a row than the strategy can draw, or than have a positive weight, if they must be distinct.

    ``nonzero`` is how many have one; None if an id may come again.
    """
    if nonzero is not None and k > nonzero:
        raise ValueError(f"k={k} distinct ids asked for, but only {nonzero} ids have a positive weight")
    if info.max_k is not None and k > info.max_k:
        raise ValueError(f"k must be at most {in_powers(info.max_k)} in {info.name}, got {k}")


def check_choices(on_collision: str, on_exhausted: str) -> None:
    """Raise for words that these arguments of a draw do not take."""
    if on_collision not in ("redraw", "mark"):
        raise ValueError(f"on_collision must be 'redraw' or 'mark', got {on_collision!r}")
    if on_exhausted not in ("raise", "mark"):
        raise ValueError(f"on_exhausted must be 'raise' or 'mark', got {on_exhausted!r}")


def check_options(name: str, options: Iterable[str], build: Callable[..., Any]) -> None:
    """An error for an option that the strategy's ``build`` does not take."""
    known = list(inspect.signature(build).parameters)
    for option in options:
        if option not in known:
            cure = ": the seed is given as rng=..." if option in SEED_WORDS else ""
            raise TypeError(f"{name} has no option {option!r}; it has {['rng', 'replacement', *known]}{cure}")


def as_generator(rng: Any) -> np.random.Generator:
    """``rng`` as a Generator, after SPEC 7; an error that names the argument otherwise."""
    error: Exception | None = None
    if not isinstance(rng, (bool, np.bool_)):
        try:
            return np.random.default_rng(rng)
        except (TypeError, ValueError) as refused:
            error = refused
    kind = ValueError if isinstance(error, ValueError) else TypeError
    raise kind(f"rng must be None, an int >= 0, a SeedSequence, a BitGenerator or a Generator, got {rng!r}") from error


def children(rng: np.random.Generator, n: int) -> list[np.random.Generator]:
    """``n`` independent generators, seeded by 256 bits drawn from ``rng`` for each.

    Drawn and not ``rng.spawn``: the result then depends on the state of ``rng`` alone (a restored state gives
    the same children) and a generator without a SeedSequence serves too.
    """
    # Raw words and a named bit generator: NumPy keeps these for ever, and no method of a Generator (NEP 19).
    # One call for all words, which holds the generator's own lock. Taking that lock here as well would wait for
    # itself for ever before NumPy 2.4, where it is not reentrant.
    words = rng.bit_generator.random_raw(4 * n).reshape(n, 4)
    halves = np.stack([words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)], axis=-1).reshape(n, 8)
    return [np.random.Generator(np.random.PCG64(np.random.SeedSequence(row.tolist()))) for row in halves]


def as_integers(what: str, values: Any) -> NDArray[np.integer[Any]]:
    """``values`` as an array of integers of any size, not copied; an error that names ``what`` otherwise."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        masked = int(np.ma.getmaskarray(values).sum())
        raise ValueError(f"{what} has {masked} masked entries; take them out, or fill them")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what}: rows of unequal length") from error
    except (TypeError, RuntimeError) as error:  # a tensor on a GPU, or one that requires a gradient
        raise TypeError(f"{what} cannot be read as an array: {error}{tensor_cure(values)}") from error
    if array.size == 0 and array.dtype == np.float64:
        array = array.astype(np.int64)  # np.asarray([]) is float64 and stands for "none"
    if array.dtype.kind == "O" and all(isinstance(value, numbers.Integral) for value in array.flat):
        beyond = next((value for value in array.flat if not -(2**63) <= value < 2**64), None)
        if beyond is not None:
            raise ValueError(f"{what}: {shortened(int(beyond))} does not fit into 64 bits")
    if array.dtype.kind not in "iu":
        raise TypeError(f"{what} must be integers, got dtype {array.dtype}{_to_integers(array)}")
    return array


def as_csr_pair(
    what: str, indptr: Any, indices: Any, rows: int | None = None, hint: str = ""
) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    """A CSR pair, copied and checked, but for the range of the indices.

    Parameters
    ----------
    what : str
        What messages call the pair.
    indptr : array_like of int, shape (rows + 1,)
        Rising from 0 to ``len(indices)``.
    indices : array_like of int
        Those of row i are ``indices[indptr[i] : indptr[i + 1]]``.
    rows : int, optional
        Default: as many as ``indptr`` says.
    hint : str
        What messages about the shapes add.

    Raises
    ------
    TypeError, ValueError
        If an array does not hold integers, or if the shapes or the numbers of ``indptr`` do not fit.
    """
    # Copied and then checked: another thread may write into what the caller holds.
    starts = np.array(as_integers(f"{what}: indptr", indptr), order="C")
    ids = np.array(as_integers(f"{what}: indices", indices), order="C")
    wanted = (len(starts) or 1 if rows is None else rows + 1) if starts.ndim == 1 else None
    if ids.ndim != 1 or starts.shape != (wanted,):
        raise ValueError(
            f"{what} as a CSR pair needs indptr of shape ({'rows' if rows is None else rows} + 1,) "
            f"and indices of one dimension, got {starts.shape} and {ids.shape}{hint}"
        )
    # Compared and not subtracted: a difference of two integers of 64 bits may wrap around.
    if starts[0] != 0 or starts[-1] != len(ids) or (starts[1:] < starts[:-1]).any():
        fall = " with a fall between" if (starts[1:] < starts[:-1]).any() else ""
        raise ValueError(
            f"{what}: indptr must rise from 0 to len(indices)={len(ids)}, "
            f"got {int(starts[0])} to {int(starts[-1])}{fall}{hint}"
        )
    return starts.astype(np.int64, copy=False), ids


def no_integer(value: Any) -> bool:
    """Whether it is none to a user: True and False are, to Python."""
    return isinstance(value, bool) or not isinstance(value, numbers.Integral)


def _to_integers(array: NDArray[Any]) -> str:
    """How an array of another type is mended."""
    if array.dtype.kind == "f":
        return "; fill what is missing, and convert with .astype(np.int64)"
    if array.dtype.kind != "O":
        return ""
    wrong = next((value for value in array.flat if no_integer(value)), None)
    return "; convert with .astype(np.int64)" if wrong is None else f", which holds {wrong!r}, a {type(wrong).__name__}"


def tensor_cure(tensor: Any) -> str:
    """How a torch tensor that NumPy cannot read is mended, for the end of a message; "" for anything else."""
    if not hasattr(tensor, "is_nested"):
        return ""
    if tensor.is_nested:
        return "; write list(tensor.unbind()), one tensor a row"
    if tensor.device.type == "meta":
        return "; a meta tensor holds no values"
    if str(tensor.layout) != "torch.strided":
        return "; write tensor.to_dense()"
    if tensor.is_quantized or tensor.is_floating_point() or tensor.is_complex():
        return "; give integers, a tensor of torch.int64 that was never rounded to another type"
    return "" if tensor.device.type == "cpu" else "; write tensor.cpu()"


def id_buffer(rows: int, k: int, out: Any) -> Ids:
    """``out`` as an array that can hold (rows, k) ids, or a new int64 array when it is None."""
    if out is None:
        try:
            return np.empty((rows, k), dtype=np.int64)
        except (MemoryError, ValueError) as error:
            raise ValueError(f"rows={rows}, k={k}: {rows * k * 8:,} bytes of ids do not fit into memory") from error
    if hasattr(out, "data_ptr"):  # a torch tensor; on the CPU its memory is taken as it is
        out = _tensor_memory(out)
    # Of a subclass only np.memmap is what its buffer is: a masked array would keep its mask.
    if not isinstance(out, np.ndarray) or type(out) not in (np.ndarray, np.memmap):
        raise TypeError(f"out must be a numpy array or a torch tensor on the CPU, got {type(out).__name__}")
    if out.dtype not in (np.int64, np.int32) or not out.dtype.isnative:
        raise TypeError(f"out must be int64 or int32 in native byte order, got dtype {out.dtype}")
    if out.shape != (rows, k):
        raise ValueError(f"out must have shape {(rows, k)}, got {out.shape}")
    if not out.flags.c_contiguous or not out.flags.writeable or not out.flags.aligned:
        raise ValueError(
            "out must be C-contiguous, writeable and aligned, got "
            f"strides {out.strides}, writeable={out.flags.writeable}, aligned={out.flags.aligned}"
        )
    return out


def as_array(ids: Any) -> NDArray[Any]:
    """Ids as an ndarray: a tensor's own memory, or a copy of what lies on another device."""
    return ids if isinstance(ids, np.ndarray) else ids.cpu().numpy()  # type: ignore[no-any-return]


def _tensor_memory(tensor: Any) -> Any:
    """The memory of a CPU tensor as an array."""
    try:
        array = tensor.numpy()
    except (TypeError, RuntimeError) as error:  # on another device, or sparse, or of a type NumPy lacks
        raise TypeError(f"out must be a dense torch tensor on the CPU: {error}") from error
    return array
