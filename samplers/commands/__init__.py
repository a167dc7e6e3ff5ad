# SPDX-License-Identifier: MIT
"""One file a command: NAME, ``add_arguments(parser)``, ``run(arguments) -> exit code``; its docstring is its help."""

from . import bench, check, listing, recommend, report, sample
from .common import WIDTH, UsageError

COMMANDS = (listing, recommend, sample, check, bench, report)

__all__ = ["COMMANDS", "WIDTH", "UsageError"]
