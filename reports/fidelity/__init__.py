# SPDX-License-Identifier: MIT
"""The tables and the sentences about the fidelity checks."""
