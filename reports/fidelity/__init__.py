# SPDX-License-Identifier: MIT
"""The fidelity checks: read, judged, tabulated and put into words."""
