# SPDX-License-Identifier: MIT
"""All cases of five peers' test suites are answered: met, not applicable with a reason, or refused aloud."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

# (met, not applicable, not met); by hand, so that a case cannot be lost with its test.
COUNTS = {
    "numpy": (22, 6, 2),
    "torch": (28, 6, 0),
    "scipy": (53, 16, 1),
    "tensorflow": (23, 3, 0),
    "gensim": (17, 0, 0),
}


def suite(peer):
    if peer in ("torch", "gensim"):  # the others are not needed, or always there
        pytest.importorskip(peer)
    return import_module(f".test_{peer}", __package__).SUITE


def test_the_cases_add_up():
    assert [sum(column) for column in zip(*COUNTS.values(), strict=True)] == [143, 31, 3]
    assert sum(map(sum, COUNTS.values())) == 177


@pytest.mark.parametrize("peer", COUNTS)
def test_every_case_is_counted(peer):
    assert suite(peer).count() == COUNTS[peer]


@pytest.mark.parametrize("peer", COUNTS)
def test_every_case_that_is_not_applicable_has_a_reason(peer):
    for test, reasons in suite(peer).not_applicable.items():
        assert all(len(reason.split()) > 3 for reason in reasons.values()), test


@pytest.mark.parametrize("peer", COUNTS)
def test_what_is_not_met_is_refused_aloud(peer):
    for case in suite(peer).not_met:
        with pytest.raises(ValueError, match=case.message):
            case.call()
        assert re.search(r"\w+ \w+ \w+", case.reason)


@pytest.mark.parametrize("peer", ["numpy", "scipy", "gensim"])
def test_the_peer_has_these_tests(peer):
    """The wheels of torch and TensorFlow have no tests."""
    unknown = suite(peer).unknown()
    if unknown is None:
        pytest.skip(f"{peer} is installed without its tests")
    assert not unknown
