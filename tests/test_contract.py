# SPDX-License-Identifier: MIT
"""Every strategy passes the checks that authors of strategies run; the checks reject strategies that are broken."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

import samplers
from samplers import testing


@pytest.mark.parametrize("check", testing.CHECKS)
def test_every_strategy_passes(check, sampler_name, replacement, options):
    subject = testing.Subject(samplers.get(sampler_name), replacement, options)
    try:
        testing.CHECKS[check](subject)
    except testing.NotApplicable as why:
        pytest.skip(str(why))


class Sound(samplers.SequentialSampler):
    """A correct strategy, in plain NumPy."""

    info = samplers.Info(
        name="sound",
        source="tests/test_contract.py",
        stream="numpy pcg64",
        replacement_modes=(True, False),
    )

    def _build(self):
        self._p = self.noise.probabilities / self.noise.probabilities.sum()

    def _seed(self, rng):
        self._rng = rng

    def _fill(self, out):
        if self.replacement:
            out[...] = self._rng.choice(len(self._p), size=out.shape, p=self._p)
        else:
            with np.errstate(divide="ignore"):
                race = self._rng.exponential(size=(len(out), len(self._p))) / self._p
            out[...] = np.argsort(race, axis=1)[:, : out.shape[1]]

    @property
    def nbytes(self):
        return self._p.nbytes


def test_a_sound_strategy_passes_without_being_registered():
    checked = testing.check_sampler(Sound)
    assert (checked.name, checked.passed) == ("sound", 2 * len(testing.CHECKS) - 2)
    assert checked.not_applicable == tuple(
        f"implied_probabilities_are_close_to_the_law, {mode} replacement (the strategy has no table)"
        for mode in ("with", "without")
    )
    assert str(checked) == (
        f"sound keeps the contract: {checked.passed} checks passed, none failed\n"
        f"  not applicable: {checked.not_applicable[0]}\n"
        f"  not applicable: {checked.not_applicable[1]}"
    )


class Silent(Sound):
    name, source = "silent", ""


class Seedless(Sound):
    """It seeds itself, whatever it is given."""

    def _seed(self, rng):
        self._rng = np.random.default_rng(0)


class Forgetful(Sound):
    """Each call begins the stream anew."""

    def _seed(self, rng):
        self._seed_of_all = int(rng.integers(2**32))

    def _fill(self, out):
        self._rng = np.random.default_rng(self._seed_of_all)
        super()._fill(out)


class Shared(Sound):
    """Copies share one generator."""

    generators: dict[int, np.random.Generator] = {}  # noqa: RUF012

    def _seed(self, rng):
        self._rng = self.generators.setdefault(id(self._p), rng)


class Global(Sound):
    """It draws from Python's global generator."""

    def _fill(self, out):
        ids = random.choices(range(len(self._p)), weights=self._p, k=out.size)
        out[...] = np.array(ids).reshape(out.shape)


class Uniform(Sound):
    """Every id of positive weight alike."""

    def _build(self):
        self._p = (self.noise.probabilities > 0) / self.noise.nonzero


class Zeros(Sound):
    """Ids of weight zero come too."""

    def _build(self):
        self._p = np.full(len(self.noise), 1 / len(self.noise))


class Repeating(Sound):
    """Rows of distinct ids repeat some."""

    def _fill(self, out):
        out[...] = self._rng.choice(len(self._p), size=out.shape, p=self._p)


class Slicing(Sound):
    """It fills the first column only."""

    def _fill(self, out):
        first = np.empty((len(out), 1), out.dtype)
        super()._fill(first)
        out[...] = first


class Boastful(Sound):
    """It states a law that is not its own."""

    def implied_probabilities(self):
        return np.full(len(self._p), 1 / len(self._p))


BROKEN = {
    Silent: "a_strategy_describes_itself",
    Seedless: "the_same_rng_gives_the_same_ids_and_another_gives_others",
    Forgetful: "calls_go_on_in_the_stream_and_position_counts_rows",
    Shared: "with_rng_leaves_the_sampler_where_it_is",
    Global: "no_global_generator_is_read_or_written",
    Uniform: "rows_follow_their_exact_law",
    Zeros: "ids_of_zero_weight_are_never_drawn_and_all_others_are",
    Repeating: "rows_hold_distinct_ids_exactly_without_replacement",
    Slicing: "rows_follow_their_exact_law",
    Boastful: "implied_probabilities_are_close_to_the_law",
}


@pytest.mark.parametrize("strategy", BROKEN, ids=lambda strategy: strategy.__name__)
def test_a_broken_strategy_fails_the_check_that_is_made_for_it(strategy):
    state = random.getstate()
    check, failures = testing.CHECKS[BROKEN[strategy]], []
    for replacement in strategy.info.replacement_modes:
        try:
            check(testing.Subject(strategy, replacement, {}))
        except AssertionError as failure:
            failures.append(failure)
    random.setstate(state)
    assert failures


def test_all_failed_checks_are_listed_with_what_they_ask_for():
    with pytest.raises(AssertionError, match=r"fails \d+ checks") as caught:
        testing.check_sampler(Seedless)
    for name in ("the_same_rng_gives_the_same_ids_and_another_gives_others", "rows_follow_their_exact_law"):
        said = re.search(rf"^{name}, with", str(caught.value), re.MULTILINE) is not None
        assert said == (name == BROKEN[Seedless]), caught.value
    assert "asks for:" in str(caught.value)


def test_a_strategy_that_cannot_run_says_why(monkeypatch):
    monkeypatch.setattr(Sound, "unavailable", classmethod(lambda cls: "no quantum device"))
    with pytest.raises(RuntimeError, match="sound cannot run here: no quantum device"):
        testing.check_sampler(Sound)
