# SPDX-License-Identifier: MIT
"""Samplers that draw rows by their numbers, from a counter-based generator."""
