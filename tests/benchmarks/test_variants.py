# SPDX-License-Identifier: MIT
"""A variant is the strategy with the options that its class names, and its label says how to create it."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pytest

import samplers
from benchmarks.describe import describe, label, origin
from benchmarks.variants import MEASURED_WITH, create, mode

COUNTS = [1000, 400, 30, 5, 90, 7]
VARIANTS = [name for name in samplers.names() if origin(name) == "variant"]


def test_the_variants_are_those_that_their_classes_declare():
    assert {"pool_reuse", "alias_distinct", "spectrum_distinct"} <= set(VARIANTS)
    for name in samplers.names():
        if name not in VARIANTS:
            options = MEASURED_WITH.get(name, {})
            assert (describe(name)["variant_of"], describe(name)["options"]) == (None, options)
            assert (label(name) == name) == (not options)


@pytest.mark.parametrize("name", [*VARIANTS, *MEASURED_WITH])
def test_a_user_who_follows_the_label_draws_the_same_ids(name):
    if samplers.why_unavailable(name) is not None:
        pytest.skip(samplers.why_unavailable(name))
    strategy, *options = label(name).split(", ")
    assert samplers.origin(strategy) == "built-in"
    given = {key: ast.literal_eval(value) for key, value in (option.split("=") for option in options)}
    about = describe(name)
    variant_of = None if name in MEASURED_WITH else strategy
    assert (about["label"], about["variant_of"], about["options"]) == (label(name), variant_of, given)
    created = samplers.create(strategy, COUNTS, rng=7, **given)
    variant = create(name, COUNTS, rng=7)
    assert about["replacement"] == mode(name) == variant.replacement
    assert created.replacement is variant.replacement
    np.testing.assert_array_equal(created.sample(5000, 3), variant.sample(5000, 3))


def test_a_name_that_begins_like_a_strategy_is_no_variant(monkeypatch):
    """`origin` once went by the beginning of the name."""
    base = samplers.get("numpy_choice")
    other = type("AliasLike", (base,), {"info": replace(base.info, name="alias_like"), "__doc__": "A peer."})
    monkeypatch.setattr(samplers.registry, "_registered", dict(samplers.registry._registered))
    samplers.register(other)
    assert (origin("alias_like"), label("alias_like")) == ("peer", "alias_like")
