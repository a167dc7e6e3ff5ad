# SPDX-License-Identifier: MIT
"""Checks of the arguments that all samplers share. An error names the argument, the value and what was wrong."""

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


LARGEST = 2**63 - 1  # the largest int64; rows, columns and ids are int64


# Names that other libraries have for `rng`.
SEED_WORDS = ("seed", "random_state", "generator", "random_seed")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn with the file and line of the code that called this package."""
    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def require(module: str, what: str) -> None:
    """Raise ModuleNotFoundError if ``module``, which ``what`` needs, is not installed."""
    if find_spec(module) is None:
        raise ModuleNotFoundError(f"{what} needs {module}, which is not installed: pip install {module}", name=module)


def as_count(what: str, value: Any, *, minimum: int, maximum: int = LARGEST) -> int:
    """``value`` as an int. TypeError or ValueError, which names ``what``, if it is none or out of range."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what} must be an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be an integer, got {value!r}{_integer_in(value)}") from None
    if number < minimum:
        raise ValueError(f"{what} must be at least {minimum}, got {shortened(number)}")
    if number > maximum:
        raise ValueError(f"{what} must be at most {in_powers(maximum)}, got {shortened(number)}")
    return number


def _integer_in(value: Any) -> str:
    """What to write in place of a float or a str whose value is an integer; "" for anything else."""
    if not isinstance(value, (float, np.floating, str)):
        return ""
    try:
        integer = int(value)
        same = float(value) == integer
    except (TypeError, ValueError, OverflowError):
        return ""
    return f"; write {shortened(integer)}, or int(...)" if same else ""


def shortened(number: int) -> str:
    """An integer in a message. Long ones are described, because Python refuses to write more than 4,300 digits."""
    return str(number) if abs(number) < 10**40 else f"a number of {number.bit_length()} bits"


def in_powers(number: int) -> str:
    """A limit in a message: 2**63 - 1 is easier to read than 9223372036854775807."""
    for offset, ending in ((0, ""), (1, " - 1")):
        power = number + offset
        if power >= 2**16 and power & (power - 1) == 0:
            return f"2**{power.bit_length() - 1}{ending}"
    return f"{number:,}"


def as_mode(name: str, replacement: Any, modes: Sequence[bool]) -> bool:
    """``replacement`` as a bool that is in ``modes``; None becomes True if the strategy ``name`` has that mode."""
    if replacement is None:
        return True in modes
    if not isinstance(replacement, (bool, np.bool_)):
        raise TypeError(f"replacement must be True, False or None, got {replacement!r}")
    if replacement not in modes:
        raise ValueError(f"replacement={replacement}: {name} has replacement={modes[0]} only")
    return bool(replacement)


def check_k(info: Info, k: int, nonzero: int | None) -> None:
    """Raise if k exceeds the limit of the strategy or, without replacement, the number of ids of positive weight.

    ``nonzero`` is that number, or None with replacement.
    """
    if nonzero is not None and k > nonzero:
        raise ValueError(f"k={k} distinct ids asked for, but only {nonzero} ids have a positive weight")
    if info.max_k is not None and k > info.max_k:
        raise ValueError(f"k must be at most {in_powers(info.max_k)} in {info.name}, got {k}")


def check_choices(on_collision: str, on_exhausted: str) -> None:
    """Raise if an argument is not one of its choices."""
    if on_collision not in ("redraw", "mark"):
        raise ValueError(f"on_collision must be 'redraw' or 'mark', got {on_collision!r}")
    if on_exhausted not in ("raise", "mark"):
        raise ValueError(f"on_exhausted must be 'raise' or 'mark', got {on_exhausted!r}")


def check_options(name: str, options: Iterable[str], build: Callable[..., Any]) -> None:
    """Raise TypeError for an option that is no parameter of ``build``, the `_build` of the strategy ``name``."""
    known = list(inspect.signature(build).parameters)
    for option in options:
        if option not in known:
            cure = ": pass the seed as rng=..." if option in SEED_WORDS else ""
            raise TypeError(f"{name} has no option {option!r}; it has {['rng', 'replacement', *known]}{cure}")


def as_generator(rng: Any) -> np.random.Generator:
    """``rng`` as a Generator (SPEC 7). TypeError or ValueError if NumPy does not accept it."""
    error: Exception | None = None
    if not isinstance(rng, (bool, np.bool_)):
        try:
            return np.random.default_rng(rng)
        except (TypeError, ValueError) as refused:
            error = refused
    kind = ValueError if isinstance(error, ValueError) else TypeError
    cure = "; write rng=generator.initial_seed()" if hasattr(rng, "initial_seed") else ""  # a torch.Generator
    raise kind(
        f"rng must be None, an int >= 0, a SeedSequence, a BitGenerator or a Generator, got {rng!r}{cure}"
    ) from error


def children(rng: np.random.Generator, n: int) -> list[np.random.Generator]:
    """``n`` independent generators, each seeded with 256 bits that are drawn from ``rng``.

    Seeds are drawn, because ``rng.spawn`` needs a SeedSequence, and because its result depends on earlier calls of
    ``spawn``: drawn seeds depend on the state of ``rng`` alone, so that a restored state gives the same children.
    """
    # NumPy guarantees the stream of raw words and of PCG64 for ever, but not that of Generator methods (NEP 19).
    # One call draws all words, because it holds the lock of the generator. To take the lock here as well would be a
    # deadlock before NumPy 2.4, where the lock is not reentrant.
    words = rng.bit_generator.random_raw(4 * n).reshape(n, 4)
    halves = np.stack([words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)], axis=-1).reshape(n, 8)
    return [np.random.Generator(np.random.PCG64(np.random.SeedSequence(row.tolist()))) for row in halves]


