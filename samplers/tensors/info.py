# SPDX-License-Identifier: MIT
"""What the strategies that draw into tensors declare."""

from __future__ import annotations

from dataclasses import replace

from ..counter_based.cursor import positional_info
from ..info import Device, Info
from .tables import Kind

SOURCES = {
    "alias": "Walker 1977, doi:10.1145/355744.355749; the ids of `alias`",
    "spectrum": "the frequency spectrum of a corpus; the ids of `spectrum`",
    "uniform": "Lemire 2019, doi:10.1145/3230636; the ids of `uniform`",
}


def tensor_info(name: str, kind: Kind, device: Device, instead: str = "") -> Info:
    """The properties of a strategy that has the ids of the strategy ``kind`` of the CPU."""
    info = replace(positional_info(name, SOURCES[kind], instead), arrays="torch", device=device, cost="launch")
    return replace(info, laws="uniform") if kind == "uniform" else info
