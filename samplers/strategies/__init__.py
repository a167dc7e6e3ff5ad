# SPDX-License-Identifier: MIT
"""The strategies, one in each file. ``samplers/registry.py`` lists them."""
