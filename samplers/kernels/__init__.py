# SPDX-License-Identifier: MIT
"""Generators and loops in C, shared by the compiled strategies; they trust their input."""
