# SPDX-License-Identifier: MIT
"""What asv lacks: it says in one line what is wrong with git, and publishes the history of a few benchmarks by name.

Without it, asv ends with a traceback in an unpacked ZIP, and ``asv publish`` shows some 3,700 cells.

asv loads this file ("plugins" in asv.conf.json). ``asv check`` of an installed environment needs no repository, opens
none, and goes on without one.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from asv.benchmarks import Benchmarks
from asv.commands import publish
from asv.plugins.git import Git

PUBLISHED = r"^bench_history\."
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


class Headlines(Benchmarks):  # type: ignore[misc]
    """The benchmarks that have a page."""

    @classmethod
    def load(cls, conf: Any, regex: Any = None) -> Headlines:
        return super().load(conf, PUBLISHED)  # type: ignore[no-any-return]


publish.Benchmarks = Headlines  # asv has no option that selects benchmarks here
