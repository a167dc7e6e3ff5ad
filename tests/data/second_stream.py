# SPDX-License-Identifier: MIT
"""The stream philox4x32-10/v1 a second time, written from docs/streams.md alone."""

import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence

import numpy

Block = tuple[int, int, int, int]
Classes = list[tuple[int, list[int]]]  # weight and ids of each class

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1
ATTEMPTS = 128
MEMBER_STEP = 0xD1B54A32D192ED03
EXACT_KEY = 0x9E3779B97F4A7C15
LN2 = 0.6931471805599453


def philox(key: int, counter: Block) -> Block:
    """Section 1: one block of four words."""
    k0, k1 = key & MASK32, key >> 32
    c0, c1, c2, c3 = counter
    for _ in range(10):
        p, q = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (q >> 32) ^ c1 ^ k0, q & MASK32, (p >> 32) ^ c3 ^ k1, p & MASK32
        k0, k1 = (k0 + 0x9E3779B9) & MASK32, (k1 + 0xBB67AE85) & MASK32
    return c0, c1, c2, c3


def word(key: int, row: int, epoch: int, index: int, tag: int) -> int:
    """Section 1: one word of one block; a refine word has the tag + 128."""
    return philox(key, (row & MASK32, row >> 32, index // 4 | tag << 24, epoch))[index % 4]


def key_of(seed: int) -> int:
    """Section 2: the key of a seed."""
    raw = numpy.random.default_rng(seed).bit_generator.random_raw(8)
    entropy: list[int] = []
    for value in raw[:4].tolist():
        entropy += [value & MASK32, value >> 32]
    return int(numpy.random.PCG64(numpy.random.SeedSequence(entropy)).random_raw())


def weights_of(counts: Sequence[int] | Sequence[float], exponent: float) -> list[int]:
    """Section 3: one integer weight for each count."""
    whole = all(isinstance(c, int) for c in counts)
    if not whole:
        whole = all(float(c).is_integer() and c < 2**53 for c in counts)
    if whole and exponent in (0, 0.25, 0.5, 0.75, 1):
        return exact_weights([int(c) for c in counts], int(4 * exponent))
    return portable_weights([float(c) for c in counts], exponent)


def exact_weights(counts: list[int], q: int) -> list[int]:
    """Section 3, exact: the exponent is q / 4."""
    s = (248 - (max(counts) ** q).bit_length()) // 4
    weights = []
    for c in counts:
        power = c**q << 4 * s if s >= 0 else c**q >> -4 * s
        weights.append(max(1, math.isqrt(math.isqrt(power))) if c > 0 else 0)
    return weights


def log2(x: float) -> tuple[float, float]:
    """Section 3, portable: the logarithm as a fraction and a whole number."""
    m, e = math.frexp(x)
    if m < 0.7071067811865476:
        m, e = 2.0 * m, e - 1
    z = (m - 1.0) / (m + 1.0)
    square = z * z
    t = 1.0 / 21.0
    for n in range(19, 0, -2):
        t = t * square + 1.0 / n
    return ((2.0 * z) * t) / LN2, float(e)


def portable_weights(counts: list[float], exponent: float) -> list[int]:
    """Section 3, portable: any exponent, any counts."""
    exponent = min(max(float(exponent), -(2.0**64)), 2.0**64)
    positive = [c for c in counts if c > 0] or [1.0]
    fraction, whole = log2(min(positive) if exponent < 0 else max(positive))
    weights = []
    for c in counts:
        if c == 0:
            weights.append(0)
            continue
        f, e = log2(c)
        f, e = f - fraction, e - whole
        product = exponent * e
        power = float(round(product))
        rest = (product - power) + exponent * f
        carry = float(round(rest))
        power, rest = power + carry, rest - carry
        y = rest * LN2
        t = 1.0
        for n in range(13, 0, -1):
            t = 1.0 + (t * y) / n
        shift = min(max(power + 62.0, -2.0), 63.0)
        weights.append(int(min(max(math.ldexp(t, int(shift)), 1.0), 2.0**62)))
    return weights


def fingerprint_of(weights: Sequence[int]) -> str:
    """Section 3: the fingerprint of a noise distribution."""
    data = b"samplers.noise/v1\n"
    for value in (len(weights), *weights):
        data += value.to_bytes(8, "little")
    return hashlib.sha256(data).hexdigest()


def one_way(values: Sequence[int] | Sequence[float]) -> bool:
    """Section 4: do the values rise, or fall, all the way? Equal neighbours are allowed."""
    pairs = list(itertools.pairwise(values))
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)


def classes_of(counts: Sequence[int] | Sequence[float], weights: list[int]) -> Classes:
    """Section 4: the classes in their order."""
    numbers = range(len(weights))
    if not (one_way(counts) or one_way(weights)):
        numbers = sorted(numbers, key=lambda number: (weights[number], number))
    runs = itertools.groupby(numbers, key=lambda number: weights[number])
    return [(weight, list(ids)) for weight, ids in runs if weight > 0]


def share(masses: list[int], sizes: list[int], log: int) -> list[list[int]]:
    """Section 5: the units of each id of each class, 2^log in all."""
    total = sum(mass * size for mass, size in zip(masses, sizes, strict=True))
    units, remainders = [], []
    for mass in masses:
        whole, remainder = divmod(mass << log, total)
        units.append(max(1, whole))
        remainders.append(remainder if whole > 0 else 0)
    left = 2**log - sum(unit * size for unit, size in zip(units, sizes, strict=True))
    order = range(len(masses))
    for d in sorted(order, key=lambda d: (-units[d], d)):
        if left >= 0:
            break
        loss = min(units[d] - 1, -(left // sizes[d]))
        units[d] -= loss
        left += loss * sizes[d]
    more = [0] * len(masses)  # so many ids of the class get one unit more
    for d in sorted(order, key=lambda d: (-remainders[d], d)):
        more[d] = min(left, sizes[d])
        left -= more[d]
    return [[units[d] + (i < more[d]) for i in range(sizes[d])] for d in order]


def table_of(units: list[int], b: int, full: int) -> tuple[list[int], list[int]]:
    """Section 6: what each slot keeps, and its alias."""
    units = units + [0] * (2**b - len(units))
    light = iter([slot for slot in range(2**b) if units[slot] < full])
    heavy = iter([slot for slot in range(2**b) if units[slot] >= full])
    kept, alias = [0] * 2**b, list(range(2**b))
    h = next(heavy)
    rest = units[h]
    for _ in range(2**b - 1):
        if rest > full:
            slot = next(light)
            kept[slot], alias[slot] = units[slot], h
            rest = rest - (full - units[slot])
        else:
            n = next(heavy)
            kept[h], alias[h] = rest, n
            rest, h = rest - full + units[n], n
    kept[h] = full
    return kept, alias


class Stream:
    """Sections 3 to 8: the ids of one noise distribution under one strategy."""

    def __init__(self, strategy: str, counts: Sequence[int] | Sequence[float], exponent: float = 0.75) -> None:
        """Sections 3 to 6: build the weights, the classes and the table."""
        if strategy not in ("alias", "spectrum", "uniform"):
            raise ValueError(f"unknown strategy {strategy!r}")
        self.strategy, self.V = strategy, len(counts)
        self.weights = weights_of(counts, exponent)
        classes = classes_of(counts, self.weights)
        if not classes:
            raise ValueError("no id has a positive count")
        self.members = [ids for _, ids in classes]
        if strategy == "uniform":
            if len(classes) > 1 or len(self.members[0]) < self.V:
                raise ValueError("the weights are not equal and positive")
            return
        masses, sizes = [weight for weight, _ in classes], [len(ids) for ids in self.members]
        if strategy == "alias":
            self.b = (len(counts) - 1).bit_length()
            self.log_full = 32
            self.units = [0] * len(counts)
            for ids, shares in zip(self.members, share(masses, sizes, self.b + 32), strict=True):
                for number, unit in zip(ids, shares, strict=True):
                    self.units[number] = unit
        else:
            self.b = (len(classes) - 1).bit_length()
            self.log_full = 62 - self.b
            masses = [mass * size for mass, size in zip(masses, sizes, strict=True)]
            self.units = [shares[0] for shares in share(masses, [1] * len(masses), 62)]
        self.kept, self.alias = table_of(self.units, self.b, 2**self.log_full)

    def slot(self, key: int, epoch: int, row: int, index: int, attempt: int) -> int:
        """Section 7: draw from the table, an id (alias) or a class (spectrum)."""
        first = word(key, row, epoch, index, attempt)
        slot = first >> (32 - self.b)
        u = (first % 2 ** (32 - self.b)) << 32 | word(key, row, epoch, index, attempt + 128)
        return slot if u << self.log_full < self.kept[slot] << (64 - self.b) else self.alias[slot]

    def attempt(self, key: int, epoch: int, row: int, column: int, attempt: int) -> int | None:
        """Section 7: the id that one attempt of a cell gives, if it gives one."""
        if self.strategy == "uniform":
            size, drawn = self.V, word(key, row, epoch, column, attempt)
            refused = drawn * size % 2**32 < 2**32 % size and attempt < ATTEMPTS - 1
            return None if refused else drawn * size >> 32
        if self.strategy == "alias":
            return self.slot(key, epoch, row, column, attempt)
        ids = self.members[self.slot(key, epoch, row, 2 * column, attempt)]
        n, index = len(ids), 2 * column + 1
        m = word(key, row, epoch, index, attempt)
        for j in range(25):
            if m * n % 2**32 >= 2**32 % n:
                break
            m = word((key + j * MEMBER_STEP) & MASK64, row, epoch, index, attempt + 128)
        return ids[m * n >> 32]

    def exact(self, key: int, epoch: int, row: int, column: int, banned: set[int]) -> int:
        """Section 8: the exact draw of a column whose attempts all failed, or that follows such a one."""
        w = philox(key ^ EXACT_KEY, (row & MASK32, row >> 32, column, epoch))
        u = w[0] | w[1] << 32 | w[2] << 64 | w[3] << 96
        weights = [0 if number in banned else weight for number, weight in enumerate(self.weights)]
        target, total = u * sum(weights) >> 128, 0
        for number, weight in enumerate(weights):
            total += weight
            if total > target:
                return number
        raise ValueError("no id is allowed")

    def row(
        self,
        key: int,
        epoch: int,
        row: int,
        k: int,
        distinct: bool = False,
        excluded: Iterable[int] = (),
        mark: bool = False,
    ) -> list[int]:
        """Section 8: the k ids of one row."""
        marked = set(excluded)
        banned: set[int] = set() if mark else set(marked)
        result: list[int] = []
        failed = False
        for column in range(k):
            tries = range(0 if failed else ATTEMPTS)
            candidates = (self.attempt(key, epoch, row, column, attempt) for attempt in tries)
            chosen = next((number for number in candidates if number is not None and number not in banned), -1)
            failed = chosen < 0  # once true it stays true: there are no more tries
            result.append(self.exact(key, epoch, row, column, banned) if failed else chosen)
            if distinct:
                banned.add(result[-1])
        return [-1 if mark and number in marked else number for number in result]
