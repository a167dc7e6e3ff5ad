# SPDX-License-Identifier: MIT
"""Sets of excluded ids, one for each row, and the expected counts of a row with exclusion."""
