# SPDX-License-Identifier: MIT
"""Which likely causes a difference has, by what its stage is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .causes import (
    MOST_OF_A_KERNEL,
    RANDOM,
    SETTINGS,
    USED_BY,
    USED_BY_KIND,
    Cause,
    apart,
    base_name,
    causes_of_kernels,
    kernels_of,
)

if TYPE_CHECKING:
    from .distance import Distance
    from .items import Item
    from .recording import Recording, Stage


@dataclass(frozen=True)
class Parted:
    """The first difference of two stages.

    Attributes
    ----------
    left, right : Stage
        The stages.
    ours, theirs : Item or None
        The items; None if it is missing.
    differing, items : int
        How many items differ, and how many there are.
    place : int or None
        Of an operator, its number from 0.
    only_names : bool
        Whether the operators are others, so that their results cannot be compared.
    """

    left: Stage
    right: Stage
    ours: Item | None
    theirs: Item | None
    differing: int
    items: int
    place: int | None = None
    only_names: bool = False

    @property
    def item(self) -> str:
        """The name of the item, and the number of an operator from 1."""
        name = " / ".join(dict.fromkeys(one.name for one in (self.ours, self.theirs) if one is not None))
        return name if self.place is None else f"operator {self.place + 1}, {name}"

    @property
    def what(self) -> str:
        """How items differ that have no distance."""
        if self.ours is None or self.theirs is None:
            missing = "first" if self.ours is None else "second"
            return f"it is missing in the {missing} recording"
        if self.only_names:
            return "from here on, the two programs run other operators"
        if self.ours.sha256 and self.theirs.sha256:
            return f"{_form(self.ours)} and {_form(self.theirs)}"
        return f"{_value(self.ours)} and {_value(self.theirs)}"


def _form(item: Item) -> str:
    return f"{item.dtype} {item.shape}"


def _value(item: Item) -> str:
    return "an array" if item.sha256 else repr(item.value)


def causes_of(parted: Parted, by: Distance | None, first: Recording, second: Recording) -> list[Cause]:
    """The likely causes of a difference; always at least one."""
    kind = parted.left.kind
    if kind == "operators":
        return _of_operator(parted, by, first, second)
    if kind == "initial weights" and by is not None:
        return _of_initial_weights(by, first, second)
    kernels = _suspects(kind, by, first, second)
    causes = causes_of_kernels(kernels, first.environment, second.environment) if kernels else []
    if causes and not _large(by):
        return causes
    # Many steps may lie before weights that part, and they enlarge the difference of a kernel. So both are named.
    return [*causes, _without_kernels(parted, by, first, second)]


def _large(by: Distance | None) -> bool:
    """Whether a first difference is larger than that of a kernel."""
    if by is None or by.relative is None or by.reordered:
        return False
    return by.relative > MOST_OF_A_KERNEL


def _suspects(kind: str, by: Distance | None, first: Recording, second: Recording) -> set[str]:
    """The kernels that differ, and that this kind of stage uses."""
    differing = set(apart(first.kernels, second.kernels))
    if by is None:
        return set()
    if by.reordered:
        return differing & {"hash"}
    if kind in USED_BY_KIND:
        return differing & set(USED_BY_KIND[kind])
    if kind in ("gradients", "weights", "arrays"):
        operators = [
            item.name
            for one in (first, second)
            for stage in one.stages
            if stage.kind == "operators"
            for item in stage.items
        ]
        return differing & kernels_of(operators) if operators else differing - {"hash"}
    return set()


def _of_initial_weights(by: Distance, first: Recording, second: Recording) -> list[Cause]:
    kernels = _suspects("initial weights", by, first, second)
    if kernels and not _large(by):
        return causes_of_kernels(kernels, first.environment, second.environment)
    return [_of_generators(first, second)]


def _of_generators(first: Recording, second: Recording) -> Cause:
    """What the states of the global generators say about different weights."""
    moments = [moment for moment in first.generators if moment in second.generators]
    states = [apart(first.generators[moment], second.generators[moment]) for moment in moments]
    # The last moment decides, because a program may be seeded after its recorder was made.
    if states and "torch seed" in states[-1]:
        seeds = [one.generators[moments[-1]]["torch seed"] for one in (first, second)]
        return Cause(f"another seed of torch, {seeds[0]} and {seeds[1]}", "the same seed: seed_everything(seed)")
    if states and "torch" in states[-1] and "torch" in states[0]:
        return Cause(
            "the same seed of torch, but one program has drawn from the global generator before the recorder",
            "named_streams(seed), so that other draws move nothing, or the same draws in the same order",
        )
    if states and "torch" in states[-1]:
        return Cause(
            "the same seed of torch, but other draws from the global generator between the recorder and the start",
            "named_streams(seed), so that other draws move nothing, or the same model and the same draws before it",
        )
    drawn = [name for state in states for name in state if name in ("numpy", "random")]
    if drawn:
        return Cause(f"another state of the global generator of {drawn[0]}", "seed_everything(seed) before the model")
    return Cause(
        "no kernel and no global generator explains it: other weights were loaded, or a generator of the program's own",
        "the same file of weights, or a seed for that generator",
    )


def _of_operator(parted: Parted, by: Distance | None, first: Recording, second: Recording) -> list[Cause]:
    ours, theirs = parted.ours, parted.theirs
    if ours is None or theirs is None or parted.only_names:
        versions = [
            f"{name} {first.environment[name]} and {second.environment[name]}"
            for name in ("torch",)
            if name in apart(first.environment, second.environment)
        ]
        return [
            Cause(
                "another program, or another version of a library" + "".join(f" ({text})" for text in versions),
                "the same code and the same versions",
            )
        ]
    name = base_name(ours.name)
    if ours.device != "cpu" or theirs.device != "cpu":
        return [
            Cause(
                f"an operator on {ours.device} and {theirs.device}; only kernels of the CPU were compared",
                "the same device, and torch.use_deterministic_algorithms(True)",
            )
        ]
    if ours.inputs != theirs.inputs:
        return [
            Cause(
                "no kernel: the operator was given something else, which came into the step from outside",
                "pass the batch to recorder.step(...), to see whether it is the data",
            )
        ]
    kernels = set(apart(first.kernels, second.kernels)) & set(USED_BY.get(name, ()))
    if kernels and not (_large(by) and name in RANDOM):
        return causes_of_kernels(kernels, first.environment, second.environment)
    if name in RANDOM:
        return [
            Cause(
                "a random operator: the generator was in another state",
                "the same seed and the same draws before it: seed_everything(seed)",
            )
        ]
    return _unexplained(first, second)


def _unexplained(first: Recording, second: Recording) -> list[Cause]:
    """The same inputs gave another output, and no fingerprint is about the operator: what differs is named."""
    settings = [
        setting
        for setting in SETTINGS.values()
        if any(first.environment.get(key) != second.environment.get(key) for key in setting.evidence)
    ]
    text = "the same inputs gave something else, and no fingerprint is about this operator"
    named = ", ".join(setting.title for setting in settings if setting is not SETTINGS["hash"])
    if named:
        return [Cause(f"{text}; what differs is {named}", "the same settings in both")]
    return [
        Cause(
            f"{text}: another processor, or an operator that adds in any order",
            "OMP_NUM_THREADS=1, ATEN_CPU_CAPABILITY=default and MKL_CBWR=COMPATIBLE in both",
        )
    ]


# A generator of the loader also gives the workers their seeds, once for each epoch, or only once if they are persistent
# (`_BaseDataLoaderIter.__init__` in torch.utils.data.dataloader). So the order of the second epoch would differ.
SAME_ORDER = (
    "the same order: sampler=RandomSampler(data, generator=named_streams(seed).torch('order')) in both loaders; a "
    "generator of the loader itself does not suffice if only one of them has persistent workers"
)

# For each kind, if no kernel explains the difference.
PLAIN = {
    "generators": ("a library draws other numbers", "the same versions of Python, NumPy and torch"),
    "counts": ("another corpus, tokeniser or threshold", "the same file of counts: samplers.read_counts"),
    "weights of the law": ("another exponent, or another version of samplers", "the same exponent"),
    "table": ("another strategy, or other options of it", "the same arguments of samplers.create"),
    "draws": ("another generator: nothing before the draws differs", "the same seed and the same version of samplers"),
    "data": ("another order or other data", f"{SAME_ORDER}, and the same file"),
    "settings": ("the optimiser was made with other arguments", "the same arguments"),
    "initial weights": ("another model", "the same model"),
    "optimiser state": (
        "the optimiser starts in another state",
        "load_state_dict of the optimiser from the same checkpoint",
    ),
    "batch": ("other examples, or the same in another order", SAME_ORDER),
    "gradients": (
        "another batch, or something random in the step",
        "pass the batch to recorder.step(...)",
    ),
    "weights": (
        "the gradients were the same, and the update was not",
        "the same schedule of the learning rate",
    ),
    "arrays": ("other data, or another seed", "record more stages before this one"),
}


def _without_kernels(parted: Parted, by: Distance | None, first: Recording, second: Recording) -> Cause:
    kind = parted.left.kind
    ours, theirs = parted.ours, parted.theirs
    if by is not None and by.reordered and kind in ("counts", "data", "batch"):
        return Cause("the same values in another order: another shuffle, or a list in another order", PLAIN[kind][1])
    if kind == "cursor":
        if parted.item == "key":
            return Cause("another seed of the sampler", "the same rng= of samplers.create")
        return Cause("another place in the stream of the sampler", "load_state_dict of the same checkpoint")
    if kind == "optimiser state" and (ours is None or theirs is None):
        return Cause("a field of the checkpoint was not restored", PLAIN[kind][1])
    if kind == "generators":
        versions = [
            f"{name} {first.environment[name]} and {second.environment[name]}"
            for name in ("python", "numpy", "torch")
            if name in apart(first.environment, second.environment)
        ]
        return Cause(f"{PLAIN[kind][0]} ({'; '.join(versions) or 'the same versions'})", PLAIN[kind][1])
    return Cause(*PLAIN[kind])
