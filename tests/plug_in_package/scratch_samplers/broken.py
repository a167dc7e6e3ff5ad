# SPDX-License-Identifier: MIT
"""A strategy whose import fails, as after an upgrade of something that it needs."""

from dataclasses import replace

import a_module_that_is_not_installed

from .search import ScratchSearch


class ScratchBroken(ScratchSearch):
    """Never seen."""

    info = replace(ScratchSearch.info, name="scratch_broken", stream=a_module_that_is_not_installed.STREAM)
