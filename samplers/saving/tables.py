# SPDX-License-Identifier: MIT
"""`save` and `load`: the finished tables of a sampler, and its law, in one file."""

from __future__ import annotations

import errno
import mmap as memory_map
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import registry
from ..arguments import as_count, as_generator
from ..counter_based.cursor import MAX_THREADS, PLACE
from ..counter_based.many import LawsSampler
from ..counter_based.sampler import PositionalSampler
from ..files import as_path, exists_already, whole_or_absent
from ..kernels import sources as kernel
from ..laws.uniform import Uniform
from . import laws
from .container import Contents, check_digest, parse, write
from .reading import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from ..laws.law import Law

FORMAT = "samplers.tables/v2"
_MODES = {"true": True, "false": False}
_MOST_BITS = 31


def save(sampler: Sampler, path: str | os.PathLike[str], *, overwrite: bool = False, counts: bool = True) -> None:
    """Save the tables of a sampler and its law in a file, for `load`.

    The file holds numbers and strings in the safetensors format, and no code. It does not hold the place in the stream
    (key, epoch, position), which `PositionalSampler.state_dict` returns.

    Parameters
    ----------
    sampler : PositionalSampler
        ``alias``, ``spectrum`` or ``uniform``, or a plug-in of that kind that says how many entries its table has. It
        draws from a single law, not from `samplers.Laws`.
    path : str or os.PathLike
        The file to write; its name usually ends in ``.safetensors``. It is written completely or not at all.
    overwrite : bool, default False
        Replace an existing file. Samplers that were loaded from it keep the old contents.
    counts : bool, default True
        False: leave counts and words out, which no draw reads. The ids, the probabilities and the fingerprint of the
        law are the same. 1e7 counts in any order take 80 of the 254 MB that ``alias`` saves.

    Raises
    ------
    TypeError
        If the sampler draws from `samplers.Laws`, or is of a strategy whose tables cannot be saved; if ``overwrite``
        or ``counts`` is no bool.
    ValueError
        If the strategy is not registered, so that ``load`` would not find it; if ``path`` is empty, or has a character
        that no path has.
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If the file cannot be written.

    Notes
    -----
    A law of counts comes back with these counts, its exponent and its words; `samplers.uniform` and
    `samplers.log_uniform` come back as they are. Any other law, such as a mixture, comes back as
    ``samplers.laws.grouped.Grouped``: with the same weights, probabilities, words and fingerprint. So does a law of
    counts if ``counts`` is False, but without words.

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
    target = as_path(path)
    for argument, value in (("overwrite", overwrite), ("counts", counts)):
        if not isinstance(value, bool):
            raise TypeError(f"{argument} must be True or False, got {value!r}")
    if _is_of_many_laws(sampler):
        raise TypeError(
            "sampler: the tables of many laws cannot be saved: save the arrays of laws.csr, and create the sampler "
            "again from Laws(indptr, ids, weights, V=V)"
        )
    if not isinstance(sampler, PositionalSampler) or not _has_tables(type(sampler), sampler.noise):
        named = repr(sampler.name) if hasattr(sampler, "name") else f"a {type(sampler).__name__}"
        raise TypeError(
            f"sampler: the tables of {named} cannot be saved, but those of {', '.join(_savable())} can: create one "
            "of these, or save the counts and create the sampler again"
        )
    if registry.get(sampler.name) is not type(sampler):
        raise ValueError(
            f"sampler: {type(sampler).__name__} is not the strategy {sampler.name!r}, which load() would create; "
            "register it first"
        )
    if target.is_file() and not overwrite:
        raise exists_already(target)
    contents = _contents(sampler, counts)
    try:
        with whole_or_absent(target, replace=overwrite) as draft, open(draft, "wb") as file:
            write(file, contents)
    except FileExistsError:  # another program created it meanwhile
        raise exists_already(target) from None


def load(path: str | os.PathLike[str], *, rng: Any = None, mmap: bool = True, threads: int = 1) -> PositionalSampler:
    """Load the sampler of a file that `save` wrote. It is equal to what `samplers.create` returns for the same law.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as in `samplers.create`: the same seed gives the same ids as the sampler that was saved.
    mmap : bool, default True
        True: map the file into memory, read-only. All processes that load it share its pages, and no table is copied.
        False: read it into memory. If another program writes into a mapped file, or shortens it, the sampler draws
        wrong ids, or the process ends with a bus error. Nothing can prevent that: write ``mmap=False`` if the file may
        change. To *replace* a file, as `save` does, is harmless on Linux and macOS.
    threads : int, default 1
        As in `samplers.create`.

    Returns
    -------
    PositionalSampler
        At the first row of the stream.

    Raises
    ------
    ValueError
        If the file is damaged, was not written by `save`, or has an unknown format, strategy or stream. The message
        names the file and the fault.
    RuntimeError
        If the strategy cannot run on this machine.
    OSError
        If the file cannot be read.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    The file is not trusted. Before a sampler is returned, `load` checks

    - sizes, types and places of all arrays, so that nothing outside the file is read;
    - the SHA-256 of the file, so that a damaged file is refused;
    - the law: its counts or weights, the order of its ids, its words, and its fingerprint, which is computed again;
    - the table: over all slots, each id (or class of ids) must have exactly the integer units of its weight.

    So a manipulated file can hold another law, which has another fingerprint, or another table of the same law, which
    draws other ids with the same probabilities. It cannot give a sampler that contradicts its law.

    The checks read the whole file, and add up the table. If ids stand in any order, a load takes about half as long as
    to build the tables. If they are sorted by count, ``alias`` loads about as fast as it is built, and ``spectrum``
    more slowly: what is saved is memory.
    """
    source = as_path(path)
    generator = as_generator(rng)
    threads = as_count("threads", threads, minimum=1, maximum=MAX_THREADS)
    if not isinstance(mmap, bool):
        raise TypeError(f"mmap must be True or False, got {mmap!r}")
    with _naming(path):
        data = _bytes(source, mmap)
        return _sampler(data, parse(data), generator, threads)


def metadata_of(path: str | os.PathLike[str]) -> dict[str, str]:
    """What a file says of its sampler, and its digest "sha256". The arrays are not read.

    Raises
    ------
    ValueError
        If the header of the file is not valid; the message names the file.
    OSError
        If the file cannot be read.
    """
    with _naming(path):
        return parse(_bytes(as_path(path), True)).metadata


def load_written(path: str | os.PathLike[str], sha256: str) -> PositionalSampler:
    """Map the file with this digest as `load` does, checked as there. The key of the sampler is arbitrary.

    Raises
    ------
    ValueError
        If the file has another digest, or if `load` would refuse it; the message names the file.
    OSError
        If the file cannot be read.
    """
    data = _bytes(as_path(path), True)
    with _naming(path):
        contents = parse(data)
    if contents.metadata.get("sha256") != sha256:
        raise ValueError(
            f"{path}: the file was replaced: its SHA-256 is {contents.metadata.get('sha256')}, and {sha256} is expected"
        )
    with _naming(path):
        return _sampler(data, contents, np.random.default_rng(0), 1)


@contextmanager
def _naming(path: Any) -> Iterator[None]:
    """Add the file and the cure to a ValueError."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {error}; save() the sampler again, or create it from its counts") from error


