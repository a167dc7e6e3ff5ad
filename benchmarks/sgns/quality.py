# SPDX-License-Identifier: MIT
"""``python -m benchmarks.sgns quality``: does the way of drawing negatives change the vectors that are learned?

Trainings with the same seed share initial weights, examples and their order, and differ in the negatives alone. The
measures are the training loss and the agreement with wordsim353 and simlex999. A difference of two ways is taken
within each seed, on the same pairs of words. Its interval is Student's over the seeds. Beside it stands the standard
error over the pairs of words: what other words would have changed.

The quick form takes about three minutes. The long form (``--long``) takes about half an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import samplers

from .. import documents
from ..suite import SEED
from .corpus import Corpus, read_corpus
from .similarity import FILES, Judged, judged
from .step import OPTIMISERS, K, one_thread
from .training import Training

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFERENCE, CYCLED = "with replacement", "a pool, cycled"
# The ways of drawing: a strategy and its options.
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    REFERENCE: ("alias", {}),
    "without replacement": ("alias", {"replacement": False}),
    "a pool, used once": ("pool", {}),
    CYCLED: ("pool", {"reuse": True, "pool_size": 10_000}),
}
OPTIMISER = "Adam, fused"
LOSS = "loss"
CONFIDENCE = 0.95
RESAMPLES = 400


@dataclass(frozen=True)
class Form:
    """How much is trained; the seeds are 0, 1, ..."""

    ways: tuple[str, ...]
    seeds: int
    epochs: int


QUICK, LONG = Form((REFERENCE, CYCLED), 2, 2), Form(tuple(WAYS), 5, 3)


@dataclass
class Run:
    """A training.

    Attributes
    ----------
    way : str
    seed : int
    epochs : list of dict
        Mean loss and agreement after each epoch.
    cosines : dict of str to ndarray
        Of each list of pairs, after the last epoch.
    steps : int
    seconds : float
    """

    way: str
    seed: int
    epochs: list[dict[str, float]] = field(default_factory=list)
    cosines: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0

    def recorded(self) -> dict[str, Any]:
        """JSON-ready, without the cosines."""
        return {
            "way": self.way,
            "seed": self.seed,
            "epochs": self.epochs,
            "steps": self.steps,
            "seconds": self.seconds,
        }


def train(
    corpus: Corpus, lists: Sequence[Judged], way: str, seed: int, epochs: int, told: Callable[[], None] = lambda: None
) -> Run:
    """Train, and evaluate after each epoch; ``told`` is called then."""
    noise = samplers.NoiseDistribution(corpus.counts)
    name, options = WAYS.get(way, (way, {}))
    training = Training.begin(corpus, lambda rng: samplers.create(name, noise, rng=rng, **options), OPTIMISER, seed)
    run, start = Run(way, seed), time.perf_counter()
    for epoch in range(epochs):
        losses = list(training.steps(epoch + 1))
        vectors = training.step.model.tensors()["centres"].detach().numpy()
        run.cosines = {pairs.name: pairs.cosines(vectors) for pairs in lists}
        agreement = {pairs.name: pairs.agreement(run.cosines[pairs.name]) for pairs in lists}
        run.epochs.append({LOSS: float(np.mean(losses))} | agreement)
        run.steps += len(losses)
        told()
    run.seconds = time.perf_counter() - start
    return run


def differences(runs: Sequence[Run], lists: Sequence[Judged]) -> list[dict[str, Any]]:
    """For each way and measure: its difference from `REFERENCE` over the seeds that both have."""
    reference = {run.seed: run for run in runs if run.way == REFERENCE}
    found = []
    for way in dict.fromkeys(run.way for run in runs if run.way != REFERENCE):
        pairs = [(run, reference[run.seed]) for run in runs if run.way == way and run.seed in reference]
        for measure in (LOSS, *FILES) if pairs else ():
            values = np.array([run.epochs[-1][measure] - other.epochs[-1][measure] for run, other in pairs])
            low, high = interval(values) or (None, None)
            found.append(
                {
                    "way": way,
                    "measure": measure,
                    "mean": float(values.mean()),
                    "low": low,
                    "high": high,
                    "seeds": len(pairs),
                    "over_words": next((over_words(pairs, words) for words in lists if words.name == measure), None),
                }
            )
    return found


def interval(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """Student's interval of the mean of differences, one for each seed; None for a single seed."""
    from scipy.stats import t

    if len(values) < 2:
        return None
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half


def over_words(pairs: Sequence[tuple[Run, Run]], words: Judged) -> float:
    """The standard error of the mean difference over the pairs of words, from bootstrap samples of them.

    A sample has the same pairs of words on both sides and for all seeds.
    """
    rng = np.random.default_rng(SEED)
    means = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(len(words.scores), size=len(words.scores))
        means.append(
            np.mean(
                [
                    words.agreement(run.cosines[words.name], chosen)
                    - words.agreement(other.cosines[words.name], chosen)
                    for run, other in pairs
                ]
            )
        )
    return float(np.std(means, ddof=1))


