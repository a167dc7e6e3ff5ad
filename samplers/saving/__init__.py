# SPDX-License-Identifier: MIT
"""Finished tables in files: built once, mapped into the memory of every process that draws from them."""

from .tables import load, save

__all__ = ["load", "save"]