def _has_tables(strategy: type[Sampler], law: Law) -> bool:
    """Whether the tables of a strategy can be saved."""
    return issubclass(strategy, PositionalSampler) and strategy._entries(law) is not None


def _has_no_table(strategy: type[PositionalSampler]) -> bool:
    """Whether a strategy is saved by its law alone."""
    return strategy._entries(Uniform(1)) == 0


def _is_of_many_laws(sampler: Any) -> bool:
    """Whether a sampler draws from the tables of many laws, or from one of these tables."""
    if isinstance(sampler, LawsSampler):
        return True
    source = getattr(sampler, "_source", None)
    return source is not None and source.order is not None and source.members is None


def _savable() -> list[str]:
    """The built-in strategies whose tables can be saved."""
    law = Uniform(1)
    runnable = [name for name in registry.BUILT_IN if registry.why_unavailable(name) is None]
    return [name for name in runnable if _has_tables(registry.get(name), law)]


def _contents(sampler: PositionalSampler, counts: bool) -> Contents:
    source = sampler._source
    law = laws.store(sampler.noise, counts)
    identity = {entry: str(value) for entry, value in sampler.state_dict().items() if entry not in PLACE}
    identity["replacement"] = "true" if sampler.replacement else "false"
    tensors, bits = law.tensors, {}
    if not _has_no_table(type(sampler)):
        tensors, bits = law.tensors | {"hot": source.hot, "cold": source.cold}, {"bits": str(source.bits)}
    return Contents({"format": FORMAT} | identity | bits | law.metadata, tensors)


