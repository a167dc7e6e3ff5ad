# SPDX-License-Identifier: MIT
"""Brings the generators of a stream back to where a draw began, after Ctrl-C or an error in the middle of it."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .torch_tools import HeldGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The state of random.Random takes 10 us to read, ids of plain Python 0.3 us each: for fewer it would cost too much.
WORTH_READING = 2048
_PLAIN = {int, float, bool, str, bytes, type(None)}


def undo_of(attributes: dict[str, Any], names: Iterable[str], n_ids: int) -> Callable[[], None] | None:
    """What brings attributes back to what they are now; None if one of them cannot be, or not at a fair price.

    Parameters
    ----------
    attributes : dict
        The ``__dict__`` of a sampler.
    names : iterable of str
        The attributes that a draw moves.
    n_ids : int
        How many ids will be drawn.
    """
    kept: dict[str, Any] = {}
    undos: list[Callable[[], None]] = []
    for name in names:
        value = kept[name] = attributes[name]
        if type(value) not in _PLAIN:
            undo = _of_generator(value, n_ids)
            if undo is None:
                return None
            undos.append(undo)
    return partial(_undo_all, attributes, kept, undos)


def _undo_all(attributes: dict[str, Any], kept: dict[str, Any], undos: list[Callable[[], None]]) -> None:
    for undo in undos:
        undo()
    attributes.update(kept)


def _of_generator(value: Any, n_ids: int) -> Callable[[], None] | None:
    if type(value) is HeldGenerator:
        return value.undo()
    if type(value) is random.Random and n_ids >= WORTH_READING:
        return partial(value.setstate, value.getstate())
    if type(value) is np.random.Generator:
        words = value.bit_generator
        return partial(setattr, words, "state", words.state)
    return None
