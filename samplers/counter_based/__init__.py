# SPDX-License-Identifier: MIT
"""Samplers whose rows can be drawn by their numbers, from a counter-based generator."""
