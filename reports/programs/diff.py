# SPDX-License-Identifier: MIT
"""``python -m reports diff A B``: compare the summaries of two reports, of two commits or of two machines.

A difference is significant if the bootstrap interval of the ratio does not include 1, and if the ratio is beyond the
threshold. The threshold is needed because two runs of the same code differ by more than the interval allows for.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samplers.commands.ending import Parser

from .. import noise, units
from ..statistics import CONFIDENCE, SAME, UNKNOWN, Ratio, mean_ratio, ratio
from ..summary import as_json
from .series import EXACT, Key, Summary, read_summary

SCHEMA = "samplers/report-diff/v1"
# Two runs differ by more than two processes of a run, for which the intervals allow. In two full runs of the same code
# on one shared machine, two hours apart, 10 % of 699 cells differed by more than 1.1 (the factor of `asv continuous`),
# 4 % by more than 1.2 and 2 % by more than 1.3.
THRESHOLD = 1.3
MACHINE = ("cpu", "cores", "ram_gib", "os", "simd", "threads", "caches")
HEADS = ("what", "of", "where", "A", "B", "B / A", "interval", "")
WORSE = 1


@dataclass(frozen=True)
class Change:
    """A measurement that both summaries contain.

    Attributes
    ----------
    key : tuple of str
        Benchmark, sampler, where.
    a, b : float
        The medians.
    ratio : Ratio
        B over A: a ratio above 1 is slower, or larger.
    significant : bool or None
        None if too few samples were recorded.
    """

    key: Key
    a: float
    b: float
    ratio: Ratio
    significant: bool | None

    @property
    def mark(self) -> str:
        """`+` slower or larger, `-` faster or smaller, `~` not significant, `?` unknown."""
        if self.significant is None:
            return UNKNOWN
        return SAME if not self.significant else "+" if self.ratio.value > 1 else "-"


def main(arguments: list[str]) -> int:
    """Compare two summaries and print the differences.

    Returns
    -------
    int
        0; 1 if a measurement is significantly slower or larger, or if a sampler newly fails its checks.
    """
    parser = Parser(
        prog="python -m reports diff",
        description=(__doc__ or "").replace("``", ""),
        epilog="Exit code: 0 nothing is worse, 1 something is significantly slower or larger or newly fails its "
        "checks, 2 a summary cannot be compared.",
    )
    parser.add_argument("a", type=Path, help="summary.json before the change, its folder, or the file of a machine")
    parser.add_argument("b", type=Path, help="summary.json after the change, its folder, or the file of a machine")
    parser.add_argument(
        "--threshold",
        type=float,
        default=THRESHOLD,
        help="ratios up to this number are not significant (default: %(default)s; two runs of the same code differ by "
        "more in one cell of 50)",
    )
    parser.add_argument("--all", action="store_true", help="also show differences that are not significant")
    parser.add_argument("--json", action="store_true", help="write JSON")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.threshold < math.inf:
        parser.error(f"--threshold must be 1 or more, and finite, got {chosen.threshold}")
    before, after = read_summary(chosen.a), read_summary(chosen.b)
    compared = changes(before, after, chosen.threshold)
    if chosen.json:
        print(as_json(document(before, after, compared, chosen.threshold)), end="")
    else:
        print("\n".join(text(before, after, compared, chosen)))
    worse = any(change.mark == "+" for change in compared) or bool(newly_failing(before, after))
    return WORSE if worse else 0


def changes(before: Summary, after: Summary, threshold: float) -> list[Change]:
    """The measurements that both summaries contain, in the order of the first."""
    shared = [key for key in before.cells if key in after.cells]
    return [change(key, before, after, threshold) for key in shared]


def change(key: Key, before: Summary, after: Summary, threshold: float) -> Change:
    """Compare one measurement; a number that is the same in every run (`EXACT`) is significant if it differs."""
    a, b = before.cells[key], after.cells[key]
    assert a.value is not None  # a summary's cells hold numbers
    assert b.value is not None
    if key[0] in EXACT:
        exact = b.value / a.value
        return Change(key, a.value, b.value, Ratio(exact, exact, exact), a.value != b.value)
    relative = ratio(b, a)
    assert relative is not None
    apart = relative.told_apart
    beyond = max(relative.value, 1 / relative.value) > threshold
    return Change(key, a.value, b.value, relative, None if apart is None else apart and beyond)


def newly_failing(before: Summary, after: Summary) -> list[str]:
    """The samplers that passed before and fail now."""
    return [name for name, status in after.status.items() if status == "fail" and before.status.get(name) == "pass"]


def differences(before: Summary, after: Summary, part: str, keys: Sequence[str] | None = None) -> dict[str, list[Any]]:
    """The entries of a part of the origin ("environment" or "packages") that differ, with both values."""
    a, b = before.origin.get(part) or {}, after.origin.get(part) or {}
    names = list(dict.fromkeys([*a, *b])) if keys is None else keys
    return {name: [a.get(name), b.get(name)] for name in names if a.get(name) != b.get(name)}


def means(before: Summary, after: Summary, compared: Sequence[Change]) -> dict[str, Ratio]:
    """The geometric mean ratio of each benchmark that has more than one cell."""
    groups: dict[str, list[Key]] = {}
    for change in compared:
        groups.setdefault(change.key[0], []).append(change.key)
    several = {name: keys for name, keys in groups.items() if len(keys) > 1}
    means = {
        name: mean_ratio([(after.cells[key], before.cells[key]) for key in keys]) for name, keys in several.items()
    }
    return {name: mean for name, mean in means.items() if mean is not None}


def text(before: Summary, after: Summary, compared: list[Change], chosen: argparse.Namespace) -> list[str]:
    """The comparison as lines of text for a terminal."""
    both = (("A", before), ("B", after))
    lines = [f"{name}: {origin_line(summary)}. Noise: {noise.in_words(summary.noise)}." for name, summary in both]
    lines += [f"{name} is indicative only: {units.listed(why)}." for name, summary in both if (why := doubts(summary))]
    machine, packages = differences(before, after, "environment", MACHINE), differences(before, after, "packages")
    if machine:
        listing = "; ".join(f"{name}: {a} -> {b}" for name, (a, b) in machine.items())
        lines.append(f"The machines differ, so the ratios compare machines too: {listing}.")
    if packages:
        lines.append("Versions differ: " + "; ".join(f"{name} {a} -> {b}" for name, (a, b) in packages.items()) + ".")
    labels = {**before.labels, **after.labels}
    lines += [
        f"{labels[name]} passed its fidelity checks in A and FAILS in B." for name in newly_failing(before, after)
    ]
    listed = [change for change in compared if chosen.all or change.significant]
    rows = [cells(change, labels) for change in sorted(listed, key=lambda change: change.key[0] in EXACT)]
    rows += [mean_cells(name, mean) for name, mean in means(before, after, compared).items() if name not in EXACT]
    if rows:
        lines += ["", *aligned([HEADS, *rows]), ""]
    marks = Counter(change.mark for change in compared)
    lines.append(
        f"{marks['+']} slower or larger, {marks['-']} faster or smaller, {marks[SAME]} not significant ({SAME}), "
        f"{marks[UNKNOWN]} with too few samples ({UNKNOWN}); "
        f"{len(before.cells) - len(compared)} only in A, {len(after.cells) - len(compared)} only in B. Significant: "
        f"the {units.percent(CONFIDENCE)} interval does not include 1 and the ratio is beyond {chosen.threshold:g}."
    )
    return lines if chosen.all else [*lines, "--all also shows the differences that are not significant."]


def doubts(summary: Summary) -> list[str]:
    """Why the times of a summary are indicative only; empty if nothing says so."""
    return [str(why) for why in summary.noise.get("indicative_only") or ()]


def origin_line(summary: Summary) -> str:
    """Commit, time and machine of a summary."""
    origin = summary.origin
    dirty = " with uncommitted changes" if origin.get("dirty") else ""
    cpu = (origin.get("environment") or {}).get("cpu") or "unknown processor"
    return f"commit {(origin.get('commit') or 'unknown')[:8]}{dirty}, {origin.get('measured') or 'unknown time'}, {cpu}"


def cells(change: Change, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The line of a measurement, a text per column of `HEADS`."""
    benchmark, name, where = change.key
    values = (units.scientific(value, 3) for value in (change.a, change.b))
    times = SAME if change.significant is False else f"{units.significant(change.ratio.value, 3)}×"
    span = "" if benchmark in EXACT else change.ratio.span
    return benchmark, labels.get(name, name), where, *values, times, span, change.mark


