# SPDX-License-Identifier: MIT
"""Shared code of the strategies that wrap torch. Torch is imported when one of them is built."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# aten/src/ATen/native/Distributions.cpp: "number of categories cannot exceed 2^24", on every device.
MAX_CATEGORIES = 2**24
MAX_CATEGORIES_REASON = "torch.multinomial takes at most 2**24 categories (pytorch/pytorch#2576)"


TORCH_MISSING = "torch is not installed: pip install torch"


def torch_missing() -> str | None:
    """Why torch cannot be used; None if it can."""
    if find_spec("torch") is None:
        return TORCH_MISSING
    return None


def cuda_missing() -> str | None:
    """Why torch cannot draw on a CUDA device; None if it can."""
    reason = torch_missing()
    if reason is None:
        import torch

        if not torch.cuda.is_available():
            reason = f"torch {torch.__version__} sees no CUDA device"
    return reason


def tensor_buffer(rows: int, k: int, out: Any, device: str) -> Any:
    """``out``, a tensor on ``device`` that can hold (rows, k) ids, or a new int64 tensor if it is None.

    Raises
    ------
    TypeError, ValueError
        If ``out`` is no such tensor.
    """
    import torch

    if out is None:
        try:
            return torch.empty((rows, k), dtype=torch.int64, device=device)
        except RuntimeError as error:  # torch.OutOfMemoryError is one too
            raise ValueError(
                f"rows={rows}, k={k}: {rows * k * 8:,} bytes of ids do not fit into memory; draw fewer rows at once"
            ) from error
    if out.device != torch.empty(0, device=device).device:
        raise ValueError(f"out must lie on {device}, where the ids are drawn, or on the CPU, got {out.device}")
    if out.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"out must be int64 or int32, got {out.dtype}")
    if tuple(out.shape) != (rows, k) or not out.is_contiguous():
        raise ValueError(f"out must be contiguous, of shape {(rows, k)}; got shape {tuple(out.shape)}")
    return out


def copy_to_tensor(array: Any, tensor: Any) -> None:
    """Copy an ndarray into a tensor of its shape, on any device."""
    import torch

    tensor.copy_(torch.from_numpy(array))


class HeldGenerator:
    """A torch.Generator that can be copied and pickled; without this class that needs torch 2.4 or newer."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def __reduce__(self) -> tuple[Any, ...]:
        # The state is pickled as an array: torch.load would read a tensor, and torch 2.4 warns of that.
        return _restored, (str(self.generator.device), self.generator.get_state().numpy())


def _restored(device: str, state: Any) -> HeldGenerator:
    import torch

    generator = torch.Generator(device=device)
    generator.set_state(torch.from_numpy(state.copy()))
    return HeldGenerator(generator)


def torch_generator(rng: np.random.Generator, device: str) -> HeldGenerator:
    """A torch.Generator on ``device``, seeded from ``rng``.

    On a CPU torch uses only the low 32 bits of the seed (aten/src/ATen/core/MT19937RNGEngine.h). So two samplers have
    the same stream with probability 2**-32.
    """
    import torch

    return HeldGenerator(torch.Generator(device=device).manual_seed(int(rng.integers(2**63))))


def torch_device(device: Any) -> Any:
    """``device`` as a torch.device.

    Raises
    ------
    ValueError
        If it is none, or if torch does not see it.
    """
    import torch

    try:
        where = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device must be a torch device, such as 'cuda' or 'cuda:1', got {device!r}") from error
    if where.type == "cuda" and (where.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device={device!r}: torch sees {torch.cuda.device_count()} CUDA devices, numbered from 0")
    try:
        torch.empty(0, device=where)
    except (RuntimeError, NotImplementedError) as error:  # such as "mps" on a machine without Apple's GPU
        raise ValueError(f"device={device!r}: torch cannot use it here; write device='cpu'") from error
    return where
