# SPDX-License-Identifier: MIT
"""What this process computes: hashes of the results of elementary operations on inputs that are made from integers.

A processor's name or a variable of the environment says what should be computed. These hashes say what is computed: a
setting may be ignored (MKL_CBWR=AVX2 on AMD processors; OPENBLAS_CORETYPE, OpenMathLib/OpenBLAS#6021).
"""

from __future__ import annotations

import hashlib
import math
import os
import platform
import random
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from .seeding import PROBE

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGITS = 16
# Variables that change what is computed, and those that are believed to.
VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "NPY_DISABLE_CPU_FEATURES",
    "TF_ENABLE_ONEDNN_OPTS",
    "CUBLAS_WORKSPACE_CONFIG",
    "PYTHONHASHSEED",
)


class Inputs:
    """Arrays of float32 that are exact multiples of powers of two, so that no library computes them."""

    def __init__(self) -> None:
        integers = np.arange(1, 2**16 + 1, dtype=np.int64) * 2654435761 % 2**24
        self.positive: NDArray[np.float32] = ((integers + 1) / 2**24).astype(np.float32)  # (0, 1]
        self.signed: NDArray[np.float32] = ((integers - 2**23) / 2**21).astype(np.float32)  # [-4, 4)
        self.whole = np.arange(1, 20_001, dtype=np.float64)

    def block(self, start: int, *shape: int) -> NDArray[np.float32]:
        """Values of ``signed`` from ``start`` on."""
        return self.signed[start : start + math.prod(shape)].reshape(shape)


def _of_numpy(x: Inputs) -> dict[str, Callable[[], Any]]:
    wide = x.block(0, 256, 256)
    return {
        "np.exp": lambda: np.exp(x.signed),
        "np.log": lambda: np.log(x.positive.astype(np.float64)),
        "np.tanh": lambda: np.tanh(x.signed),
        "np.sqrt": lambda: np.sqrt(x.positive),
        "np.power": lambda: np.power(x.whole, 0.75),
        "np.sum": lambda: x.signed.sum(),
        "np.matmul": lambda: wide @ wide[::-1],
        "np.normal": lambda: np.random.Generator(np.random.PCG64(0)).standard_normal(1000),
        "np.uniform": lambda: np.random.Generator(np.random.PCG64(0)).uniform(-0.3, 0.3, 1000),
        "math.pow": lambda: np.array([math.pow(i, 0.75) for i in range(1, 2001)]),
    }


def _of_torch(x: Inputs) -> dict[str, Callable[[], Any]]:
    import torch

    def tensor(array: NDArray[Any]) -> Any:
        return torch.from_numpy(np.ascontiguousarray(array))

    def seeded() -> Any:
        return torch.Generator().manual_seed(0)

    def empty() -> Any:
        return torch.empty(1000, dtype=torch.float32, device="cpu")

    positive, signed, wide = tensor(x.positive), tensor(x.signed), tensor(x.block(0, 256, 256))
    batches, columns = tensor(x.block(0, 100, 6, 100)), tensor(x.block(3, 100, 100, 1))
    functional = torch.nn.functional
    return {
        "exp": lambda: signed.exp(),
        "log": lambda: positive.log(),
        "tanh": lambda: signed.tanh(),
        "sqrt": lambda: positive.sqrt(),
        "rsqrt": lambda: positive.rsqrt(),
        "pow": lambda: positive**0.75,
        "erf": lambda: signed.erf(),
        "sigmoid": lambda: signed.sigmoid(),
        "logsigmoid": lambda: functional.logsigmoid(signed),
        "softmax": lambda: signed.reshape(64, 1024).softmax(1),
        "sum": lambda: signed.sum(),
        "matmul 256x256x256": lambda: wide @ wide.flip(0),
        "matmul 64x41x16": lambda: tensor(x.block(0, 64, 41)) @ tensor(x.block(5000, 41, 16)),
        "matmul 64x1x41": lambda: tensor(x.block(0, 64, 1)) @ tensor(x.block(5000, 1, 41)),
        "mv": lambda: wide @ signed[:256],
        "bmm": lambda: torch.bmm(batches, columns),
        "conv2d": lambda: functional.conv2d(tensor(x.block(0, 1, 1, 64, 64)), tensor(x.block(0, 8, 1, 3, 3))),
        "randn": lambda: empty().normal_(generator=seeded()),
        "uniform": lambda: empty().uniform_(-0.3, 0.3, generator=seeded()),
    }


