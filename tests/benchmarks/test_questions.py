# SPDX-License-Identifier: MIT
"""Each benchmark of a question measures what its name says."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import samplers
from benchmarks import (
    bench_exclusion,
    bench_import,
    bench_large,
    bench_loader,
    bench_order,
    bench_shape,
    bench_threads,
    suite,
)
from benchmarks.workloads import EXTRA, WORKLOADS
from tests.data.asv_methods import usable


def test_the_shape_of_a_request_is_that_of_its_cell():
    rows, columns = bench_shape.Rows(), bench_shape.Columns()
    rows.setup("cum_table", "zipf_1e4", 64)
    columns.setup("cum_table", "zipf_1e4", 20)
    assert (rows.out.shape, columns.out.shape) == ((64, 5), (1024, 20))
    for bench, draw in ((rows, rows.time_rows), (columns, columns.time_columns)):
        before = bench.out.copy()
        draw("cum_table", "zipf_1e4", before.shape[1 if bench is columns else 0])
        assert (bench.out != before).any()
    paying = next(name for name in usable() if samplers.get(name).info.cost == "row")
    columns.setup(paying, "zipf_1e4", 1)
    assert columns.out.shape == (64, 1)


def test_what_is_excluded_is_never_drawn_and_would_be_otherwise():
    """The sum of p**2 is 0.0011: of 5,120 free ids, 6 are expected to hit the positive of their row, 113 a history."""
    for kind, least in (("one", 0), ("csr", 50)):
        sets = bench_exclusion.excluded_sets(kind, "zipf_1e4", 1024)
        indptr, ids = sets if kind == "csr" else (np.arange(1025), sets)
        of_row = np.repeat(np.arange(1024), np.diff(indptr))

        def hits(out, of_row=of_row, ids=ids):
            return (out[of_row] == ids[:, None]).sum()

        bench = bench_exclusion.Exclusion()
        bench.setup("cum_table", "zipf_1e4", kind)
        assert hits(bench.call()) == 0
        assert hits(suite.build("cum_table", "zipf_1e4").sample(1024, 5)) > least
    assert (np.diff(indptr).min(), np.diff(indptr).max()) == (0, bench_exclusion.LONGEST)
    assert bench_exclusion.excluded_sets("none", "zipf_1e4", 1024) is None


def test_unsorted_counts_are_the_sorted_ones_in_another_order():
    counts = EXTRA[bench_order.WORKLOAD["unsorted"]].counts()
    english = WORKLOADS[bench_order.WORKLOAD["sorted"]].counts()
    assert (np.diff(counts) > 0).mean() > 0.2
    np.testing.assert_array_equal(np.sort(counts)[::-1], english)
    np.testing.assert_array_equal(counts, EXTRA["english_unsorted"].counts())


def test_the_largest_sizes_are_what_their_names_say():
    for size, (workload, n_ids) in bench_large.SIZES.items():
        assert n_ids == eval(size)
        assert EXTRA[workload].make.args == (n_ids,)
    assert not EXTRA.keys() & WORKLOADS.keys()


def test_the_cache_of_files_counts_as_memory_that_programs_can_have(monkeypatch):
    """A machine that has just installed packages has little free memory, and much in that cache."""
    meminfo = "MemTotal: 24000000 kB\nMemFree: 2000000 kB\nMemAvailable: 22000000 kB\nHugePages_Total: 0\n"
    monkeypatch.setattr(bench_large.Path, "read_text", lambda *_, **__: meminfo)
    assert bench_large.available_memory() == 22_000_000 * 1024
    assert bench_large.why_not_large("alias", "1e8") is None
    monkeypatch.setattr(bench_large.Path, "read_text", lambda *_, **__: "MemTotal: 24000000 kB\n")  # an old kernel
    assert 0 < bench_large.available_memory() < 2**50


def test_a_sampler_that_cannot_hold_the_largest_sizes_says_why():
    refuse = bench_large.why_not_large
    for name in usable():
        strategy = samplers.get(name)
        if strategy.info.cost == "row":
            assert "is per row" in refuse(name, "1e8", 10**12)
        elif strategy.info.max_ids is not None and strategy.info.max_ids <= 2**24:
            assert strategy.info.max_ids_reason in refuse(name, "2**24 + 1", 10**12)
        else:
            assert refuse(name, "2**24 + 1", 10**12) is None
    assert "8.0 GB, 1.0 GB are free" in refuse("alias", "1e8", 10**9)
    assert refuse("alias", "1e8", 9 * 10**9) is None


def test_threads_are_for_positional_samplers_and_give_the_same_ids(monkeypatch):
    one, two = bench_threads.Threads(), bench_threads.Threads()
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    for bench, threads in ((one, 1), (two, 2)):
        bench.setup("alias", threads)
        assert bench.sampler.threads == threads
        bench.sampler.position = 0
        bench.time_threads("alias", threads)
    np.testing.assert_array_equal(one.out, two.out)
    with pytest.raises(NotImplementedError, match="cum_table is not positional"):
        one.setup("cum_table", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    with pytest.raises(NotImplementedError, match="2 threads on 1 core"):
        two.setup("alias", 2)


@pytest.mark.parametrize("module", [name for name in bench_import.CODE if bench_import.Import.why_not(name) is None])
def test_an_import_is_of_the_module_named_and_in_a_fresh_process(module):
    code = bench_import.Import().timeraw_import(module)
    library = module.partition(" ")[0].removesuffix(".create")
    script = f"import sys; before = set(sys.modules); {code}; print({library!r} in set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_what_is_not_installed_is_not_imported(monkeypatch):
    monkeypatch.setattr(bench_import, "find_spec", lambda name: None)
    with pytest.raises(NotImplementedError, match="torch is not installed"):
        bench_import.Import().setup("torch")


def test_a_data_loader_gives_a_positional_sampler_the_same_ids_whatever_its_workers():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for name in [name for name in usable() if samplers.get(name).info.positional]:
        sampler = suite.build(name, "zipf_1e4")
        here, workers = (torch.cat(list(bench_loader.loader_of(sampler, n, 5))).numpy() for n in (0, 2))
        np.testing.assert_array_equal(here, workers)
        np.testing.assert_array_equal(here, suite.build(name, "zipf_1e4").sample(5 * bench_loader.ROWS, 5))


def test_the_workers_of_a_data_loader_never_draw_the_same_ids():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    loader = bench_loader.loader_of(suite.build("cum_table", "zipf_1e4"), 2, 4)
    batches = [batch.numpy() for batch in loader]
    assert len({batch.tobytes() for batch in batches}) == 4
    assert batches[0].shape == (bench_loader.ROWS, bench_loader.K)
    assert batches[0].dtype == np.int64
    assert torch.is_tensor(next(iter(loader)))


def test_a_negative_of_a_positive_is_not_in_the_history_of_its_user(monkeypatch):
    monkeypatch.setattr(bench_exclusion, "USERS", 500)
    bench_exclusion.interactions.cache_clear()
    try:
        indptr, items = bench_exclusion.interactions()
        met = {(u, i) for u in range(500) for i in items[indptr[u] : indptr[u + 1]].tolist()}
        assert len(met) == len(items)
        users = bench_exclusion.users_of_positives(2048)[1]
        for way, make in bench_exclusion.WAYS.items():
            ids = np.asarray(make()(users)).ravel()
            assert ids.shape == (2048,)
            assert not met & set(zip(users.tolist(), ids.tolist(), strict=True)), way
    finally:
        bench_exclusion.interactions.cache_clear()


def test_a_loop_with_negatives_draws_them_once_for_each_batch(monkeypatch):
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setattr(bench_loader, "SHARE_BATCHES", 3)
    bench_loader.pairs.cache_clear()
    try:
        plain = list(bench_loader.loader_of_pairs("before", 0))
        for drawn in bench_loader.Share.params[0]:
            for (pair, ids), alone in zip(bench_loader.loader_of_pairs(drawn, 0), plain, strict=True):
                assert all((ours == theirs).all() for ours, theirs in zip(pair, alone, strict=True))
                ids = getattr(ids, "ids", ids)
                assert ids.shape == (bench_loader.ROWS, bench_loader.K)
                assert drawn != "recommended" or not (ids == pair[1][:, None]).any()
            bench_loader.epoch_of(drawn, "training step", 0)()
    finally:
        bench_loader.pairs.cache_clear()
