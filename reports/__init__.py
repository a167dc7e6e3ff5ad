# SPDX-License-Identifier: MIT
"""``python -m reports``: write one page from the files of asv and of the fidelity checks.

The code names no sampler: all names come from these files. It imports from `benchmarks` only the readers of the files
(`documents`, `checks`), and from `samplers` the verdict that the library ships and helpers for files and commands. It
writes only into the folder of the report and, on request, into README.md.
"""
