# SPDX-License-Identifier: MIT
"""Restores the generators of a stream if Ctrl-C or an error interrupts a draw."""

from __future__ import annotations

import random
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .torch_tools import HeldGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# To read the state of random.Random takes 10 us, and to draw an id in plain Python 0.3 us. So for draws of fewer ids
# the state is not read.
LEAST_IDS_TO_SAVE_STATE = 2048
_PLAIN = {int, float, bool, str, bytes, type(None)}


def undo_of(attributes: dict[str, Any], names: Iterable[str], n_ids: int) -> Callable[[], None] | None:
    """A function that restores the present values of attributes; None if an attribute cannot be restored fast enough.

    Parameters
    ----------
    attributes : dict
        The ``__dict__`` of a sampler.
    names : iterable of str
        The attributes that a draw moves.
    n_ids : int
        How many ids will be drawn.
    """
    saved: dict[str, Any] = {}
    undos: list[Callable[[], None]] = []
    for name in names:
        value = saved[name] = attributes[name]
        if type(value) not in _PLAIN:
            undo = _of_generator(value, n_ids)
            if undo is None:
                return None
            undos.append(undo)
    return partial(_undo_all, attributes, saved, undos)


def _undo_all(attributes: dict[str, Any], saved: dict[str, Any], undos: list[Callable[[], None]]) -> None:
    for undo in undos:
        undo()
    attributes.update(saved)


def _of_generator(value: Any, n_ids: int) -> Callable[[], None] | None:
    if type(value) is HeldGenerator:
        value = value.generator
    torch = sys.modules.get("torch")  # if nobody has imported torch, the value is no generator of torch
    if torch is not None and type(value) is torch.Generator:
        return partial(value.set_state, value.get_state())
    if type(value) is random.Random and n_ids >= LEAST_IDS_TO_SAVE_STATE:
        return partial(value.setstate, value.getstate())
    if type(value) is np.random.Generator:
        bits = value.bit_generator
        return partial(setattr, bits, "state", bits.state)
    return None
