# SPDX-License-Identifier: MIT
"""``python -m reports``: one page from what asv and the fidelity checks wrote.

It works from those files alone, and names no sampler. Of `benchmarks` it imports what reads them (`documents`,
`checks`); of `samplers` the verdict that it ships, to show it, and how files are written and commands end. It writes
nothing but the folder of the report, and README.md on request.
"""
