# SPDX-License-Identifier: MIT
"""The ids of ``spectrum`` from one kernel of Triton, on a CUDA device.

========== ===========================================================================================
build      that of ``spectrum`` on the CPU, then its tables are copied to the device
draw       O(1) per id: half a Philox block, loads of 4, 4 and 4 bytes, a store
memory     16 bytes per class, and 4 bytes per id if ids are not sorted, on the device and on the host
randomness 64 bits per id, and rarely more
========== ===========================================================================================
"""

from __future__ import annotations

from ..tensors.info import tensor_info
from ..tensors.triton_sampler import TritonSampler


class SpectrumTriton(TritonSampler):
    """The ids of ``spectrum``, bit for bit, from one Triton kernel on a CUDA device; they stay there.

    Parameters
    ----------
    device : str or torch.device
        The CUDA device where the tables lie and the ids are drawn.
    """

    info = tensor_info("spectrum_triton", "spectrum", "cuda", instead="alias_triton")
    kind = "spectrum"