def content(
    corpus: Corpus, lists: Sequence[Judged], form: Form, runs: Sequence[Run], gaps: list[dict[str, Any]]
) -> dict[str, Any]:
    """The content of the document of finished trainings."""
    return {
        "corpus": {"name": corpus.name, "tokens": corpus.tokens, "V": len(corpus.words)},
        "lists": {pairs.name: {"known": len(pairs.scores), "of": pairs.of} for pairs in lists},
        "optimiser": OPTIMISER,
        "rate": OPTIMISERS[OPTIMISER].rate,
        "k": K,
        "reference": REFERENCE,
        "confidence": CONFIDENCE,
        "seeds": form.seeds,
        "epochs": form.epochs,
        "runs": [run.recorded() for run in runs],
        "differences": gaps,
    }


def measure(corpus: Corpus, form: Form, out: Path) -> dict[str, Any]:
    """Train every way with every seed; the file is written after each training, so that Ctrl-C loses one at most."""
    start = documents.Start.now()
    lists = [judged(name, corpus.words) for name in FILES]
    runs: list[Run] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} epochs"))
    with one_thread(), Progress(*columns, TimeElapsedColumn()) as progress:
        task = progress.add_task("training", total=form.seeds * len(form.ways) * form.epochs)
        for seed in range(form.seeds):
            for way in form.ways:
                progress.update(task, description=f"seed {seed}, {way}")
                runs.append(train(corpus, lists, way, seed, form.epochs, lambda: progress.advance(task)))
                # Without `over_words`, which takes seconds.
                finished = content(corpus, lists, form, runs, differences(runs, []))
                documents.write(documents.QUALITY, finished, out, start)
    found = content(corpus, lists, form, runs, differences(runs, lists))
    documents.write(documents.QUALITY, found, out, start)
    return found


def tables(found: dict[str, Any]) -> list[Table]:
    """Means over the seeds, and the differences, each as a table that fits a terminal of 80 columns."""
    means = Table(box=box.SIMPLE, pad_edge=False, title="means over seeds after the last epoch")
    means.add_column("negatives")
    for name in (LOSS, *FILES):
        means.add_column(name, justify="right")
    for way in dict.fromkeys(run["way"] for run in found["runs"]):
        last = [run["epochs"][-1] for run in found["runs"] if run["way"] == way]
        means.add_row(way, *(f"{np.mean([values[name] for values in last]):.4f}" for name in (LOSS, *FILES)))
    gaps = Table(box=box.SIMPLE, pad_edge=False, title=f"difference from {found['reference']}, paired by seed")
    for name in ("negatives", "measure", "difference", f"{100 * found['confidence']:g} % over seeds", "s.e., words"):
        gaps.add_column(name, justify="left" if name in ("negatives", "measure") else "right")
    for gap in found["differences"]:
        ends = "one seed" if gap["low"] is None else f"{gap['low']:+.4f} {gap['high']:+.4f}"
        words = "" if gap["over_words"] is None else f"{gap['over_words']:.4f}"
        gaps.add_row(gap["way"], gap["measure"], f"{gap['mean']:+.4f}", ends, words)
    return [means, gaps]


def main(arguments: list[str] | None = None) -> int:
    """Train, write the file, and show the tables; returns 0, or 2 for a text that cannot be used."""
    parser = documents.QUALITY.parser(__doc__)
    parser.add_argument("--long", action="store_true", help="five seeds, four ways, three epochs: half an hour")
    parser.add_argument("--text", type=Path, help="a text in UTF-8, a document a line; default: gensim's corpora")
    parser.add_argument("--seeds", type=int, help="trainings of each way")
    parser.add_argument("--epochs", type=int, help="passes over the text")
    parser.add_argument("--sampler", action="append", default=[], metavar="NAME", help="also this strategy; may repeat")
    given = parser.parse_args(arguments)
    base = LONG if given.long else QUICK
    form = Form((*base.ways, *given.sampler), given.seeds or base.seeds, given.epochs or base.epochs)
    for option, value in (("--seeds", given.seeds), ("--epochs", given.epochs)):
        if value is not None and value < 1:
            parser.error(f"{option} must be at least 1, got {value}")
    for name in given.sampler:
        reason = f"there is no such strategy: {', '.join(samplers.names())}" if name not in samplers.names() else None
        if reason or (reason := samplers.why_unavailable(name)):
            parser.error(f"--sampler {name}: {reason}")
    try:
        found = measure(read_corpus(given.text), form, given.out)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    for shown in tables(found):
        Console().print(shown)
    print(given.out)
    return 0
