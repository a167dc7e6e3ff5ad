# SPDX-License-Identifier: MIT
"""Shared code of the strategies that wrap torch. Torch is imported when one of them is built."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

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


class HeldGenerator:
    """A torch.Generator that can be copied and pickled; without this class that needs torch 2.4 or newer."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def undo(self) -> Callable[[], None]:
        """A function that restores the present state of the generator."""
        return partial(self.generator.set_state, self.generator.get_state())

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
