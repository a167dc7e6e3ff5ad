# SPDX-License-Identifier: MIT
"""The section that compares machines: the same cells, each measured on its machine and checkable on any other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchmarks.machines.cells import HISTORIES, INTO, MACHINE, MANY, ONE, PLAIN

from .. import noise, units
from ..lasting import GENSIM
from ..machines.records import Machine, MachineTime, Place
from ..model import Report
from ..tables import Cell, Column, Table, by_column, headings, labels, numbers, texts, words
from .section import Section, Shown, Text

REQUESTS = {
    INTO: "into an array",
    PLAIN: "a new array",
    ONE: "one excluded id per row",
    HISTORIES: "a history per row",
}
SAME = ("cpu", "cores", "caches")  # of one kind of machine


def finding(report: Report) -> str:
    """How many times faster the fastest sampler is than gensim's loop, over all machines and V."""
    if not report.machines:
        return f"No machine has a file yet: run `{MACHINE.made_by}`."
    found = [
        (max(ratios), size, machine.name)
        for machine in report.machines
        for place, size in large_calls(machine)
        if (ratios := against(machine.at(place).values(), GENSIM.strategy))
    ]
    entries = f"{len(report.machines)} {'entry' if len(report.machines) == 1 else 'entries'}"
    kinds = len({kind(machine) for machine in report.machines})
    loud = sum(bool(noise.of_machine(machine)["indicative_only"]) for machine in report.machines)
    entries += f" ({loud} indicative only)" if loud else ""
    of = f"{entries} of {kinds} {'kind' if kinds == 1 else 'kinds'} of machine"
    if not found:
        return f"{of}: none has a time of {GENSIM.title}."
    least, most = min(found), max(found)
    return (
        f"In {of}, the fastest sampler is {units.ratio(least[0])} (V = {units.count(least[1])}, {least[2]}) to "
        f"{units.ratio(most[0])} times (V = {units.count(most[1])}, {most[2]}) faster than {GENSIM.title}."
    )


def kind(machine: Machine) -> str:
    """What two machines of one kind have in common."""
    return repr([machine.environment.get(key) for key in SAME])


def large_calls(machine: Machine) -> list[tuple[Place, int]]:
    """The cells of large calls into an array with V, in the order of V."""
    places = [
        (cell.place, machine.sizes[cell.law])
        for cell in machine.cells
        if (cell.rows, cell.request) == (MANY, INTO) and cell.law in machine.sizes
    ]
    return sorted(places, key=lambda pair: pair[1])


def against(times: Iterable[MachineTime], peer: str) -> list[float]:
    """How many times faster than a peer each time of a cell is, where that was measured."""
    return [time.ratios[peer] for time in times if peer in time.faster_than]


def kernels(report: Report) -> str:
    """What the kernels of a machine change: entries of one kind of machine that differ in the kernels alone."""
    groups: dict[str, list[Machine]] = {}
    for machine in report.machines:
        groups.setdefault(kind(machine), []).append(machine)
    sentences = []
    for group in groups.values():
        first, *others = sorted(group, key=lambda machine: mean(machine))
        for other in others:
            ratios = [b / a for a, b in pairs(first, other)]
            if first.environment["simd"] != other.environment["simd"] and ratios:
                sentences.append(
                    f"{first.environment['cpu']}: `{other.environment['simd']}` takes {units.ratio(min(ratios))} to "
                    f"{units.ratio(max(ratios))} times the time of `{first.environment['simd']}`, over the samplers of "
                    "this library and V."
                )
    return " ".join(sentences) or "No two entries differ in the kernels alone."


def pairs(a: Machine, b: Machine) -> list[tuple[float, float]]:
    """The medians of large calls of this library's samplers that both machines have."""
    return [
        (time.measurement.value or 0.0, there[time.sampler].measurement.value or 0.0)
        for place, _ in large_calls(a)
        for there in [b.at(place)]
        for time in a.at(place).values()
        if time.faster_than and time.sampler in there
    ]


def mean(machine: Machine) -> float:
    """The sum of the times of this library's samplers in large calls, to put the fastest kernels first."""
    return sum(median for median, _ in pairs(machine, machine))


def overview(report: Report) -> Table | None:
    """One machine per row; None if there is none."""
    found = report.machines
    if not found:
        return None
    return by_column(
        (words("machine"), headings(machine.name for machine in found)),
        (words("processor"), texts(machine.environment["cpu"] for machine in found)),
        (words("kernels"), texts(machine.environment["simd"] for machine in found)),
        (Column("cores"), numbers((machine.environment["cores"] for machine in found), units.count)),
        (words("caches"), texts(units.caches(machine.environment["caches"]) for machine in found)),
        (words("times"), [steadiness(machine) for machine in found]),
        (
            words("measured"),
            [Cell(machine.header.time[:10], commit_of(machine), machine.header.time) for machine in found],
        ),
        notes=(HOW,),
    )


