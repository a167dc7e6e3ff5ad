# SPDX-License-Identifier: MIT
"""The subcommands of ``python -m reports`` on finished reports: compare, diff, publish, readme."""
