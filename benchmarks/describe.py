# SPDX-License-Identifier: MIT
"""Descriptions of samplers and workloads for the report."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import samplers
from samplers.commands.ending import SIGNALS

from .suite import for_gpus
from .variants import MEASURED_WITH, mode
from .workloads import WORKLOADS, noise_of

# What the code of a strategy may raise: an exit in it must not end a measurement of others, and in silence.
FAILURES = (Exception, SystemExit)
ORIGINS = {"built-in": "built-in", "registered": "peer", "entry point": "plug-in"}


def describe(name: str) -> dict[str, Any]:
    """Name, abilities and source of a sampler, JSON-ready; values are None if the sampler cannot be loaded."""
    strategy, (variant_of, options) = loaded(name), variant(name)
    identity = {
        "name": name,
        "label": label(name),
        "origin": origin(name),
        "variant_of": variant_of,
        "options": options,
        "unavailable": samplers.why_unavailable(name) or for_gpus(name),
    }
    if strategy is None:
        return identity  # what it lacks is None for a reader
    return identity | {
        "summary": (inspect.getdoc(strategy) or "").partition("\n")[0],
        "source": strategy.info.source,
        "replacement": mode(name),
        "positional": strategy.info.positional,
        "device": strategy.info.device,
        "cost": strategy.info.cost,
        "laws": strategy.info.laws,
        "stream": strategy.info.stream,
        "exact_table": strategy.implied_probabilities is not samplers.Sampler.implied_probabilities,
        "limit": strategy.info.max_ids_reason or None,
    }


def why_failed(error: BaseException) -> str:
    """The class and the message of one of `FAILURES`, in one line that can be written; a signal is raised again."""
    if isinstance(error, SystemExit) and error.code in SIGNALS.values():
        raise error
    try:
        text = str(error)
    except Exception as inner:
        text = f"its message cannot be made: {type(inner).__name__}"
    line = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return f"{type(error).__name__}: {''.join(c if c.isprintable() else repr(c)[1:-1] for c in line)}"


def loaded(name: str) -> type[samplers.Sampler] | None:
    """The class of a sampler; None for a plug-in that cannot be loaded (`samplers.why_unavailable` has the reason)."""
    try:
        return samplers.get(name)
    except Exception:
        return None


def variant(name: str) -> tuple[str | None, dict[str, Any]]:
    """The strategy and the options that create the same sampler; the strategy is None if it is no variant."""
    strategy = loaded(name)
    options = getattr(strategy, "variant_options", None) or MEASURED_WITH.get(name, {})
    return getattr(strategy, "variant_of", None), dict(options)


def label(name: str) -> str:
    """How a user creates the sampler, for example ``alias, replacement=False``."""
    strategy, options = variant(name)
    return ", ".join([strategy or name, *(f"{option}={value!r}" for option, value in options.items())])


def origin(name: str) -> str:
    """One of "built-in", "variant", "peer" and "plug-in"."""
    strategy, _ = variant(name)
    return ORIGINS[samplers.origin(name)] if strategy is None else "variant"


def describe_workload(name: str) -> dict[str, Any]:
    """Size and composition of a workload, JSON-ready."""
    return describe_noise(name, WORKLOADS[name].formula, noise_of(name))


def describe_noise(name: str, formula: str, noise: samplers.NoiseDistribution) -> dict[str, Any]:
    """Size and composition of a noise distribution under a name, JSON-ready."""
    return {
        "name": name,
        "formula": formula,
        "exponent": noise.exponent,
        "V": len(noise),
        "nonzero": noise.nonzero,
        "distinct": len(np.unique(noise.counts[noise.counts > 0])),
        "total": float(noise.counts.sum()),
    }
