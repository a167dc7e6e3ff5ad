# SPDX-License-Identifier: MIT
"""The stream ``philox4x32-10/v1`` in kernels of Triton: one launch makes the words, reads the table and writes the ids.

`cells` takes a Philox block per lane, for rows without rules. `ruled` takes a row per lane, for distinct ids and
excluded ids. Only cells that need it take further words: a program goes on as long as one of its lanes does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import triton
import triton.language as tl

if TYPE_CHECKING:
    from torch import Tensor

    from .cells import Stream
    from .tables import Table

ALIAS, SPECTRUM, UNIFORM = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2)
KINDS = {"alias": 0, "spectrum": 1, "uniform": 2}
REFINE = tl.constexpr(0x80)
ATTEMPTS = tl.constexpr(128)
SPARES = tl.constexpr(25)
SPARE_KEY = tl.constexpr(0xD1B54A32D192ED03 - 2**64)
LOW = tl.constexpr(0xFFFFFFFF)
NO_ID, OPEN = tl.constexpr(-1), tl.constexpr(-2)
BLOCKS, ROWS = 256, 128  # lanes of a program


@triton.jit  # type: ignore[untyped-decorator]
def _block(key, epoch, row, block, tag):  # type: ignore[no-untyped-def]
    low, high = (row & LOW).to(tl.uint32), (row >> 32).to(tl.uint32)
    third = block.to(tl.uint32) | (tl.zeros_like(low) + tag) << 24
    return tl.philox(key, low, high, third, tl.zeros_like(low) + epoch.to(tl.uint32))


@triton.jit  # type: ignore[untyped-decorator]
def _word(key, epoch, row, index, tag):  # type: ignore[no-untyped-def]
    x0, x1, x2, x3 = _block(key, epoch, row, index // 4, tag)
    which = index % 4
    return tl.where(which == 0, x0, tl.where(which == 1, x1, tl.where(which == 2, x2, x3)))


@triton.jit  # type: ignore[untyped-decorator]
def _slot(hot, cold, key, epoch, row, index, attempt, word, inside, BITS: tl.constexpr):  # type: ignore[no-untyped-def]
    if BITS == 0:
        slot, left = (word * 0).to(tl.int64), word.to(tl.int64)
    else:
        slot = (word >> (32 - BITS)).to(tl.int64)
        left = word.to(tl.int64) & ((1 << (32 - BITS)) - 1)
    both = tl.load(hot + slot, mask=inside, other=0).to(tl.int64) & LOW
    high, alias = both >> BITS, both & ((1 << BITS) - 1)
    keeps, tied = left < high, inside & (left == high)
    if tl.max(tied.to(tl.int32), 0) > 0:
        refine = _word(key, epoch, row, index, attempt + REFINE).to(tl.int64)
        rest = tl.load(cold + slot, mask=tied, other=0).to(tl.int64) & LOW
        keeps = keeps | (tied & (refine < rest))
    return tl.where(keeps, slot, alias)


@triton.jit  # type: ignore[untyped-decorator]
def _member(first, sizes, key, epoch, row, index, attempt, of_class, word, inside):  # type: ignore[no-untyped-def]
    size = tl.load(sizes + of_class, mask=inside, other=1).to(tl.int64)
    refusal = 4294967296 % size
    product = word.to(tl.int64) * size
    pending = inside & ((product & LOW) < refusal)
    j = 0
    spare = key.to(tl.int64)
    while (j < SPARES) & (tl.max(pending.to(tl.int32), 0) > 0):
        again = _word(spare, epoch, row, index, attempt + REFINE).to(tl.int64) * size
        product = tl.where(pending, again, product)
        pending = pending & ((product & LOW) < refusal)
        spare += SPARE_KEY
        j += 1
    return tl.load(first + of_class, mask=inside, other=0).to(tl.int64) + (product >> 32)


@triton.jit  # type: ignore[untyped-decorator]
def _attempt(  # type: ignore[no-untyped-def]
    hot, cold, first, sizes, order, key, epoch, row, column, attempt, inside, n_ids, refusal,
    KIND: tl.constexpr, ORDERED: tl.constexpr, BITS: tl.constexpr,
):  # fmt: skip
    """The id of one attempt of each lane's cell, or NO_ID."""
    if KIND == UNIFORM:
        product = _word(key, epoch, row, column, attempt).to(tl.int64) * n_ids
        refused = ((product & LOW) < refusal) & (attempt < ATTEMPTS - 1)
        return tl.where(refused, NO_ID, product >> 32)
    if KIND == ALIAS:
        word = _word(key, epoch, row, column, attempt)
        return _slot(hot, cold, key, epoch, row, column, attempt, word, inside, BITS)
    word = _word(key, epoch, row, 2 * column, attempt)
    of_class = _slot(hot, cold, key, epoch, row, 2 * column, attempt, word, inside, BITS)
    word = _word(key, epoch, row, 2 * column + 1, attempt)
    ids = _member(first, sizes, key, epoch, row, 2 * column + 1, attempt, of_class, word, inside)
    if ORDERED:
        ids = tl.load(order + ids, mask=inside, other=0).to(tl.int64)
    return ids


