# SPDX-License-Identifier: MIT
"""What tables say of themselves: gensim's, word2vec.c's and torch's float32 sums, by formula and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.fidelity.audit import TABLE_DRAWS, audit, audit_tests
from samplers.fidelity.power import ALPHA, noncentrality

DOMAIN = 2**31 - 1  # of gensim's table


class Stated(samplers.SequentialSampler):
    """A table that states a given law."""

    info = samplers.Info(
        name="stated",
        source="this test",
        stream="none",
    )

    def _build(self, *, law=None) -> None:
        self._law = law

    def _seed(self, rng) -> None:
        pass

    def _fill(self, out) -> None:
        raise AssertionError("an audit draws nothing")

    def implied_probabilities(self):
        return self._law

    @property
    def nbytes(self) -> int:
        return 0


def audited(counts, law, exponent=1.0):
    return audit(Stated(samplers.NoiseDistribution(counts, exponent=exponent), law=np.array(law)))


def zipf(n_ids):
    return np.floor(10.0 * n_ids / (np.arange(n_ids) + 2.7)).astype(np.int64)


def verdicts(table):
    return {test.name: test.p_value for test in audit_tests(table)}


def float32_law(p):
    """The law of torch.multinomial with replacement for float32 weights on the CPU, float64 (V,).

    MultinomialKernel.cpp adds in float32 from left to right, divides by the sum, sets the last to 1 and bisects
    with a float64 uniform. ``torch.cumsum`` is not that: it adds in float64 and rounds each sum.
    """
    return np.diff(float32_sums(p).astype(np.float64), prepend=0)


def float32_sums(p):
    sums = np.cumsum(p.astype(np.float32), dtype=np.float32)
    sums /= sums[-1]
    sums[-1] = 1
    return sums


def test_the_figures_of_a_law_written_by_hand():
    table = audited([5, 0, 3, 2], [0.5, 0.1, 0.4, 0.0])
    assert (table.n_ids, table.nonzero) == (4, 3)
    assert table.total_variation == pytest.approx(0.2)
    assert (table.worst_id, table.max_relative_error) == (3, pytest.approx(1))
    assert (table.worst_implied, table.worst_target) == (0.0, pytest.approx(0.2))
    assert (table.never_drawn, table.never_drawn_mass) == (1, pytest.approx(0.2))
    assert (table.impossible, table.impossible_mass) == (1, pytest.approx(0.1))
    assert verdicts(table) == {"table support": 0, "table law": 0}
    support, law = audit_tests(table)
    assert (support.statistic, support.effect, support.n) == (pytest.approx(0.2), pytest.approx(0.2), 4)
    assert support.note == "1 ids are never drawn, 1 of weight zero are"
    assert law.statistic == table.total_variation
    assert law.effect > law.detectable
    for text in ("1 of 3 ids can never be drawn", "1 ids of weight zero", "worst is id 3, 0 in place of 0.2 (-1)"):
        assert text in str(table)


def test_an_exact_table_is_never_noticed():
    table = audited([1, 1, 2], [0.25, 0.25, 0.5])
    assert (table.total_variation, table.max_relative_error, table.draws_to_notice) == (0, 0, math.inf)
    assert verdicts(table) == {"table support": 1, "table law": 1}
    assert audited([0, 5], [0.0, 1.0]).draws_to_notice == math.inf
    assert "never" not in str(table)


def test_no_table_no_audit():
    assert audit(Stated(samplers.NoiseDistribution([1, 2]), law=None)) is None


@pytest.mark.parametrize("law", [[0.5, 0.5], [0.5, 0.6, -0.1], [0.2, 0.2, 0.2], [np.nan, 0.5, 0.5]])
def test_a_law_that_is_none(law):
    with pytest.raises(ValueError, match=r"implied_probabilities\(\) of stated must be \(3,\) probabilities, got"):
        audited([1, 1, 2], law)


@pytest.mark.parametrize("rare", [0, 40], ids=["no id merged", "rare ids merged"])
def test_a_chi_square_notices_at_the_stated_number_of_draws(rare):
    """300 samples of that size from the law of the table: 0.99 of them should be rejected at 1e-6.

    Finds a power of 0.93 in place of 0.99 with probability 0.99; false-alarm rate 1e-4, seed fixed.
    """
    counts = np.array([*np.arange(100, 40, -1) * 10_000, *[1] * rare])
    p = counts / counts.sum()
    q = p * (1 + 0.05 * (-1.0) ** np.arange(len(p)))
    q[60:] = 0
    q /= q.sum()
    n = math.ceil(audited(counts, q).draws_to_notice)
    assert (n * p[-1] < 10) == bool(rare)
    cell = np.minimum(np.arange(len(p)), 59)  # all rare ids together are expected fewer than 10 times: one cell
    expected, rng, found = n * np.bincount(cell, weights=p), np.random.default_rng(1), 0
    for observed in rng.multinomial(n, q, size=300):
        found += stats.chisquare(np.bincount(cell, weights=observed), expected).pvalue < ALPHA
    assert stats.binom.ppf(1e-4, 300, 0.99) <= found
    fewer = stats.ncx2.sf(stats.chi2.isf(ALPHA, 59), 59, noncentrality(59, ALPHA) / 2)
    assert fewer < 0.6  # so half as many draws would not do: the number is not just large


def test_a_table_that_fails_is_one_that_1e9_draws_show():
    """Either side of the limit, and the total variation from which on every table fails."""
    counts = np.full(100, 1)
    edge = math.sqrt(noncentrality(99, ALPHA) / TABLE_DRAWS)
    signs = (-1.0) ** np.arange(100)
    bad, good = audited(counts, (1 + 1.01 * edge * signs) / 100), audited(counts, (1 + 0.99 * edge * signs) / 100)
    assert (verdicts(bad)["table law"], verdicts(good)["table law"]) == (0, 1)
    for table, below in ((bad, False), (good, True)):
        law = audit_tests(table)[1]
        assert law.detectable == pytest.approx(edge)
        assert (law.effect < edge) is below
        assert law.effect == pytest.approx(edge, rel=0.011)


def test_gensims_last_word_of_width_one_is_never_drawn():
    noise = samplers.NoiseDistribution([DOMAIN - 4, 3, 1], exponent=1.0)
    table = audit(samplers.create("cum_table", noise))
    assert (table.never_drawn, table.worst_id, table.never_drawn_mass) == (1, 2, pytest.approx(1 / DOMAIN))
    # A fact about the table, and no failure: 1e9 draws would hardly miss it.
    assert verdicts(table) == {"table support": 1, "table law": 1}
    before_it = audit(samplers.create("cum_table", samplers.NoiseDistribution([DOMAIN - 4, 1, 3], exponent=1.0)))
    assert before_it.never_drawn == 0  # the same word one place earlier keeps its unit


@pytest.mark.parametrize("n_ids", [100, 10_000])
def test_gensims_error_is_what_rounding_31_bits_and_the_last_words_unit_make(n_ids):
    """Widths from gensim's own rule; the last id gives a unit to the first, residues 0 and 1 get a third hit."""
    noise = samplers.NoiseDistribution(zipf(n_ids))
    table = audit(samplers.create("cum_table", noise))
    power = zipf(n_ids) ** 0.75
    widths = np.diff(np.rint(np.cumsum(power) / power.sum() * DOMAIN), prepend=0)
    widths[0] += 1
    widths[-1] -= 1
    hits = 2 * widths
    hits[0] += 2
    difference = hits / 2**32 - power / power.sum()
    assert table.total_variation == pytest.approx(np.abs(difference).sum() / 2, rel=1e-3)
    assert table.total_variation < 1e-6
    assert table.draws_to_notice > 1e14
    assert verdicts(table) == {"table support": 1, "table law": 1}


