# SPDX-License-Identifier: MIT
"""A strategy whose import fails, as after an upgrade of something that it needs."""

import a_module_that_is_not_installed

from .search import ScratchSearch


class ScratchBroken(ScratchSearch):
    """Never seen."""

    name = "scratch_broken"
    stream = a_module_that_is_not_installed.STREAM
