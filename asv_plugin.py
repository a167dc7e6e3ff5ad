# SPDX-License-Identifier: MIT
"""Says in one line what asv lacks of git, where asv would end with a traceback: in an unpacked ZIP, for example.

asv loads this file ("plugins" in asv.conf.json). ``asv check`` of an installed environment needs no repository, opens
none, and goes on without one.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from asv.plugins.git import Git

# Run by its path: an import would import the library too, which asv's own interpreter need not have.
REPOSITORY = runpy.run_path(str(Path(__file__).with_name("benchmarks") / "repository.py"))


class CheckedGit(Git):  # type: ignore[misc]
    """git, looked at before asv uses it."""

    dvcs = "checked git"  # as in asv.conf.json

    def __init__(self, *arguments: Any) -> None:
        reason = REPOSITORY["why_no_history"]()
        if reason is not None:
            print(f"asv: {reason}", file=sys.stderr)
            raise SystemExit(REPOSITORY["MISSING"])
        super().__init__(*arguments)
