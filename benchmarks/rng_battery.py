# SPDX-License-Identifier: MIT
"""``python -m benchmarks.rng_battery``: the random words behind the ids, before any mapping, through test batteries.

Exits with 1 when Philox fails a test, 2 when no battery is installed. dieharder calls p < 1e-6 a failure; TestU01's
authors call p < 1e-10 a clear one (L'Ecuyer and Simard 2007, doi:10.1145/1268776.1268777), and so does this module.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count, product
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

import samplers
from samplers.commands.ending import Parser

from .batteries import BATTERIES, Battery, Tally
from .suite import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

MULTIPLIER, INCREMENT = 25214903917, 11  # java.util.Random, drand48, gensim, word2vec.c
LOW32 = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
CHUNK = 2**16  # words at once; the work arrays stay in a 2 MB cache
K = 5


@cache
def _jumps(n: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """What 1, 2, ..., n steps multiply the state by and add to it, modulo 2**64."""
    times, plus = np.array([MULTIPLIER], dtype=np.uint64), np.array([INCREMENT], dtype=np.uint64)
    while len(times) < n:
        times, plus = np.append(times, times * times[-1:]), np.append(plus, times * plus[-1:] + plus)
    return times[:n], plus[:n]


def lcg_states(state: int, n: int) -> NDArray[np.uint64]:
    """The n states after ``state`` of word2vec.c's LCG, uint64 (n,); their low 48 bits are gensim's."""
    times, plus = _jumps(n)
    return times * np.array([state], dtype=np.uint64) + plus


def philox_words(key: int, first: int, rows: int, k: int) -> NDArray[np.uint32]:
    """The k words of each of the rows ``first``, first + 1, ... of epoch 0, in order, uint32 (rows * k,).

    Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405) in the layout of ``docs/streams.md``: the words
    that ``alias`` reads for rows of k ids.
    """
    blocks = -(-k // 4)
    row = np.repeat(np.arange(first, first + rows, dtype=np.uint64), blocks)
    a, b = row & LOW32, row >> HALF
    c, d = np.tile(np.arange(blocks, dtype=np.uint64), rows), np.zeros_like(row)
    for i in range(10):
        k0 = np.uint64((key + i * 0x9E3779B9) & 0xFFFFFFFF)
        k1 = np.uint64(((key >> 32) + i * 0xBB67AE85) & 0xFFFFFFFF)
        p, q = np.uint64(0xD2511F53) * a, np.uint64(0xCD9E8D57) * c
        a, b, c, d = (q >> HALF) ^ b ^ k0, q & LOW32, (p >> HALF) ^ d ^ k1, p & LOW32
    words = np.stack([a, b, c, d], axis=-1).astype(np.uint32).reshape(rows, 4 * blocks)
    return words[:, :k].reshape(-1)


def _philox(seed: int) -> Iterator[NDArray[np.uint32]]:
    key = samplers.create("alias", [1], rng=seed).key  # type: ignore[attr-defined]  # alias is positional
    rows = CHUNK // 8
    for i in count():
        yield philox_words(key, i * rows, rows, K)


def _lcg(seed: int, shift: int) -> Iterator[NDArray[np.uint32]]:
    state = int(np.random.default_rng(seed).integers(2**64, dtype=np.uint64))
    while True:
        states = lcg_states(state, CHUNK)
        state = int(states[-1])
        yield (states >> np.uint64(shift)).astype(np.uint32)


@dataclass(frozen=True)
class Words:
    """A stream of 32-bit words.

    Attributes
    ----------
    about : str
    chunks : callable
        Of a seed; yields uint32 arrays without end.
    ours : bool
        Whether a failure is an error.
    """

    about: str
    chunks: Callable[[int], Iterable[NDArray[np.uint32]]]
    ours: bool = False


GENERATORS = {
    "philox": Words("Philox4x32-10, rows of 5 one after another (alias)", _philox, ours=True),
    # word2vec.c's state >> 16 has the same low 32 bits: its states end in gensim's 48 bits.
    "gensim": Words("48-bit LCG, bits 16 to 47: gensim's and word2vec.c's draw of an id", lambda seed: _lcg(seed, 16)),
    "word2vec_high": Words("64-bit LCG, bits 32 to 63 (word2vec.c, the top of the draw)", lambda seed: _lcg(seed, 32)),
    "word2vec_low": Words("64-bit LCG, bits 0 to 31 (word2vec.c's subsampling, and </s>)", lambda seed: _lcg(seed, 0)),
}


def run(battery: Battery, chunks: Callable[[], Iterable[NDArray[np.uint32]]], full: bool) -> Tally:
    """Pipe fresh streams into the commands of a battery, and add up their verdicts.

    Raises
    ------
    RuntimeError
        When a command ends without a result.
    """
    tallies = []
    for command in battery.commands(full):
        output = _pipe(command, chunks(), battery.order)
        tally = battery.parse(output)
        if tally.total == 0:
            raise RuntimeError(f"{battery.name}: {command} gave no result; it said\n{output[-2000:]}")
        tallies.append(tally)
    return sum(tallies, Tally())


def _pipe(command: list[str], chunks: Iterable[NDArray[np.uint32]], order: str) -> str:
    """What a command says of words on its standard input; it stops reading when it has enough."""
    with tempfile.TemporaryFile() as log:
        with (
            contextlib.suppress(BrokenPipeError),
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT) as process,
        ):
            assert process.stdin is not None  # for mypy
            for words in chunks:
                process.stdin.write(words.astype(order).tobytes())
        log.seek(0)
        return log.read().decode(errors="replace")


def table(found: dict[tuple[str, str], Tally], batteries: list[Battery]) -> Table:
    """Generators down, batteries across."""
    out = Table(
        "generator", *(f"{b.name}\npassed / weak / failed" for b in batteries), Column("failed", overflow="fold")
    )
    for name in dict.fromkeys(name for name, _ in found):
        cells = [found[name, b.name] for b in batteries]
        times = Counter(failure for cell in cells for failure in cell.failures)
        failures = ", ".join(test if n == 1 else f"{test} ({n} times)" for test, n in times.items())
        out.add_row(name, *(f"{c.passed} / {c.weak} / {c.failed}" for c in cells), failures or "none")
    return out


def main(arguments: list[str] | None = None) -> int:
    """Run and judge."""
    parser = Parser(prog="python -m benchmarks.rng_battery", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a few tests of each battery; default")
    size.add_argument("--full", action="store_true", help="dieharder -a, Crush, 16 GB of PractRand: hours")
    parser.add_argument("--generators", nargs="+", choices=list(GENERATORS), default=list(GENERATORS))
    chosen = parser.parse_args(arguments)
    console = Console()
    batteries = [b for b in BATTERIES if b.present()]
    for battery in BATTERIES:
        if battery not in batteries:
            console.print(f"{battery.name} is not here: {battery.how}", highlight=False)
    if not batteries:
        return 2
    found = {}
    with Progress(console=console, transient=True) as progress:
        pairs = list(product(chosen.generators, batteries))
        task = progress.add_task("", total=len(pairs))
        for name, battery in pairs:
            progress.update(task, description=f"{name}: {battery.name}")
            chunks = GENERATORS[name].chunks
            found[name, battery.name] = run(battery, lambda chunks=chunks: chunks(SEED), chosen.full)  # type: ignore[misc]
            progress.advance(task)
    for name in chosen.generators:
        console.print(f"{name}: {GENERATORS[name].about}", highlight=False)
    console.print(table(found, batteries))
    return int(any(tally.failed and GENERATORS[name].ours for (name, _), tally in found.items()))


if __name__ == "__main__":
    raise SystemExit(main())
