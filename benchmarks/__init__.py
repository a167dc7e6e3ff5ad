# SPDX-License-Identifier: MIT
"""The asv suite, one question a file. It registers peers and variants, and holds libraries to one thread."""

import os

# One thread, for every library and before any of them is imported: asv's matrix of environment variables is
# ignored for an existing environment.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from . import peers, variants  # noqa: E402  (after the thread limits)

__all__ = ["peers", "variants"]
