# SPDX-License-Identifier: MIT
"""A strategy that cannot run on any machine that we know."""

from dataclasses import replace

from .search import ScratchSearch


class ScratchDevice(ScratchSearch):
    """`scratch_search` on a quantum device."""

    info = replace(ScratchSearch.info, name="scratch_device", stream="quantum noise")

    @classmethod
    def unavailable(cls):
        return "this machine has no quantum device"
