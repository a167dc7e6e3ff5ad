# SPDX-License-Identifier: MIT
"""``python -m benchmarks.neighbours``: `alias` against samplers of libraries that users would install in its place.

Numba, vose, JAX and TensorFlow are in an environment of their own (``make neighbours``), because no benchmark of asv
needs them. Those that are not installed are left out, and the output says so. All samplers of a row of the table take
turns, so that a slow phase of the machine affects all. The law of each is checked with `samplers.check_fidelity`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

import samplers
from samplers.recommendation.timing import take_turns

from . import documents
from .suite import SEED
from .workloads import zipf

SIZES = (10**3, 10**4, 10**6)  # V, with Zipf counts
ROWS, K = 16_384, 5
ROUNDS, ROUND_SECONDS = 15, 0.02
CHECKED = 10**3  # with 2**20 draws, the expected count of the rarest id is 200


class Neighbour(samplers.SequentialSampler):
    """A sampler of a library that may not be installed."""

    package: str  # as it is imported

    @classmethod
    def unavailable(cls) -> str | None:
        return None if find_spec(cls.package) else f"{cls.package} is not installed"


class NumbaAlias(Neighbour):
    """The alias method in a few lines of Python that Numba compiles, with NumPy's generator."""

    package = "numba"
    info = samplers.Info(
        name="numba_alias", source="Vose 1991, doi:10.1109/32.92917, in numba", stream="numpy default_rng"
    )

    def _build(self) -> None:
        from numba import njit

        p = self.noise.probabilities
        self._threshold, self._alias = vose(p)

        @njit  # type: ignore[untyped-decorator]
        def fill(rng, threshold, alias, out):  # type: ignore[no-untyped-def]
            for row in range(out.shape[0]):
                for column in range(out.shape[1]):
                    u = rng.random() * len(threshold)
                    slot = int(u)
                    out[row, column] = slot if u - slot < threshold[slot] else alias[slot]

        self._compiled = fill

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        self._compiled(self._rng, self._threshold, self._alias, out)

    @property
    def nbytes(self) -> int:
        return int(self._threshold.nbytes + self._alias.nbytes)


class VoseSampler(Neighbour):
    """vose.Sampler, a package whose page says "faster than any other method available in Python"."""

    package = "vose"
    info = samplers.Info(name="vose", source="pypi: vose, vose.Sampler", stream="python random mt19937")

    def _build(self) -> None:
        self._weights = np.array(self.noise.probabilities)

    def _seed(self, rng: np.random.Generator) -> None:
        self._sampler = import_module("vose").Sampler(self._weights, seed=int(rng.integers(2**31)))

    def _fill(self, out: Any) -> None:
        out[...] = np.reshape(self._sampler.sample(out.size), out.shape)

    @property
    def nbytes(self) -> int:
        return 16 * len(self._weights)  # a double and a 64-bit integer for each id


class JaxChoice(Neighbour):
    """jax.random.choice(key, V, shape, p=p), compiled, on the CPU."""

    package = "jax"
    info = samplers.Info(name="jax_choice", source="jax.random.choice", stream="jax threefry2x32")

    def _build(self) -> None:
        import jax

        # JAX adds up probabilities in float32, so that the rarest ids of a large V have a wrong law.
        self._p = jax.numpy.asarray(self.noise.probabilities, dtype=jax.numpy.float32)
        self._compiled = jax.jit(
            lambda key, shape: jax.random.choice(key, len(self._p), shape, p=self._p), static_argnums=1
        )

    def _seed(self, rng: np.random.Generator) -> None:
        import jax

        self._key = jax.random.key(int(rng.integers(2**31)))

    def _fill(self, out: Any) -> None:
        import jax

        self._key, once = jax.random.split(self._key)
        out[...] = np.asarray(self._compiled(once, out.shape))

    @property
    def nbytes(self) -> int:
        return 4 * len(self.noise)


class TensorflowUnigram(Neighbour):
    """tf.random.fixed_unigram_candidate_sampler, which keeps its table in a kernel of a graph."""

    package = "tensorflow"
    info = samplers.Info(
        name="tensorflow_unigram",
        source="tf.random.fixed_unigram_candidate_sampler",
        stream="tensorflow philox",
    )

    def _build(self) -> None:
        self._weights = self.noise.probabilities.tolist()

    def _seed(self, rng: np.random.Generator) -> None:
        import tensorflow as tf

        seed, true = int(rng.integers(2**31)), tf.zeros((1, 1), dtype=tf.int64)

        # The table belongs to the operation. Without tf.function it would be built again in every call.
        def draw(size: int) -> Any:
            return tf.random.fixed_unigram_candidate_sampler(
                true, 1, size, False, len(self._weights), unigrams=self._weights, distortion=1.0, seed=seed
            )[0]

        self._compiled = tf.function(draw)

    def _fill(self, out: Any) -> None:
        out[...] = self._compiled(out.size).numpy().reshape(out.shape)

    @property
    def nbytes(self) -> int:
        return 8 * len(self._weights)


NEIGHBOURS: tuple[type[Neighbour], ...] = (NumbaAlias, VoseSampler, JaxChoice, TensorflowUnigram)
# Beside them, those of ours, and of libraries that the benchmarks of asv measure too.
OTHERS = ("scipy_alias_urn", "cum_table", "numpy_choice", "torch_one_call")