HOW = (
    f"Each file is in `reports/published/machines`. `python -m reports verify FILE` recomputes its tables, audits and "
    f"ids on any machine, `python -m reports diff FILE FILE` compares two, and `{MACHINE.made_by}` measures yours; see "
    "docs/machines.md."
)


def steadiness(machine: Machine) -> Cell:
    """Whether its times are indicative only, and why."""
    stamp = noise.of_machine(machine)
    why, quiet = stamp["indicative_only"], Cell("quiet", noise.in_words(stamp), 0.0, "pass")
    return Cell("indicative only", "; ".join(why), 1.0, "skipped") if why else quiet


def commit_of(machine: Machine) -> str:
    """The commit that was measured; "" if it is unknown."""
    header = machine.header
    return f"commit {header.commit[:8]}{' and changes' if header.dirty else ''}" if header.commit else ""


def table(report: Report) -> Table | None:
    """One row per sampler and cell, one column per machine; None if there is no machine."""
    if not report.machines:
        return None
    sizes = {law: size for machine in report.machines for law, size in machine.sizes.items()}
    keys = list(dict.fromkeys((place, time.sampler) for place, time in times(report)))
    places = [place for place, _ in keys]
    return by_column(
        (words("sampler"), labels(report, (sampler for _, sampler in keys))),
        (words("noise distribution"), texts(law for law, *_ in places)),
        (Column("V"), [Cell(units.count(sizes.get(law)), sort=float(sizes.get(law, 0))) for law, *_ in places]),
        (Column("call"), [Cell(f"{rows:,} × {k}", sort=float(rows * k)) for _, rows, k, _ in places]),
        (words("request"), [Cell(REQUESTS.get(request, request), sort=request) for *_, request in places]),
        *(
            (Column(machine.name, "ns per id"), [time_cell(machine, place, sampler) for place, sampler in keys])
            for machine in report.machines
        ),
        notes=(NOTE,),
    )


NOTE = (
    "Median. Below it the number of times that the sampler is faster than each other library in the same rounds, the "
    "median of their ratios. Highlighted: the fastest of the cell on that machine. Compare the ratios: the times of "
    "two machines differ by their clocks too."
)


def times(report: Report) -> list[tuple[Place, MachineTime]]:
    """The times of all machines."""
    return [time for machine in report.machines for time in machine.times]


def time_cell(machine: Machine, place: Place, sampler: str) -> Cell:
    """A time with its ratios."""
    times = machine.at(place)
    time = times.get(sampler)
    if time is None:
        return Cell(units.NONE, title=machine.reasons.get(sampler, ""))
    ratios = "\n".join(f"{units.times(ratio)} {peer}" for peer, ratio in time.ratios.items())
    _, median, _ = time.ns
    fastest = median == min(other.ns[1] for other in times.values())
    return Cell(units.ns(median), ratios, median, "best" if fastest else "")


def record(report: Report) -> list[dict[str, Any]]:
    """Each machine with its noise and its times."""
    return [
        {
            "name": machine.name,
            "commit": machine.header.commit,
            "time": machine.header.time,
            "environment": dict(machine.environment),
            "noise": noise.of_machine(machine),
            "times": [
                {
                    "law": law,
                    "V": machine.sizes.get(law),
                    "rows": rows,
                    "k": k,
                    "request": request,
                    "sampler": time.sampler,
                    "ns_per_id": time.ns[1],
                    "q25": time.ns[0],
                    "q75": time.ns[2],
                    "faster_than": time.ratios,
                }
                for (law, rows, k, request), time in machine.times
            ],
        }
        for machine in report.machines
    ]


SECTION = Section(
    key="machines",
    title="Machines",
    link="Machines",
    finding=finding,
    blocks=(
        Text(
            "The same calls on several machines, or with several kernels of one. Anyone can check a file without its "
            "machine: its noise distributions, tables, audits and ids are the same everywhere."
        ),
        Shown("machine-list", "Processor, kernels, caches and noise of each machine", overview),
        Text(kernels),
        Shown(
            "machine-times",
            "Time per id by sampler, noise distribution, call and machine",
            table,
            summary=lambda report: f"All {len(times(report))} times of {len(report.machines)} entries",
        ),
    ),
    record=record,
    wide=True,
)
