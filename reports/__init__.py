# SPDX-License-Identifier: MIT
"""``python -m reports``: one page from what asv and the fidelity checks wrote.

It works from those two inputs alone, and names no sampler. Nothing of `benchmarks` is imported. From `samplers` come
the verdict that it ships, to compare with what was measured, and how files are written and commands end.
"""
