# SPDX-License-Identifier: MIT
"""The tables that workers draw from: a file, which a process maps once. Tasks carry its path and its digest."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...counter_based.sampler import PositionalSampler
from ...saving.tables import load_written, metadata_of, save

KEPT = 4  # the files that a process keeps mapped

_mapped: dict[SavedTables, PositionalSampler] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class SavedTables:
    """A file of `samplers.save`, as it was when the graph was built.

    Attributes
    ----------
    path : str
        The absolute path, which must lead to the file on each worker.
    sha256 : str
        The digest that the file states, and that `sampler` checks.
    """

    path: str
    sha256: str

    def sampler(self) -> PositionalSampler:
        """The sampler of the file. A process maps and checks the file at the first call.

        Returns
        -------
        PositionalSampler
            The one that all calls share: its key is arbitrary.

        Raises
        ------
        FileNotFoundError
            If this machine has no such file.
        ValueError
            If the file is damaged, or is not the one that the graph was built for.
        """
        with _lock:
            if self not in _mapped:
                _mapped[self] = self._load()
                for old in list(_mapped)[:-KEPT]:
                    del _mapped[old]
            return _mapped[self]

    def _load(self) -> PositionalSampler:
        try:
            return load_written(self.path, self.sha256)
        except FileNotFoundError:
            raise FileNotFoundError(
                errno.ENOENT,
                f"the worker on {socket.gethostname()} has no such file of tables; samplers.save() them on a file "
                "system that all workers share, or copy the file to each worker, and write sample_array(..., path=...)",
                self.path,
            ) from None


def saved(sampler: PositionalSampler, path: Any) -> SavedTables:
    """The file of a sampler, checked against the sampler; a temporary one if ``path`` is None.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no file of `samplers.save`, or that of another sampler.
    """
    if path is None:
        return _temporary(sampler)
    try:
        metadata = metadata_of(path)
    except FileNotFoundError:
        raise FileNotFoundError(
            errno.ENOENT, "there is no such file; write samplers.save(sampler, path, counts=False) before", str(path)
        ) from None
    state: dict[str, Any] = dict(sampler.state_dict())
    expected = {entry: str(state[entry]) for entry in ("name", "stream", "fingerprint")}
    expected["replacement"] = "true" if sampler.replacement else "false"
    for entry, value in expected.items():
        if metadata.get(entry) != value:
            raise ValueError(
                f"path={os.fspath(path)!r}: the file has {entry}={metadata.get(entry)!r}, but the sampler has "
                f"{value!r}; write samplers.save(sampler, path, counts=False, overwrite=True), or give another path"
            )
    return SavedTables(os.path.abspath(path), metadata.get("sha256", ""))


def _temporary(sampler: PositionalSampler) -> SavedTables:
    """A file that is removed when this process ends."""
    mode = "distinct" if not sampler.replacement else "any"
    path = Path(_folder().name) / f"{sampler.name}-{mode}-{sampler.noise.fingerprint}.safetensors"
    with _lock:
        if not path.exists():
            save(sampler, path, counts=False)
    return saved(sampler, path)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="samplers-")