def vose(p: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Any, Any]:
    """Thresholds, float64 (V,), and aliases, int64 (V,), of the alias method (Vose 1991, doi:10.1109/32.92917)."""
    scaled = (p * len(p) / p.sum()).tolist()
    alias = list(range(len(p)))
    small = [slot for slot, share in enumerate(scaled) if share < 1]
    large = [slot for slot, share in enumerate(scaled) if share >= 1]
    while small and large:
        poor, rich = small.pop(), large[-1]
        alias[poor] = rich
        scaled[rich] -= 1 - scaled[poor]
        if scaled[rich] < 1:
            small.append(large.pop())
    for slot in (*small, *large):  # rounding errors only
        scaled[slot] = 1.0
    return np.array(scaled), np.array(alias)


def subjects() -> tuple[dict[str, type[samplers.Sampler]], list[str]]:
    """The strategies to time by name, `alias` first, and why others are left out."""
    from . import peers  # noqa: F401 - registers the samplers of the other libraries

    kinds: dict[str, type[samplers.Sampler]] = {"alias": samplers.get("alias")}
    reasons = []
    for kind in (*NEIGHBOURS, *(samplers.get(name) for name in OTHERS if name in samplers.names())):
        reason = kind.unavailable()
        if reason:
            reasons.append(f"{kind.info.name}: {reason}")
        else:
            kinds[kind.info.name] = kind
    return kinds, reasons


def measure(size: int, kinds: dict[str, type[samplers.Sampler]]) -> list[dict[str, Any]]:
    """Nanoseconds an id of each strategy over Zipf counts, and its time as a multiple of that of `alias`.

    Parameters
    ----------
    size : int
        V.
    kinds : dict
        The strategies by name. One is "alias".

    Returns
    -------
    list of dict
        "sampler", "size", "ns" (median), and "ratio", "q25", "q75" of the ratios of the rounds.
    """
    noise = samplers.NoiseDistribution(zipf(size))
    calls = {name: _call(kind(noise, rng=SEED)) for name, kind in kinds.items()}
    times = take_turns(calls, ROUNDS, ROUND_SECONDS)
    entries = []
    for name, seconds in times.items():
        low, ratio, high = (float(np.quantile(seconds / times["alias"], q)) for q in (0.25, 0.5, 0.75))
        ns = float(np.median(seconds)) / (ROWS * K) * 1e9
        entries.append({"sampler": name, "size": size, "ns": ns, "ratio": ratio, "q25": low, "q75": high})
    return entries


def _call(sampler: samplers.Sampler) -> Any:
    out = np.zeros((ROWS, K), dtype=np.int64)
    return lambda: sampler.sample(ROWS, K, out=out)


def failed_tests(kind: type[samplers.Sampler]) -> list[str]:
    """The names of the tests of the fidelity check that a strategy fails; empty if it is faithful."""
    result = samplers.check_fidelity(kind(samplers.NoiseDistribution(zipf(CHECKED)), rng=SEED), progress=False)
    return [test.name for test in result.tests if not test.passed]


def main(arguments: list[str] | None = None) -> int:
    """Measure, check, print the table and write the file; returns 0."""
    parser = documents.NEIGHBOURS.parser(__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, metavar="V", help="default: %(default)s")
    given = parser.parse_args(arguments)
    kinds, reasons = subjects()
    start = documents.Start.now()
    entries = [entry for size in track(given.sizes, "measuring") for entry in measure(size, kinds)]
    failed = {name: failed_tests(kind) for name, kind in track(list(kinds.items()), "checking the laws")}
    packages = dict(installed(kind.package) for kind in NEIGHBOURS if kind.unavailable() is None)
    content = {
        "packages": packages,
        "rounds": ROUNDS,
        "rows": ROWS,
        "k": K,
        "checked": CHECKED,
        "failed": failed,
        "left_out": reasons,
        "results": entries,
    }
    documents.write(documents.NEIGHBOURS, content, given.out, start)
    console = Console()
    console.print(table(entries, failed, given.sizes))
    for reason in reasons:
        console.print(f"left out: {reason}")
    console.print(str(given.out))
    return 0


def installed(package: str) -> tuple[str, str]:
    """The name and the version of what provides a package: tensorflow may come from tensorflow-cpu."""
    (name, *_) = packages_distributions()[package]
    return name, version(name)


def table(entries: list[dict[str, Any]], failed: dict[str, list[str]], sizes: Sequence[int]) -> Table:
    """The times as a table: a row for each sampler, with its time as a multiple of that of `alias`."""
    shown = Table("sampler", *(f"V = {size:,}" for size in sizes), "law", title="ns an id (times that of alias)")
    of = {(entry["sampler"], entry["size"]): entry for entry in entries}
    for name in failed:
        cells = [of[name, size] for size in sizes]
        law = "faithful" if not failed[name] else f"fails {failed[name][0]}"
        shown.add_row(name, *(f"{cell['ns']:.3g} ({cell['ratio']:.3g})" for cell in cells), law)
    return shown


if __name__ == "__main__":
    raise SystemExit(main())
