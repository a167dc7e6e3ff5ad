# SPDX-License-Identifier: MIT
"""The ids of ``spectrum`` in operations of torch, on any device.

========== ===========================================================================
build      that of ``spectrum`` on the CPU, then its tables are copied to the device
draw       O(1) per id: a few hundred operations of torch on whole tensors, more if a class has very many ids
memory     16 bytes per class, and 4 bytes per id if ids are not sorted, on the device and on the host
randomness 96 bits per id and more, of which most are read for nothing, so that all ids take the same operations
========== ===========================================================================
"""

from __future__ import annotations

from ..tensors.info import tensor_info
from ..tensors.sampler import TensorSampler


class SpectrumTorch(TensorSampler):
    """The ids of ``spectrum``, bit for bit, in operations of torch on any device; they stay there.

    Parameters
    ----------
    device : str or torch.device
        Where the tables lie and the ids are drawn.
    """

    info = tensor_info("spectrum_torch", "spectrum", "any", instead="alias_torch")
    kind = "spectrum"
