# SPDX-License-Identifier: MIT
"""The negatives of an example in an epoch are the same however the examples reach the loop."""

from __future__ import annotations

import copy
import hashlib
import itertools
import multiprocessing
import pickle

import numpy as np
import pytest

import samplers

pytest.importorskip("torch")

import torch
import torch.distributed
from torch.utils.data import DataLoader, DistributedSampler, IterableDataset, Subset, TensorDataset, default_collate

from samplers.integrations.torch import Collate, Drawn, Negatives, Numbered, NumberedExample, WeightedSampler
from samplers.integrations.torch.negatives import with_one_more

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),  # Python 3.12 on fork
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on a machine of one core
]

# The fork server imports torch once for all workers.
multiprocessing.get_context("forkserver").set_forkserver_preload(["samplers.integrations.torch"])

N, V, K, BATCH = 101, 50, 3, 16  # the last batch is short
GENERATOR = np.random.default_rng(1)
COUNTS = GENERATOR.integers(1, 1000, V)
USERS, POSITIVES = GENERATOR.integers(0, 5, N), GENERATOR.integers(0, V, N)
SEEN = samplers.IdSets.from_lists([[], [1, 2, 3], range(40), [7], range(0, 50, 2)], V=V)
WORKERS = [
    *itertools.product((1, 2), ("fork",), (True, False)),
    *itertools.product((1, 2), ("forkserver",), (True, False)),
    (1, "spawn", False),  # each spawned worker imports torch, which takes seconds
    (2, "spawn", True),
]


def make(**arguments):
    return Negatives(samplers.create("alias", COUNTS, rng=42), K, **arguments)


def dataset():
    return TensorDataset(torch.arange(N), torch.from_numpy(USERS), torch.from_numpy(POSITIVES))


def load(negatives, workers=0, method=None, persistent=False, **arguments):
    return DataLoader(
        Numbered(dataset()),
        batch_size=BATCH,
        num_workers=workers,
        multiprocessing_context=method,
        persistent_workers=persistent,
        collate_fn=Collate(negatives, positive=2, user=1),
        **{"shuffle": True} | arguments,
    )


def by_number(batches):
    """The negatives of each example; if an example comes twice, they must be equal."""
    rows = {}
    for (numbers, _, _), drawn in batches:
        for number, row in zip(numbers.tolist(), drawn.ids.tolist(), strict=True):
            assert rows.setdefault(number, row) == row
    return rows


def fingerprint(rows):
    assert sorted(rows) == list(range(N))
    return hashlib.sha256(np.array([rows[number] for number in range(N)], dtype="<i8").tobytes()).hexdigest()


def of_one_call(epoch):
    ids = make(seen=SEEN)(range(N), POSITIVES, USERS, epoch=epoch).ids
    return fingerprint(dict(enumerate(ids.tolist())))


def test_one_call_draws_the_rows_of_the_sampler_without_positives_and_histories():
    ids = make(seen=SEEN)(torch.arange(N), torch.from_numpy(POSITIVES), USERS, epoch=3).ids
    excluded = [[*SEEN.of_row(user), positive] for user, positive in zip(USERS, POSITIVES, strict=True)]
    expected = samplers.create("alias", COUNTS, rng=42).sample_rows(range(N), K, epoch=3, exclude=excluded)
    assert ids.dtype == torch.int64
    np.testing.assert_array_equal(ids.numpy(), expected)
    np.testing.assert_array_equal(
        make()(range(N), POSITIVES).ids, make()._sampler.sample_rows(range(N), K, epoch=0, exclude=POSITIVES)
    )
    np.testing.assert_array_equal(
        make(seen=SEEN)(range(N), users=USERS).ids,
        make()._sampler.sample_rows(range(N), K, epoch=0, exclude=SEEN[USERS]),
    )
    assert len({of_one_call(epoch) for epoch in range(3)}) == 3


def test_without_workers():
    negatives = make(seen=SEEN)
    loader = load(negatives)
    for epoch in (0, 2, 1):
        negatives.set_epoch(epoch)
        assert fingerprint(by_number(loader)) == of_one_call(epoch)
    in_loop = DataLoader(Numbered(dataset()), batch_size=7, shuffle=True)
    batches = [(batch, negatives(numbers, batch[2], batch[1], epoch=5)) for numbers, batch in in_loop]
    assert fingerprint(by_number(batches)) == of_one_call(5)


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "method", "persistent"), WORKERS)
def test_with_workers(workers, method, persistent):
    """Persistent workers must learn of a new epoch while they run."""
    negatives = make(seen=SEEN)
    loader = load(negatives, workers, method, persistent)
    for epoch in (0, 2, 1) if persistent else (3,):
        negatives.set_epoch(epoch)
        assert fingerprint(by_number(loader)) == of_one_call(epoch)


