# SPDX-License-Identifier: MIT
"""One file a command: NAME, ``add_arguments(parser)``, ``run(arguments) -> exit code``; its docstring is its help."""

from . import check, listing, recommend, sample
from .common import WIDTH, UsageError

COMMANDS = (listing, recommend, sample, check)

__all__ = ["COMMANDS", "WIDTH", "UsageError"]
