# SPDX-License-Identifier: MIT
"""The C kernels, every form of them, against the Python model of the stream: words, ties, refusals, rules."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from samplers.kernels import building, rows, sources
from tests.data import stream_model as model

KEY, EPOCH = 0x299F31D0A4093822, 77


def source_of(table: model.Table) -> rows.Source:
    """The model's table as the kernels read it."""
    below = table.slot_bits - 32 + table.bits
    hot = np.array([kept >> below << table.bits | alias for kept, alias in table.rows], dtype=np.uint32)
    cold = np.array([(kept & (1 << below) - 1) << 32 - below for kept, _ in table.rows], dtype=np.uint32)
    members = order = None
    if table.classes is not None:
        members = np.array([first | size << 32 for first, size in table.classes], dtype=np.uint64)
    if table.order is not None:
        order = np.array(table.order, dtype=np.int32)
    return rows.Source(hot, cold, table.bits, members, order)


def draw(source, n, k, *, first=0, row_ids=None, dtype=np.int64, distinct=False, sets=None, csr=False):
    """Ids and where the kernel stopped; a guard behind the last id shows that nothing writes past it."""
    flat = np.full(n * k + 64, -7, dtype=dtype)
    excluded = starts = stops = None
    each = 0
    if sets is not None:
        excluded = np.array([i for s in sets for i in s], dtype=np.int64)
        if csr:
            stops = np.cumsum([len(s) for s in sets]).astype(np.int64)
            starts = stops - [len(s) for s in sets]
        else:
            each = len(sets[0])
    numbers = None if row_ids is None else np.array(row_ids, dtype=np.uint64)
    out = flat[: n * k].reshape(n, k)
    stopped = rows.draw(source, KEY, EPOCH, first, numbers, out, distinct, excluded, starts, stops, each)
    assert (flat[n * k :] == -7).all()
    return out, stopped


def identity(bits: int) -> rows.Source:
    """A table that hands out the top bits of every word."""
    return rows.Source(np.arange(2**bits, dtype=np.uint32), np.zeros(2**bits, np.uint32), bits)


