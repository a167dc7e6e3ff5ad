# SPDX-License-Identifier: MIT
"""``python -m reports``: one page from what asv and the fidelity checks wrote.

It works from those two inputs alone: neither `samplers` nor `benchmarks` is imported, no sampler is named.
"""
