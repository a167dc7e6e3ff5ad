# SPDX-License-Identifier: MIT
"""The contestants, one file each; the list of them is ``samplers/registry.py``."""
