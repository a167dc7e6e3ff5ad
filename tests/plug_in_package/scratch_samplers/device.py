# SPDX-License-Identifier: MIT
"""A strategy that cannot run on any machine that we know."""

from .search import ScratchSearch


class ScratchDevice(ScratchSearch):
    """`scratch_search` on a quantum device."""

    name = "scratch_device"
    stream = "quantum noise"

    @classmethod
    def unavailable(cls):
        return "this machine has no quantum device"