def on_a_rank(rank, ranks, path):
    """Both epochs of the negatives, and the indices of a weighted sampler, from all ranks to a file."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{path}", rank=rank, world_size=ranks)
    negatives = make(seen=SEEN)
    shared_out = DistributedSampler(dataset(), seed=3)
    loader = load(negatives, 2, "fork", True, sampler=shared_out, shuffle=False)
    parts = []
    for epoch in (0, 1):
        shared_out.set_epoch(epoch)
        negatives.set_epoch(epoch)
        parts.append(by_number(loader))
    parts.append(list(WeightedSampler(COUNTS, 100, rng=1)))
    gathered = [None] * ranks
    torch.distributed.all_gather_object(gathered, parts)
    if rank == 0:
        torch.save(gathered, f"{path}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "shared"), [(1024, False), (2**14, True)])
def test_a_worker_sends_few_bytes_in_its_message_and_many_in_shared_memory(rows, shared):
    """Each tensor in shared memory costs a file and a socket. Both ways give the same ids, in memory of their own."""
    negatives = make(log_q=True)
    loader = DataLoader(
        Numbered(TensorDataset(torch.arange(rows))),
        batch_size=rows,
        num_workers=1,
        multiprocessing_context="fork",
        collate_fn=Collate(negatives),
    )
    ((_, found),) = loader
    expected = negatives(np.arange(rows))
    assert isinstance(found, Drawn)
    assert (found.ids.is_shared(), found.log_q.is_shared(), found.positive_log_q) == (shared, shared, None)
    assert (found.ids.dtype, found.log_q.dtype) == (torch.int64, torch.get_default_dtype())
    torch.testing.assert_close(found[:2], expected[:2], rtol=0, atol=0)
    found.ids[0] = -7  # it is nobody else's


def test_drawn_that_numpy_cannot_have_is_sent_by_torch():
    for log_q in (torch.zeros(2, 3, dtype=torch.bfloat16), torch.zeros(2, 3, requires_grad=True)):
        copied = pickle.loads(pickle.dumps(Drawn(torch.ones(2, 3, dtype=torch.int64), log_q, None)))
        assert (copied.log_q.dtype, copied.log_q.requires_grad) == (log_q.dtype, log_q.requires_grad)
        assert torch.equal(copied.log_q, log_q)


def test_with_two_ranks_of_two_workers(tmp_path):
    torch.multiprocessing.spawn(on_a_rank, args=(2, tmp_path / "meet"), nprocs=2)
    (*first, left), (*second, right) = torch.load(tmp_path / "meet.pt", weights_only=True)
    for epoch in (0, 1):
        assert len(first[epoch]) == len(second[epoch]) == 51  # 101 examples, one of them on both ranks
        assert all(first[epoch][number] == second[epoch][number] for number in first[epoch].keys() & second[epoch])
        assert fingerprint(first[epoch] | second[epoch]) == of_one_call(epoch)
    assert [index for pair in zip(left, right, strict=True) for index in pair] == list(
        WeightedSampler(COUNTS, 100, rng=1)
    )


@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_a_state_that_is_loaded_reaches_running_workers(method):
    """It has a key of its own, which a worker must not miss."""
    other = Negatives(samplers.create("alias", COUNTS, rng=7), K, seen=SEEN)
    other.set_epoch(4)
    expected = dict(enumerate(other(range(N), POSITIVES, USERS).ids.tolist()))
    negatives = make(seen=SEEN)
    loader = load(negatives, 1, method, True)
    assert by_number(loader) != expected
    negatives.load_state_dict(other.state_dict())
    assert by_number(loader) == expected


def test_batches_that_workers_drew_ahead_of_a_broken_off_pass_do_not_come_later():
    negatives = make(seen=SEEN)
    loader = load(negatives, 2, "fork", True)
    for epoch in range(3):
        negatives.set_epoch(epoch)
        for (numbers, users, positives), drawn in itertools.islice(loader, 2):
            assert torch.equal(drawn.ids, negatives(numbers, positives, users, epoch=epoch).ids)


def test_the_number_of_an_example_is_its_index_in_the_dataset():
    part = Subset(Numbered(dataset()), [90, 3])
    (batch, drawn), *others = DataLoader(part, batch_size=2, collate_fn=Collate(make(), positive=2))
    assert not others
    assert batch[0].tolist() == [90, 3]
    assert drawn.ids.tolist() == make()([90, 3], POSITIVES[[90, 3]]).ids.tolist()


def test_a_dataset_that_fetches_a_batch_in_one_call_still_does():
    class Fetching:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            raise AssertionError("fetched one by one")

        def __getitems__(self, indices):
            return [{"item": 10 * index} for index in indices]

    ((numbers, batch),) = DataLoader(Numbered(Fetching()), batch_size=3)
    assert (numbers.tolist(), batch["item"].tolist()) == ([0, 1, 2], [0, 10, 20])


def test_the_sampler_of_the_caller_stays_where_it_is_and_shares_its_tables():
    sampler = samplers.create("alias", COUNTS, rng=42)
    sampler.epoch = 6
    negatives = Negatives(sampler, K)
    before = negatives(range(N))
    sampler.epoch, sampler.key = 1, 2
    negatives.set_epoch(7)
    assert sampler.epoch == 1
    np.testing.assert_array_equal(negatives(range(N), epoch=6).ids, before.ids)
    assert negatives._sampler._source is sampler._source


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda negatives: pickle.loads(pickle.dumps(negatives))])
def test_a_copy_has_an_epoch_of_its_own_which_reaches_its_own_workers(clone):
    negatives = make(seen=SEEN)
    negatives.set_epoch(1)
    twin = clone(negatives)
    twin.set_epoch(2)
    assert (negatives.epoch, twin.epoch) == (1, 2)
    loader = load(twin, 1, "fork", True)
    for epoch in (2, 3):
        twin.set_epoch(epoch)
        assert fingerprint(by_number(loader)) == of_one_call(epoch)


@pytest.mark.parametrize("seed", range(20))
def test_both_a_positive_and_a_history_are_excluded(seed):
    """Sets that `IdSets` have made must be distinct ids in rising order, which nothing checks later."""
    rng = np.random.default_rng(seed)
    lists = [rng.integers(0, V, rng.integers(0, 60)) for _ in range(8)]
    rows, ids = rng.integers(0, 8, 20), rng.integers(0, V, 20)
    more = with_one_more(samplers.IdSets.from_lists(lists, V=V)[rows], ids)
    expected = samplers.IdSets.from_lists([[*lists[row], i] for row, i in zip(rows, ids, strict=True)], V=V)
    assert [more.of_row(row).tolist() for row in range(20)] == [expected.of_row(row).tolist() for row in range(20)]


def test_prepared_sets_are_copied_only_if_they_lack_a_positive():
    sets = SEEN[[1, 2, 3]]
    assert with_one_more(sets, np.array([2, 39, 7])) is sets
    assert with_one_more(sets, np.array([2, 39, 8])) is not sets


@pytest.mark.parametrize("replacement", [True, False])
def test_log_q_is_that_of_the_row_of_a_negative_and_of_an_empty_row_for_a_positive(replacement):
    sampler = samplers.create("alias", COUNTS, rng=42, replacement=replacement)
    positives, users = POSITIVES[:5], USERS[:5]
    drawn = Negatives(sampler, K, seen=SEEN, log_q=True)(range(5), positives, users)
    excluded = [[*SEEN.of_row(user), positive] for user, positive in zip(users, positives, strict=True)]
    expected = sampler.log_expected_count(drawn.ids, K, exclude=excluded)
    assert drawn.log_q.dtype == drawn.positive_log_q.dtype == torch.float32
    np.testing.assert_allclose(drawn.log_q, expected, rtol=1e-6)
    np.testing.assert_allclose(drawn.positive_log_q, sampler.log_expected_count(positives, K), rtol=1e-6)
    bare = Negatives(sampler, K, log_q=True)(range(5))
    np.testing.assert_allclose(bare.log_q, sampler.log_expected_count(bare.ids, K), rtol=1e-6)
    assert bare.positive_log_q is None
    assert make()(range(5), positives)[1:] == (None, None)


def test_an_exhausted_row_is_marked_and_its_logits_vanish():
    seen = samplers.IdSets.from_lists([range(V), [3]], V=V)
    negatives = make(seen=seen, log_q=True, on_exhausted="mark")
    drawn = negatives([5, 6], users=[0, 1])
    assert (drawn.ids[0] == -1).all()
    assert (drawn.ids[1] >= 0).all()
    assert (0 - drawn.log_q[0] == -torch.inf).all()
    alone = make(seen=seen, log_q=True)([6], users=[1])
    assert (drawn.ids[1].tolist(), drawn.log_q[1].tolist()) == (alone.ids[0].tolist(), alone.log_q[0].tolist())
    with pytest.raises(ValueError, match="exclude leaves 0 ids of positive weight in row 0"):
        make(seen=seen)([5, 6], users=[0, 1])


def test_tensors_lie_on_the_device_that_is_asked_for():
    drawn = make(device="meta", log_q=True)(range(N), POSITIVES)
    assert {tensor.device.type for tensor in drawn} == {"meta"}


def test_a_batch_without_examples_has_no_negatives():
    assert make(seen=SEEN, log_q=True)([], [], []).ids.shape == (0, K)


@pytest.mark.parametrize("arguments", [{"device": "meta"}])
def test_a_worker_uses_no_device(arguments):
    with pytest.raises(
        RuntimeError, match=r"device='meta', pin_memory=False: worker 0 of a DataLoader cannot use them"
    ):
        next(iter(load(make(seen=SEEN, **arguments), 1, "fork")))


OF_LAWS = samplers.create("alias", samplers.Laws([0, 3, 5, 5], [0, 1, 2, 2, 3], [5, 2, 1, 1, 1], V=4), rng=42)


@pytest.mark.parametrize("replacement", [True, False])
def test_an_example_draws_from_the_law_that_it_names(replacement):
    laws = samplers.Laws([0, 5, 9, 12], [0, 1, 2, 3, 4, 2, 3, 4, 5, 1, 3, 6], np.arange(12) + 1, V=7)
    sampler = samplers.create("alias", laws, rng=42, replacement=replacement)
    which, positives, users = np.arange(N) % 3, np.array([0, 2, 3])[np.arange(N) % 3], np.arange(N) % 2
    seen = samplers.IdSets.from_lists([[0, 2], [4]], V=7)
    excluded = [[*seen.of_row(user), positive] for user, positive in zip(users, positives, strict=True)]
    drawn = Negatives(sampler, 2, seen=seen, log_q=True)(range(N), positives, users, law=which, epoch=3)
    np.testing.assert_array_equal(
        drawn.ids, sampler.sample_rows(range(N), 2, law=which, epoch=3, exclude=excluded), strict=True
    )
    expected = sampler.log_expected_count(drawn.ids, 2, law=which, exclude=excluded)
    np.testing.assert_allclose(drawn.log_q, expected, rtol=1e-6)
    np.testing.assert_allclose(drawn.positive_log_q, sampler.log_expected_count(positives, 2, law=which), rtol=1e-6)
    dataset = TensorDataset(torch.from_numpy(which), torch.from_numpy(positives), torch.from_numpy(users))
    collate = Collate(Negatives(sampler, 2, seen=seen), positive=1, user=2, law=0)
    collate.negatives.set_epoch(3)
    loader = DataLoader(Numbered(dataset), BATCH, num_workers=1, multiprocessing_context="fork", collate_fn=collate)
    assert torch.equal(torch.cat([batch.ids for _, batch in loader]), drawn.ids)


@pytest.mark.parametrize("replacement", [True, False])
def test_a_row_that_its_law_cannot_fill_is_marked(replacement):
    """Law 1 has two ids, so that it has none left beside the positive and a second distinct id; law 2 has none."""
    sampler = OF_LAWS.with_rng(1) if replacement else samplers.create("alias", OF_LAWS.noise, rng=1, replacement=False)
    marking = Negatives(sampler, 2, log_q=True, on_exhausted="mark")
    drawn = marking([4, 5, 6], [0, 2, 1], law=[0, 1, 2])
    marked = [False, not replacement, True]
    assert (drawn.ids == -1).all(1).tolist() == marked
    assert (drawn.log_q == torch.inf).all(1).tolist() == marked
    assert (drawn.positive_log_q == torch.inf).tolist() == [False, False, True]
    alone = marking([4], [0], law=0)
    assert [tensor[0].tolist() for tensor in drawn] == [tensor[0].tolist() for tensor in alone]
    assert Negatives(sampler, 2, log_q=True)([], law=[]).ids.shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Negatives(samplers.create("bisect", COUNTS), K), TypeError, "sampler must draw rows by their numbers"),
        (
            lambda: make()([0, 1], law=[0, 0]),
            TypeError,
            "law=.* is given, but .* draws from a single law; leave it out",
        ),
        (lambda: Negatives(OF_LAWS, 2)([0, 1]), TypeError, "law must be the number of a law, or an array"),
        (lambda: Negatives(OF_LAWS, 2)([0, 1], law=[0, 9]), ValueError, r"law\[1\] = 9 lies outside \[0, 3\)"),
        (lambda: Negatives(OF_LAWS, 2)([0, 1], law=[0, 2]), ValueError, "law 2 has 0 ids for row 1"),
        (
            lambda: Negatives(OF_LAWS, 2, log_q=True)([0], [0], law=1),
            ValueError,
            r"positives\[0\] = 0 has weight 0 in law 1",
        ),
        (lambda: make(seen=[[1], [2]]), TypeError, "seen must be IdSets, got list; write IdSets.from_lists"),
        (
            lambda: make(seen=samplers.IdSets.from_lists([[1]], V=V + 1)),
            ValueError,
            f"IdSets of V={V + 1}, but the noise distribution has V={V}",
        ),
        (lambda: make(on_exhausted="skip"), ValueError, "on_exhausted must be 'raise' or 'mark', got 'skip'"),
        (lambda: make().set_epoch(-1), ValueError, "epoch must be at least 0, got -1"),
        (lambda: make()([0, -1]), ValueError, r"row_ids\[1\] = -1 lies outside"),
        (lambda: make()([0, 1], [2]), ValueError, r"positives must have shape \(2,\), one for each of row_ids"),
        (lambda: make()([0, 1], [2, V]), ValueError, rf"positives\[1\] = {V} lies outside \[0, {V}\)"),
        (lambda: make()([0], users=[1]), ValueError, "users is given, and seen is not"),
        (lambda: make(seen=SEEN)([0]), ValueError, "seen is given, and users is not"),
        (lambda: make(seen=SEEN)([0], users=[5]), ValueError, r"users\[0\] = 5 lies outside \[0, 5\)"),
        (lambda: make().load_state_dict({"key": 1}), ValueError, "missing or unknown"),
        (lambda: Collate(samplers.create("alias", COUNTS)), TypeError, "negatives must be Negatives, got Alias"),
        (
            lambda: next(iter(DataLoader(dataset(), collate_fn=Collate(make())))),
            TypeError,
            r"examples must carry their numbers, got tuple; write DataLoader\(Numbered\(dataset\)",
        ),
        (
            lambda: next(iter(DataLoader(Numbered(dataset()), collate_fn=Collate(make(), positive=3)))),
            ValueError,
            "positive=3 is no entry of the batch, which is a list of 3 entries",
        ),
        (
            lambda: next(iter(DataLoader(Numbered([{"item": 1}]), collate_fn=Collate(make(), positive="items")))),
            ValueError,
            r"positive='items' is no entry of the batch, which is a mapping with the keys \['item'\]",
        ),
        (
            lambda: next(iter(DataLoader(Numbered(range(3)), collate_fn=Collate(make(), user=0)))),
            ValueError,
            "user=0 is no entry of the batch, which is a Tensor",
        ),
        (
            lambda: Numbered(type("Rows", (IterableDataset,), {"__iter__": lambda self: iter([1])})()),
            TypeError,
            "dataset must have __getitem__ and __len__, got Rows",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_the_cure(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_positive_that_the_noise_never_draws_has_no_correction():
    negatives = Negatives(samplers.create("alias", [5, 0, 2], rng=1), 2, log_q=True)
    with pytest.raises(ValueError, match=r"positives\[1\] = 1 has weight 0 in the noise distribution"):
        negatives([0, 1], [2, 1])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_pinned_memory_needs_a_device():
    with pytest.raises(ValueError, match="pin_memory=True needs a CUDA device"):
        make(pin_memory=True)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_pinned_and_on_a_device():
    expected = make(log_q=True)(range(N), POSITIVES)
    pinned = make(log_q=True, pin_memory=True)(range(N), POSITIVES)
    sent = make(log_q=True, pin_memory=True, device="cuda")(range(N), POSITIVES)
    for ours, held, moved in zip(expected, pinned, sent, strict=True):
        assert held.is_pinned()
        assert moved.is_cuda
        assert torch.equal(ours, held)
        assert torch.equal(ours, moved.cpu())


def test_a_collate_function_of_the_user_gets_the_examples_alone():
    def collate(examples):
        assert all(len(example) == 3 for example in examples)
        return dict(zip(("number", "user", "item"), default_collate(examples), strict=True))

    loader = DataLoader(Numbered(dataset()), batch_size=N, collate_fn=Collate(make(), positive="item", collate=collate))
    batch, drawn = next(iter(loader))
    assert isinstance(drawn, Drawn)
    assert drawn.ids.tolist() == make()(range(N), POSITIVES).ids.tolist()
    assert batch["user"].tolist() == USERS.tolist()


def test_what_is_no_list_of_numbered_examples_is_refused_with_the_cure():
    data = Numbered(torch.arange(20))
    collate = Collate(make())
    with pytest.raises(TypeError, match=r"index must be an integer, got a list; .* batch_sampler="):
        data[[1, 2]]
    for examples in ([], data[3]):
        with pytest.raises(TypeError, match="examples must be a list of one example or more"):
            collate(examples)


def test_a_batch_of_numbered_examples_is_a_sequence_of_them():
    """User code that takes examples from the batch of a DataLoader sees a list of pairs."""
    batch = Numbered(torch.arange(20)).__getitems__([7, 3, 5])
    assert [tuple(example) for example in batch] == [(7, 7), (3, 3), (5, 5)]
    assert all(isinstance(example, NumberedExample) for example in (batch[0], batch[-1], *batch[1:], *batch))
    assert (len(batch), len(batch[1:]), batch[1:][0]) == (3, 2, (3, 3))
    collate = Collate(make())
    as_list = collate([*batch])
    assert torch.equal(collate(batch)[1].ids, as_list[1].ids)
    assert torch.equal(collate(batch)[0], as_list[0])


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([0.0, 1.0], TypeError, "row_ids must be integers, got dtype float64"),
        ([1, -1], ValueError, r"row_ids\[1\] = -1 lies outside"),
    ],
)
def test_indices_that_are_no_numbers_of_rows_are_refused(indices, error, message):
    class Any:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return 1

    with pytest.raises(error, match=message):
        Collate(make())(Numbered(Any()).__getitems__(indices))


def test_a_dataset_that_loses_examples_of_a_batch_is_named():
    class Losing(TensorDataset):
        def __getitems__(self, indices):
            return [self[0]]

    with pytest.raises(ValueError, match="the dataset returned 1 examples for 2 indices"):
        Numbered(Losing(torch.arange(9))).__getitems__([1, 2])


@pytest.mark.parametrize("device", ["cuda", "mps", "nowhere"])
def test_a_device_that_torch_cannot_use_is_refused_at_once(device):
    if device != "nowhere" and getattr(torch, device).is_available():
        pytest.skip(f"torch can use {device} here")
    with pytest.raises(ValueError, match=f"device.*'{device}'"):
        make(device=device)


@pytest.mark.parametrize("name", ["alias", "spectrum"])
def test_a_usual_batch_is_drawn_in_one_call_of_c_and_any_other_alike(name):
    """Columns of a tensor and lists take the short way; NumPy's integers, and an epoch that is named, the long way."""
    negatives = Negatives(samplers.create(name, COUNTS, rng=42), K)
    negatives.set_epoch(7)
    numbers = GENERATOR.permutation(N).tolist()
    column = torch.from_numpy(np.stack([USERS, POSITIVES], axis=1)).unbind(1)[1]
    assert not column.is_contiguous()
    at_once = negatives._sampler._stream.rows_at(negatives._cells, numbers, K, column, "raise")
    assert isinstance(at_once, np.ndarray)
    for given, positives in (
        (numbers, column),
        (np.array(numbers), POSITIVES),
        (torch.tensor(numbers), column.contiguous()),
        (list(np.array(numbers)), POSITIVES.tolist()),
    ):
        for epoch in (None, 7):
            np.testing.assert_array_equal(negatives(given, positives, epoch=epoch).ids, at_once)
    assert not (at_once == POSITIVES[:, None]).any()
    for wrong in (POSITIVES[:, None], np.full(N, -1), np.full(N, V), POSITIVES[1:], POSITIVES / 2):
        assert negatives._sampler._stream.rows_at(negatives._cells, numbers, K, wrong, "raise") is None
        with pytest.raises((TypeError, ValueError), match="positives"):
            negatives(numbers, wrong)


def test_a_batch_whose_attempts_are_used_up_is_finished():
    negatives = Negatives(samplers.create("alias", [10**15, 1, 1, 2, 3], rng=3, exponent=1.0), 2)
    rows, positives = list(range(12)), np.zeros(12, np.int64)
    expected = negatives._sampler.sample_rows(rows, np.int64(2), epoch=0, exclude=positives)
    for _ in range(2):
        np.testing.assert_array_equal(negatives(rows, positives).ids, expected)
