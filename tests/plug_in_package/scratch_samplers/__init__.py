# SPDX-License-Identifier: MIT
"""Strategies of somebody else: a good one, one of distinct ids only, one that cannot run here, one that cannot load."""
