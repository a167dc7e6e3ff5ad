# SPDX-License-Identifier: MIT
"""The experiments of the five posts, run again: ``python -m benchmarks.experiments NAME``. See docs/laboratory.md.

A file an experiment, and their list in ``experiment``. Child processes import this package without ``benchmarks``, also
in the environments of ``make lab-tensorflow``, which have NumPy and TensorFlow alone.
"""