@pytest.mark.parametrize("k", [*range(1, 43), 47, 64, 70, 95, 129, 160, 161, 2047, 2048, 2049, 3000, 6001])
def test_cells_of_every_shape_read_the_words_of_the_model(form, k):
    for first in (0, 2**32 - 3, 2**63 - 2, 2**64 - 40):
        n = max(1, min(37, 2500 // k))
        ids, stopped = draw(identity(16), n, k, first=first)
        assert stopped == n
        for i in {0, 1 % n, 3 % n, n // 2, n - 1}:
            for c in {*range(min(k, 6)), *range(max(0, k - 6), k), *range(2045, min(k, 2052)), k // 2}:
                assert ids[i, c] == model.word(KEY, first + i, EPOCH, c, 0) >> 16, (first, i, c)


@pytest.mark.parametrize("k", [1, 2, 5, 7, 12, 20, 21, 33, 64, 2050])
def test_cells_of_named_rows_read_the_words_of_the_model(form, k):
    numbers = [5, 2**32 - 1, 2**63, 2**64 - 1, 0, 5, 2**32, *range(900, 930)][: max(2, 3000 // k)]
    ids, _ = draw(identity(16), len(numbers), k, row_ids=numbers)
    for i, row in enumerate(numbers):
        for c in {0, k // 3, k - 1}:
            assert ids[i, c] == model.word(KEY, row, EPOCH, c, 0) >> 16


@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 127, 128, 129, 191, 192, 193, 409, 410, 2047, 2048, 2049])
@pytest.mark.parametrize("bits", [0, 1, 9, 17])
def test_all_forms_give_the_ids_of_plain_c_at_every_length(form, bits, n):
    rng = np.random.default_rng(bits)
    hot, cold = rng.integers(2**32, size=(2, 2**bits), dtype=np.uint32)
    source = rows.Source(hot, cold, bits)
    for k in (1, 5):
        for dtype in (np.int64, np.int32):
            got, _ = draw(source, n, k, first=2**40, dtype=dtype)
            rows.force("scalar")
            expected, _ = draw(source, n, k, first=2**40)
            rows.force(form)
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("bits", [1, 12, 17])
def test_a_tie_is_decided_by_the_refine_word(form, bits, fine):
    """Every slot that is met holds the very bits of the word that meets it first: nearly all cells tie."""
    n, k = (1, 1) if bits == 1 else (41, 5)
    slot_bits = 62 - bits if fine else 32
    rng = np.random.default_rng(3)
    low_bits = slot_bits - (32 - bits)  # threshold bits that only the refine word meets
    table = [(0, slot) for slot in range(2**bits)]
    expected = np.full((n, k), -1)
    for i in range(n):
        for c in range(k):
            word = model.word(KEY, i, EPOCH, c, 0)
            refine = model.word(KEY, i, EPOCH, c, 128)
            slot, left = word >> 32 - bits, word & (1 << 32 - bits) - 1
            alias = int(rng.integers(2**bits))
            # Close to the refine word's own top bits, so that the last of them decide.
            near = (refine >> 32 - low_bits) + int(rng.integers(-1, 2))
            near = min(max(near, 0), (1 << low_bits) - 1)
            if table[slot] == (0, slot):
                table[slot] = (left << low_bits | near, alias)
    kept = model.Table(bits, slot_bits, table)
    for i in range(n):
        for c in range(k):
            expected[i, c] = kept.cell(KEY, EPOCH, i, c)
    got, _ = draw(source_of(kept), n, k)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("size", [1, 2, 3, 2**16 + 1, 2**31 - 1, 2**31 - 2, 2**32 // 3 + 1, 3 * 2**29])
def test_members_of_a_class_are_refused_as_lemire_does(form, size):
    """A class of 2**32 // 3 + 1 ids refuses a third of all words, and a third of those after them."""
    table = model.Table(0, 62, [(0, 0)], [(0, size)])
    n, k = 60, 7
    got, _ = draw(source_of(table), n, k, first=2**32 - 30)
    expected = [[table.cell(KEY, EPOCH, 2**32 - 30 + i, c) for c in range(k)] for i in range(n)]
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("size", [3, 10, 1000, 2**16 + 1, 2**32 // 3 + 1, 2**31 - 1])
def test_the_rule_leaves_every_member_of_a_class_the_same_number_of_words(size):
    """Of 2**32 words each member keeps floor(2**32 / size): the first of its run goes if its low half is small."""
    for member in (0, 1, size // 2, size - 1):
        first, beyond = -(-(member << 32) // size), -(-(member + 1 << 32) // size)
        refused = int(first * size & model.M32 < 2**32 % size)
        assert (first + 1) * size & model.M32 >= 2**32 % size
        assert beyond - first - refused == 2**32 // size


WEIGHTS = {
    "few": [60, 25, 10, 5],
    "zeros": [0, 30, 1000, 7, 0, 400, 90, 3, 55, 0, 7, 7, 30],
    "falling": [10 * 90 // (i + 3) for i in range(90)],
}


@pytest.mark.parametrize("strategy", ["alias", "spectrum"])
@pytest.mark.parametrize(
    ("weights", "k"), [(w, k) for w in WEIGHTS for k in (2, 3, 5, 8, 16, 17, 33) if k < sum(map(bool, WEIGHTS[w]))]
)
def test_rows_that_break_a_rule_are_redone_as_in_the_model(form, strategy, weights, k):
    table = model.TABLES[strategy](WEIGHTS[weights])
    nonzero = sum(w > 0 for w in WEIGHTS[weights])
    source, exact, n = source_of(table), source_of(table), 30 if k < 16 else 12
    exact.attach(rows.Exact(np.array(WEIGHTS[weights], np.uint64)))
    ids = [i for i, w in enumerate(WEIGHTS[weights]) if w]
    one = [[ids[i % nonzero]] for i in range(n)]
    many = [sorted({ids[i % nonzero], ids[(5 * i + 1) % nonzero]}) if i % 3 else [] for i in range(n)]
    wide = [ids[i % 3 :: 3] if nonzero - nonzero // 3 - 1 > k else [ids[0]] for i in range(n)]
    for sets, csr in ((None, False), (one, False), (one, True), (many, True), (wide, True)):
        for distinct in (False, True):
            if distinct and sets is not None and max(map(len, sets)) + k > nonzero:
                continue
            for dtype in (np.int64, np.int32):
                got, stopped = draw(source, n, k, first=2**32 - 9, distinct=distinct, sets=sets, csr=csr, dtype=dtype)
                rows_and_ends = [
                    table.row(KEY, EPOCH, 2**32 - 9 + i, k, distinct, [] if sets is None else sets[i]) for i in range(n)
                ]
                first_used_up = next((i for i, (_, used_up) in enumerate(rows_and_ends) if used_up), n)
                assert stopped == first_used_up
                expected = [row for row, _ in rows_and_ends]
                assert got[:stopped].tolist() == expected[:stopped], (sets, distinct)
                got, stopped = draw(exact, n, k, first=2**32 - 9, distinct=distinct, sets=sets, csr=csr, dtype=dtype)
                assert stopped == n
                assert got.tolist() == expected, (sets, distinct)


@pytest.mark.parametrize("k", [63, 64, 65, 70, 200])
def test_wide_distinct_rows_are_those_of_the_model(form, k):
    """Up to 64 columns every pair is compared; above, a hash set holds the row."""
    for strategy in ("alias", "spectrum"):
        table = model.TABLES[strategy]([3000 // (i + 3) for i in range(500)])
        got, stopped = draw(source_of(table), 2, k, first=5, distinct=True, dtype=np.int32)
        assert stopped == 2
        for i in range(2):
            assert got[i].tolist() == table.row(KEY, EPOCH, 5 + i, k, True)[0]


@pytest.mark.parametrize("k", [2, 5, 8, 9, 16, 17, 32, 33, 48, 49, 64])
@pytest.mark.parametrize("step", [1, 2**16, 2**16 + 1])
def test_ids_with_equal_low_bits_are_not_taken_for_repeats(form, k, step):
    """With a step of 2**16 all ids have the low bits of 65,535: each pair of columns looks like a repeat in 16 bits."""
    table = model.alias_table([3000 // (i + 3) for i in range(200)])
    plain = source_of(table)
    order = (65_535 + step * np.arange(200)).astype(np.int32)
    source = rows.Source(plain.hot, plain.cold, plain.bits, None, order)
    got, stopped = draw(source, 40, k, first=5, distinct=True)
    assert stopped == 40
    for i in range(40):
        assert got[i].tolist() == order[table.row(KEY, EPOCH, 5 + i, k, True)[0]].tolist()


def test_a_row_wider_than_a_tile_is_distinct_and_that_of_the_model(form):
    weights = [*range(1, 201)] * 20
    table = model.alias_table(weights)
    got, stopped = draw(source_of(table), 1, 2500, first=1, distinct=True, sets=[[4, 3_999]])
    assert stopped == 1
    assert got[0].tolist() == table.row(KEY, EPOCH, 1, 2500, True, [4, 3_999])[0]


def test_a_column_without_any_allowed_id_stops_the_kernel_there(form):
    """The kernel tells the row, for which it needs the weights; rows before it are final."""
    table = model.alias_table([60, 25, 10, 5])
    sets = [[0], [1], [0, 1, 2, 3], [2]]
    got, stopped = draw(source_of(table), 4, 2, sets=sets, csr=True)
    assert stopped == 2
    for i in range(2):
        assert got[i].tolist() == table.row(KEY, EPOCH, i, 2, False, sets[i])[0]
    _, stopped = draw(source_of(table), 3, 5, distinct=True)
    assert stopped == 0


@pytest.mark.parametrize(("sets", "k", "distinct"), [([[0], [0, 1, 2, 3]], 2, False), (None, 5, True)])
def test_a_row_for_which_nothing_is_left_is_an_error_and_reads_nothing_else(form, sets, k, distinct):
    weights = [60, 25, 10, 5]
    source = source_of(model.alias_table(weights))
    source.attach(rows.Exact(np.array(weights, np.uint64)))
    with pytest.raises(ValueError, match="no id is left for a row"):
        draw(source, 2, k, sets=sets, csr=True, distinct=distinct)


@pytest.mark.parametrize("strategy", ["alias", "spectrum"])
@pytest.mark.parametrize("n_ids", [1, 2, 3, 5, 64, 65, 1000])
def test_the_table_is_that_of_the_model_slot_by_slot(strategy, n_ids):
    rng = np.random.default_rng(n_ids)
    weights = [int(w) for w in rng.integers(0, 40, size=n_ids) ** 3]
    weights[n_ids // 2] = 9
    expected = model.TABLES[strategy](weights)
    count = n_ids if strategy == "alias" else len(expected.classes)
    units = np.zeros(count, dtype=np.uint64)
    full = 1 << expected.slot_bits
    for slot, (kept, alias) in enumerate(expected.rows):
        units[alias] += np.uint64(full - kept)
        if kept:
            units[slot] += np.uint64(kept)
    hot, cold = building.alias_table(units, expected.bits, expected.slot_bits)
    source = source_of(expected)
    np.testing.assert_array_equal(hot, source.hot)
    np.testing.assert_array_equal(cold, source.cold)
    np.testing.assert_array_equal(rows.masses(source, count, expected.slot_bits), units)


@pytest.mark.parametrize("units", [[2**32, 2**32 - 1], [2**33], [2**32] * 3, [2**63, 2**63, 2**33]])
def test_units_that_do_not_fill_the_table_are_refused(units):
    with pytest.raises(ValueError, match="must sum to 2\\*\\*33" if len(units) < 3 else "must sum to"):
        building.alias_table(np.array([*units[:-1], units[-1] - (len(units) == 1)], dtype=np.uint64), 1, 32)


def test_a_table_that_names_ids_beyond_the_last_is_found_out():
    with pytest.raises(ValueError, match="an id that does not exist"):
        rows.masses(identity(3), 7, 32)


def test_a_table_of_another_size_than_announced_is_refused():
    with pytest.raises(ValueError, match="2\\*\\*3 slots was announced, got 4"):
        rows.Source(np.zeros(4, np.uint32), np.zeros(8, np.uint32), 3)


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
@pytest.mark.parametrize("way", range(len(rows.GATHER_WAYS)))
def test_every_way_of_gathering_loads_what_is_asked_for(way, dtype):
    rng = np.random.default_rng(1)
    table = rng.integers(np.iinfo(dtype).max, size=1000, dtype=dtype, endpoint=True)
    index = rng.integers(1000, size=267, dtype=np.uint32)
    out = np.zeros(203, dtype=np.uint64)  # no multiple of the lanes
    if not rows.gather(way, table, index, out):
        pytest.skip(f"this processor lacks {rows.GATHER_WAYS[way]}")
    np.testing.assert_array_equal(out, table[index[:203]])


def test_the_limit_loads_as_many_bytes_as_a_table_has_for_a_slot():
    hot, _ = building.alias_table(np.full(4, 2**32, np.uint64), 2, 32)
    assert hot.nbytes == 4 * rows.SLOT_BYTES


def test_a_form_that_is_not_there_is_refused_and_the_one_in_use_stays():
    before = rows.simd()
    assert rows.available()[0] == "scalar"
    for name in ("sse9", "AVX2", "scalar "):
        with pytest.raises(ValueError, match=f"this processor has {', '.join(rows.available())}"):
            rows.force(name)
    assert rows.simd() == before


def test_the_fastest_form_is_in_use_unless_told_otherwise():
    before = rows.simd()
    rows.force(None)
    assert rows.simd() == rows.available()[-1]
    rows.force(before)


def in_a_process(simd: str, code: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SAMPLERS_SIMD": simd}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


def test_an_unknown_form_in_the_environment_is_an_error_at_import_that_lists_what_there_is():
    done = in_a_process("nonsense", "import samplers; samplers.create('alias', [1, 2], rng=1)")
    assert done.returncode != 0
    assert "SAMPLERS_SIMD='nonsense'" in done.stderr
    assert f"this processor has {', '.join(rows.available())}" in done.stderr


def test_the_environment_chooses_the_form():
    for name in rows.available():
        done = in_a_process(name, "from samplers.kernels import rows; print(rows.simd())")
        assert done.stdout.strip() == name


# The kernels check nothing while they draw.


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bits": 3}, "a table of 2\\*\\*3 slots was announced, got 4"),
        ({"bits": -1}, "bits=-1 must lie between 0 and 31"),
        ({"bits": 64}, "bits=64 must lie between 0 and 31"),
        ({"cold": np.zeros(3, np.uint32)}, "cold must have a place for each of 4 slots, got 3"),
        ({"members": np.zeros(0, np.uint64)}, "members is empty"),
        (
            {"members": np.array([1 << 32, 0, 1 << 32], np.uint64)},
            "members: a class is empty, or ends past the 3 places",
        ),
        ({"members": np.array([1 << 32, 3 << 32 | 1, 1 << 32], np.uint64)}, "ends past the 3 places"),
        ({"members": np.array([1 << 32, 2**64 - 1, 1 << 32], np.uint64)}, "ends past the 3 places"),
        ({"members": np.array([1 << 32, 1 << 32], np.uint64)}, "mass to a class past the 2 of members"),
        ({"hot": np.array([0, 1, 3, 0], np.uint32)}, "mass to a class past the 3 of members"),
        ({"hot": np.array([0, 1, 2, 1 << 2], np.uint32)}, "mass to a class past the 3 of members"),
        ({"cold": np.array([0, 0, 0, 4], np.uint32)}, "mass to a class past the 3 of members"),
        ({"order": np.zeros(2, np.int32)}, "ends past the 2 places"),
        ({"order": np.zeros(0, np.int32)}, "order is empty"),
        ({"members": None, "order": np.zeros(2, np.int32)}, "mass to an id past the 2 of order"),
    ],
)
def test_a_source_that_reads_past_its_arrays_is_refused(change, message):
    whole = {
        "hot": np.array([0, 1, 2, 0], np.uint32),
        "cold": np.zeros(4, np.uint32),
        "bits": 2,
        "members": np.array([1 << 32, 1 << 32 | 1, 1 << 32 | 2], np.uint64),
        "order": np.array([2, 0, 1], np.int32),
    }
    rows.Source(**whole)
    with pytest.raises(ValueError, match=message):
        rows.Source(**whole | change)


def test_a_pickle_of_an_earlier_version_finds_the_classes_where_they_were():
    """All of them were in `rows` once, and a pickle names the module."""
    source = pickle.loads(b"csamplers.kernels.rows\nUniformSource\n(I5\ntR.")
    assert (type(source), source.n_ids) == (sources.UniformSource, 5)
    for name in ("Exact", "Known", "Source", "Sources", "UniformSource"):
        assert getattr(rows, name) is getattr(sources, name)
