# SPDX-License-Identifier: MIT
"""Makes all figures as matplotlib objects, without files and without pyplot. The figures of `sections` come last."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib import rc_context

from .break_even import total
from .cost_figures import costs
from .grid.figure import heat_map
from .inclusion_figure import inclusion
from .model import Report
from .pareto_figure import pareto
from .rank_figure import by_rank
from .sections import SECTIONS
from .shape_figure import scaling
from .speed_figures import ranking, throughput
from .style import SETTINGS, Picture

MAKERS: tuple[Callable[[Report], Picture | None], ...] = (
    ranking,
    heat_map,
    throughput,
    pareto,
    costs,
    total,
    scaling,
    by_rank,
    inclusion,
)


def pictures(report: Report) -> list[Picture]:
    """All figures whose numbers were measured, in the order of the page."""
    with rc_context(SETTINGS):
        drawn = [picture for make in MAKERS if (picture := make(report)) is not None]
        return [*drawn, *(picture for section in SECTIONS for picture in section.pictures(report))]
