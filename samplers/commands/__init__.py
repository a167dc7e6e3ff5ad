# SPDX-License-Identifier: MIT
"""The commands. Each is a module with NAME, ``add_arguments(parser)`` and ``run(arguments) -> exit code``.

The docstring of the module is the help of the command.
"""

from . import check, listing, recommend, sample
from .common import WIDTH, UsageError

COMMANDS = (listing, recommend, sample, check)

__all__ = ["COMMANDS", "WIDTH", "UsageError"]