def as_integers(what: str, values: Any) -> NDArray[np.integer[Any]]:
    """``values`` as an array of any integer dtype, not copied. TypeError or ValueError, which names ``what``."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        masked = int(np.ma.getmaskarray(values).sum())
        raise ValueError(f"{what} has {masked} masked entries; remove them, or fill them")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what} has rows of unequal length; make them equally long") from error
    except (TypeError, RuntimeError) as error:  # a tensor on a GPU, or one that requires a gradient
        raise TypeError(f"{what} cannot be read as an array: {error}{tensor_cure(values)}") from error
    if array.size == 0 and array.dtype == np.float64:
        array = array.astype(np.int64)  # np.asarray([]) is float64
    if array.dtype.kind == "O" and all(isinstance(value, numbers.Integral) for value in array.flat):
        beyond = next((value for value in array.flat if not -(2**63) <= value < 2**64), None)
        if beyond is not None:
            raise ValueError(f"{what}: {shortened(int(beyond))} does not fit into an integer of 64 bits")
    if array.dtype.kind not in "iu":
        raise TypeError(f"{what} must be integers, got dtype {array.dtype}{_to_integers(array)}")
    return array


def as_csr_pair(
    what: str, indptr: Any, indices: Any, rows: int | None = None, hint: str = "", named: str = "indices"
) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    """A copy of a CSR pair, checked. Only the range of the indices is not checked.

    Parameters
    ----------
    what : str
        The name of the pair in error messages.
    indptr : array_like of int, shape (rows + 1,)
        Rising from 0 to ``len(indices)``.
    indices : array_like of int
        The indices of row i are ``indices[indptr[i] : indptr[i + 1]]``.
    rows : int, optional
        The number of rows that ``indptr`` must have. Default: any.
    hint : str
        Text to add to messages about the shapes.
    named : str
        What the caller calls the indices.

    Raises
    ------
    TypeError, ValueError
        If an array does not hold integers, if the shapes differ, or if ``indptr`` does not rise from 0 to its end.
    """
    # The copy is checked, because another thread may write into the arrays of the caller.
    starts = np.array(as_integers(f"{what}: indptr", indptr), order="C")
    ids = np.array(as_integers(f"{what}: {named}", indices), order="C")
    entries = (len(starts) or 1 if rows is None else rows + 1) if starts.ndim == 1 else None
    if ids.ndim != 1 or starts.shape != (entries,):
        raise ValueError(
            f"{what} as a CSR pair needs indptr of shape ({'rows' if rows is None else rows} + 1,) "
            f"and {named} of one dimension, got {starts.shape} and {ids.shape}{hint}"
        )
    # They are compared and not subtracted, because a difference of two integers of 64 bits may wrap around.
    if starts[0] != 0 or starts[-1] != len(ids) or (starts[1:] < starts[:-1]).any():
        fall = ", and it falls in between" if (starts[1:] < starts[:-1]).any() else ""
        raise ValueError(
            f"{what}: indptr must rise from 0 to len({named})={len(ids)}, "
            f"got {int(starts[0])} to {int(starts[-1])}{fall}{hint}"
        )
    return starts.astype(np.int64, copy=False), ids


def no_integer(value: Any) -> bool:
    """Whether a value is no integer to a user, such as True, which is an integer to Python."""
    return isinstance(value, bool) or not isinstance(value, numbers.Integral)


def _to_integers(array: NDArray[Any]) -> str:
    """The cure for an array that does not hold integers, for the end of a message."""
    if array.dtype.kind == "f":
        return "; fill missing values, and convert with .astype(np.int64), or .long() if it is a tensor"
    if array.dtype.kind != "O":
        return ""
    wrong = next((value for value in array.flat if no_integer(value)), None)
    return "; convert with .astype(np.int64)" if wrong is None else f", which holds {wrong!r}, a {type(wrong).__name__}"


def tensor_cure(tensor: Any) -> str:
    """The cure for a torch tensor that NumPy cannot read, for the end of a message; "" for anything else."""
    if not hasattr(tensor, "is_nested"):
        return ""
    if tensor.is_nested:
        return "; write list(tensor.unbind()), one tensor for each row"
    if tensor.device.type == "meta":
        return "; a meta tensor holds no values"
    if str(tensor.layout) != "torch.strided":
        return "; write tensor.to_dense(), and .bool() if it is a mask"
    if tensor.is_quantized or tensor.is_floating_point() or tensor.is_complex():
        return "; pass integers, in a tensor of torch.int64 that was never of a floating type"
    return "" if tensor.device.type == "cpu" else "; write tensor.cpu()"


def id_buffer(rows: int, k: int, out: Any) -> Ids:
    """``out`` as an array of shape (rows, k), checked; a new int64 array if it is None."""
    if out is None:
        try:
            return np.empty((rows, k), dtype=np.int64)
        except (MemoryError, ValueError) as error:
            raise ValueError(
                f"rows={rows}, k={k}: {rows * k * 8:,} bytes of ids do not fit into memory; draw fewer rows at once"
            ) from error
    if hasattr(out, "data_ptr"):  # a torch tensor
        out = _tensor_memory(out)
    # Of the subclasses, only np.memmap can be written through its buffer: a masked array would keep its mask.
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
    """An array that shares the memory of a CPU tensor."""
    try:
        array = tensor.numpy()
    except (TypeError, RuntimeError) as error:  # on another device, or sparse, or of a type NumPy lacks
        raise TypeError(f"out must be a dense torch tensor on the CPU: {error}") from error
    return array
