# SPDX-License-Identifier: MIT
"""Variants: built-in strategies with options that change the drawn ids, registered as separate samplers.

Importing this module registers them. asv stores results by the name of a variant, which a user cannot create. The
attributes `variant_of` and `variant_options` say how a user creates the same sampler, and the report shows that.

`asv continuous` runs these benchmarks also with older versions of the library. If such a version lacks a strategy, its
variant is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import samplers

KNOWN = frozenset(samplers.names())
# The options with which a built-in strategy is measured under its own name: post 004 calls `torch.multinomial` without
# replacement. asv stores results by the name alone, so these options must never change.
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
        """A pool of 10,000 ids that is drawn once and reused for ever: fast, but no longer the noise distribution."""

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
