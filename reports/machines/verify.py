# SPDX-License-Identifier: MIT
"""``python -m reports verify FILE``: recompute what can be recomputed of a machine's file, and say what cannot.

Noise distributions, tables, audits and ids are computed again here, on another processor perhaps, and must be equal.
Quartiles and ratios are computed again from the rounds. Nobody can recompute the rounds, the environment and the noise:
they must be there and possible. No core draws an id in less time than it takes to store it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.documents import InputError, Noise
from benchmarks.machines.cells import CASES, CELLS, MACHINE, OURS, Case, Cell
from benchmarks.machines.proofs import contradictions, faster_than, middle
from samplers.commands.ending import Parser

from .. import noise, units
from .records import Machine, MachineCell, Place

PROGRAM = "python -m reports verify"
REFUSED, UNREADABLE = 1, 2
LARGEST = 100_000  # bytes of a file
FEWEST_ROUNDS = 5
# The fastest core that was measured stores an id of 8 bytes in its level-1 cache in 0.068 ns, and draws none meanwhile.
FASTEST = 0.05
SLOWEST = 1e9  # a second for an id
CLOSE = 1e-3  # rounded quotients of rounded numbers
SIMD = ("avx512", "avx2", "scalar")
COMMIT = re.compile(r"[0-9a-f]{40}")
# A turn is as long as a rough timing of the call says, which noise can double.
SHORTEST_TURN = 0.3
ROUNDED_UP = 1.05  # the kernel counts ticks of 10 ms


@dataclass(frozen=True)
class Finding:
    """What was found in a file.

    Attributes
    ----------
    wrong : tuple of str
        What contradicts itself or what was recomputed; empty if the file is right.
    lines : tuple of str
        What was checked, and what nobody can check, as text.
    """

    wrong: tuple[str, ...]
    lines: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """Check files.

    Returns
    -------
    int
        0 if nothing contradicts them; 1 if something does; 2 if a file cannot be read or recomputed.
    """
    parser = Parser(
        prog=PROGRAM,
        description=(__doc__ or "").partition(": ")[2],
        epilog="Exit code: 0 all that can be recomputed is right, 1 something is wrong, 2 a file cannot be checked.",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="written by `python -m reports submit`")
    codes = [checked(path) for path in parser.parse_args(arguments).files]
    return max(codes)


def checked(path: Path) -> int:
    """Check a file and print what was found; returns the exit code."""
    try:
        found = verified(MACHINE.load(Machine, path), path, CELLS, CASES)
    except InputError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return UNREADABLE
    except ImportError as error:
        print(f"{PROGRAM}: {path} cannot be recomputed: {error}: install it first", file=sys.stderr)
        return UNREADABLE
    print(path)
    for line in found.lines:
        print(f"  {line}")
    for text in found.wrong:
        print(f"  WRONG: {text}")
    print(f"  {'refused' if found.wrong else 'verified'}")
    return REFUSED if found.wrong else 0


def verified(machine: Machine, path: Path, cells: Sequence[Cell], cases: Sequence[Case]) -> Finding:
    """Recompute and check everything of a file.

    Parameters
    ----------
    machine : Machine
        The content of the file.
    path : Path
        Where the file is; the entry has the name of the file.
    cells, cases : sequence
        What a file must have.

    Raises
    ------
    ImportError
        If a package is missing without which a law cannot be made.
    """
    size = path.stat().st_size
    wrong = [f"the file has {size:,} bytes, and may have {LARGEST:,}"] if size > LARGEST else []
    wrong += contradictions(machine.tables, cases)
    wrong += of_cells(machine, cells)
    wrong += of_origin(machine, path.stem)
    shown = sum("ids" in table for table in machine.tables)
    stamp = noise.of_machine(machine)
    why = stamp["indicative_only"]
    lines = [
        f"recomputed here: noise distribution, table, audit and first ids of {len(cases)} tables; {shown} of them show "
        "1,000 ids",
        f"recomputed from its rounds: quartiles and ratios of {len(list(machine.times))} times",
        "cannot be recomputed by anyone: the rounds themselves, the environment, the noise, the date "
        "(another machine of the kind can measure again)",
        f"says of itself: {machine.environment['cpu']}, kernels {machine.environment['simd']}, {machine.header.time}, "
        f"{noise.in_words(stamp)}",
        *([noise.in_a_sentence(why)] if why else []),
    ]
    left = [f"{name} ({reason})" for name, reason in machine.reasons.items()]
    lines += [f"left out: {units.listed(left)}"] if left else []
    return Finding(tuple(wrong), tuple(lines))


def of_cells(machine: Machine, cells: Sequence[Cell]) -> list[str]:
    """What is wrong with the cells: one is missing, twice there or unknown, or has times that cannot be."""
    stated = Counter(cell.place for cell in machine.cells)
    declared = {cell.key: cell for cell in cells}
    found = [f"{where(key)}: the cell is missing" for key in declared if key not in stated]
    found += [f"{where(key)}: it is not one of the declared cells" for key in stated if key not in declared]
    found += [f"{where(key)}: the cell is there {n} times" for key, n in stated.items() if n > 1]
    found += [f"{name} may not be left out" for name in machine.reasons if name in OURS]
    for cell in machine.cells:
        if cell.place in declared:
            found += [f"{where(cell.place)}: {text}" for text in of_cell(cell, declared[cell.place], machine)]
    return found


def of_cell(cell: MachineCell, declared: Cell, machine: Machine) -> list[str]:
    """What is wrong with a cell."""
    names = [time.sampler for time in cell.times]
    wanted = [name for name in declared.samplers if name not in machine.reasons]
    if names != wanted:
        return [f"the times are of {units.listed(names) or 'nothing'}, and must be of {units.listed(wanted)}"]
    lengths = {len(time.rounds_ns) for time in cell.times}
    if lengths != {machine.rounds}:
        return [f"every time must have the {machine.rounds} rounds that the file states, got {sorted(lengths)}"]
    of = {time.sampler: np.array(time.rounds_ns, dtype=np.float64) for time in cell.times}
    found = []
    for time in cell.times:
        name, (q25, median, q75) = time.sampler, time.ns
        if not FASTEST <= of[name].min() <= of[name].max() <= SLOWEST:
            found.append(f"{name}: a round is not between {FASTEST} ns and a second per id")
        if not q25 <= median <= q75:
            found.append(f"{name}: the quartiles {time.ns} are not in order")
        if not equal(time.ns, middle(of[name])):
            found.append(f"{name}: the quartiles {time.ns} are not those of the rounds, {middle(of[name])}")
        ratios = faster_than(name, of)
        if time.faster_than.keys() != ratios.keys():
            found.append(f"{name}: ratios must be there to {units.listed(list(ratios)) or 'nothing'}")
            continue
        found += [
            f"{name}: the ratio to {peer} is {time.faster_than[peer]}, and {ratio} follows from the rounds"
            for peer, ratio in ratios.items()
            if not equal(time.faster_than[peer], ratio)
        ]
    return found


def of_origin(machine: Machine, name: str) -> list[str]:
    """What is wrong with the parts that nobody can recompute, in a file of this name."""
    found = [] if machine.name == name else [f"the name is {machine.name!r}, but the file is {name}.json"]
    if machine.rounds < FEWEST_ROUNDS:
        found.append(f"rounds is {machine.rounds}, and must be {FEWEST_ROUNDS} or more")
    if machine.environment["simd"] not in SIMD:
        found.append(f"the kernels are {machine.environment['simd']!r}, and must be one of {', '.join(SIMD)}")
    header = machine.header
    if header.commit is not None and not COMMIT.fullmatch(header.commit):
        found.append(f"the commit is {header.commit!r}, and must be 40 hexadecimal digits or null")
    try:
        datetime.strptime(header.time, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        found.append(f"the time is {header.time!r}, and must be as 2026-01-31T12:00:00Z")
    return found + (of_noise(machine, header.noise) if header.noise else [])


def of_noise(machine: Machine, stated: Noise) -> list[str]:
    """What is wrong with a noise stamp."""
    cores, found = machine.environment["cores"], []
    least = SHORTEST_TURN * machine.rounds * machine.round_seconds * len(list(machine.times))
    if not (0 <= stated.stolen <= 1 and 0 < stated.busy_cores <= ROUNDED_UP * cores):
        found.append(
            f"{stated.busy_cores} busy cores of {cores}, and {stated.stolen} of the time taken away, cannot be"
        )
    if stated.seconds < least:
        found.append(f"the noise is of {stated.seconds} s, but the times take {least:.1f} s or more")
    return found


def where(key: Place) -> str:
    """A cell in words."""
    law, rows, k, request = key
    return f"{law}, {rows} x {k}, {request}"


def equal(stated: Sequence[float], right: Sequence[float]) -> bool:
    """Whether three numbers are the recomputed ones, up to rounding."""
    return np.allclose(stated, right, rtol=CLOSE, atol=0)
