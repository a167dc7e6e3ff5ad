# SPDX-License-Identifier: MIT
"""Strategies of ours with options that change what is drawn, as samplers of their own beside the peers.

Importing this module registers them. asv stores results by their names, which no user can create: `variant_of` and
`variant_options` say what a user creates instead, and `benchmarks.describe` makes of both what a reader sees.

An older version of the library, as `asv continuous` puts it below these benchmarks, may lack a strategy. Its variant
is then left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import samplers

KNOWN = frozenset(samplers.names())
# Built-in strategies that are measured with options, as post 004 calls `torch.multinomial`. asv stores their results by
# the name alone, so that its meaning never changes.
MEASURED_WITH: dict[str, dict[str, Any]] = {"multinomial": {"replacement": False}}


def create(name: str, noise: Any, **options: Any) -> samplers.Sampler:
    """The sampler that is measured under a name."""
    return samplers.create(name, noise, **(MEASURED_WITH.get(name, {}) | options))


def mode(name: str) -> bool:
    """Whether the sampler that is measured under a name draws with replacement."""
    options = MEASURED_WITH.get(name, {})
    return bool(options.get("replacement", True in samplers.get(name).info.replacement_modes))


if "pool" in KNOWN:

    @samplers.register
    class PoolReuse(samplers.get("pool")):  # type: ignore[misc]
        """A pool of 10,000 ids drawn once and cycled for ever: fast, and no longer the distribution."""

        variant_of = "pool"
        variant_options: ClassVar[dict[str, Any]] = {"reuse": True}
        info = replace(
            samplers.get("pool").info,
            name="pool_reuse",
            source="code that draws its negatives once and slices them in every epoch",
            flaw="the pool is cycled: after 10,000 ids nothing new is drawn",
        )

        def _build(self, *, pool_size: int = 10_000) -> None:
            super()._build(pool_size=pool_size, **self.variant_options)


if "alias" in KNOWN:

    @samplers.register
    class AliasDistinct(samplers.get("alias")):  # type: ignore[misc]
        """`alias` with distinct ids in a row: successive sampling, exactly, by counter-keyed redraws."""

        variant_of = "alias"
        variant_options: ClassVar[dict[str, Any]] = {"replacement": False}
        info = replace(samplers.get("alias").info, name="alias_distinct", replacement_modes=(False,))


if "spectrum" in KNOWN:

    @samplers.register
    class SpectrumDistinct(samplers.get("spectrum")):  # type: ignore[misc]
        """`spectrum` with distinct ids in a row: successive sampling, exactly, by counter-keyed redraws."""

        variant_of = "spectrum"
        variant_options: ClassVar[dict[str, Any]] = {"replacement": False}
        info = replace(samplers.get("spectrum").info, name="spectrum_distinct", replacement_modes=(False,))
