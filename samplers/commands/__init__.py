# SPDX-License-Identifier: MIT
"""One file a command: NAME, ``add_arguments(parser)``, ``run(arguments) -> exit code``; its docstring is its help."""

from . import check, listing
from .common import UsageError

COMMANDS = (listing, check)

__all__ = ["COMMANDS", "UsageError"]
