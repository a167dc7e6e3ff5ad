# SPDX-License-Identifier: MIT
"""What the kernels need for rows whose attempts are used up. It is made when the first such row comes."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from ..kernels import sources as kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..sets.id_sets import IdSets

FEW_LEFT = 1 << 16  # so many ids are kept of what is left beside the sets of a law, even if the law has fewer


class Left:
    """What is left of a law beside the large sets of one array of ids, as `kernels.sources.Known`.

    It takes a pass over all ids to make, and is kept for later calls as long as the array lives: draws with
    ``exclude=sets[users]`` have views of the same array.
    """

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._ids = weakref.ref(ids)
        self.known = kernel.Known()
        self._sets: set[tuple[int, int]] = set()
        self._n_ids = 0

    def belongs_to(self, ids: NDArray[np.int64]) -> bool:
        """Whether the sets lie in this array; addresses of another array may be the same."""
        return self._ids() is ids

    def add(self, law: Any, start: int, stop: int) -> bool:
        """Note what is left beside ``ids[start:stop]``. False if there is no room: make another `Left`."""
        if (start, stop) in self._sets:
            return True  # another thread was first
        ids = self._ids()
        assert ids is not None  # the caller has them
        if self._n_ids > max(FEW_LEFT, len(law.weights)):
            return False
        left = law.without(ids[start:stop])
        if not self.known.add(law, ids[start:stop], left):
            return False
        self._sets.add((start, stop))
        self._n_ids += len(left.weights)
        return True


def known_of(law: Any, sets: IdSets) -> Any:
    """What earlier calls have noted of these sets: `kernels.sources.Known`, or None.

    Parameters
    ----------
    law : kernels.sources.Exact or None
        The law that the ids are left of.
    sets : IdSets
        The sets of the call.

    Returns
    -------
    kernels.sources.Known or None
        It may know some of the sets.
    """
    left: Left | None = None if law is None else law.known
    return left.known if left is not None and left.belongs_to(sets._ids) else None


def prepare(law: Any, sets: IdSets | None, i: int) -> Any:
    """Note what is left of a law beside set i, if the kernels need that.

    Parameters
    ----------
    law : kernels.sources.Exact
        The law.
    sets : IdSets or None
        The sets of the call.
    i : int
        The number of the set.

    Returns
    -------
    kernels.sources.Known or None
        It knows the set. None if the weights are all that the kernels need.
    """
    if sets is None:
        return None
    start, stop = int(sets._starts[i]), int(sets._stops[i])
    if not law.is_large(stop - start):
        return None
    # No lock: of two threads that note the same set, each returns a record that has it.
    left: Left | None = law.known
    if left is None or not left.belongs_to(sets._ids) or not left.add(law, start, stop):
        left = Left(sets._ids)
        left.add(law, start, stop)
        law.known = left
    return left.known