def test_word2vecs_table_of_one_slot_an_id_never_draws_almost_half():
    """As at V = 1e8 with its 1e8 slots, where the audit finds 47,186,829 ids never drawn, others 2.5 times too often.

    Its loop moves on by one id a slot at the most: an id of less than a slot gets one all the same, as long as
    there are slots.
    """
    noise = samplers.NoiseDistribution(zipf(100_000))
    slots, p = 100_000, noise.probabilities
    table = audit(samplers.create("unigram_table", noise, table_size=slots))
    wide = np.count_nonzero(p * slots >= 1)
    reached = int(wide + (1 - p[:wide].sum()) * slots)
    assert table.never_drawn == pytest.approx(len(p) - reached, abs=10)
    assert table.never_drawn_mass == pytest.approx(p[reached:].sum(), rel=1e-3)
    assert table.max_relative_error == pytest.approx(1 / (slots * p[reached]) - 1, rel=1e-3)
    assert table.total_variation > 0.1
    assert verdicts(table) == {"table support": 0, "table law": 0}
    assert "can never be drawn" in str(table)


@pytest.mark.parametrize("kind", ["never drawn", "of weight zero"])
def test_support_fails_where_1e9_draws_would_show_it(kind):
    """0.99 of 1e9 draws at 4.6e-9; a little less passes, with a note."""
    for mass, verdict in ((4.7e-9, 0), (4.5e-9, 1)):
        counts = [0.5, 0.5 - mass, mass] if kind == "never drawn" else [0.5, 0.5, 0.0]
        law = [0.5, 0.5, 0.0] if kind == "never drawn" else [0.5, 0.5 - mass, mass]
        table = audit(Stated(samplers.NoiseDistribution(counts, exponent=1.0), law=np.array(law)))
        assert verdicts(table)["table support"] == verdict
        assert kind in audit_tests(table)[0].note


@pytest.mark.parametrize("name", ["alias", "spectrum"])
def test_our_tables_pass(name):
    for counts in (zipf(10_000), np.where(np.arange(1000) % 2, zipf(1000), 0), [10**8, *[1] * 999]):
        table = audit(samplers.create(name, samplers.NoiseDistribution(counts)))
        assert verdicts(table) == {"table support": 1, "table law": 1}
        assert table.draws_to_notice > 1e19


def test_the_float32_law_is_that_of_torch_draw_by_draw():
    torch = pytest.importorskip("torch")
    p = samplers.NoiseDistribution(zipf(100_000)).probabilities
    weights = torch.tensor(p, dtype=torch.float32)
    first, second = torch.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    ids = torch.multinomial(weights, 100_000, replacement=True, generator=first).numpy()
    uniforms = torch.rand(100_000, dtype=torch.float64, generator=second).numpy()
    np.testing.assert_array_equal(np.searchsorted(float32_sums(p).astype(np.float64), uniforms), ids)


@pytest.mark.parametrize(("n_ids", "distance", "draws"), [(10_000, 8.8e-5, 1.2e10), (1_000_000, 7.8e-3, 7.3e6)])
def test_float32_sums_fail_at_a_million_ids_and_hide_at_ten_thousand(n_ids, distance, draws):
    noise = samplers.NoiseDistribution(zipf(n_ids))
    table = audit(Stated(noise, law=float32_law(noise.probabilities)))
    assert table.total_variation == pytest.approx(distance, rel=0.02)
    assert table.draws_to_notice == pytest.approx(draws, rel=0.05)
    assert verdicts(table) == {"table support": 1, "table law": float(draws > TABLE_DRAWS)}
