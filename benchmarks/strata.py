# SPDX-License-Identifier: MIT
"""``python -m benchmarks.strata``: where do the negatives of each law fall, and how often do they hit a positive?

The ids are sorted by falling count. The *head* are the first ids that hold a third of the tokens of the corpus, the
*tail* the last ids that hold a third, and the *middle* are the others. Everything is added up from probabilities: no
ids are drawn. The positives are those of skip-gram: a row is an occurrence of a centre, with the words around it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

import samplers

from . import documents
from .sgns.corpus import Corpus, read_corpus
from .sgns.windows import SUBSAMPLE, WINDOW, Examples, examples, kept
from .suite import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

THIRDS = (1 / 3, 2 / 3)
STRATA = ("head", "middle", "tail")
POINTS = 60  # of each curve

# The laws that the library offers and that counts determine, by the name that a reader would write.
LAWS: dict[str, Callable[[NDArray[np.int64]], Any]] = {
    "uniform": lambda counts: samplers.uniform(len(counts)),
    "counts ** 0.5": lambda counts: samplers.NoiseDistribution(counts, exponent=0.5),
    "counts ** 0.75": lambda counts: samplers.NoiseDistribution(counts, exponent=0.75),
    "counts ** 1": lambda counts: samplers.NoiseDistribution(counts, exponent=1.0),
    "log-uniform": lambda counts: samplers.log_uniform(len(counts)),
    "half uniform, half counts ** 1": lambda counts: samplers.mixture(
        [(0.5, samplers.uniform(len(counts))), (0.5, samplers.NoiseDistribution(counts, exponent=1.0))]
    ),
}


def strata(counts: NDArray[np.int64]) -> tuple[slice, ...]:
    """The head, the middle and the tail of ids that are sorted by falling count.

    Parameters
    ----------
    counts : ndarray, int64 (V,)
        Positive, falling.
    """
    held = np.cumsum(counts) / counts.sum()
    first, second = (int(np.searchsorted(held, share)) + 1 for share in THIRDS)
    return slice(0, first), slice(first, second), slice(second, len(counts))


def hits(p: Floats, rows: Examples) -> dict[str, float]:
    """The probability that one negative is a positive, the mean over the rows.

    Parameters
    ----------
    p : ndarray, float64 (V,)
        The probabilities of the law.
    rows : Examples
        The occurrences of the centres, with their contexts.

    Returns
    -------
    dict of str to float
        "pair": it is the context of the pair, where a pair is a row. "window": it is one of the words around this
        occurrence. "corpus": it is one of the words that are around any occurrence of the centre.
    """
    pairs = rows.pairs()
    centres, contexts = pairs.centres, pairs.contexts[:, 0]
    met = np.unique(centres * len(p) + contexts)
    of_centre = np.bincount(met // len(p), weights=p[met % len(p)], minlength=len(p))
    return {
        "pair": float(p[contexts].mean()),
        "window": float(mass_of_sets(p, rows).mean()),
        "corpus": float(of_centre[centres].mean()),
    }


def mass_of_sets(p: Floats, rows: Examples) -> Floats:
    """The probability of the set of contexts of each row, each word once: float64 (n,)."""
    ordered = np.sort(np.where(rows.mask, rows.contexts, -1), axis=1)
    first = np.ones_like(rows.mask)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    mass: Floats = np.where(first & (ordered >= 0), p[ordered], 0.0).sum(axis=1)
    return mass


def curve(p: Floats, counts: NDArray[np.int64]) -> dict[str, list[float]]:
    """The share of the tokens and the share of the draws that the most frequent ids hold, at `POINTS` numbers of ids.

    The numbers of ids are spread over the logarithm of the rank, because the head has few ids.
    """
    at = np.unique(np.geomspace(1, len(counts), POINTS).round().astype(int)) - 1
    tokens, draws = np.cumsum(counts) / counts.sum(), np.cumsum(p)
    return {"tokens": [0.0, *tokens[at].tolist()], "draws": [0.0, *draws[at].tolist()]}


def measure(corpus: Corpus) -> dict[str, Any]:
    """All laws over a corpus, JSON-ready; the windows are those of one epoch, with a fixed seed."""
    rows = examples(corpus.documents, kept(corpus.counts), np.random.default_rng(SEED))
    parts = strata(corpus.counts)
    results = []
    for name, law in LAWS.items():
        p = law(corpus.counts).probabilities
        shares = {stratum: float(p[part].sum()) for stratum, part in zip(STRATA, parts, strict=True)}
        results.append({"law": name, "shares": shares, "hits": hits(p, rows), "curve": curve(p, corpus.counts)})
    return {
        "corpus": corpus.name,
        "V": len(corpus.counts),
        "tokens": int(corpus.counts.sum()),
        "rows": len(rows),
        "pairs": int(rows.mask.sum()),
        "window": WINDOW,
        "subsample": SUBSAMPLE,
        "ids": {stratum: part.stop - part.start for stratum, part in zip(STRATA, parts, strict=True)},
        "results": results,
    }


def table(found: dict[str, Any]) -> Table:
    """The shares and the hits of each law, in percent."""
    shown = Table(box=box.SIMPLE, pad_edge=False, title="% of the negatives", title_style="")
    shown.add_column("law")
    for stratum in STRATA:
        shown.add_column(f"{stratum}\n{found['ids'][stratum]:,} ids", justify="right")
    for kind in ("pair", "window", "corpus"):
        shown.add_column(f"hit\n{kind}", justify="right")
    for result in found["results"]:
        cells = [*result["shares"].values(), *result["hits"].values()]
        shown.add_row(result["law"], *(f"{100 * value:.3g}" for value in cells))
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Add up the shares, print them, and write the file; returns 2 if there is no corpus."""
    document = documents.STRATA
    parser = document.parser(__doc__)
    parser.add_argument(
        "--corpus", type=Path, metavar="FILE", help="a text, a document on each line; default: gensim's"
    )
    given = parser.parse_args(arguments)
    try:
        corpus = read_corpus(given.corpus)
    except (OSError, ValueError) as error:
        parser.error(f"--corpus: {error}")
    start = documents.Start.now()
    found = measure(corpus)
    documents.write(document, {"seed": SEED} | found, given.out, start)
    Console().print(table(found))
    print(given.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
