# SPDX-License-Identifier: MIT
"""What samplers draw from: noise distributions, the counts that they are made from, and their exact integer weights."""
