# SPDX-License-Identifier: MIT
"""Tests of ids against each other: pairs that depend, and stretches that come twice."""

from __future__ import annotations

from .pairs import PairsBetweenRows, PairsWithinRows, between_streams
from .windows import RepeatedWindows

__all__ = ["PairsBetweenRows", "PairsWithinRows", "RepeatedWindows", "between_streams"]
