# SPDX-License-Identifier: MIT
"""A child process that draws its parent's rows is warned, once, and only then."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

import samplers

COUNTS = [1000, 400, 30, 5]
# The short way of alias, its long way, and a sequential stream.
CASES = [("alias", 4), ("spectrum", 3000), ("bisect", 4)]
cases = pytest.mark.parametrize(("name", "rows"), CASES)


def plain(sampler, rows):
    return sampler.sample(rows, 2)


def twice(sampler, rows):
    return plain(sampler, rows), plain(sampler, rows)


def by_number(sampler, rows):
    return sampler.sample_rows(np.arange(rows), 2)


def moved(sampler, rows):
    sampler.position = 10 * rows
    return plain(sampler, rows)


def new_epoch(sampler, rows):
    sampler.epoch = 1
    return plain(sampler, rows)


def new_stream(sampler, rows):
    return plain(sampler.with_rng([1, 2]), rows)


def twin(sampler, rows):
    return plain(pickle.loads(pickle.dumps(sampler)), rows)


def said(work, sampler, rows, pipe):
    """Send what `work` was warned of, in a process of its own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work(sampler, rows)
    pipe.send([(w.category.__name__, str(w.message), w.filename) for w in caught])


def warned(work, sampler, rows, method="fork"):
    context = multiprocessing.get_context(method)
    reader, writer = context.Pipe(duplex=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on forking with threads
        process = context.Process(target=said, args=(work, sampler, rows, writer))
        process.start()
    assert reader.poll(120), "the child said nothing"
    messages = reader.recv()
    process.join()
    return messages


@cases
@pytest.mark.parametrize("work", [plain, twice])
@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_a_child_that_draws_its_parents_rows_is_told_once(name, rows, work, method):
    sampler = samplers.create(name, COUNTS, rng=1)
    sampler.sample(5, 2)
    ((category, message, file),) = warned(work, sampler, rows, method)
    assert category == "SharedStreamWarning"
    assert message.startswith(f"{name}: `sample` is called in a child process")
    assert all(cure in message for cure in ("sample_rows", "with_rng", "Draw in the parent"))
    assert file == __file__  # the line that calls sample, and none of the library


@pytest.mark.parametrize(("name", "rows"), CASES[:2])
@pytest.mark.parametrize("work", [by_number, moved, new_stream])
def test_rows_by_number_and_streams_moved_on_purpose_are_the_childs_own(name, rows, work):
    assert warned(work, samplers.create(name, COUNTS, rng=1), rows) == []


@cases
def test_a_stream_of_the_childs_own_is_no_matter(name, rows):
    assert warned(new_stream, samplers.create(name, COUNTS, rng=1), rows) == []


@cases
def test_a_copy_made_in_the_child_is_the_parents_stream_too(name, rows):
    assert len(warned(twin, samplers.create(name, COUNTS, rng=1), rows)) == 1


@pytest.mark.parametrize(("name", "rows"), CASES[:2])
def test_an_epoch_set_in_the_child_leaves_the_stream_the_parents(name, rows):
    """Every worker sets the same one."""
    assert len(warned(new_epoch, samplers.create(name, COUNTS, rng=1), rows)) == 1


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy])
@cases
def test_a_copy_made_after_a_bare_fork_is_the_parents_stream_too(name, rows, clone):
    """Of os.fork() `multiprocessing` knows nothing."""
    sampler = samplers.create(name, COUNTS, rng=1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            clone(sampler).sample(rows, 2)
        os.write(writer, bytes([len(told)]))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1) == bytes([1])
    os.close(reader)
    os.close(writer)


@cases
def test_the_parent_is_told_nothing(name, rows):
    sampler = samplers.create(name, COUNTS, rng=1)
    warned(plain, sampler, rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain(sampler, rows)
        plain(pickle.loads(pickle.dumps(sampler)), rows)


LOADED = """
import pickle, sys, warnings
warnings.simplefilter("error")
print(pickle.load(open(sys.argv[1], "rb")).sample(int(sys.argv[2]), 2).tolist())
"""


@cases
def test_a_stream_that_was_saved_and_loaded_goes_on_in_silence(name, rows, tmp_path):
    """As a training run that is resumed: the process that saved it is not the parent of the one that loads it."""
    sampler = samplers.create(name, COUNTS, rng=1)
    sampler.sample(5, 2)
    path = tmp_path / "sampler.pickle"
    path.write_bytes(pickle.dumps(sampler))
    command = [sys.executable, "-c", LOADED, str(path), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{sampler.sample(rows, 2).tolist()}\n"


class Negatives:
    """A dataset that draws in the worker, as many do."""

    def __init__(self, sampler):
        self.sampler = sampler

    def __len__(self):
        return 8

    def __getitem__(self, i):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", samplers.SharedStreamWarning)
            ids = self.sampler.sample(1, 3)
        return i, ids[0].tolist(), [str(w.message) for w in caught]


def listed(batch):
    return batch


@pytest.mark.slow
@cases
def test_every_worker_of_a_data_loader_is_told_once_an_epoch(name, rows):
    data = pytest.importorskip("torch.utils.data", reason="torch is not installed")
    loader = data.DataLoader(
        Negatives(samplers.create(name, COUNTS, rng=1)),
        batch_size=2,
        num_workers=2,
        collate_fn=listed,
        multiprocessing_context="fork",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        items = [item for batch in loader for item in batch]
    messages = [message for _, _, texts in items for message in texts]
    assert sorted(message[len(name) :][:60] for message in messages) == [
        f": `sample` is called in worker {worker} of 2 of a DataLoader, on a stream"[:60] for worker in (0, 1)
    ]
    assert items[0][1] == items[2][1]  # the first rows of both workers: what the warning is about


def own_stream(worker):
    """A `worker_init_fn`, as docs/choosing.md describes it."""
    data = sys.modules["torch.utils.data"].get_worker_info().dataset
    data.sampler = data.sampler.with_rng([sys.modules["torch"].initial_seed(), 0])


@pytest.mark.slow
@pytest.mark.parametrize("persistent", [False, True])
def test_the_streams_of_workers_differ_from_epoch_to_epoch(persistent):
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def epochs():
        torch.manual_seed(3)
        loader = torch.utils.data.DataLoader(
            Negatives(samplers.create("bisect", np.ones(10**6), rng=1)),
            batch_size=2,
            num_workers=2,
            collate_fn=listed,
            worker_init_fn=own_stream,
            persistent_workers=persistent,
            multiprocessing_context="fork",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return [[item for batch in loader for item in batch] for _ in range(2)]

    first = epochs()
    ids = [tuple(row) for epoch in first for _, row, _ in epoch]
    assert len(set(ids)) == len(ids)  # two rows are equal by chance with a probability of 1e-16
    assert not any(messages for epoch in first for _, _, messages in epoch)
    assert epochs() == first  # they follow from torch's seed
