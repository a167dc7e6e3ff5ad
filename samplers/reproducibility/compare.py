# SPDX-License-Identifier: MIT
"""`compare`: the first stage at which two recordings part, by how much, and the likely cause."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from .causes import Cause, apart, causes_of_kernels
from .distance import Distance, distance
from .items import Item
from .reasons import Parted, causes_of
from .recording import Recording, Stage

SAME, PARTED, NOT_COMPARABLE = "same", "parted", "not comparable"
CODES = {SAME: 0, PARTED: 1, NOT_COMPARABLE: 2}


@dataclass(frozen=True)
class Comparison:
    """What two recordings have in common, and where they part.

    Attributes
    ----------
    outcome : {"same", "parted", "not comparable"}
        Whether all stages are the same.
    same : tuple of str
        The stages before the first that differs.
    stage : str
        The first stage that differs; "" if there is none.
    item : str
        The first item of it that differs: an operator, a parameter, a setting.
    what : str
        How it differs, as a sentence, or why the recordings cannot be compared.
    differing, items : int
        How many items of the stage differ, and how many there are.
    distance : Distance or None
        By how much, if the item is an array of the same shape in both.
    causes : tuple of Cause
        The likely causes with what removes them.
    kernels : tuple of str
        Kernels that compute something else on the two machines. They are suspects only.
    notes : dict of str to tuple of str
        Versions and settings that differ, as (first, second).
    """

    outcome: str
    same: tuple[str, ...] = ()
    stage: str = ""
    item: str = ""
    what: str = ""
    differing: int = 0
    items: int = 0
    distance: Distance | None = None
    causes: tuple[Cause, ...] = ()
    kernels: tuple[str, ...] = ()
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The exit code of ``samplers diff``: 0 the same, 1 parted, 2 not comparable."""
        return CODES[self.outcome]

    def __str__(self) -> str:
        if self.outcome == SAME:
            return f"the same in all {len(self.same)} stages" + (f"; {self.what}" if self.what else "")
        if self.outcome == NOT_COMPARABLE:
            return f"not comparable: {self.what}"
        causes = "; ".join(f"{cause.text}: {cause.cure}" for cause in self.causes)
        return f"parted at {self.stage}, {self.item}: {self.what}. Likely cause: {causes}"


def compare(a: Recording | str | os.PathLike[str], b: Recording | str | os.PathLike[str]) -> Comparison:
    """Find the first stage at which two recordings differ.

    Parameters
    ----------
    a, b : Recording, str or os.PathLike
        The recordings, or their files.

    Returns
    -------
    Comparison
        The stage, the item, the distance and the likely causes. ``print`` shows a sentence; ``samplers diff`` a page.

    Raises
    ------
    RecordingError
        If a file is no recording.
    OSError
        If a file cannot be read.
    """
    first, second = (one if isinstance(one, Recording) else Recording.read(one) for one in (a, b))
    found = _of_stages(first, second) if first.stages or second.stages else _of_kernels(first, second)
    return replace(
        found,
        kernels=tuple(apart(first.kernels, second.kernels)),
        notes=_notes(first.environment, second.environment),
    )


def _of_stages(first: Recording, second: Recording) -> Comparison:
    same: list[str] = []
    other_operators: Parted | None = None
    for left, right in zip(first.stages, second.stages, strict=False):
        fault = _not_comparable(left, right)
        if fault:
            return Comparison(NOT_COMPARABLE, tuple(same), what=fault)
        parted = _parting(left, right, first, second)
        if parted is None:
            same.append(left.name)
        elif parted.only_names:  # two versions of torch may divide a step into other operators and compute the same
            other_operators = parted
        else:
            return _parted(other_operators or parted, same, first, second)
    if len(first.stages) != len(second.stages):
        shorter, longer = sorted((first.stages, second.stages), key=len)
        fault = (
            f"all {len(shorter)} stages of the shorter recording are the same, and then it ends before "
            f"{longer[len(shorter)].name!r}: record the same stages and as many steps of both"
        )
        return Comparison(NOT_COMPARABLE, tuple(same), what=fault)
    what = "" if other_operators is None else f"{other_operators.item}: {other_operators.what}, which compute the same"
    return Comparison(SAME, tuple(same), what=what)


