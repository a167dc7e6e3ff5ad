# SPDX-License-Identifier: MIT
"""`seed_everything`: seed the global generators, read back what they draw, and say what no seed can fix."""

from __future__ import annotations

import os
import random
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..arguments import as_count, require

LIBRARIES = ("random", "numpy", "torch")
# NumPy's RandomState takes no larger seed, and torch uses a seed on a CPU modulo 2**32
# (aten/src/ATen/core/MT19937RNGEngine.h): 1 and 2**32 + 1 would be the same stream.
LARGEST_SEED = 2**32 - 1
PROBE = "samplers"  # the string whose hash tells whether two processes hash strings alike
READ_BACK = 3  # integers below 2**31 that are read back from each generator
COLUMNS = 100


@dataclass(frozen=True)
class SeedReport:
    """What ``seed_everything`` fixed, what it read back, and what it cannot fix.

    Attributes
    ----------
    seed : int
        The seed.
    fixed : dict of str to str
        What was set, and how.
    read_back : dict of str to list of int
        The first three integers below 2**31 that each generator draws after seeding. They are the same on every
        machine, so that two programs can be compared by eye. The generators are at the start again.
    not_fixed : dict of str to str
        What a seed does not reach, and what to do about it.
    string_hash : int
        ``hash("samplers")``. Processes with the same value iterate over sets of strings in the same order.
    """

    seed: int
    fixed: dict[str, str]
    read_back: dict[str, list[int]]
    not_fixed: dict[str, str]
    string_hash: int

    def __str__(self) -> str:
        draws = {name: f"draws {', '.join(map(str, values))}, as it must" for name, values in self.read_back.items()}
        parts = (("fixed", self.fixed), ("read back", draws), ("not fixed", self.not_fixed))
        return "\n".join([f"seed {self.seed}", *(line for part in parts for line in _section(*part))])


