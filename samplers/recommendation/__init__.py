# SPDX-License-Identifier: MIT
"""Recommends the fastest sampler for a request, from published measurements."""
