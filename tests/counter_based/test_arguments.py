# SPDX-License-Identifier: MIT
"""Positions, epochs, row numbers and threads that do not exist are refused before anything is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from tests.counter_based.streams import make, of_any_law

# No integer, wherever one is wanted: of any other type, or what is one and says so otherwise.
NO_INTEGER = [
    (None, "None"),
    (1.0, "1\\.0; write 1, or int"),
    (np.float64(3), "3\\.0.*; write 3, or int"),
    ("3", "'3'; write 3, or int"),
    (1.5, "1\\.5$"),
    (float("nan"), "nan$"),
    (float("inf"), "inf$"),
    ("three", "'three'$"),
    (True, "True"),
    (np.bool_(True), "True"),
    ([3], "\\[3\\]"),
    (np.array([3]), "array\\(\\[3\\]\\)"),
    (slice(3), "slice"),
    (1j, "1j"),
]


@of_any_law
@pytest.mark.parametrize("attribute", ["position", "epoch", "key", "threads", "rows", "k"])
@pytest.mark.parametrize(("value", "message"), NO_INTEGER)
def test_what_is_no_integer_is_refused_with_the_cure(name, attribute, value, message):
    sampler = make(name, [3, 2, 1], key=9)
    calls = {"rows": lambda: sampler.sample(value, 2), "k": lambda: sampler.sample(2, value)}
    call = calls.get(attribute, lambda: setattr(sampler, attribute, value))
    with pytest.raises(TypeError, match=f"^{attribute} must be an integer, got .*{message}"):
        call()
    assert (sampler.position, sampler.epoch, sampler.key, sampler.threads) == (0, 0, 9, 1)


BAD = [
    ("position", 2**200, ValueError, "position must be at most 2\\*\\*63, got a number of 201 bits"),
    ("epoch", 2**200, ValueError, "epoch must be at most 2\\*\\*32 - 1, got a number of 201 bits"),
    ("key", 2**64, ValueError, "key must be at most 2\\*\\*64 - 1, got 18446744073709551616"),
    ("key", -1, ValueError, "key must be at least 0, got -1"),
    ("position", -1, ValueError, "position must be at least 0, got -1"),
    ("position", 2**63 + 1, ValueError, "position must be at most 2\\*\\*63"),
    ("position", 1.0, TypeError, "position must be an integer, got 1.0"),
    ("position", True, TypeError, "position must be an integer, got True"),
    ("epoch", -1, ValueError, "epoch must be at least 0, got -1"),
    ("epoch", 2**32, ValueError, "epoch must be at most 2\\*\\*32 - 1"),
    ("epoch", "1", TypeError, "epoch must be an integer, got '1'"),
    ("epoch", None, TypeError, "epoch must be an integer, got None"),
]


@of_any_law
@pytest.mark.parametrize(("attribute", "value", "error", "message"), BAD)
def test_positions_and_epochs_that_do_not_exist_are_refused(name, attribute, value, error, message):
    sampler = make(name, [3, 2, 1])
    sampler.position, sampler.epoch = 5, 6
    with pytest.raises(error, match=message):
        setattr(sampler, attribute, value)
    assert (sampler.position, sampler.epoch) == (5, 6)


BAD_ROWS = [
    ([-1], ValueError, "row_ids\\[0\\] = -1 lies outside"),
    (np.array([1, 2**63], dtype=np.uint64), ValueError, "row_ids\\[1\\] = 9223372036854775808 lies outside"),
    ([3, 2, -(2**40)], ValueError, "row_ids\\[2\\] = -1099511627776 lies outside"),
    ([1.0], TypeError, "row_ids must be integers, got dtype float64"),
    ([True], TypeError, "row_ids must be the numbers of rows.*np.flatnonzero\\(mask\\)"),
    (["a"], TypeError, "row_ids must be integers"),
    ([[1, 2]], ValueError, "row_ids must have one dimension, got shape \\(1, 2\\)"),
    (7, ValueError, "row_ids must have one dimension, got shape \\(\\); for one row write \\[7\\]"),
    (np.array(7), ValueError, "for one row write \\[7\\]"),
    (None, TypeError, "row_ids must be the numbers of rows.*got None: sample\\(rows, k\\) draws the next rows"),
    (slice(3, 9), TypeError, "got slice\\(3, 9, None\\): write np.arange\\(3, 9\\)"),
    (slice(9), TypeError, "write np.arange\\(0, 9\\)"),
    (slice(None, None, 2), TypeError, "write np.arange\\(0, \\.\\.\\., 2\\)"),
    ({2, 1}, TypeError, "got {1, 2}: a set has no order: write sorted\\(row_ids\\)"),
    (frozenset([1]), TypeError, "write sorted\\(row_ids\\)"),
    ({1: 2}.keys(), TypeError, "write sorted\\(row_ids\\)"),
    ({1: 2}, TypeError, "write list\\(row_ids\\)"),
    (iter([1]), TypeError, "write list\\(row_ids\\)"),
    ((i for i in [1]), TypeError, "write list\\(row_ids\\)"),
    ("12", TypeError, "got '12': write \\[int\\(row_ids\\)\\]"),
    (b"12", TypeError, "write \\[int\\(row_ids\\)\\]"),
    (1.5, TypeError, "row_ids must be integers, got dtype float64"),
    ([np.nan], TypeError, "row_ids must be integers.*fill missing values"),
    ([True, 3], TypeError, "True and False are no row numbers"),
    (np.array([True, False]), TypeError, "for a mask write np.flatnonzero\\(row_ids\\)"),
    (np.array([1, 2], dtype=object), TypeError, "write row_ids.astype\\(np.int64\\)"),
    ([2**64], ValueError, "row_ids: 18446744073709551616 does not fit into an integer of 64 bits"),
]


@of_any_law
@pytest.mark.parametrize(("row_ids", "error", "message"), BAD_ROWS)
def test_row_numbers_that_do_not_exist_are_refused(name, row_ids, error, message):
    with pytest.raises(error, match=message):
        make(name, [3, 2, 1]).sample_rows(row_ids, 2)


BAD_CALLS = [
    (dict(epoch=-1), ValueError, "epoch must be at least 0, got -1"),
    (dict(epoch=2**32), ValueError, "epoch must be at most 2\\*\\*32 - 1, got 4294967296"),
    (dict(epoch=1.5), TypeError, "epoch must be an integer, got 1.5"),
    (dict(on_collision="skip"), ValueError, "on_collision must be 'redraw' or 'mark', got 'skip'"),
    (dict(exclude=[0]), ValueError, "exclude must have shape"),
    (dict(exclude=[0, 3]), ValueError, "exclude: id 3 in row 1 lies outside"),
    (dict(out=np.empty((2, 2), dtype=np.int16)), TypeError, "out must be int64 or int32"),
    (dict(out=np.empty((2, 3), dtype=np.int64)), ValueError, "out must have shape"),
    (dict(k=0), ValueError, "k must be at least 1, got 0"),
    (dict(k=2**25 + 1), ValueError, "k must be at most 2\\*\\*25"),
]


@of_any_law
@pytest.mark.parametrize(("arguments", "error", "message"), BAD_CALLS)
def test_calls_that_do_not_fit_are_refused_before_anything_is_drawn(name, arguments, error, message):
    sampler = make(name, [3, 2, 1])
    with pytest.raises(error, match=message):
        sampler.sample_rows([0, 1], **{"k": 2, **arguments})
    if "epoch" not in arguments:
        with pytest.raises(error, match=message):
            sampler.sample(2, **{"k": 2, **arguments})
    assert sampler.position == 0


@of_any_law
@pytest.mark.parametrize(("threads", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_threads_are_a_positive_count(name, threads, error):
    with pytest.raises(error, match="threads must be"):
        make(name, [3, 2, 1], threads=threads)


@of_any_law
def test_the_last_rows_are_drawn_and_none_after_them(name):
    """Rows are numbered below 2**63: a draw does not leave the sampler where it cannot be set to."""
    sampler = make(name, [3, 2, 1])
    sampler.position = 2**63 - 3
    last = sampler.sample_rows([2**63 - 3, 2**63 - 2], 2)
    np.testing.assert_array_equal(sampler.sample(2, 2), last)
    with pytest.raises(ValueError, match="position"):
        sampler.sample(5, 2)
    assert sampler.position == 2**63 - 1