def _notes(a: dict[str, str], b: dict[str, str]) -> dict[str, tuple[str, str]]:
    keys = dict.fromkeys([*a, *b])
    return {key: (a.get(key, "unset"), b.get(key, "unset")) for key in keys if a.get(key) != b.get(key)}


def _of_kernels(first: Recording, second: Recording) -> Comparison:
    """Of two recordings that hold kernels alone, these are what is compared.

    The hash of strings is left out: unless PYTHONHASHSEED is set, it is another one in each process of one machine.
    """
    kernels = [name for name in apart(first.kernels, second.kernels) if name != "hash"]
    of_one = sorted(first.kernels.keys() ^ second.kernels.keys())
    if kernels:
        return Comparison(
            PARTED,
            stage="kernels",
            item=", ".join(kernels),
            what="the two processes compute something else",
            differing=len(kernels),
            items=len(first.kernels.keys() & second.kernels.keys()),
            causes=tuple(causes_of_kernels(kernels, first.environment, second.environment)),
        )
    if of_one:
        what = f"only one of them holds {', '.join(of_one)}: the same packages and the same version of samplers in both"
        return Comparison(NOT_COMPARABLE, what=what)
    return Comparison(SAME, ("kernels",))


def _not_comparable(left: Stage, right: Stage) -> str:
    """Why two stages are not about the same; "" if they are."""
    if (left.name, left.kind) != (right.name, right.kind):
        return f"one goes on with {left.name!r}, the other with {right.name!r}: record the same stages of both"
    if left.kind == "operators":
        return ""
    names = {item.name for item in left.items} & {item.name for item in right.items}
    if left.items and right.items and not names:
        return f"{left.name!r} has no item in common: {left.items[0].name!r} and {right.items[0].name!r}; another model"
    return ""


def _parting(left: Stage, right: Stage, first: Recording, second: Recording) -> Parted | None:
    """The first difference of two stages; None if they are the same."""
    if left.kind == "operators":
        return _parting_of_operators(left, right)
    ours, theirs = ({item.name: item for item in stage.items} for stage in (left, right))
    names = list(dict.fromkeys([*ours, *theirs]))
    if left.kind == "settings" and first.environment.get("torch") != second.environment.get("torch"):
        names = [name for name in names if name in ours and name in theirs]  # versions add settings
    differing = [name for name in names if not _equal(ours.get(name), theirs.get(name))]
    if not differing:
        return None
    name = differing[0]
    return Parted(left, right, ours.get(name), theirs.get(name), len(differing), len(names))


def _equal(ours: Item | None, theirs: Item | None) -> bool:
    return ours is not None and theirs is not None and ours.equals(theirs)


def _parting_of_operators(left: Stage, right: Stage) -> Parted | None:
    """Operators are matched by their place, because their names repeat."""
    pairs = list(zip(left.items, right.items, strict=False))
    total = max(len(left.items), len(right.items))
    for place, (ours, theirs) in enumerate(pairs):
        if ours.name != theirs.name:
            return Parted(left, right, ours, theirs, total - place, total, place, only_names=True)
        if not ours.equals(theirs):
            rest = sum(not one.equals(other) or one.name != other.name for one, other in pairs[place:])
            return Parted(left, right, ours, theirs, rest + total - len(pairs), total, place)
    if len(left.items) == len(right.items):
        return None
    end = len(pairs)
    one, other = (next(iter(stage.items[end:]), None) for stage in (left, right))
    return Parted(left, right, one, other, total - end, total, end, only_names=True)


def _parted(parted: Parted, same: list[str], first: Recording, second: Recording) -> Comparison:
    by = None if parted.ours is None or parted.theirs is None else distance(parted.ours, parted.theirs)
    by = None if parted.only_names else by
    return Comparison(
        PARTED,
        tuple(same),
        stage=parted.left.name,
        item=parted.item,
        what=parted.what if by is None else by.text,
        differing=parted.differing,
        items=parted.items,
        distance=by,
        causes=tuple(causes_of(parted, by, first, second)),
    )
