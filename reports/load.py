# SPDX-License-Identifier: MIT
"""Reads all inputs into one `Report`; `asv_results` reads the format of asv."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.checks import Sampler, read_fidelity
from benchmarks.documents import CLAIMS, FIDELITY, NEIGHBOURS, PRICES, finite, record

from .asv_results import (
    AXES,
    BUILD,
    FIRST_CALL,
    LIMIT,
    NBYTES,
    PEAK,
    POST004,
    SAMPLE,
    Cells,
    by_pair,
    headline_speeds,
    limit_parts,
    read_cells,
    read_run,
    started,
)
from .grid.read import read_grid, read_regret
from .hardware import read_instructions, read_roofline
from .model import Claim, Claims, Neighbours, NeighbourTime, Origin, Price, Prices, Report, Workload
from .noise import read_noise
from .strata import read_strata
from .training import read_quality, read_shares


def load(
    asv_dir: Path,
    fidelity: Path,
    command: str,
    commit: str | None = None,
    claims: Path | None = None,
    regions: Path | None = None,
    regret: Path | None = None,
    prices: Path | None = None,
    neighbours: Path | None = None,
    share: Path | None = None,
    quality: Path | None = None,
    noise: Path | None = None,
    instructions: Path | None = None,
    roofline: Path | None = None,
    strata: Path | None = None,
) -> Report:
    """Read all inputs.

    Parameters
    ----------
    asv_dir : Path
        The folder of asv's results.
    fidelity : Path
        The file of ``python -m benchmarks.fidelity``.
    command : str
        The command that produced the inputs, as the page shows it.
    commit : str, optional
        A hash or its beginning; default: the newest commit of the results.
    claims : Path, optional
        The file of ``python -m benchmarks.claims``; it may be missing.
    regions, regret : Path, optional
        The files of ``python -m benchmarks.regions`` and ``.regret``; they may be missing.
    prices : Path, optional
        The file of ``python -m benchmarks.prices``; it may be missing.
    neighbours : Path, optional
        The file of ``make neighbours``; it may be missing.
    share, quality : Path, optional
        The files of ``python -m benchmarks.sgns share`` and ``quality``; they may be missing.
    instructions, roofline, strata : Path, optional
        The files of ``python -m benchmarks.instructions``, ``.roofline`` and ``.strata``; they may be missing.
    noise : Path, optional
        The noise stamp of ``python -m benchmarks``; it may be missing.

    Raises
    ------
    InputError
        If an input is missing, damaged or of another version.
    """
    run, machine = read_run(asv_dir, commit)
    checked = read_fidelity(fidelity)
    document = checked.document
    cells = {name: read_cells(run, name) for name in run["results"]}
    names, order = axis(cells, 0, SAMPLE, BUILD, FIRST_CALL), axis(cells, 1, SAMPLE, BUILD)
    return Report(
        samplers=with_timed(checked.samplers, names),
        workloads=tuple(read_workloads(document["workloads"], order)),
        checks=checked.checks,
        origin=read_origin(run, machine, document, command),
        claims=None if claims is None else read_claims(claims),
        mutants=checked.mutants,
        **measurements(cells),
        grid=None if regions is None else read_grid(regions),
        regret=None if regret is None else read_regret(regret),
        prices=None if prices is None else read_prices(prices),
        neighbours=None if neighbours is None else read_neighbours(neighbours),
        shares=None if share is None else read_shares(share),
        quality=None if quality is None else read_quality(quality),
        noise=None if noise is None else read_noise(noise, run["commit_hash"]),
        instructions=None if instructions is None else read_instructions(instructions),
        roofline=None if roofline is None else read_roofline(roofline),
        strata=None if strata is None else read_strata(strata),
    )


def measurements(cells: Mapping[str, Cells]) -> dict[str, Any]:
    """The fields of a report that asv measured."""
    return {
        "speed": headline_speeds(cells.get(SAMPLE, {})),
        "build": by_pair(cells.get(BUILD, {})),
        "nbytes": by_pair(cells.get(NBYTES, {})),
        "peak": by_pair(cells.get(PEAK, {})),
        "first_call": by_pair(cells.get(FIRST_CALL, {})),
        "post004": {str(key[0]): cell for key, cell in cells.get(POST004, {}).items()},
        "limits": limit_parts(cells.get(LIMIT, {})),
        "axes": {name: cells[name] for name in AXES if name in cells},
    }


def axis(cells: Mapping[str, Cells], at: int, *names: str) -> list[str]:
    """The values of the parameter at position `at` for which the named benchmarks were run."""
    return list(dict.fromkeys(str(key[at]) for name in names for key in cells.get(name, {})))


def read_claims(path: Path) -> Claims | None:
    """The claimed ratios; None if they were not measured."""
    if not path.exists():
        return None
    document = CLAIMS.read(path)
    try:
        results = tuple(read_claim(result) for result in document["results"])
    except (KeyError, TypeError, ValueError) as error:
        raise CLAIMS.damaged(path, repr(error)) from None
    environment = dict(document.get("environment") or {})
    return Claims(
        results=results,
        command=document.get("command") or CLAIMS.made_by,
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
        rounds=document.get("rounds"),
        simd=environment.get("simd"),
    )


def read_claim(result: Mapping[str, Any]) -> Claim:
    """One claimed ratio from its JSON object.

    Raises
    ------
    ValueError
        If a text is no string, if a number is none, or if the sense is unknown.
    """
    goal, ratio = finite(result["goal"]), finite(result["ratio"])
    strings = isinstance(result["text"], str) and isinstance(result["unit"], str)
    if not strings or result["sense"] not in ("at least", "at most") or not goal or ratio is None:
        raise ValueError(result["text"])
    optional = {key: finite(result.get(key)) for key in ("q25", "q75", "own_ns", "other_ns")}
    return Claim(
        text=result["text"],
        sense=result["sense"],
        unit=result["unit"],
        reached=result["reached"] is True,
        goal=goal,
        ratio=ratio,
        **optional,
    )


def read_prices(path: Path) -> Prices | None:
    """The prices of usual requests; None if they were not measured."""
    if not path.exists():
        return None
    document = PRICES.read(path)
    try:
        results = tuple(read_price(result) for result in document["results"])
    except (KeyError, TypeError, ValueError) as error:
        raise PRICES.damaged(path, repr(error)) from None
    return Prices(
        results=results,
        plain=str(document.get("plain") or ""),
        commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
        rounds=document.get("rounds"),
    )


def read_neighbours(path: Path) -> Neighbours | None:
    """The samplers of other libraries; None if they were not measured."""
    if not path.exists():
        return None
    document = NEIGHBOURS.read(path)
    try:
        return Neighbours(
            times=tuple(
                NeighbourTime(str(r["sampler"]), int(r["size"]), float(r["ns"]), float(r["ratio"]))
                for r in document["results"]
            ),
            failed={name: tuple(map(str, tests)) for name, tests in document["failed"].items()},
            packages={name: str(number) for name, number in document["packages"].items()},
            left_out=tuple(map(str, document["left_out"])),
            commit=document.get("commit"),
            dirty=bool(document.get("dirty")),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NEIGHBOURS.damaged(path, repr(error)) from None


def read_price(result: Mapping[str, Any]) -> Price:
    """One price from its JSON object.

    Raises
    ------
    ValueError
        If a text is no string, if the goal is no number, or if there is neither a price nor a reason.
    """
    goal, price, refused = finite(result["goal"]), finite(result["price"]), result.get("refused", "")
    strings = all(isinstance(text, str) for text in (result["request"], result["unit"], refused))
    if not strings or not goal or (price is None) != bool(refused):
        raise ValueError(result["request"])
    return Price(
        request=result["request"],
        goal=goal,
        unit=result["unit"],
        price=price,
        reached=result["reached"] is True,
        refused=refused,
        **{key: finite(result.get(key)) for key in ("q25", "q75", "own_us", "plain_us")},
    )


def with_timed(described: tuple[Sampler, ...], timed: Iterable[str]) -> tuple[Sampler, ...]:
    """All samplers in the order of the registry; samplers that only asv knows come last, with their name alone."""
    known = {sampler.name for sampler in described}
    return described + tuple(Sampler(name) for name in dict.fromkeys(timed) if name not in known)


def read_workloads(described: Iterable[Mapping[str, Any]], timed: Iterable[str]) -> list[Workload]:
    """All workloads in the order of the benchmarks; workloads that differ only in V are together, sorted by V.

    Parameters
    ----------
    described : iterable of mapping
        The workloads of the fidelity file.
    timed : iterable of str
        Names of the workloads that asv measured.
    """
    known = {w["name"]: record(Workload, w) for w in described}
    names = list(dict.fromkeys([*timed, *known]))
    workloads = [known.get(name) or Workload(name, V=size_in(name)) for name in names]
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        first.setdefault(stem(name), i)
    return sorted(workloads, key=lambda w: (first[stem(w.name)], size_in(w.name) or 0))


def stem(name: str) -> str:
    """A workload's name without its size."""
    return re.sub(r"_\d+(?:e\d+)?$", "", name)


