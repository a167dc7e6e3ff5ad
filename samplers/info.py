# SPDX-License-Identifier: MIT
"""What a strategy says of itself, so that nobody has to read it out of a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

Device = Literal["cpu", "cuda"]
Cost = Literal["id", "row"]
Arrays = Literal["numpy", "torch"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Info:
    """What a strategy is and can do, the same for all of its samplers.

    A variant says what is different: ``dataclasses.replace(Alias.info, name="alias_of_mine")``.

    Parameters
    ----------
    name : str
        Registry key, file name, asv parameter and figure label: lower-case letters, digits and underscores.
    source : str
        Where the idea comes from: a paper with its DOI, a post, a file of a project.
    stream : str
        The generator, and the version of the mapping from its words to ids.
    replacement_modes : tuple of bool, default (True,)
        True if it can draw with replacement, False if it can draw distinct ids. The default of a sampler is True if it
        is among them.
    positional : bool, default False
        Whether the ids of row r depend on the key, the epoch and r alone, however the rows are split into calls. Such
        a strategy draws rows by number.
    device : {"cpu", "cuda"}
        The kind of device that draws.
    arrays : {"numpy", "torch"}
        What ``sample`` returns: an ndarray, or a torch tensor on the device of the sampler.
    cost : {"id", "row"}
        What the time of a call grows with. "row" is a call into another library for each row, or work for all V ids:
        benchmarks and checks then ask for fewer rows.
    max_ids : int, optional
        The largest V; None for any.
    max_ids_reason : str
        Why there is a largest V.
    max_k : int, optional
        The largest k; None for any.
    flaw : str
        Why its ids do not follow the noise distribution, in one sentence. Such a strategy is shown as a warning, and
        never recommended.

    Raises
    ------
    TypeError, ValueError
        If an entry is not what is described here.
    """

    name: str
    source: str = ""
    stream: str = ""
    replacement_modes: tuple[bool, ...] = (True,)
    positional: bool = False
    device: Device = "cpu"
    arrays: Arrays = "numpy"
    cost: Cost = "id"
    max_ids: int | None = None
    max_ids_reason: str = ""
    max_k: int | None = None
    flaw: str = ""

    def __post_init__(self) -> None:
        for entry in ("name", "source", "stream", "max_ids_reason", "flaw"):
            if not isinstance(getattr(self, entry), str):
                raise TypeError(f"Info: {entry} must be a str, got {getattr(self, entry)!r}")
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"Info: name must be lower-case letters, digits and underscores, after a letter; got {self.name!r}"
            )
        if self.replacement_modes not in ((True,), (False,), (True, False)):
            raise ValueError(
                "Info: replacement_modes must be (True,), (False,) or (True, False), "
                f"got {self.replacement_modes!r} in {self.name}"
            )
        if not isinstance(self.positional, bool):
            raise TypeError(f"Info: positional must be True or False, got {self.positional!r} in {self.name}")
        self._check_choice("device", get_args(Device))
        self._check_choice("arrays", get_args(Arrays))
        self._check_choice("cost", get_args(Cost))
        for entry in ("max_ids", "max_k"):
            self._check_limit(entry, getattr(self, entry))
        if (self.max_ids is None) != (not self.max_ids_reason):
            raise ValueError(f"Info: max_ids and max_ids_reason belong together; {self.name} has one of them")

    def _check_choice(self, entry: str, choices: tuple[str, ...]) -> None:
        value = getattr(self, entry)
        if value not in choices:
            raise ValueError(f"Info: {entry} must be {' or '.join(map(repr, choices))}, got {value!r} in {self.name}")

    def _check_limit(self, entry: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"Info: {entry} must be a positive integer or None, got {value!r} in {self.name}")
