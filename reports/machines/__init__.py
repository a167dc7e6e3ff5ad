# SPDX-License-Identifier: MIT
"""The files of machines, which ``python -m reports submit`` writes: what they hold, and what can be checked of them."""
