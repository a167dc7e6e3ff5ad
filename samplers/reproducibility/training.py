# SPDX-License-Identifier: MIT
"""What a recorder reads of a training in torch: parameters, the optimiser, and the operators of a step."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from .items import Item, Value, item_of, named_leaves

# Operators that write memory which nobody has written before, or that only move values: they compute nothing.
COPIES = {
    "copy",
    "clone",
    "unsafe_view",
    "empty",
    "empty_like",
    "empty_strided",
    "new_empty",
    "new_empty_strided",
    "lift_fresh",
}
# Operators in place that do not read what they overwrite. Uninitialised memory is not an input.
OVERWRITE = {"normal", "uniform", "bernoulli", "exponential", "random", "zero", "fill", "copy", "geometric", "cauchy"}
# A longer step is recorded up to here: 2,000 operators are 1 MB of JSON.
MOST_OPERATORS = 2000


def weights_of(model: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of the parameters and buffers of a module."""
    yield from model.named_parameters()
    yield from model.named_buffers()


def gradients_of(model: Any) -> Iterator[tuple[str, Any]]:
    """Names and gradients of those parameters that have one. A sparse gradient comes as its indices and values."""
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            yield from named_leaves(name, parameter.grad)


def settings_of(optimizer: Any) -> Iterator[tuple[str, Value]]:
    """The class of an optimiser, and the settings of each of its groups of parameters."""
    yield "class", type(optimizer).__name__
    for number, group in enumerate(optimizer.param_groups):
        for name, value in group.items():
            if name == "params":
                yield f"group {number}: parameters", len(value)
            else:
                yield f"group {number}: {name}", _plain(value)


def _plain(value: Any) -> Value:
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # a learning rate may be a tensor
        value = value.item()
    return value if isinstance(value, Value) else repr(value)


def state_of(optimizer: Any, model: Any) -> Iterator[tuple[str, Any]]:
    """The moments and counters of an optimiser; nothing before its first step."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for number, group in enumerate(optimizer.param_groups):
        for place, parameter in enumerate(group["params"]):
            name = names.get(id(parameter), f"group {number} parameter {place}")
            for key, value in sorted(optimizer.state.get(parameter, {}).items()):
                if isinstance(value, Value) or hasattr(value, "detach"):
                    yield f"{name}: {key}", value


class Operators:
    """The operators that ran, with what they were given and what they gave; ``paused`` while a recorder works."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.ran = 0
        self.paused = False

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run an operator of torch, and describe it."""
        name = str(function).removeprefix("aten.")
        base = name.partition(".")[0].strip("_")
        if self.paused or base in COPIES or _is_view(function):
            return function(*args, **kwargs)
        self.ran += 1
        if len(self.items) >= MOST_OPERATORS:
            return function(*args, **kwargs)
        written = list(_written(function, args, kwargs))
        skipped = {id(tensor) for tensor in written} if base in OVERWRITE else set()
        given = _hash_of_inputs((args, {key: value for key, value in kwargs.items() if key != "out"}), skipped)
        result = function(*args, **kwargs)
        outputs = [tensor for tensor in _tensors(result) if tensor.numel()] or written
        for number, tensor in enumerate(outputs):
            # The number of the operator is its place in the list: an inserted one must not rename those after it.
            label = name if len(outputs) == 1 else f"{name} output {number}"
            self._add(label, tensor, given)
        return result

    def _add(self, label: str, tensor: Any, given: str) -> None:
        for path, part in named_leaves("", tensor):
            if _readable(part):
                item = item_of(f"{label}{path}", part, number=len(self.items), inputs=given)
                self.items.append(replace(item, bag=""))


def _is_view(function: Any) -> bool:
    """Whether an operator returns the memory that it was given, and does not change it."""
    aliases = [result.alias_info for result in function._schema.returns]
    return bool(aliases) and all(alias is not None and not alias.is_write for alias in aliases)


def _written(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    """The tensors that an operator changes in place: some, such as _foreach_add_, return nothing."""
    for place, argument in enumerate(function._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            yield from _tensors(args[place] if place < len(args) else kwargs.get(argument.name))


def _tensors(value: Any) -> list[Any]:
    from torch import Tensor
    from torch.utils._pytree import tree_flatten

    return [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, Tensor)]


def _readable(tensor: Any) -> bool:
    """Whether the elements can be copied to the CPU: not those of tensors without memory or with their own rules."""
    import torch

    plain = type(tensor) in (torch.Tensor, torch.nn.Parameter) and tensor.layout == torch.strided
    return plain and tensor.device.type != "meta" and not tensor.is_quantized


def _hash_of_inputs(given: Any, skipped: set[int]) -> str:
    """A hash of the tensors and numbers that an operator was given."""
    from torch import Tensor
    from torch.utils._pytree import tree_flatten

    digest = hashlib.sha256()
    for leaf in tree_flatten(given)[0]:
        if not isinstance(leaf, Tensor):
            digest.update(repr(leaf if isinstance(leaf, Value) else str(type(leaf))).encode())
        elif id(leaf) not in skipped:
            parts = [item_of("", part) for _, part in named_leaves("", leaf) if _readable(part)]
            digest.update(repr([(part.dtype, part.shape, part.sha256) for part in parts]).encode())
    return digest.hexdigest()[:16]


@contextmanager
def watched_operators() -> Iterator[Operators]:
    """Record the operators of torch that run inside, forward, backward and in the optimiser."""
    from torch.utils._python_dispatch import TorchDispatchMode

    operators = Operators()

    class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call,misc]
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            # To keep torch.compile out of this method, torch imports its compiler, which takes 2 seconds. A program
            # that compiles has imported it already.
            return "torch._dynamo" in sys.modules

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return operators.call(function, args, kwargs or {})

    with Watch():  # type: ignore[no-untyped-call]
        yield operators


def as_arrays(values: Any) -> Iterator[tuple[str, Any]]:
    """Names and arrays of a mapping, a sequence or a single array."""
    if isinstance(values, list | tuple):
        values = {str(number): value for number, value in enumerate(values)}
    if not hasattr(values, "items") or hasattr(values, "shape"):
        values = {"values": np.asarray(values) if not hasattr(values, "shape") else values}
    for name, value in values.items():
        yield from named_leaves(str(name), value)
