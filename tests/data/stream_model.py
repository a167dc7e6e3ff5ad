# SPDX-License-Identifier: MIT
"""The stream ``philox4x32-10/v1`` in plain Python integers, as slow and as plain as can be.

It shares no code with the library. ``python tests/data/stream_model.py`` writes the known answers beside it
(``philox4x32-10-v1.json``): they pin the stream for ever, so they are only ever added to.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import isqrt
from pathlib import Path

KNOWN_ANSWERS = Path(__file__).with_name("philox4x32-10-v1.json")
M32 = 2**32 - 1
ATTEMPTS, REFINE, SPARES = 128, 128, 24
EXACT_KEY, SPARE_KEY, M64 = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 2**64 - 1


@lru_cache(maxsize=1 << 16)
def philox(key: int, counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """One block of Philox4x32-10: Salmon et al. 2011, section 3.3."""
    k0, k1 = key & M32, key >> 32
    a, b, c, d = counter
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (q >> 32) ^ b ^ k0, q & M32, (p >> 32) ^ d ^ k1, p & M32
        k0, k1 = (k0 + 0x9E3779B9) & M32, (k1 + 0xBB67AE85) & M32
    return a, b, c, d


def word(key: int, row: int, epoch: int, index: int, tag: int) -> int:
    """Word `index` of a row under a tag (the attempt, +128 for a refine word)."""
    return philox(key, (row & M32, row >> 32, tag << 24 | index // 4, epoch))[index % 4]


def weights_of(counts: Sequence[int], quarters: int) -> list[int]:
    """floor(count ** (quarters / 4) * 2**s), the largest s that keeps the largest below 2**62."""
    s = (248 - (max(counts) ** quarters).bit_length()) // 4  # -1 for counts of 2**62 and more at exponent 1
    shifted = [c**quarters << 4 * s if s >= 0 else c**quarters >> -4 * s for c in counts]
    return [max(1, isqrt(isqrt(x))) if c else 0 for c, x in zip(counts, shifted, strict=True)]


def classes_of(weights: Sequence[int]) -> tuple[list[tuple[int, list[int]]], bool]:
    """(weight, its ids) in class order, and whether ids are in that order already."""
    positive = [(w, i) for i, w in enumerate(weights) if w]
    falls = any(a < b for a, b in zip(weights[1:], weights, strict=False))
    rises = any(a > b for a, b in zip(weights[1:], weights, strict=False))
    if (falls and rises) or not falls:
        positive.sort()
    groups: dict[int, list[int]] = {}
    for w, i in positive:
        groups.setdefault(w, []).append(i)
    return list(groups.items()), not (falls and rises)


def units_of(masses: Sequence[int], rank: Sequence[int], bits: int) -> list[int]:
    """Largest remainders: 2**bits units to things of these masses; among equal remainders `rank` decides."""
    total = sum(masses)
    shares = [Fraction(mass << bits, total) for mass in masses]
    units = [max(1, int(share)) for share in shares]
    shares = [max(share, Fraction(1)) for share in shares]  # one that was lifted has had its turn
    left = (1 << bits) - sum(units)
    assert left >= 0, "ids were lifted at the cost of others: not modelled"
    by_remainder = sorted(range(len(masses)), key=lambda i: (units[i] - shares[i], rank[i]))
    for i in by_remainder[:left]:
        units[i] += 1
    return units


def alias_rows(units: Sequence[int], slots: int, full: int) -> list[tuple[int, int]]:
    """(kept units, alias) of every slot: the sweep of Huebschle-Schneider and Sanders, ids rising."""
    units = [*units, *[0] * (slots - len(units))]
    assert sum(units) == slots * full
    light = iter([i for i in range(slots) if units[i] < full])
    heavy = iter([i for i in range(slots) if units[i] >= full])
    rows: list[tuple[int, int]] = [(0, i) for i in range(slots)]
    donor = next(heavy)
    rest = units[donor]
    for _ in range(slots - 1):
        if rest > full:  # tops up a light id
            taker = next(light)
            rows[taker] = (units[taker], donor)
            rest -= full - units[taker]
        else:  # is topped up by the next heavy id, unless it fills its slot alone
            after = next(heavy)
            rows[donor] = (rest, after) if rest < full else (0, donor)
            rest += units[after] - full
            donor = after
    return rows


@dataclass(frozen=True)
class Table:
    """What is drawn from: an alias table, and for spectrum the classes it chooses from."""

    bits: int
    slot_bits: int
    rows: Sequence[tuple[int, int]]
    classes: Sequence[tuple[int, int]] | None = None  # first place and size
    order: Sequence[int] | None = None  # id of a place; None: itself
    masses: Sequence[int] = ()  # weight of every id, for the exact path

    def cell(self, key: int, epoch: int, row: int, column: int, attempt: int = 0) -> int | None:
        """The id of one cell and attempt; None if it gives none."""
        index = column if self.classes is None else 2 * column
        rest = 32 - self.bits
        first = word(key, row, epoch, index, attempt)
        slot, left = first >> rest, first & ((1 << rest) - 1)
        uniform = left << 32 | word(key, row, epoch, index, attempt | REFINE)
        kept, alias = self.rows[slot]
        chosen = slot if uniform < kept << 64 - self.bits - self.slot_bits else alias
        if self.classes is None:
            return chosen
        start, size = self.classes[chosen]
        tries = [(key, attempt), *((key + j * SPARE_KEY & M64, attempt | REFINE) for j in range(SPARES + 1))]
        for under, tag in tries:
            product = word(under, row, epoch, index + 1, tag) * size
            if product & M32 >= 2**32 % size:
                break
        place = start + (product >> 32)
        return place if self.order is None else self.order[place]

    def row(
        self, key: int, epoch: int, row: int, k: int, distinct: bool = False, excluded: Iterable[int] = ()
    ) -> tuple[list[int], bool]:
        """The ids of a row, and whether a column used up its attempts."""
        refused, ids = set(excluded), []
        for column in range(k):
            for attempt in range(ATTEMPTS):
                found = self.cell(key, epoch, row, column, attempt)
                if found is not None and found not in refused:
                    break
            else:
                return ids + self.exactly(key, epoch, row, range(column, k), distinct, refused), True
            ids.append(found)
            if distinct:
                refused.add(found)
        return ids, False

    def exactly(self, key: int, epoch: int, row: int, columns: range, distinct: bool, refused: set[int]) -> list[int]:
        """The columns after one has used up its attempts."""
        left = [0 if i in refused else mass for i, mass in enumerate(self.masses)]
        ids = []
        for column in columns:
            ends = list(accumulate(left))
            words = philox(key ^ EXACT_KEY, (row & M32, row >> 32, column, epoch))
            uniform = sum(w << 32 * j for j, w in enumerate(words))
            ids.append(bisect_right(ends, uniform * ends[-1] >> 128))
            if distinct:
                left[ids[-1]] = 0
        return ids


def alias_table(weights: Sequence[int]) -> Table:
    """Walker's table over ids, 2**32 units a slot."""
    bits = (len(weights) - 1).bit_length()
    groups, _ = classes_of(weights)
    ids = [i for _, members in groups for i in members]
    units = [0] * len(weights)
    shared = units_of([weights[i] for i in ids], range(len(ids)), bits + 32)
    for i, unit in zip(ids, shared, strict=True):
        units[i] = unit
    return Table(bits, 32, alias_rows(units, 1 << bits, 2**32), masses=weights)


