# SPDX-License-Identifier: MIT
"""Under Lightning and Accelerate, the negatives of an example in an epoch are those of one call with its number.

Both are installed by `make clients` alone. Warnings of their own code are not ours.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import samplers
from benchmarks.clients import script

torch = pytest.importorskip("torch", reason="torch is not installed")

from torch.utils.data import DataLoader, RandomSampler, TensorDataset  # noqa: E402

from samplers.integrations.torch import Collate, Negatives, Numbered, WeightedSampler  # noqa: E402

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]

N, V, K, BATCH, EPOCHS = 48, 20, 3, 8, 3
POSITIVES = torch.from_numpy(np.random.default_rng(1).integers(0, V, N))


def make():
    return Negatives(samplers.create("alias", np.arange(1, V + 1), rng=42), K)


def dataset():
    return Numbered(TensorDataset(torch.arange(N), POSITIVES))


def expected(epoch, numbers):
    return make()(numbers, POSITIVES[numbers], epoch=epoch).ids.tolist()


def run(section, folder, monkeypatch):
    monkeypatch.chdir(folder)
    made = {"__name__": "shown"}
    exec(compile(script(section), section, "exec"), made)
    return made


@pytest.fixture
def lightning():
    return pytest.importorskip("lightning", reason="lightning is not installed; `make clients` installs it")


@pytest.fixture
def accelerate():
    module = pytest.importorskip("accelerate", reason="accelerate is not installed; `make clients` installs it")
    yield module
    module.state.AcceleratorState._reset_state(reset_partial_state=True)


def test_the_program_for_lightning_runs_as_written(lightning, tmp_path, monkeypatch):
    run("Lightning", tmp_path, monkeypatch)


def order_of(kind, followers):
    """A sampler whose ``set_epoch`` sets the epoch of the followers too."""

    class Weighted(WeightedSampler):
        def set_epoch(self, epoch):
            super().set_epoch(epoch)
            for follower in followers:
                follower.set_epoch(epoch)

    class Shuffled(RandomSampler):
        def set_epoch(self, epoch):
            for follower in followers:
                follower.set_epoch(epoch)

    if kind == "shuffled":
        return Shuffled(range(N))
    return Weighted(samplers.uniform(N), N, replacement=False, rng=1)


def fit(lightning, place, kind, saved=None, save=None):
    """What a run drew: (epoch, numbers, ids) of each batch. A checkpoint is saved at ``save``, a path and a step."""
    drawn, negatives = [], make()
    order = order_of(kind, [negatives] if place == "collate" else [])
    collate = None if place == "loop" else Collate(negatives, positive=1)

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(()))

        def train_dataloader(self):
            return DataLoader(dataset(), BATCH, sampler=order, collate_fn=collate)

        def on_train_epoch_start(self):
            if place == "collate, by the hook":
                negatives.set_epoch(self.current_epoch)

        def training_step(self, batch, index):
            if place == "loop":
                numbers, (_, positives) = batch
                ids = negatives(numbers, positives, epoch=self.current_epoch).ids
            else:
                (numbers, _), (ids, *_) = batch
            drawn.append((self.current_epoch, numbers.tolist(), ids.tolist()))
            return self.weight

        def on_train_batch_end(self, *_):
            if save is not None and self.trainer.global_step == save[1]:
                self.trainer.save_checkpoint(save[0])

        def on_save_checkpoint(self, checkpoint):
            if kind == "weighted":
                done = self.trainer.fit_loop.epoch_loop.batch_progress.current.processed
                checkpoint["order"] = order.state_dict(done * BATCH)

        def on_load_checkpoint(self, checkpoint):
            if kind == "weighted":
                order.load_state_dict(checkpoint["order"])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    trainer = lightning.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Model(), ckpt_path=saved, weights_only=True)
    return drawn


IN_THE_MIDDLE, AT_THE_END = N // BATCH + 2, N // BATCH


@pytest.mark.parametrize("at", [IN_THE_MIDDLE, AT_THE_END])
@pytest.mark.parametrize("kind", ["weighted", "shuffled"])
@pytest.mark.parametrize("place", ["loop", "collate"])
def test_a_lightning_run_that_goes_on_draws_the_same(lightning, place, kind, at, tmp_path):
    whole = fit(lightning, place, kind, save=(tmp_path / "saved.ckpt", at))
    assert [epoch for epoch, _, _ in whole] == [epoch for epoch in range(EPOCHS) for _ in range(N // BATCH)]
    rest = fit(lightning, place, kind, saved=tmp_path / "saved.ckpt")
    assert rest[0][0] == 1
    for epoch, numbers, ids in [*whole, *rest]:
        assert ids == expected(epoch, numbers)
    if kind == "weighted":
        assert rest == whole[at:]


@pytest.mark.parametrize("at", [IN_THE_MIDDLE, AT_THE_END])
def test_an_epoch_that_the_hook_alone_sets_is_missed(lightning, at, tmp_path):
    """What docs/clients.md warns of, so that the test above sees it."""
    fit(lightning, "collate, by the hook", "weighted", save=(tmp_path / "saved.ckpt", at))
    epoch, numbers, ids = fit(lightning, "collate, by the hook", "weighted", saved=tmp_path / "saved.ckpt")[0]
    assert (epoch, ids) == (1, expected(0, numbers))


def test_the_program_for_accelerate_runs_as_written(accelerate, tmp_path, monkeypatch):
    made = run("Accelerate", tmp_path, monkeypatch)
    negatives, seen = made["negatives"], {}
    for (words, positives), drawn in made["loader"]:
        seen.update(zip(zip(words.tolist(), positives.tolist(), strict=True), drawn.ids.tolist(), strict=True))
    pairs = zip(made["words"].tolist(), made["contexts"].tolist(), strict=True)
    rows = negatives(range(320), made["contexts"], epoch=1).ids.tolist()
    found = {}
    for pair, row in zip(pairs, rows, strict=True):
        found.setdefault(pair, []).append(row)
    assert all(row in found[pair] for pair, row in seen.items())
    assert len(seen) == len(found)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_the_processes_of_accelerate_together_draw_what_one_call_draws(accelerate, ranks, workers):
    """The division is that of ``Accelerator.prepare``, which reads the number of processes from torch.distributed."""
    accelerate.PartialState(cpu=True)
    negatives, parts = make(), []
    for rank in range(ranks):
        order = WeightedSampler(samplers.uniform(N), N, replacement=False, rng=1, rank=0, world_size=1)
        loader = DataLoader(
            dataset(),
            BATCH,
            sampler=order,
            collate_fn=Collate(negatives, positive=1),
            num_workers=workers,
            persistent_workers=workers > 0,
            multiprocessing_context="fork" if workers else None,
        )
        parts.append(
            accelerate.data_loader.prepare_data_loader(
                loader, num_processes=ranks, process_index=rank, put_on_device=False, rng_types=[]
            )
        )
    for epoch in (0, 1):
        negatives.set_epoch(epoch)
        batches = [list(part) for part in parts]
        rows = [
            pair
            for (numbers, _), drawn in itertools.chain(*batches)
            for pair in zip(numbers.tolist(), drawn.ids.tolist(), strict=True)
        ]
        assert dict(rows) == dict(enumerate(expected(epoch, list(range(N)))))
        assert len(rows) == N


def test_accelerate_goes_on_in_the_middle_of_an_epoch(accelerate):
    accelerator = accelerate.Accelerator(cpu=True)
    negatives = make()
    loader = accelerator.prepare(DataLoader(dataset(), BATCH, collate_fn=Collate(negatives, positive=1)))
    negatives.set_epoch(1)
    whole = [drawn.ids.tolist() for _, drawn in loader]
    rest = [drawn.ids.tolist() for _, drawn in accelerator.skip_first_batches(loader, 2)]
    assert rest == whole[2:]
    assert whole[0] == expected(1, list(range(BATCH)))