@triton.jit(do_not_specialize=["key", "epoch", "start", "rows", "k", "per_row"])  # type: ignore[untyped-decorator]
def cells(  # type: ignore[no-untyped-def]
    out, hot, cold, first, sizes, order, numbers, key, epoch, start, rows, k, per_row, n_ids, refusal,
    KIND: tl.constexpr, ORDERED: tl.constexpr, NAMED: tl.constexpr, BITS: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """The ids of rows without rules; per_row: Philox blocks of a row."""
    EACH: tl.constexpr = 2 if KIND == SPECTRUM else 4
    begin = tl.program_id(0).to(tl.int64) * LANES
    at = begin + tl.arange(0, LANES)
    line, block = at // per_row, at % per_row
    if NAMED:  # noqa: SIM108
        row = tl.load(numbers + line, mask=line < rows, other=0)
    else:
        row = start.to(tl.int64) + line
    x0, x1, x2, x3 = _block(key, epoch, row, block, 0)
    evens, odds = tl.interleave(x0, x2), tl.interleave(x1, x3)
    # From here on a lane is a cell: the EACH cells of a block lie side by side.
    cell = begin * EACH + tl.arange(0, LANES * EACH)
    line = cell // EACH // per_row
    column = cell // EACH % per_row * EACH + cell % EACH
    inside = (line < rows) & (column < k)
    if NAMED:  # noqa: SIM108
        row = tl.load(numbers + line, mask=inside, other=0)
    else:
        row = start.to(tl.int64) + line
    if KIND == SPECTRUM:
        of_class = _slot(hot, cold, key, epoch, row, 2 * column, 0, evens, inside, BITS)
        ids = _member(first, sizes, key, epoch, row, 2 * column + 1, 0, of_class, odds, inside)
        if ORDERED:
            ids = tl.load(order + ids, mask=inside, other=0).to(tl.int64)
    else:
        word = tl.interleave(evens, odds)
        if KIND == ALIAS:
            ids = _slot(hot, cold, key, epoch, row, column, 0, word, inside, BITS)
        else:
            product = word.to(tl.int64) * n_ids
            ids = product >> 32
            pending = inside & ((product & LOW) < refusal)
            attempt = 1
            while (attempt < ATTEMPTS) & (tl.max(pending.to(tl.int32), 0) > 0):
                product = _word(key, epoch, row, column, attempt).to(tl.int64) * n_ids
                ids = tl.where(pending, product >> 32, ids)
                pending = pending & ((product & LOW) < refusal)
                attempt += 1
    tl.store(out + line * k + column, ids, mask=inside)


@triton.jit(do_not_specialize=["key", "epoch", "start", "rows", "k", "n_out"])  # type: ignore[untyped-decorator]
def ruled(  # type: ignore[no-untyped-def]
    out, excluded, hot, cold, first, sizes, order, numbers, key, epoch, start, rows, k, n_out, n_ids, refusal,
    KIND: tl.constexpr, ORDERED: tl.constexpr, NAMED: tl.constexpr, BITS: tl.constexpr, DISTINCT: tl.constexpr,
    LANES: tl.constexpr,
):  # fmt: skip
    """The ids of rows with rules, int64; OPEN from the first column on whose attempts are used up."""
    line = tl.program_id(0).to(tl.int64) * LANES + tl.arange(0, LANES)
    inside = line < rows
    if NAMED:  # noqa: SIM108
        row = tl.load(numbers + line, mask=inside, other=0)
    else:
        row = start.to(tl.int64) + line
    alive = inside
    for column in range(k):
        columns = tl.zeros_like(line) + column
        ids = tl.zeros_like(line) + OPEN
        pending = alive
        attempt = 0
        while (attempt < ATTEMPTS) & (tl.max(pending.to(tl.int32), 0) > 0):
            drawn = _attempt(
                hot, cold, first, sizes, order, key, epoch, row, columns, attempt, pending, n_ids, refusal,
                KIND, ORDERED, BITS,
            )  # fmt: skip
            barred = drawn == NO_ID
            for j in range(n_out):
                barred = barred | (tl.load(excluded + line * n_out + j, mask=pending, other=OPEN) == drawn)
            if DISTINCT:
                for j in range(column):
                    barred = barred | (tl.load(out + line * k + j, mask=pending, other=OPEN) == drawn)
            ids = tl.where(pending & (barred == 0), drawn, ids)
            pending = pending & barred
            attempt += 1
        alive = alive & (pending == 0)
        tl.store(out + line * k + column, ids, mask=inside)
        if DISTINCT:
            tl.debug_barrier()  # another thread of the program may read the column


def draw_cells(table: Table, stream: Stream, start: int, numbers: Any, out: Tensor) -> None:
    """Write rows without rules.

    Parameters
    ----------
    table : Table
        On the device of ``out``.
    stream : Stream
        Key and epoch.
    start : int
        The number of the first row, if ``numbers`` is None.
    numbers : Tensor of int64, shape (n,), or None
        Numbers of rows, if they are not consecutive.
    out : Tensor of int64 or int32, shape (n, k)
        C-contiguous; filled.
    """
    rows, k = out.shape
    per_row = -(-k * table.words // 4)
    grid = (triton.cdiv(rows * per_row, BLOCKS),)
    place = _signed(stream.key), stream.epoch, start, rows, k, per_row
    with _on(out):
        cells[grid](out, *_tensors(table, numbers, out), *place, *_constants(table, numbers), LANES=BLOCKS)


def draw_ruled(
    table: Table, stream: Stream, start: int, numbers: Any, distinct: bool, excluded: Any, out: Tensor
) -> None:
    """Write rows with rules.

    Parameters
    ----------
    table : Table
        On the device of ``out``.
    stream : Stream
        Key and epoch.
    start : int
        The number of the first row, if ``numbers`` is None.
    numbers : Tensor of int64, shape (n,), or None
        Numbers of rows, if they are not consecutive.
    distinct : bool
        Whether the ids of a row are distinct.
    excluded : Tensor of int64, shape (n, m), or None
        Excluded ids of each row; -1 stands for none.
    out : Tensor of int64, shape (n, k)
        C-contiguous; filled with ids, or `cells.OPEN`.
    """
    rows, k = out.shape
    n_out = 0 if excluded is None else excluded.shape[1]
    grid = (triton.cdiv(rows, ROWS),)
    place = _signed(stream.key), stream.epoch, start, rows, k, n_out
    sets = out if not n_out else excluded.contiguous()
    with _on(out):
        ruled[grid](
            out,
            sets,
            *_tensors(table, numbers, out),
            *place,
            *_constants(table, numbers),
            DISTINCT=distinct,
            LANES=ROWS,
        )


def _tensors(table: Table, numbers: Any, out: Tensor) -> tuple[Any, ...]:
    """The tensors of a launch; ``out`` stands for those that the kernel does not read."""
    tensors = (table.hot, table.cold, table.first, table.sizes, table.order, numbers)
    return tuple(out if tensor is None else tensor for tensor in tensors)


def _constants(table: Table, numbers: Any) -> tuple[Any, ...]:
    return table.n_ids, table.refusal, KINDS[table.kind], table.order is not None, numbers is not None, table.bits


def _signed(key: int) -> int:
    return key - 2**64 if key >= 2**63 else key


def _on(out: Tensor) -> Any:
    """The device of a launch: Triton launches on the current one."""
    import contextlib

    import torch

    return torch.cuda.device(out.device) if out.is_cuda else contextlib.nullcontext()
