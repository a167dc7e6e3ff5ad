# SPDX-License-Identifier: MIT
"""``python -m benchmarks.fitting``: fits the recommendation that the library ships to the measured decision grid."""
