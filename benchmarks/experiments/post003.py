# SPDX-License-Identifier: MIT
"""Post 003: where to put the seed. A split that draws from the global generator explains the half-way case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from .experiment import Experiment, Figures, Outcome, Row

SEED = 201014  # the post's
EXAMPLES, VALIDATION, FEATURES, CLASSES = 1797, 200, 64, 10
HIDDEN, BATCH, RATE = 64, 32, 3e-3
MISLABELLED = 0.2
EPOCHS, SHORT_EPOCHS = 5, 2
WINDOW = 15  # batches of the moving mean that is taken away before curves are correlated


@dataclass(frozen=True)
class Way:
    """What is seeded: the global generator before the model or the trainer, or a generator of the split's own."""

    seeded: str = ""  # "model", "trainer" or "": the global generator at no place
    split: str = "global"  # "global"; "named": from a named stream; "own": from a generator that nothing seeds


WAYS = {
    "nowhere": Way(),
    "before the trainer": Way("trainer"),
    "before the model": Way("model"),
    "before the trainer, split from a generator of its own without a seed": Way("trainer", "own"),
    "nowhere, split from a named stream": Way("", "named"),
    "before the model, split from a named stream": Way("model", "named"),
}


@dataclass(frozen=True)
class Run:
    """A training: the loss of every batch, and fingerprints of the initial weights, of the split and of the result."""

    losses: Any
    initial: str
    split: str
    final: str


def digest(*arrays: Any) -> str:
    """The first 8 digits of the SHA-256 of arrays."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()[:8]


def examples() -> tuple[Any, Any]:
    """Features (n, 64) and classes (n,): ten clouds that overlap, as many as scikit-learn's digits.

    The post has MNIST, which no package of this project ships. What is seeded does not depend on the data.
    """
    generator = np.random.RandomState(0)
    centres = generator.normal(size=(CLASSES, FEATURES))
    classes = generator.randint(CLASSES, size=EXAMPLES)
    x = centres[classes] + 2 * generator.normal(size=(EXAMPLES, FEATURES))
    wrong = generator.random_sample(EXAMPLES) < MISLABELLED  # some examples are hard in every training, as digits are
    return x.astype(np.float32), np.where(wrong, generator.randint(CLASSES, size=EXAMPLES), classes)


def train(way: Way, epochs: int, hidden: int = HIDDEN) -> Run:
    """The order of the post: the model, the trainer, and within the training the split, which draws."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset, random_split

    from samplers.reproducibility import named_streams

    def seed(place: str) -> None:
        if way.seeded == place:
            torch.manual_seed(SEED)

    with torch.random.fork_rng(devices=[]):
        torch.seed()
        seed("model")
        layers = torch.nn.Linear(FEATURES, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, CLASSES)
        model = torch.nn.Sequential(*layers)
        initial = digest(*(p.detach().numpy() for p in model.parameters()))
        seed("trainer")
        x, y = examples()
        everything = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
        own: dict[str, Any] = {}
        if way.split == "named":
            own["generator"] = named_streams(SEED).torch("split")
        elif way.split == "own":
            own["generator"] = torch.Generator()
            own["generator"].seed()
        training, _ = random_split(everything, [EXAMPLES - VALIDATION, VALIDATION], **own)
        optimiser = torch.optim.Adam(model.parameters(), RATE)
        losses = []
        for _ in range(epochs):
            for batch, target in DataLoader(training, BATCH):  # not shuffled, as in the post
                loss = torch.nn.functional.cross_entropy(model(batch), target)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                losses.append(loss.item())
        final = digest(*(p.detach().numpy() for p in model.parameters()))
    return Run(np.array(losses), initial, digest(np.array(training.indices)), final)


def compared(a: Run, b: Run) -> dict[str, Any]:
    """What two trainings have in common."""
    curves = [run.losses - np.convolve(run.losses, np.ones(WINDOW) / WINDOW, "same") for run in (a, b)]
    inner = slice(WINDOW, -WINDOW)
    return {
        "initial": a.initial == b.initial,
        "split": a.split == b.split,
        "bits": a.final == b.final and np.array_equal(a.losses, b.losses),
        "gap": float(np.abs(a.losses - b.losses).mean()),
        "correlation": float(np.corrcoef(curves[0][inner], curves[1][inner])[0, 1]),
    }


