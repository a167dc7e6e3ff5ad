# SPDX-License-Identifier: MIT
"""``python -m reports diff A B``: two summaries side by side, of two commits or of two machines.

A difference counts where the bootstrap interval of the ratio leaves out 1 and the ratio is beyond the threshold as
well: the samples of a process are correlated, and two processes of the same code differ by some percent.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import InputError
from samplers.commands.ending import Parser

from . import units
from .series import EXACT, Key, Summary, read_summary
from .statistics import CONFIDENCE, SAME, UNKNOWN, Ratio, mean_ratio, ratio
from .summary import as_json

SCHEMA = "samplers/report-diff/v1"
# Medians of one process say little of the next one. Two full runs of the same code on one shared machine, two hours
# apart, had 10 % of 699 cells beyond 1.1, the factor of `asv continuous`, 4 % beyond 1.2 and 2 % beyond 1.3.
THRESHOLD = 1.3
MACHINE = ("cpu", "cores", "ram_gib", "os", "simd", "threads", "caches")
HEADS = ("what", "of", "where", "A", "B", "B / A", "interval", "")
WORSE = 1


@dataclass(frozen=True)
class Change:
    """A measurement that both summaries hold.

    Attributes
    ----------
    key : tuple of str
        Benchmark, sampler, where.
    ratio : Ratio
        B over A: above 1 is slower, or larger.
    significant : bool or None
        None where too few samples were recorded to tell.
    """

    key: Key
    a: float
    b: float
    ratio: Ratio
    significant: bool | None

    @property
    def mark(self) -> str:
        """`+` slower or larger, `-` faster or smaller, `~` not significant, `?` not known."""
        if self.significant is None:
            return UNKNOWN
        return SAME if not self.significant else "+" if self.ratio.value > 1 else "-"


def main(arguments: list[str]) -> int:
    """Compare; 0, 1 when something is significantly slower or newly fails, 2 when a summary cannot be compared."""
    parser = Parser(
        prog="python -m reports diff",
        description=(__doc__ or "").replace("``", ""),
        epilog="Exit code: 0 nothing is worse, 1 something is significantly slower or larger or newly fails its "
        "checks, 2 a summary cannot be compared.",
    )
    parser.add_argument("a", type=Path, help="summary.json, or the folder that holds it: before")
    parser.add_argument("b", type=Path, help="after")
    parser.add_argument(
        "--threshold",
        type=float,
        default=THRESHOLD,
        help="ratio up to which two runs of the same "
        "code differ (default: %(default)s, which one cell in 50 passes by chance)",
    )
    parser.add_argument("--all", action="store_true", help="show what is not significant too")
    parser.add_argument("--json", action="store_true", help="write JSON")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.threshold < math.inf:
        parser.error(f"--threshold must be 1 or more, and finite, got {chosen.threshold}")
    try:
        before, after = read_summary(chosen.a), read_summary(chosen.b)
    except InputError as error:
        print(f"python -m reports diff: {error}", file=sys.stderr)
        return 2
    found = changes(before, after, chosen.threshold)
    if chosen.json:
        print(as_json(document(before, after, found, chosen.threshold)), end="")
    else:
        print("\n".join(text(before, after, found, chosen)))
    worse = any(change.mark == "+" for change in found) or bool(newly_failing(before, after))
    return WORSE if worse else 0


def changes(before: Summary, after: Summary, threshold: float) -> list[Change]:
    """What both hold, in the order of the first."""
    shared = [key for key in before.cells if key in after.cells]
    return [change(key, before, after, threshold) for key in shared]


def change(key: Key, before: Summary, after: Summary, threshold: float) -> Change:
    """One measurement; what is the same in every run differs whenever it differs."""
    a, b = before.cells[key], after.cells[key]
    assert a.value is not None  # a summary's cells hold numbers
    assert b.value is not None
    if key[0] in EXACT:
        exact = b.value / a.value
        return Change(key, a.value, b.value, Ratio(exact, exact, exact), a.value != b.value)
    found = ratio(b, a)
    assert found is not None
    apart = found.told_apart
    beyond = max(found.value, 1 / found.value) > threshold
    return Change(key, a.value, b.value, found, None if apart is None else apart and beyond)


def newly_failing(before: Summary, after: Summary) -> list[str]:
    """Samplers that passed and now fail."""
    return [name for name, status in after.status.items() if status == "fail" and before.status.get(name) == "pass"]


def differences(before: Summary, after: Summary, part: str, keys: Sequence[str] | None = None) -> dict[str, list[Any]]:
    """What of the environment or the packages is not the same."""
    a, b = before.origin.get(part) or {}, after.origin.get(part) or {}
    names = list(dict.fromkeys([*a, *b])) if keys is None else keys
    return {name: [a.get(name), b.get(name)] for name in names if a.get(name) != b.get(name)}


def means(before: Summary, after: Summary, found: Sequence[Change]) -> dict[str, Ratio]:
    """The geometric mean of each benchmark with its interval; of several cells only."""
    groups: dict[str, list[Key]] = {}
    for one in found:
        groups.setdefault(one.key[0], []).append(one.key)
    several = {name: keys for name, keys in groups.items() if len(keys) > 1}
    means = {
        name: mean_ratio([(after.cells[key], before.cells[key]) for key in keys]) for name, keys in several.items()
    }
    return {name: mean for name, mean in means.items() if mean is not None}


def text(before: Summary, after: Summary, found: list[Change], chosen: argparse.Namespace) -> list[str]:
    """For a terminal."""
    lines = [f"{name}: {about(one)}" for name, one in (("A", before), ("B", after))]
    machine, packages = differences(before, after, "environment", MACHINE), differences(before, after, "packages")
    if machine:
        told = "; ".join(f"{name}: {a} -> {b}" for name, (a, b) in machine.items())
        lines.append(f"The machines differ, so the ratios compare machines too: {told}.")
    if packages:
        lines.append("Versions differ: " + "; ".join(f"{name} {a} -> {b}" for name, (a, b) in packages.items()) + ".")
    labels = {**before.labels, **after.labels}
    lines += [
        f"{labels[name]} passed its fidelity checks in A and FAILS in B." for name in newly_failing(before, after)
    ]
    shown = [one for one in found if chosen.all or one.significant]
    rows = [cells(one, labels) for one in sorted(shown, key=lambda one: one.key[0] in EXACT)]
    rows += [mean_cells(name, mean) for name, mean in means(before, after, found).items() if name not in EXACT]
    if rows:
        lines += ["", *aligned([HEADS, *rows]), ""]
    lines.append(
        f"{sum(one.mark == '+' for one in found)} slower or larger, {sum(one.mark == '-' for one in found)} faster or "
        f"smaller, {sum(one.mark == SAME for one in found)} not significant ({SAME}), "
        f"{sum(one.mark == UNKNOWN for one in found)} with too few samples ({UNKNOWN}); "
        f"{len(before.cells) - len(found)} only in A, {len(after.cells) - len(found)} only in B. Significant: the "
        f"{units.percent(CONFIDENCE)} interval leaves out 1 and the ratio is beyond {chosen.threshold:g}."
    )
    return lines + (
        [] if chosen.all else [f"--all shows what is not significant as well as the {len(shown)} that are."]
    )


def about(one: Summary) -> str:
    """Commit, time and machine of a summary."""
    origin = one.origin
    dirty = " with uncommitted changes" if origin.get("dirty") else ""
    cpu = (origin.get("environment") or {}).get("cpu") or "unknown processor"
    return f"commit {(origin.get('commit') or 'unknown')[:8]}{dirty}, {origin.get('measured') or 'unknown time'}, {cpu}"


def cells(one: Change, labels: Mapping[str, str]) -> tuple[str, ...]:
    """A line."""
    benchmark, of, where = one.key
    values = (units.scientific(value, 3) for value in (one.a, one.b))
    shown = SAME if one.significant is False else f"{units.significant(one.ratio.value, 3)}×"
    return benchmark, labels.get(of, of), where, *values, shown, "" if benchmark in EXACT else one.ratio.span, one.mark


def mean_cells(name: str, mean: Ratio) -> tuple[str, ...]:
    """The line of a geometric mean."""
    return name, "geometric mean", "", "", "", mean.text, mean.span, mean.mark


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equal width, numbers flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    sides = "<<<>>>><"
    return [
        "  ".join(f"{text:{side}{width}}" for text, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    ]


def document(before: Summary, after: Summary, found: list[Change], threshold: float) -> Mapping[str, Any]:
    """For programs; `schema.md` says what is in it."""
    return {
        "schema": SCHEMA,
        "confidence": CONFIDENCE,
        "threshold": threshold,
        "a": {"commit": before.origin.get("commit"), "headline": before.headline},
        "b": {"commit": after.origin.get("commit"), "headline": after.headline},
        "machine": differences(before, after, "environment", MACHINE),
        "packages": differences(before, after, "packages"),
        "newly_failing": newly_failing(before, after),
        "means": {
            name: {"ratio": mean.value, "low": mean.low, "high": mean.high}
            for name, mean in means(before, after, found).items()
        },
        "results": [
            {
                "benchmark": one.key[0],
                "of": one.key[1],
                "where": one.key[2],
                "a": one.a,
                "b": one.b,
                "ratio": one.ratio.value,
                "low": one.ratio.low,
                "high": one.ratio.high,
                "significant": one.significant,
            }
            for one in found
        ],
        "only_in_a": [list(key) for key in before.cells if key not in after.cells],
        "only_in_b": [list(key) for key in after.cells if key not in before.cells],
    }
