# SPDX-License-Identifier: MIT
"""The decision grid: who is fastest where, and how far behind the best a recommendation is."""
