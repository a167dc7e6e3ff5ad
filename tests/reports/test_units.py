# SPDX-License-Identifier: MIT
"""Numbers as text."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reports import units
from reports.figures.style import spread
from reports.sections import post004


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (units.ratio(65_123.4), "65,000"),
        (units.ratio(117.8), "120"),
        (units.ratio(1.049), "1.0"),
        (units.ratio(9.96), "10"),
        (units.ns(0.2751), "0.275"),
        (units.ns(None), "–"),
        (units.ns(999.6), "1,000"),
        (units.seconds(0.0145), "14.5 ms"),
        (units.seconds(0.9999), "1.00 s"),
        (units.per_id(1.44e6), "1.44 ms"),
        (units.size(2_569_440), "2.57 MB"),
        (units.size(0), "0 B"),
        (units.probability(0.0), "0"),
        (units.probability(0.37), "0.37"),
        (units.probability(2.1e-13), "2e-13"),
        (units.between("18.8 ms", "20.1 ms"), "18.8–20.1 ms"),
        (units.between("980 µs", "1.02 ms"), "980 µs–1.02 ms"),
        (units.percent(0.019), "1.9 %"),
        (units.percent(3e-9), "3e-07 %"),
        (units.listed(["a", "b", "c"]), "a, b and c"),
        (units.listed([]), ""),
        (units.unbroken("9 ns, 13 % or 2 samplers"), "9\u00a0ns, 13\u00a0% or 2 samplers"),
        (post004.plain(0.002751), "0.00275 s"),
        (post004.plain(1.0), "1 s"),
    ],
)
def test_notation(found, text):
    assert found == text


def test_labels_are_moved_apart_and_keep_their_order():
    wanted = [0.5, 0.1, 0.51, 0.52, 0.9]
    moved = spread(wanted, 0.05)
    order = sorted(range(5), key=wanted.__getitem__)
    gaps = [moved[b] - moved[a] for a, b in pairwise(order)]
    assert min(gaps) >= 0.05 - 1e-12
    assert moved[1] == 0.1
    assert moved[4] == 0.9
