# SPDX-License-Identifier: MIT
"""The ids of ``uniform`` in operations of torch, on any device.

========== ===========================================================================
build      O(1): two integers
draw       O(1) per id: about 130 operations of torch on whole tensors, over as many attempts as V asks for
memory     no table; about 80 bytes per id and attempt while drawing
randomness 32 bits per id and attempt: an attempt is refused for 2**32 mod V of 2**32 words
========== ===========================================================================
"""

from __future__ import annotations

from ..tensors.info import tensor_info
from ..tensors.sampler import TensorSampler


class UniformTorch(TensorSampler):
    """The ids of ``uniform``, bit for bit, in operations of torch on any device; they stay there.

    Parameters
    ----------
    device : str or torch.device
        Where the tables lie and the ids are drawn.
    """

    info = tensor_info("uniform_torch", "uniform", "any")
    kind = "uniform"
