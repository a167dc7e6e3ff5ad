# SPDX-License-Identifier: MIT
"""Seeds, named streams, and recordings that tell where two runs part.

Torch is imported where it is used. To compare two recordings, NumPy alone is needed.
"""

from .causes import Cause
from .compare import Comparison, compare
from .distance import Distance
from .kernels import kernel_fingerprints
from .recorder import Recorder
from .recording import Recording, RecordingError
from .seeding import SeedReport, seed_everything
from .streams import NamedStreams, named_streams

__all__ = [
    "Cause",
    "Comparison",
    "Distance",
    "NamedStreams",
    "Recorder",
    "Recording",
    "RecordingError",
    "SeedReport",
    "compare",
    "kernel_fingerprints",
    "named_streams",
    "seed_everything",
]