def kernel_fingerprints() -> dict[str, str]:
    """Hash what this process computes for elementary operations. It takes about a tenth of a second.

    Returns
    -------
    dict of str to str
        For each operation of torch (if it is installed), NumPy and Python the first 16 hexadecimal digits of the
        SHA-256 of its result; "hash" is that of ``hash("samplers")``. No global generator moves.
    """
    inputs = Inputs()
    results = {"hash": _digest(np.int64(hash(PROBE)))}
    if find_spec("torch") is not None:
        import torch

        # A user's autocast would compute in bfloat16, and a dispatch mode would see these operators.
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            results |= {name: _digest(compute().numpy()) for name, compute in _of_torch(inputs).items()}
    with np.errstate(all="ignore"):
        return results | {name: _digest(compute()) for name, compute in _of_numpy(inputs).items()}


def _digest(result: Any) -> str:
    array = np.ascontiguousarray(result)
    return hashlib.sha256(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()).hexdigest()[:DIGITS]


def environment() -> dict[str, str]:
    """Versions, and the settings that change what is computed.

    Returns
    -------
    dict of str to str
        Variables that are not set are left out. No name of a user, a machine or a path is in it.
    """
    described = {
        "samplers": _version_of_samplers(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "processor": platform.machine(),
    }
    if find_spec("torch") is not None:
        import torch

        described |= {
            "torch": str(torch.__version__),
            "torch capability": torch.backends.cpu.get_cpu_capability(),
            "torch threads": str(torch.get_num_threads()),
            "torch matmul precision": torch.get_float32_matmul_precision(),
            "deterministic algorithms": str(torch.are_deterministic_algorithms_enabled()),
        }
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            described["gpu"] = torch.cuda.get_device_name()
    return described | {name: os.environ[name] for name in VARIABLES if name in os.environ}


def _version_of_samplers() -> str:
    try:
        return version("negative-samplers")
    except PackageNotFoundError:
        return "0+unknown"


def generator_states() -> dict[str, str]:
    """Hash the states of the global generators, and read torch's seed. Nothing is drawn.

    Returns
    -------
    dict of str to str
        "random", "numpy" and, if torch is imported, "torch" and "torch seed".
    """
    kind, keys, place, *rest = np.random.get_state(legacy=True)  # noqa: NPY002
    states = {
        "random": _hash_of_text(repr(random.getstate())),
        "numpy": _hash_of_text(repr((kind, np.asarray(keys).tolist(), place, rest))),
    }
    if "torch" in sys.modules:
        import torch

        states["torch"] = _digest(torch.get_rng_state().numpy())
        states["torch seed"] = str(torch.initial_seed())
    return states


def _hash_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def known_answers() -> Iterator[tuple[str, NDArray[Any]]]:
    """What new generators of seed 0 draw: integers, which differ only if a library has changed its algorithm."""
    yield "numpy PCG64", np.random.Generator(np.random.PCG64(0)).integers(0, 2**63, 100)
    yield "numpy Philox", np.random.Generator(np.random.Philox(0)).integers(0, 2**63, 100)
    yield "numpy RandomState", np.random.RandomState(0).randint(0, 2**31, 100, np.int64)
    own = random.Random(0)
    yield "random", np.array([own.getrandbits(31) for _ in range(100)])
    if find_spec("torch") is not None:
        import torch

        seeded = torch.Generator().manual_seed(0)
        yield "torch", torch.randint(0, 2**31, (100,), dtype=torch.int64, device="cpu", generator=seeded).numpy()
