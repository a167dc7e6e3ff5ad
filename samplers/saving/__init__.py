# SPDX-License-Identifier: MIT
"""Saves finished tables in files, and maps them into the memory of other processes."""

from .tables import load, save

__all__ = ["load", "save"]