def size_in(name: str) -> int | None:
    """V from the name of a workload that is not described, such as zipf_1e6; None if the name has no size."""
    match = re.search(r"_(\d+(?:e\d+)?)$", name)
    return int(float(match[1])) if match else None


def read_origin(
    run: Mapping[str, Any], machine: Mapping[str, Any], document: Mapping[str, Any], command: str
) -> Origin:
    """The origin of the numbers, without the names of hosts and paths that asv stores."""
    environment = dict(document.get("environment") or {})
    packages = environment.pop("packages", None) or {}
    ram = finite(float(machine["ram"])) if str(machine.get("ram", "")).isdigit() else None
    facts = {
        "cpu": machine.get("cpu"),
        "cores": machine.get("num_cpu"),
        "os": machine.get("os"),
        "ram_gib": None if ram is None else round(ram / 2**30, 1),
    }
    environment = {k: v for k, v in (facts | environment).items() if v not in (None, "")}
    milliseconds = started(run)
    measured = datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    return Origin(
        command=command,
        commit=run["commit_hash"],
        measured=None if measured is None else f"{measured:%Y-%m-%d %H:%M} UTC",
        fidelity_command=document.get("command") or FIDELITY.made_by,
        fidelity_commit=document.get("commit"),
        dirty=bool(document.get("dirty")),
        seed=document.get("seed"),
        environment=environment,
        packages=packages,
    )
