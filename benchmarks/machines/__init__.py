# SPDX-License-Identifier: MIT
"""One file of a machine: times of a few declared cells, and what anyone can recompute on any other machine.

`cells` declares what is timed and what is proved, `proofs` recomputes, `measure` times and writes.
``python -m reports submit`` writes such a file, and ``python -m reports verify`` checks it.
"""
