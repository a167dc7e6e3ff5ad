# SPDX-License-Identifier: MIT
"""Makes all figures as matplotlib objects, without files and without pyplot. The figures of `sections` come last."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib import rc_context

from .model import Report
from .sections import SECTIONS
from .speed_figures import ranking
from .style import SETTINGS, Picture

MAKERS: tuple[Callable[[Report], Picture | None], ...] = (ranking,)


def pictures(report: Report) -> list[Picture]:
    """All figures whose numbers were measured, in the order of the page."""
    with rc_context(SETTINGS):
        drawn = [picture for make in MAKERS if (picture := make(report)) is not None]
        return [*drawn, *(picture for section in SECTIONS for picture in section.pictures(report))]
