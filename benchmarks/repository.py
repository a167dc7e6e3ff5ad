# SPDX-License-Identifier: MIT
"""Checks that git knows a commit, which asv and `python -m benchmarks` need.

This file imports the standard library only, so that ``python benchmarks/repository.py`` runs before anything is
installed. It prints what is missing and ends with exit code 2.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MISSING = 2  # exit code


def git(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a git command in a folder; its output and its error messages are English text."""
    command = ["git", "-C", str(root), *arguments]
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def first_line(*arguments: str, root: Path = ROOT) -> str | None:
    """The first line of a git command's output; None if there is none, if git is not installed, or after an error."""
    if shutil.which("git") is None:
        return None
    done = git(*arguments, root=root)
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else None


def why_no_history(root: Path = ROOT) -> str | None:
    """Why git knows no commit of a folder and what to do, in one line; None if git knows one."""
    need = "asv stores results by the commit"
    clone = "`git clone` the project, or `git init`, `git add .` and `git commit` here"
    if shutil.which("git") is None:
        return f"{need}: install git"
    done = git("rev-parse", "--show-toplevel", root=root)
    if "dubious ownership" in done.stderr:
        trust = f"git config --global --add safe.directory {shlex.quote(str(root))}"
        return f"{need}, and git does not trust {root}, as it belongs to another user: `{trust}`"
    if "not a git repository" in done.stderr:
        return f"{need}, and {root} is no git repository (an unpacked ZIP has no history): {clone}"
    if done.returncode != 0:
        return f"{need}, and git reports an error for {root}: {' '.join(done.stderr.split())}"
    top = done.stdout.rstrip("\n")
    if not os.path.samefile(top, root):
        return f"{need}, and {root} is only a folder in the repository {top}: {clone}"
    if first_line("rev-parse", "--verify", "--quiet", "HEAD^{commit}", root=root) is None:
        return f"{need}, and the repository {root} has none yet: `git add .` and `git commit`"
    return None


def commit(root: Path = ROOT) -> tuple[str | None, bool]:
    """The hash of the checked-out commit, and whether files outside of reports/published differ from it.

    (None, True) if there is no commit.
    """
    if why_no_history(root) is not None:
        return None, True
    changed = first_line("status", "--porcelain", "--", ".", ":!reports/published", root=root)
    return first_line("rev-parse", "HEAD", root=root), changed is not None


if __name__ == "__main__":
    REASON = why_no_history()
    if REASON is not None:
        print(REASON, file=sys.stderr)
        raise SystemExit(MISSING)
