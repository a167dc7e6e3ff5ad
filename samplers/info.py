# SPDX-License-Identifier: MIT
"""The properties that a strategy declares, so that no program has to guess them from its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

Device = Literal["cpu", "cuda", "any"]
Cost = Literal["id", "call", "launch", "row"]
Arrays = Literal["numpy", "torch"]
OfLaws = Literal["any", "uniform"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Info:
    """The properties of a strategy, which all of its samplers share.

    A variant replaces what differs: ``dataclasses.replace(Alias.info, name="alias_of_mine")``.

    Parameters
    ----------
    name : str
        Registry key, file name, asv parameter and figure label: lower-case letters, digits and underscores.
    source : str
        Where the idea comes from: a paper with its DOI, a post, a file of a project.
    stream : str
        The generator, and the version of the mapping from its words to ids.
    replacement_modes : tuple of bool, default (True,)
        It contains True if the strategy can draw with replacement, and False if it can draw distinct ids. If it
        contains True, a sampler draws with replacement by default.
    positional : bool, default False
        Whether the ids of row r depend on the key, the epoch and r alone, and not on how the rows are split into
        calls. Such a strategy draws rows by number.
    device : {"cpu", "cuda", "any"}
        The kind of device that draws. "any": the option ``device`` names it.
    arrays : {"numpy", "torch"}
        What ``sample`` returns: an ndarray, or a torch tensor on the device of the sampler.
    cost : {"id", "call", "launch", "row"}
        "id" if the time of a call grows with the number of ids. "call" if each call also costs work for all V ids:
        checks then make fewer calls. "launch" if each call costs about a millisecond, whatever it draws, as operations
        on tensors do: checks then make few calls. "row" if each row costs a call into another library, or work for all
        V ids: benchmarks and checks then draw fewer rows.
    laws : {"any", "uniform"}
        "uniform" if the strategy draws only from laws that give all ids the same positive weight, and refuses others.
    instead : str
        The strategy for the laws that this one refuses, which error messages name; empty if there is none.
    max_ids : int, optional
        The largest V; None for no limit.
    max_ids_reason : str
        The reason of that limit.
    max_k : int, optional
        The largest k; None for no limit.
    flaw : str
        One sentence on why the ids do not follow the noise distribution; empty if they do. A strategy with a flaw is
        shown as a warning and never recommended.

    Raises
    ------
    TypeError, ValueError
        If a value is not valid.
    """

    name: str
    source: str = ""
    stream: str = ""
    replacement_modes: tuple[bool, ...] = (True,)
    positional: bool = False
    device: Device = "cpu"
    arrays: Arrays = "numpy"
    cost: Cost = "id"
    laws: OfLaws = "any"
    instead: str = ""
    max_ids: int | None = None
    max_ids_reason: str = ""
    max_k: int | None = None
    flaw: str = ""

    def __post_init__(self) -> None:
        for entry in ("name", "source", "stream", "instead", "max_ids_reason", "flaw"):
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
        self._check_choice("laws", get_args(OfLaws))
        for entry in ("max_ids", "max_k"):
            self._check_limit(entry, getattr(self, entry))
        if (self.max_ids is None) != (not self.max_ids_reason):
            raise ValueError(f"Info: max_ids and max_ids_reason belong together, and {self.name} has only one of them")

    def _check_choice(self, entry: str, choices: tuple[str, ...]) -> None:
        value = getattr(self, entry)
        if value not in choices:
            raise ValueError(f"Info: {entry} must be {' or '.join(map(repr, choices))}, got {value!r} in {self.name}")

    def _check_limit(self, entry: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"Info: {entry} must be a positive integer or None, got {value!r} in {self.name}")