def widened(split: str) -> dict[str, bool]:
    """With a unit more, seeded before the model: whether the split stays."""
    runs = [train(Way("model", split), 1, hidden) for hidden in (HIDDEN, HIDDEN + 1)]
    return {"split": runs[0].split == runs[1].split}


def run(short: bool = False) -> Outcome:
    """Measure each way twice; the short form has 2 epochs."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        epochs = SHORT_EPOCHS if short else EPOCHS
        found = {name: compared(train(way, epochs), train(way, epochs)) for name, way in WAYS.items()}
        wider = {split: widened(split)["split"] for split in ("global", "named")}
    finally:
        torch.set_num_threads(threads)
    cuda = torch.cuda.is_available()
    return Outcome(rows(found, wider, cuda), [table(found)], {"ways": found, "split stays when wider": wider})


def rows(found: dict[str, dict[str, Any]], wider: dict[str, bool], cuda: bool) -> list[Row]:
    """The claims of the post."""
    nowhere, trainer, model = (found[name] for name in ("nowhere", "before the trainer", "before the model"))
    own = found["before the trainer, split from a generator of its own without a seed"]
    named = found["nowhere, split from a named stream"]
    return [
        Row(
            "Without a seed, two trainings differ batch by batch.",
            f"The losses of batches are {nowhere['gap']:.3f} apart in the mean; their curves correlate at "
            f"{nowhere['correlation']:.2f}.",
            not nowhere["bits"] and not nowhere["initial"],
        ),
        Row(
            "With the seed after the model and before the trainer, the batches are nearer to each other. Perhaps CUDA"
            " or cuDNN.",
            f"They are {trainer['gap']:.3f} apart, and correlate at {trainer['correlation']:.2f}. The initial weights"
            f" are {'equal' if trainer['initial'] else 'different'}, the split is"
            f" {'equal' if trainer['split'] else 'different'}."
            f" {'CUDA is available, and not used.' if cuda else 'There is no CUDA here.'}",
            trainer["gap"] < nowhere["gap"],
            "The split is drawn within the training, after the seed, so that both have the same batches. With a split"
            f" from a generator that is not seeded, the correlation is {own['correlation']:.2f}; with the split alone"
            f" fixed and no seed, {named['correlation']:.2f}.",
            shown=trainer["split"]
            and not trainer["initial"]
            and min(trainer["correlation"], named["correlation"]) > 0.5 > own["correlation"],
        ),
        Row(
            "With the seed before the model, two trainings are identical.",
            f"All losses and weights are {'equal, bit for bit' if model['bits'] else 'not equal'}.",
            model["bits"],
        ),
        Row(
            "(Not in the post.) Does the split stay if the model has one unit more?",
            f"With one global generator it {'stays' if wider['global'] else 'changes'}; with `named_streams` it "
            f"{'stays' if wider['named'] else 'changes'}.",
            None,
            "What is drawn for the weights moves everything that is drawn after them. A stream of its own for each"
            " consumer does not move.",
            shown=wider["named"] and not wider["global"],
        ),
    ]


def table(found: dict[str, dict[str, Any]]) -> Figures:
    """A way a row."""
    word = {True: "equal", False: "differ"}
    lines = [
        [
            name,
            word[of["initial"]],
            word[of["split"]],
            word[of["bits"]],
            f"{of['gap']:.4f}",
            f"{of['correlation']:.3f}",
        ]
        for name, of in found.items()
    ]
    columns = ("seeded", "initial weights", "split", "all bits", "gap of batches", "correlation")
    return Figures("Two trainings, by where the seed is", columns, lines)


EXPERIMENT = Experiment(
    name="post003",
    title="Where to put the seed",
    claim="A seed after the model brings the batches nearer to each other, a seed before it makes trainings identical.",
    needs=("torch",),
    run=run,
)
