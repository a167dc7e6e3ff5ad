# SPDX-License-Identifier: MIT
"""The ids of ``alias`` from one kernel of Triton, on a CUDA device.

========== ==========================================================================
build      that of ``alias`` on the CPU, then 8 bytes per slot are copied to the device
draw       O(1) per id: a quarter of a Philox block, a load of 4 bytes, a store
memory     8 bytes per slot on the device, and as much on the host
randomness 32 bits per id, and 32 more bits once in 2**(32 - log2 V) ids
========== ==========================================================================
"""

from __future__ import annotations

from ..tensors.info import tensor_info
from ..tensors.triton_sampler import TritonSampler


class AliasTriton(TritonSampler):
    """The ids of ``alias``, bit for bit, from one Triton kernel on a CUDA device; they stay there.

    Parameters
    ----------
    device : str or torch.device
        The CUDA device where the tables lie and the ids are drawn.
    """

    info = tensor_info("alias_triton", "alias", "cuda")
    kind = "alias"