def spectrum_table(weights: Sequence[int]) -> Table:
    """Walker's table over classes, 2**62 units in all."""
    groups, in_order = classes_of(weights)
    bits = (len(groups) - 1).bit_length()
    units = units_of([w * len(ids) for w, ids in groups], range(len(groups)), 62)
    ids = [i for _, members in groups for i in members]
    starts = [0, *accumulate(len(members) for _, members in groups)]
    if in_order:  # the ids of a class are consecutive: places are ids
        starts, order = [members[0] for _, members in groups], None
    else:
        order = ids
    return Table(
        bits,
        62 - bits,
        alias_rows(units, 1 << bits, 2 ** (62 - bits)),
        [(start, len(members)) for start, (_, members) in zip(starts, groups, strict=False)],
        order,
        weights,
    )


class Uniform(Table):
    """A law of equal weights, which has no table."""

    def cell(self, key: int, epoch: int, row: int, column: int, attempt: int = 0) -> int | None:
        """The high half of word * V, unless the low half is below 2**32 mod V."""
        n_ids = len(self.masses)
        high, low = divmod(word(key, row, epoch, column, attempt) * n_ids, 2**32)
        return high if low >= 2**32 % n_ids or attempt == ATTEMPTS - 1 else None


def uniform_table(weights: Sequence[int]) -> Uniform:
    """What stands for a table: the weights, which must be equal."""
    assert min(weights) == max(weights) > 0
    return Uniform(0, 0, [], masses=weights)


