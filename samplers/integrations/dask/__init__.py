# SPDX-License-Identifier: MIT
"""For Dask: arrays of ids that threads, processes or many machines draw, and files of them that can be continued."""

from ...arguments import require

require("dask", "samplers.integrations.dask")

# These import dask. Without it, the line above names the cure.
from .array import sample_array  # noqa: E402
from .writing import write_zarr  # noqa: E402

__all__ = ["sample_array", "write_zarr"]
