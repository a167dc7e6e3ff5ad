# SPDX-License-Identifier: MIT
"""The figures that several sections share, and their style."""