TABLES = {"alias": alias_table, "spectrum": spectrum_table, "uniform": uniform_table}

_ZIPF = [10 * 300 // (i + 3) for i in range(300)]
_MIXED = [0, 30, 1000, 7, 0, 400, 90, 3, 55, 0, 7, 7, 30]
_FAR = [0, 1, 2**32 - 1, 2**32, 2**40 + 3, 2**63 - 1]


def _cases() -> Iterable[dict[str, object]]:
    for strategy in ("alias", "spectrum"):
        shared = {"strategy": strategy, "quarters": 3, "replacement": True, "excluded": []}
        yield {**shared, "counts": _ZIPF, "key": 0, "epoch": 0, "rows": [0, 1, 2, 3], "k": 5}
        yield {**shared, "counts": _ZIPF[::-1], "key": 2**64 - 1, "epoch": 2**32 - 1, "rows": _FAR, "k": 7}
        yield {**shared, "counts": _MIXED, "key": 0x299F31D0A4093822, "epoch": 3, "rows": _FAR, "k": 9}
        yield {**shared, "counts": [3], "quarters": 4, "key": 1, "epoch": 0, "rows": [0], "k": 2}
        shared["replacement"] = False
        yield {**shared, "counts": _MIXED, "key": 42, "epoch": 1, "rows": _FAR, "k": 10}
        yield {**shared, "counts": _ZIPF, "key": 43, "epoch": 0, "rows": [7], "k": 80}
        # The heavy id is drawn first; then 128 attempts are not enough and the exact path goes on.
        heavy = [1, 10**9, 2, 3, 2, 1]
        yield {**shared, "counts": heavy, "quarters": 4, "key": 44, "epoch": 5, "rows": _FAR, "k": 6}
        excluded = [[2], [2, 5, 6], [], [12, 1], [1, 2, 3, 5, 6, 7, 8, 10, 11], [5]]
        yield {**shared, "counts": _MIXED, "key": 45, "epoch": 0, "rows": _FAR, "k": 1, "excluded": excluded}
        shared["replacement"] = True
        yield {**shared, "counts": _MIXED, "key": 46, "epoch": 0, "rows": _FAR, "k": 6, "excluded": excluded}
        one_out = [[1]] * 3
        rows = [9, 2**33, 10]
        yield {
            **shared,
            "counts": heavy,
            "quarters": 4,
            "key": 47,
            "epoch": 0,
            "rows": rows,
            "k": 4,
            "excluded": one_out,
        }


def _uniform_cases() -> Iterable[dict[str, object]]:
    shared = {"strategy": "uniform", "quarters": 3, "excluded": [], "rows": _FAR, "epoch": 0}
    yield {**shared, "replacement": True, "counts": [7] * 10, "key": 0, "k": 5}
    yield {**shared, "replacement": True, "counts": [1] * 1000, "key": 2**64 - 1, "epoch": 2**32 - 1, "k": 9}
    yield {**shared, "replacement": True, "counts": [3], "key": 1, "k": 2}
    yield {**shared, "replacement": False, "counts": [7] * 10, "key": 42, "epoch": 1, "k": 10}
    yield {**shared, "replacement": False, "counts": [2] * 300, "key": 43, "k": 300}  # with the exact path
    excluded = [[2], [2, 5, 6], [], [9, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9], [5]]
    yield {**shared, "replacement": False, "counts": [7] * 10, "key": 45, "k": 1, "excluded": excluded}
    yield {**shared, "replacement": True, "counts": [7] * 10, "key": 46, "k": 6, "excluded": excluded}
    most = [sorted({*range(1000)} - {17 * i, 500, 999}) for i in range(len(_FAR))]  # the exact path in most columns
    yield {**shared, "replacement": True, "counts": [1] * 1000, "key": 47, "k": 4, "excluded": most}


def known_answers() -> list[dict[str, object]]:
    """The cases with their ids."""
    answers = []
    for case in (*_cases(), *_uniform_cases()):
        table = TABLES[case["strategy"]](weights_of(case["counts"], case["quarters"]))
        sets = case["excluded"] or [[]] * len(case["rows"])
        ids = [
            table.row(case["key"], case["epoch"], row, case["k"], not case["replacement"], excluded)[0]
            for row, excluded in zip(case["rows"], sets, strict=True)
        ]
        answers.append({**case, "ids": ids})
    return answers


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(answer) for answer in known_answers())
    KNOWN_ANSWERS.write_text(f"[\n{lines}\n]\n")
