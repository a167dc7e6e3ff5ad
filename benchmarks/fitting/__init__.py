# SPDX-License-Identifier: MIT
"""Fits the recommendation that the library ships to the measured decision grid: ``python -m benchmarks.fitting``."""