def _bytes(path: Path, mapped: bool) -> NDArray[np.uint8]:
    """The bytes of a file, read-only. Those of a mapped file are read from the disk when they are used."""
    if path.exists() and not path.is_file():  # opening a pipe would wait for its writer
        number = errno.EISDIR if path.is_dir() else errno.EINVAL
        raise OSError(number, "this is not a regular file", str(path))
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if mapped and size:  # an empty file cannot be mapped
            return np.frombuffer(memory_map.mmap(file.fileno(), size, access=memory_map.ACCESS_READ), np.uint8)
        data = np.empty(size, np.uint8)
        data = data[: file.readinto(data.data)]
    data.setflags(write=False)
    return data


def _sampler(data: NDArray[np.uint8], contents: Contents, rng: np.random.Generator, threads: int) -> PositionalSampler:
    """The sampler of a file, from its bytes and what `parse` made of them."""
    reading = Reading(contents)
    if reading.text("format") != FORMAT:
        raise ValueError(f"its format is {reading.text('format')!r:.60}, but this version reads {FORMAT!r}")
    reading.text("sha256")
    check_digest(data, contents.metadata)
    strategy = _strategy(reading.text("name"))
    reading.agree("stream", strategy.info.stream)
    replacement = _MODES[reading.choice("replacement", _MODES)]
    arguments: dict[str, Any] = {"rng": rng, "replacement": replacement, "threads": threads}
    if _has_no_table(strategy):
        law = laws.restore(reading)
        reading.end()
        return strategy(law, **arguments)  # which refuses a law that does not suit it
    bits = reading.integer("bits", 0, _MOST_BITS)
    hot, cold = (reading.tensor(half, "U32", length=1 << bits) for half in ("hot", "cold"))
    law = laws.restore(reading)
    reading.end()
    unsuitable = strategy.unsuitable(law)
    entries = None if unsuitable else strategy._entries(law)
    if entries is None or (entries - 1).bit_length() != bits:  # now, before arrays larger than the file are allocated
        raise ValueError(unsuitable or f"its table has 2**{bits} slots, which is a wrong size for {entries} entries")
    ready = partial(_checked_table, hot, cold)
    sampler = strategy._over(ready, law, **arguments)
    if sampler._source.hot is not hot:
        raise ValueError(
            f"its strategy {sampler.name!r} builds its table itself, and would not use the table of the file"
        )
    return sampler


def _strategy(name: str) -> type[PositionalSampler]:
    if name not in registry.names():
        raise ValueError(f"its strategy {name!r:.60} is unknown; known are {', '.join(registry.names())}")
    strategy = registry.get(name)
    if not issubclass(strategy, PositionalSampler):
        raise ValueError(f"its strategy {name!r} has no tables that can be saved")
    reason = strategy.unavailable()
    if reason is not None:
        raise RuntimeError(f"{name} cannot run here: {reason}")
    return strategy


def _checked_table(
    hot: NDArray[np.uint32], cold: NDArray[np.uint32], units: NDArray[np.uint64], bits: int, slot_bits: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Replaces `building.alias_table`: returns the table of the file, if its entries have these units.

    Raises
    ------
    ValueError
        If the entries of the table have other units.
    """
    unused = np.uint32((1 << (64 - bits - slot_bits)) - 1)  # bits that a draw reads, and that must be 0
    if (cold & unused).any():
        raise ValueError("tensor 'cold' has bits below the last unit, which must be 0")
    table_units = kernel.masses(kernel.Source(hot, cold, bits), len(units), slot_bits)
    wrong = table_units != units
    if wrong.any():
        at = int(wrong.argmax())
        raise ValueError(f"its table gives entry {at} {table_units[at]} units, but its law requires {units[at]}")
    return hot, cold
