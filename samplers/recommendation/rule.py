# SPDX-License-Identifier: MIT
"""The rule that chooses a strategy from a law: comparisons of integers, the same on every machine.

What decides is the memory that draws read at random places. Between two calls of a training loop, the model drives the
tables out of the caches. So the rule is for tables that are not in the cache; ``python -m benchmarks.regret`` measures
how good it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..registry import get

if TYPE_CHECKING:
    from ..laws.law import Law

UNIFORM, ALIAS, SPECTRUM = "uniform", "alias", "spectrum"
# Most processors have a level-1 data cache of 32 to 48 kB. A table that fits is loaded again in a few hundred reads.
SMALL_TABLE = 2**15
# `spectrum` computes more per id than `alias`: in calls of 1,024 x 5 with cold caches it took 1.0 to 1.6 times as long
# where it read more than a fifth of the memory of `alias`, and 0.6 to 0.9 times where it read less.
SMALLER = 5
# Building `alias` takes 40 to 60 ns per id of the law, and building `spectrum` next to nothing if weights repeat.
# `spectrum` takes at most about 2 ns per draw more, so that `alias` makes up for its build after so many draws per id.
DRAWS_PER_ID = 25
# Bytes of the half of a slot that most draws read, of a class of equal weights, and of an id.
SLOT_BYTES, CLASS_BYTES, ID_BYTES = 4, 8, 4


@dataclass(frozen=True)
class Choice:
    """The chosen strategies.

    Attributes
    ----------
    names : tuple of str
        The best first; the others can take its place.
    reason : str
        Why the first one is the best, as text.
    """

    names: tuple[str, ...]
    reason: str


def choose(noise: Law, draws: int | None) -> Choice:
    """Choose a strategy for a law.

    Parameters
    ----------
    noise : Law
        The noise distribution.
    draws : int or None
        The number of ids that will be drawn in total; None if they are so many that the time of building is negligible.

    Returns
    -------
    Choice
        The strategies, the best first, and the reason.
    """
    if get(UNIFORM).unsuitable(noise) is None:
        text = f"all {len(noise):,} ids are equally likely. {UNIFORM} needs no table, and its time does not depend on V"
        return Choice((UNIFORM, ALIAS), text)
    if get(SPECTRUM).unsuitable(noise) is not None:
        return Choice((ALIAS,), "the weights hardly repeat, so that no table is smaller than that of alias")
    own, other = alias_reads(noise), spectrum_reads(noise)
    if draws is not None and draws < DRAWS_PER_ID * len(noise):
        text = (
            f"{draws:,} draws are few for {len(noise):,} ids, so that the time of building decides: {SPECTRUM} is "
            f"built from {len(noise.classes):,} distinct weights, {ALIAS} from all ids"
        )
        return Choice((SPECTRUM, ALIAS), text)
    if own <= SMALL_TABLE:
        text = f"its table of {in_bytes(own)} fits into the level-1 cache, and {SPECTRUM} computes more"
        return Choice((ALIAS, SPECTRUM), text)
    if SMALLER * other > own:
        why = "the weights repeat too rarely" if noise.classes.order is None else "the ids are not sorted by weight"
        text = (
            f"{why}, so that the draws of {SPECTRUM} would read {in_bytes(other)} of memory in place of "
            f"{in_bytes(own)}, and compute more"
        )
        return Choice((ALIAS, SPECTRUM), text)
    text = (
        f"its draws read {in_bytes(other)} of memory in place of the {in_bytes(own)} of {ALIAS}, of which little is in "
        f"the cache when a training step draws. If you do nothing but draw, {ALIAS} can be faster: measure=True tells"
    )
    return Choice((SPECTRUM, ALIAS), text)


def alias_reads(noise: Law) -> int:
    """Bytes that most draws of `alias` read at random places: the first half of each slot."""
    return SLOT_BYTES * slots(len(noise))


def spectrum_reads(noise: Law) -> int:
    """Bytes that most draws of `spectrum` read at random places: slots, classes, and the ids if they are not sorted."""
    classes = noise.classes
    order = 0 if classes.order is None else ID_BYTES * len(noise)
    return SLOT_BYTES * slots(len(classes.weights)) + CLASS_BYTES * len(classes.weights) + order


def slots(entries: int) -> int:
    """The number of slots of an alias table: a power of two."""
    return 1 << (entries - 1).bit_length()


def in_bytes(count: int) -> str:
    """A number of bytes as text: "131 kB"."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"
