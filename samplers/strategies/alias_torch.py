# SPDX-License-Identifier: MIT
"""The ids of ``alias`` in operations of torch, on any device.

========== ===========================================================================
build      that of ``alias`` on the CPU, then 8 bytes per slot are copied to the device
draw       O(1) per id: about 250 operations of torch on whole tensors
memory     8 bytes per slot on the device, and as much on the host; about 80 bytes per id while drawing
randomness 64 bits per id, of which the second half decides once in 2**(32 - log2 V) ids
========== ===========================================================================
"""

from __future__ import annotations

from ..tensors.info import tensor_info
from ..tensors.sampler import TensorSampler


class AliasTorch(TensorSampler):
    """The ids of ``alias``, bit for bit, in operations of torch on any device; they stay there.

    Parameters
    ----------
    device : str or torch.device
        Where the tables lie and the ids are drawn.
    """

    info = tensor_info("alias_torch", "alias", "any")
    kind = "alias"