def _section(title: str, entries: dict[str, str]) -> list[str]:
    lines = [f"  {title}"]
    for name, text in entries.items():
        lines += textwrap.wrap(
            f"{name}: {text}",
            COLUMNS,
            initial_indent="    ",
            subsequent_indent="      ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    return lines


def seed_everything(seed: int, *, libraries: tuple[str, ...] | None = None, deterministic: bool = False) -> SeedReport:
    """Seed the global generators of Python, NumPy and torch, and report what that fixes.

    Parameters
    ----------
    seed : int
        0 to 2**32 - 1. Larger seeds are refused, because torch would use them modulo 2**32 on a CPU.
    libraries : tuple of str, optional
        Of "random", "numpy" and "torch". Default: all that are installed. Torch is imported, which takes seconds.
    deterministic : bool, default False
        Also call ``torch.use_deterministic_algorithms(True)``: an operator that has no deterministic form raises an
        error then.

    Returns
    -------
    SeedReport
        Print it, or keep it with the results.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid; nothing is seeded then.
    ModuleNotFoundError
        If torch is named and not installed.
    RuntimeError
        If a generator does not draw what its seed must give: another program has replaced it.

    Examples
    --------
    >>> from samplers.reproducibility import seed_everything
    >>> report = seed_everything(42, libraries=("random",))
    >>> report.read_back
    {'random': [1373158606, 239081663, 53710184]}
    """
    seed = as_count("seed", seed, minimum=0, maximum=LARGEST_SEED)
    chosen = _chosen(libraries)
    if deterministic and "torch" not in chosen:
        raise ValueError("deterministic=True is a setting of torch: leave it out, or add 'torch' to libraries")
    fixed, not_fixed = {}, dict(_BEYOND)
    if "random" in chosen:
        fixed["random"] = "random.seed(seed)"
    if "numpy" in chosen:
        fixed["numpy"] = "np.random.seed(seed), the global RandomState"
    if "torch" in chosen:
        fixed["torch"] = "torch.manual_seed(seed), on the CPU and on every GPU"
        flags, missed = _torch_flags(deterministic)
        fixed |= flags
        not_fixed |= missed
    read_back = {name: _read_back(name, seed) for name in chosen}
    string_hash = hash(PROBE)
    not_fixed["hash of a str"] = (
        f"hash({PROBE!r}) is {string_hash} in this process. It follows PYTHONHASHSEED, which Python reads at its start "
        "and never again. Set it in the shell, or sort what comes out of a set"
    )
    if "keras" in sys.modules:
        not_fixed["keras"] = "its own generator: call keras.utils.set_random_seed(seed) too"
    return SeedReport(seed, fixed, read_back, not_fixed, string_hash)


_BEYOND = {
    "generators of your own": "np.random.default_rng() and torch.Generator() without a seed read no global seed",
    "kernels": "exp, sums and matrix products may differ between machines, versions and numbers of threads: "
    "`samplers record --kernels FILE` writes what this machine computes, `samplers diff` compares",
}


def _chosen(libraries: Any) -> tuple[str, ...]:
    if libraries is None:
        return tuple(name for name in LIBRARIES if find_spec(name) is not None)
    if not isinstance(libraries, tuple | list) or not libraries or not all(name in LIBRARIES for name in libraries):
        raise ValueError(f"libraries must be a tuple of names of {LIBRARIES}, got {libraries!r}")
    if "torch" in libraries:
        require("torch", "libraries=('torch',)")
    return tuple(name for name in LIBRARIES if name in libraries)


def _torch_flags(deterministic: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Set what makes a GPU repeat itself; what was set, and what it is too late for."""
    import torch

    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    fixed = {"cudnn": "torch.backends.cudnn.benchmark = False, .deterministic = True"}
    missed = {}
    if not deterministic:
        missed["torch's operators"] = (
            "on a GPU some add in another order each time: deterministic=True makes them raise an error instead"
        )
        return fixed, missed
    torch.use_deterministic_algorithms(True)
    fixed["torch's operators"] = "torch.use_deterministic_algorithms(True)"
    variable, value = "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
    if variable in os.environ:
        fixed["cuBLAS"] = f"{variable}={os.environ[variable]}, which was set already"
    elif torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        missed["cuBLAS"] = f"CUDA has started already: set {variable}={value} before the program starts"
    else:
        os.environ[variable] = value
        fixed["cuBLAS"] = f"{variable}={value}"
    return fixed, missed


def _read_back(name: str, seed: int) -> list[int]:
    """Seed a global generator, draw from it, compare with a generator of that seed, and seed it again."""
    seed_it, draw, expected = _generators(name, seed)
    seed_it()
    got, wanted = draw(), expected()
    seed_it()
    if got != wanted:
        raise RuntimeError(
            f"{name}: after seed {seed} the global generator drew {got}, and a new generator of that seed {wanted}: "
            f"another program has replaced the functions of {name}, or another thread draws from it"
        )
    return got


def _generators(name: str, seed: int) -> tuple[Callable[[], Any], Callable[[], list[int]], Callable[[], list[int]]]:
    """For a library: how to seed it, what it draws, and what a new generator of that seed draws."""
    if name == "random":
        return (
            lambda: random.seed(seed),
            lambda: [random.getrandbits(31) for _ in range(READ_BACK)],
            lambda: [own.getrandbits(31) for own in [random.Random(seed)] for _ in range(READ_BACK)],
        )
    if name == "numpy":
        return (
            lambda: np.random.seed(seed),  # noqa: NPY002
            lambda: np.random.randint(0, 2**31, READ_BACK, np.int64).tolist(),  # noqa: NPY002
            lambda: np.random.RandomState(seed).randint(0, 2**31, READ_BACK, np.int64).tolist(),
        )
    import torch

    size = (READ_BACK,)
    made: dict[str, Any] = {"dtype": torch.int64, "device": "cpu"}
    return (
        lambda: torch.manual_seed(seed),
        lambda: torch.randint(0, 2**31, size, **made).tolist(),
        lambda: torch.randint(0, 2**31, size, generator=torch.Generator().manual_seed(seed), **made).tolist(),
    )
