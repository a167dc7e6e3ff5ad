# SPDX-License-Identifier: MIT
"""Which changes of a run leave the negatives of its examples the same, and which do not: every sampler, measured.

`settings` is the list of the changes. `drawing` draws in one process, `loading` in a DataLoader, `gensim_loop` in
gensim. `child` is a process that does so under other settings, and `measure` compares. `controls` are samplers that
depend on purpose on what changes, so that a comparison that sees nothing is found out.
"""

from __future__ import annotations


def main(arguments: list[str] | None = None) -> int:
    """Run the command of `__main__`, as a stage of ``python -m benchmarks`` does; returns its exit code."""
    from .__main__ import main as command

    return command(arguments)
