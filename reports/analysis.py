# SPDX-License-Identifier: MIT
"""Derives from what was read all that more than one part of the report needs, once."""

from __future__ import annotations

from dataclasses import fields

from .answers import answers
from .axes import measured
from .break_even import plans
from .grid.winners import won
from .limits import limits, shares
from .model import Inputs, Report
from .ratios import means
from .verdict import MODES, family, verdict


def analyse(inputs: Inputs) -> Report:
    """What was read, and what follows from it."""
    return Report(
        **{field.name: getattr(inputs, field.name) for field in fields(Inputs)},
        verdict=verdict(inputs),
        answers=() if inputs.few else answers(inputs),
        family=tuple(family(inputs.timed())),
        bounds=tuple(limits(inputs)),
        shares=shares(inputs),
        means=means(inputs),
        won=tuple(won(inputs)),
        plans={mode: plans(inputs, mode) for mode in MODES},
        measured={axis.key: measured(inputs, axis) for axis in inputs.tables},
    )
