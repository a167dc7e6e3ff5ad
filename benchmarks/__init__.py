# SPDX-License-Identifier: MIT
"""The asv suite, with one file per question. It registers peers and variants, and limits libraries to one thread."""

import os

# Libraries read these variables when they are imported. asv ignores its matrix of environment variables if it runs in
# an existing environment, so that they are set in Python.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from . import peers, variants  # noqa: E402  (after the thread limits)

__all__ = ["peers", "variants"]
