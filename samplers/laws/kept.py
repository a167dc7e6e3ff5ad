# SPDX-License-Identifier: MIT
"""Results that are kept with the noise distribution that they were computed from, and go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .noise_distribution import NoiseDistribution

Result = TypeVar("Result")
MOST = 4  # results of one kind: checks of many samplers on one distribution follow each other


def kept(noise: NoiseDistribution, key: tuple[Any, ...], make: Callable[[], Result]) -> Result:
    """The result under ``key``, made if it is not there; of one kind, ``key[0]``, the last few stay.

    They stand in the noise distribution itself: a cache of this module would keep every distribution alive, with 8
    bytes a count and more. Two threads at once may both make it, and get equal results.
    """
    results: dict[tuple[Any, ...], Any] = noise.__dict__.setdefault("_kept", {})
    try:
        return results[key]  # type: ignore[no-any-return]
    except KeyError:
        result = make()
    results[key] = result
    for old in [other for other in list(results) if other[0] == key[0]][:-MOST]:
        results.pop(old, None)
    return result
