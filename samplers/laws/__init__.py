# SPDX-License-Identifier: MIT
"""Noise distributions, the counts that they are made from, and their exact integer weights."""
