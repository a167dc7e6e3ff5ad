# SPDX-License-Identifier: MIT
"""`save` and `load`: a sampler's finished tables and its law, in one file."""

from __future__ import annotations

import errno
import mmap as memory_map
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import registry
from ..arguments import as_count, as_generator
from ..counter_based.cursor import MAX_THREADS, PLACE
from ..counter_based.many import LawsSampler
from ..counter_based.sampler import PositionalSampler
from ..files import whole_or_absent
from ..kernels import rows as kernel
from ..laws.uniform import Uniform
from . import laws
from .container import Contents, check_digest, parse, write
from .reading import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from ..laws.law import Law

FORMAT = "samplers.tables/v1"
_MODES = {"true": True, "false": False}
_MOST_BITS = 31


def save(sampler: Sampler, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Store the tables of a sampler and its law in a file, for `load`.

    The file holds numbers and strings in the safetensors format, and no code. The place in the stream (key, epoch,
    position) is not in it: that is `PositionalSampler.state_dict`.

    Parameters
    ----------
    sampler : PositionalSampler
        ``alias`` or ``spectrum``, or a plug-in of that kind that says how many entries its table has.
    path : str or os.PathLike
        Where to write. By custom the name ends in ``.safetensors``. The file is there whole, or not at all.
    overwrite : bool, default False
        Replace a file that is there. Samplers that were loaded from it keep the old one.

    Raises
    ------
    TypeError
        If the sampler is of a strategy whose tables cannot be saved.
    ValueError
        If ``load`` would not find its strategy, because it is not registered.
    FileExistsError
        If the file is there and ``overwrite`` is False.
    OSError
        If the file cannot be written.

    Notes
    -----
    A law of counts comes back with these counts, its exponent and its words; `samplers.uniform` and
    `samplers.log_uniform` come back as they are. Any other law, such as a mixture, comes back as
    ``samplers.laws.grouped.Grouped``: with the same weights, probabilities, words and fingerprint.

    Examples
    --------
    >>> import os, tempfile
    >>> import samplers
    >>> path = os.path.join(tempfile.mkdtemp(), "tables.safetensors")
    >>> sampler = samplers.create("alias", [1000, 400, 30, 5], rng=42)
    >>> samplers.save(sampler, path)
    >>> bool((samplers.load(path, rng=42).sample(9, 5) == sampler.sample(9, 5)).all())
    True
    """
    target = _path(path)
    if not isinstance(overwrite, bool):
        raise TypeError(f"overwrite must be True or False, got {overwrite!r}")
    if _is_of_many_laws(sampler):
        raise TypeError(
            "sampler: the tables of many laws cannot be saved: save the arrays of laws.csr, and create it again of "
            "Laws(indptr, ids, weights, V=V)"
        )
    if not isinstance(sampler, PositionalSampler) or not _has_tables(type(sampler), sampler.noise):
        named = repr(sampler.name) if hasattr(sampler, "name") else f"a {type(sampler).__name__}"
        raise TypeError(
            f"sampler: the tables of {named} cannot be saved, those of {' and '.join(_savable())} can: create one of "
            "these, or save the counts and create the sampler again"
        )
    if registry.get(sampler.name) is not type(sampler):
        raise ValueError(
            f"sampler: {type(sampler).__name__} is not the strategy {sampler.name!r}, which load() would create; "
            "register it first"
        )
    if target.exists() and not overwrite:
        raise FileExistsError(errno.EEXIST, "the file is there already; overwrite=True replaces it", str(path))
    contents = _contents(sampler)
    with whole_or_absent(target, replace=overwrite) as draft, open(draft, "wb") as file:
        write(file, contents)


def load(path: str | os.PathLike[str], *, rng: Any = None, mmap: bool = True, threads: int = 1) -> PositionalSampler:
    """The sampler of a file that `save` wrote, as `samplers.create` would make it of the same law.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as in `samplers.create`: of one seed, the ids are those of the sampler that was saved.
    mmap : bool, default True
        Map the file into memory, read-only: all processes that load it share its pages, and no table is copied. False:
        read it. If another program writes into a mapped file, or cuts it off, the sampler draws wrong ids, or the
        process ends with a bus error; nothing can guard against that, so read a file that may change. To *replace* a
        file, as `save` does, is harmless on Linux and macOS.
    threads : int, default 1
        As in `samplers.create`.

    Returns
    -------
    PositionalSampler
        At the first row of the stream that ``rng`` gives.

    Raises
    ------
    ValueError
        If the file is damaged, was not written by `save`, or is of a format, strategy or stream that is not known here.
        The message names the file and what is wrong with it.
    RuntimeError
        If the strategy cannot run here.
    OSError
        If the file cannot be read.
    TypeError
        For an argument of a wrong type.

    Notes
    -----
    The file is not trusted. Before a sampler is returned, these are checked:

    - sizes, types and places of all arrays, so that nothing outside the file is ever read;
    - the SHA-256 of the whole file, so that a damaged one is refused;
    - the law: its counts or weights, the order of its ids, its words, and its fingerprint, which is computed anew;
    - the table: every id (or class of ids) has exactly the integer units that its weight asks for, added up over all
      slots, and no slot gives out anything else.

    So a file that was made on purpose to deceive can bring another law, which its fingerprint tells, or another table
    of the same law, whose ids follow the law and are other ids. It cannot bring a sampler that contradicts its law.

    The checks read the whole file, and add up the table. If ids stand in any order, a load takes about half as long as
    to build the tables. If they are sorted by count, ``alias`` loads about as fast as it is built, and ``spectrum``
    more slowly: what is saved is memory.
    """
    source = _path(path)
    generator = as_generator(rng)
    threads = as_count("threads", threads, least=1, most=MAX_THREADS)
    if not isinstance(mmap, bool):
        raise TypeError(f"mmap must be True or False, got {mmap!r}")
    try:
        return _sampler(_bytes(source, mmap), generator, threads)
    except ValueError as error:
        raise ValueError(f"{path}: {error}; save() the sampler anew, or create it from its counts") from error


def _path(path: Any) -> Path:
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise TypeError(f"path must be a str or a path, got {path!r}")
    return Path(text)


def _has_tables(strategy: type[Sampler], law: Law) -> bool:
    """Whether its tables can be saved."""
    return issubclass(strategy, PositionalSampler) and strategy._entries(law) is not None


def _is_of_many_laws(sampler: Any) -> bool:
    """Whether it draws from the tables of many laws, or from a part of them."""
    if isinstance(sampler, LawsSampler):
        return True
    source = getattr(sampler, "_source", None)
    return source is not None and source.order is not None and source.members is None


def _savable() -> list[str]:
    """The built-in strategies of which this is true."""
    law = Uniform(1)
    runnable = [name for name in registry.BUILT_IN if registry.why_unavailable(name) is None]
    return [name for name in runnable if _has_tables(registry.get(name), law)]


def _contents(sampler: PositionalSampler) -> Contents:
    source = sampler._source
    law = laws.store(sampler.noise)
    own = {entry: str(value) for entry, value in sampler.state_dict().items() if entry not in PLACE}
    own["replacement"] = "true" if sampler.replacement else "false"
    tensors = law.tensors | {"table": source.table}
    if source.fine is not None:
        tensors["fine"] = source.fine
    return Contents({"format": FORMAT} | own | {"bits": str(source.bits)} | law.metadata, tensors)


def _bytes(path: Path, mapped: bool) -> NDArray[np.uint8]:
    """The bytes of a file, read-only; of a mapped one they are read when they are needed."""
    if path.exists() and not path.is_file():  # to open a pipe would wait for its writer
        number = errno.EISDIR if path.is_dir() else errno.EINVAL
        raise OSError(number, "this is not a regular file", str(path))
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if mapped and size:  # nothing cannot be mapped
            return np.frombuffer(memory_map.mmap(file.fileno(), size, access=memory_map.ACCESS_READ), np.uint8)
        data = np.empty(size, np.uint8)
        data = data[: file.readinto(data.data)]
    data.setflags(write=False)
    return data


def _sampler(data: NDArray[np.uint8], rng: np.random.Generator, threads: int) -> PositionalSampler:
    contents = parse(data)
    reading = Reading(contents)
    if reading.text("format") != FORMAT:
        raise ValueError(f"its format is {reading.text('format')!r:.60}, and this version reads {FORMAT!r}")
    reading.text("sha256")
    check_digest(data, contents.metadata)
    strategy = _strategy(reading.text("name"))
    reading.agree("stream", strategy.info.stream)
    replacement = _MODES[reading.choice("replacement", _MODES)]
    bits = reading.integer("bits", 0, _MOST_BITS)
    table = reading.tensor("table", "U64", length=1 << bits)
    fine = reading.tensor("fine", "U32", length=1 << bits) if "fine" in reading else None
    law = laws.restore(reading)
    reading.end()
    unsuitable = strategy.unsuitable(law)
    entries = None if unsuitable else strategy._entries(law)
    if entries is None or (entries - 1).bit_length() != bits:  # before anything is made that is larger than the file
        raise ValueError(unsuitable or f"its table has 2**{bits} rows, which is not the size for {entries} entries")
    ready = partial(_checked_table, table, fine)
    sampler = strategy._over(ready, law, rng=rng, replacement=replacement, threads=threads)
    if sampler._source.table is not table:
        raise ValueError(
            f"its strategy {sampler.name!r} builds a table of its own, and would not use the one of the file"
        )
    return sampler


def _strategy(name: str) -> type[PositionalSampler]:
    if name not in registry.names():
        raise ValueError(f"its strategy {name!r:.60} is not known here: {', '.join(registry.names())} are")
    strategy = registry.get(name)
    if not issubclass(strategy, PositionalSampler):
        raise ValueError(f"its strategy {name!r} has no tables that could be saved")
    reason = strategy.unavailable()
    if reason is not None:
        raise RuntimeError(f"{name} cannot run here: {reason}")
    return strategy


def _checked_table(
    table: NDArray[np.uint64], fine: NDArray[np.uint32] | None, units: NDArray[np.uint64], bits: int, slot_bits: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint32] | None]:
    """The table of a file in the place of `kernel.alias_table`, if its entries have these units.

    Raises
    ------
    ValueError
        If it is the table of other units.
    """
    if (fine is None) != (slot_bits == 32):
        raise ValueError(f"tensor 'fine' is {'missing' if fine is None else 'there'}: slots have 2**{slot_bits} units")
    if fine is not None:
        unused = np.uint32((1 << (64 - bits - slot_bits)) - 1)  # bits of a place that no unit takes, but a draw reads
        if (fine & unused).any():
            raise ValueError("tensor 'fine' has bits that no unit takes")
    held = kernel.masses(kernel.Source(table, fine, bits), len(units), slot_bits)
    wrong = held != units
    if wrong.any():
        at = int(wrong.argmax())
        raise ValueError(f"its table gives entry {at} {held[at]} units, and the law asks for {units[at]}")
    return table, fine
