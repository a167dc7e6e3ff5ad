# SPDX-License-Identifier: MIT
"""The commands. Each is a module with NAME, ``add_arguments(parser)`` and ``run(arguments) -> exit code``.

The docstring of the module is the help of the command.
"""

from . import check, diff, listing, recommend, record, sample
from .common import WIDTH, UsageError

COMMANDS = (listing, recommend, sample, check, record, diff)

__all__ = ["COMMANDS", "WIDTH", "UsageError"]