def mean_cells(name: str, mean: Ratio) -> tuple[str, ...]:
    """The line of a geometric mean, a text per column of `HEADS`."""
    return name, "geometric mean", "", "", "", mean.text, mean.span, mean.mark


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines in columns of equal width, with numbers on the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    sides = "<<<>>>><"
    return [
        "  ".join(f"{text:{side}{width}}" for text, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    ]


def document(before: Summary, after: Summary, compared: list[Change], threshold: float) -> Mapping[str, Any]:
    """The comparison, JSON-ready; `schema.md` describes its fields."""
    return {
        "schema": SCHEMA,
        "confidence": CONFIDENCE,
        "threshold": threshold,
        "a": {"commit": before.origin.get("commit"), "headline": before.headline, "noise": before.noise},
        "b": {"commit": after.origin.get("commit"), "headline": after.headline, "noise": after.noise},
        "machine": differences(before, after, "environment", MACHINE),
        "packages": differences(before, after, "packages"),
        "newly_failing": newly_failing(before, after),
        "means": {
            name: {"ratio": mean.value, "low": mean.low, "high": mean.high}
            for name, mean in means(before, after, compared).items()
        },
        "results": [
            {
                "benchmark": change.key[0],
                "of": change.key[1],
                "where": change.key[2],
                "a": change.a,
                "b": change.b,
                "ratio": change.ratio.value,
                "low": change.ratio.low,
                "high": change.ratio.high,
                "significant": change.significant,
            }
            for change in compared
        ],
        "only_in_a": [list(key) for key in before.cells if key not in after.cells],
        "only_in_b": [list(key) for key in after.cells if key not in before.cells],
    }
