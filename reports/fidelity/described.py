# SPDX-License-Identifier: MIT
"""Who the samplers are, as the fidelity run describes them, and what a reader sees in place of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..inputs import record
from ..model import Sampler

DISTINCT = "_distinct"


def read_described(described: Iterable[Mapping[str, Any]]) -> tuple[Sampler, ...]:
    """The samplers of a fidelity document, in its order."""
    return tuple(record(Sampler, about if "variant_of" in about else older(about)) for about in described)


def older(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """A description from before classes said what they are a variant of: then the name alone tells."""
    name = str(about.get("name", ""))
    strategy = name.removesuffix(DISTINCT)
    if about.get("origin") != "variant" or strategy == name:
        return about
    return {
        **about,
        "variant_of": strategy,
        "options": {"replacement": False},
        "label": f"{strategy}, replacement=False",
    }


def reworded(text: str | None, sampler: Sampler) -> str | None:
    """An error of a sampler, without the name of the sampler before it, and with its label for its name."""
    if text is None:
        return None
    names = "|".join(re.escape(name) for name in (sampler.name, sampler.variant_of) if name)
    text = re.sub(rf"^((?:\w*(?:Error|Exception): )?)(?:{names}): ", r"\1", text)
    return re.sub(rf"\b{re.escape(sampler.name)}\b", lambda _: sampler.shown, text)
