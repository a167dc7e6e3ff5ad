# SPDX-License-Identifier: MIT
"""The stream ``philox4x32-10/v1`` in operations of torch and in kernels of Triton: the ids of the CPU, on a device."""
