# SPDX-License-Identifier: MIT
"""The ids of ``uniform`` from one kernel of Triton, on a CUDA device.

========== ===================================================================
build      O(1): two integers
draw       O(1) per id: a quarter of a Philox block, a multiplication, a store
memory     no table
randomness 32 bits per id, and 32 more bits for each refused word
========== ===================================================================
"""

from __future__ import annotations

from ..tensors.info import tensor_info
from ..tensors.triton_sampler import TritonSampler


class UniformTriton(TritonSampler):
    """The ids of ``uniform``, bit for bit, from one Triton kernel on a CUDA device; they stay there.

    Parameters
    ----------
    device : str or torch.device
        The CUDA device where the tables lie and the ids are drawn.
    """

    info = tensor_info("uniform_triton", "uniform", "cuda")
    kind = "uniform"
