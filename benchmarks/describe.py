# SPDX-License-Identifier: MIT
"""What a sampler and a workload are, as the report tells it."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import samplers

from .workloads import WORKLOADS, noise_of

ORIGINS = {"built-in": "built-in", "registered": "peer", "entry point": "plug-in"}


def describe(name: str) -> dict[str, Any]:
    """What a sampler can do; what is not known of one that cannot be loaded is None."""
    about = {
        "name": name,
        "origin": origin(name),
        "unavailable": samplers.why_unavailable(name),
    }
    try:
        strategy = samplers.get(name)
    except Exception:  # a plug-in that cannot be loaded: "unavailable" tells the reason
        return about | dict.fromkeys(
            ("summary", "source", "replacement", "positional", "device", "stream", "exact_table", "limit")
        )
    return about | {
        "summary": (inspect.getdoc(strategy) or "").partition("\n")[0],
        "source": strategy.source,
        "replacement": strategy.replacement_modes[0],
        "positional": strategy.positional,
        "device": "cuda" if "cuda" in strategy.stream else "cpu",
        "stream": strategy.stream,
        "exact_table": strategy.implied_probabilities is not samplers.Sampler.implied_probabilities,
        "limit": strategy.max_ids_reason or None,
    }


def origin(name: str) -> str:
    """Built-in, a variant of a built-in strategy, a peer, or somebody's plug-in."""
    ours = [other for other in samplers.names() if samplers.origin(other) == "built-in"]
    kind = samplers.origin(name)
    if kind == "registered" and any(name.startswith(f"{other}_") for other in ours):
        return "variant"
    return ORIGINS[kind]


def describe_workload(name: str) -> dict[str, Any]:
    """Size and make-up of a workload."""
    noise = noise_of(name)
    return {
        "name": name,
        "formula": WORKLOADS[name].formula,
        "exponent": noise.exponent,
        "V": len(noise),
        "nonzero": noise.nonzero,
        "distinct": len(np.unique(noise.counts[noise.counts > 0])),
        "total": float(noise.counts.sum()),
    }
