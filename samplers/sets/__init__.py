# SPDX-License-Identifier: MIT
"""Sets of ids, one for each row: what a row must not hold, and what is expected of a row then."""
