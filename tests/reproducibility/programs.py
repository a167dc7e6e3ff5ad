# SPDX-License-Identifier: MIT
"""Small trainings whose recordings are compared. ``python -m tests.reproducibility.programs FOLDER`` writes some.

A child process costs two seconds for torch, so it writes all recordings that its settings are about. The optimiser is
written out, because torch.optim takes two seconds more to import.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from samplers.reproducibility import Recorder


def integers(*shape: int, seed: int = 0) -> torch.Tensor:
    """Multiples of 2**-23 in [-1, 1), which are the same on every machine, and whose products have to be rounded."""
    values = np.random.RandomState(seed).randint(-(2**23), 2**23, shape, np.int64) / 2**23
    return torch.from_numpy(values.astype(np.float32))


def from_integers(model: nn.Module) -> None:
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.copy_(integers(*parameter.shape, seed=number) / 8)


class Words(nn.Module):
    """Skip-gram with negative sampling."""

    def __init__(self) -> None:
        super().__init__()
        self.centres, self.contexts = nn.Embedding(200, 32), nn.Embedding(200, 32)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        centres = self.centres(rows[:, 0])[:, :, None]
        scores = torch.bmm(self.contexts(rows[:, 1:]), centres)[:, :, 0]
        positive, negative = scores[:, 0], scores[:, 1:]
        functional = nn.functional
        return -(functional.logsigmoid(positive) + functional.logsigmoid(-negative).sum(1)).mean()


class Sum(nn.Module):
    """A sum of so many elements that several threads share it."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.empty(2**17))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return (self.weights * rows).sum()


class Dense(nn.Module):
    """A dense net over a batch of 64: its first product is the fingerprint "matmul 64x41x16"."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(41, 16), nn.Sigmoid(), nn.Linear(16, 1))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.layers(rows).abs().mean()


def record(path: Path, make: type[nn.Module], rows: torch.Tensor, *, weights: str = "integers", steps: int = 2) -> None:
    """Record a few steps of a training, with weights from integers or from torch's own initialisation."""
    torch.manual_seed(0)
    recorder = Recorder(path)
    model = make()
    if weights == "integers":
        from_integers(model)
    recorder.start(model)
    for _ in range(steps):
        with recorder.step(rows):
            model.zero_grad()
            model(rows).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= 0.1 * parameter.grad


def record_words(path: Path) -> None:
    """Counts in the order of a set of strings, which is that of their hashes."""
    words = {f"word {number}": number + 1 for number in range(100)}
    recorder = Recorder(path)
    recorder.stage("counts", {"counts": np.array([words[word] for word in set(words)])}, kind="counts")
    recorder.write()


def main(folder: Path) -> None:
    """Record all of them."""
    torch.set_num_threads(1)
    dense, words = integers(64, 41), torch.from_numpy(np.random.RandomState(0).randint(0, 200, (256, 7), np.int64))
    record(folder / "dense.json", Dense, dense)
    record(folder / "again.json", Dense, dense)
    record(folder / "dense of torch.json", Dense, dense, weights="torch")
    record(folder / "words.json", Words, words)
    record_words(folder / "vocabulary.json")
    record(folder / "one thread.json", Sum, integers(2**17, seed=9))
    torch.set_num_threads(2)
    record(folder / "two threads.json", Sum, integers(2**17, seed=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
