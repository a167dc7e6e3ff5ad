# SPDX-License-Identifier: MIT
"""All figures: records -> matplotlib figures, no files, no pyplot."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib import rc_context

from .cost_figures import costs, experiment
from .inclusion_figure import inclusion
from .model import Report
from .rank_figure import by_rank
from .speed_figures import ranking, throughput
from .style import SETTINGS, Picture


def pictures(report: Report) -> list[Picture]:
    """All figures that the numbers at hand allow, in the order of the page."""
    makers: list[Callable[[Report], Picture | None]] = [ranking, throughput, by_rank, inclusion, experiment, costs]
    with rc_context(SETTINGS):
        return [picture for make in makers if (picture := make(report)) is not None]
