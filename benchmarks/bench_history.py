# SPDX-License-Identifier: MIT
"""How did the times of a few usual calls change from commit to commit? The benchmarks that ``asv publish`` shows.

The other benchmarks answer a question each, over all samplers and workloads, in some 3,700 cells. Their history is on
disk, and nobody reads a page of it. Each of these has no parameter and a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from . import bench_exclusion
from .bench_sample import MANY
from .suite import FEW, REPEAT, SEED, build, calls_for, not_applicable, ready, why_not
from .variants import create
from .workloads import noise_of

K = 5
Prepared = tuple[Callable[[], object], int]  # a call, and the number of calls in one sample


@dataclass(frozen=True)
class Headline:
    """A benchmark.

    Attributes
    ----------
    sampler : str
    what : str
        What is timed, as the pages of asv show it.
    prepare : callable
        Takes sampler, workload and rows, and returns the call; raises NotImplementedError if it is n/a.
    workload : str
    rows : int
    """

    sampler: str
    what: str
    prepare: Callable[[str, str, int], Prepared]
    workload: str = "english"
    rows: int = MANY

    @property
    def title(self) -> str:
        """The name on the pages of asv."""
        return f"{self.sampler}: {self.what}"


@cache
def draws(sampler: str, workload: str, rows: int) -> Prepared:
    """A call without exclusion, into an array that is made once, and the ids that it draws."""
    built, out, number = ready(sampler, workload, rows, K)
    return partial(built.sample, rows, K, out=out), number


def excluding(sampler: str, workload: str, rows: int) -> Prepared:
    """A call with one excluded id a row, of the rows of `bench_exclusion`."""
    not_applicable(why_not(sampler))
    return bench_exclusion.prepared(sampler, workload, "one")


@cache
def builds(sampler: str, workload: str, rows: int) -> Prepared:
    """The build of a sampler from a finished noise distribution."""
    build(sampler, workload)  # n/a if it cannot be built
    call = partial(create, sampler, noise_of(workload), rng=SEED)
    return call, calls_for(call)


HEADLINES = {
    "time_alias_english": Headline("alias", "English words, 16,384 rows of 5", draws),
    "time_spectrum_english": Headline("spectrum", "English words, 16,384 rows of 5", draws),
    "time_cum_table_english": Headline("cum_table", "English words, 16,384 rows of 5", draws),
    "time_pool_english": Headline("pool", "English words, 16,384 rows of 5", draws),
    "time_multinomial_zipf_1e4": Headline(
        "multinomial", "V = 10,000, 64 rows of 5 distinct ids", draws, "zipf_1e4", FEW
    ),
    "time_alias_distinct_english": Headline("alias_distinct", "English words, 16,384 rows of 5", draws),
    "time_alias_excluded_english": Headline(
        "alias", "English words, 1,024 rows of 5, one excluded id a row", excluding
    ),
    "time_alias_zipf_1e7": Headline("alias", "V = 10,000,000, 16,384 rows of 5", draws, "zipf_1e7"),
    "time_build_alias_english": Headline("alias", "English words, its build", builds),
}


def benchmark(name: str, headline: Headline) -> Callable[[], None]:
    """A function that asv times under a name: seconds per call."""

    def timed() -> None:
        timed.call()  # type: ignore[attr-defined]

    def setup() -> None:
        attributes.call, attributes.number = headline.prepare(headline.sampler, headline.workload, headline.rows)

    attributes: Any = timed
    attributes.__name__ = attributes.__qualname__ = name
    attributes.setup, attributes.pretty_name, attributes.__doc__ = setup, headline.title, headline.title
    attributes.version, attributes.timeout, attributes.repeat, attributes.warmup_time = "1", 300, REPEAT, 0.0
    return timed


# asv finds benchmarks by the names in a module.
globals().update({name: benchmark(name, headline) for name, headline in HEADLINES.items()})
