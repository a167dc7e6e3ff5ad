# SPDX-License-Identifier: MIT
"""For ``torch.utils.data``: negatives of the examples of a DataLoader, and a weighted sampler of examples."""

from ...arguments import require

require("torch", "samplers.integrations.torch")

# These import torch. Without it, the line above names the cure.
from .negatives import Collate, Drawn, Negatives, Numbered, NumberedExample  # noqa: E402
from .weighted import WeightedSampler  # noqa: E402

__all__ = ["Collate", "Drawn", "Negatives", "Numbered", "NumberedExample", "WeightedSampler"]
