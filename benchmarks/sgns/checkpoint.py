# SPDX-License-Identifier: MIT
"""A training in one safetensors file: weights, the state of the optimiser, and the place in every random stream.

Nothing is pickled: the tensors are in the file's format, and all else is JSON in its header.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samplers.files import whole_or_absent

from .training import Training

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = "samplers/sgns/v1"
WEIGHTS, STATE = "weights.", "optimiser."


def save(training: Training, path: Path) -> None:
    """Write a training after a step.

    Raises
    ------
    TypeError
        If its sampler has no ``state_dict``: a generator of another library cannot be stored as a few integers.
    OSError
        If the file cannot be written.
    """
    from safetensors.torch import save_file

    if not hasattr(training.sampler, "state_dict"):
        raise TypeError(
            f"{training.sampler.info.name} has no state_dict, so that a checkpoint cannot hold its place in the "
            "stream: use a positional sampler, such as 'alias'"
        )
    state = training.step.optimiser.state_dict()
    tensors = {WEIGHTS + name: weight.detach() for name, weight in training.step.model.tensors().items()}
    numbers: dict[str, Any] = {}
    for parameter, values in state["state"].items():
        for name, value in values.items():
            put(tensors, numbers, f"{STATE}{parameter}.{name}", value)
    header = {
        "format": FORMAT,
        "sampler": training.sampler.state_dict(),
        "progress": {"seed": training.seed, "epoch": training.epoch, "done": training.done},
        "groups": state["param_groups"],
        "numbers": numbers,
    }
    with whole_or_absent(path) as draft:
        save_file(tensors, str(draft), metadata={name: json.dumps(value) for name, value in header.items()})


def put(tensors: dict[str, Tensor], numbers: dict[str, Any], name: str, value: Any) -> None:
    """Store a part of an optimiser's state; torch has steps as tensors for some optimisers and as int for others."""
    import torch

    if isinstance(value, torch.Tensor):
        tensors[name] = value.contiguous()
    else:
        numbers[name] = value


def restore(training: Training, path: Path, *, optimiser: bool = True, cursor: bool = True) -> None:
    """Continue a training from a file.

    Parameters
    ----------
    training : Training
        A new one, with the same corpus, sampler, optimiser and seed.
    path : Path
    optimiser, cursor : bool
        Whether the state of the optimiser, and the sampler's place in its stream, are restored. Leave one out to see
        what it changes.

    Raises
    ------
    ValueError
        If the file is no checkpoint, or if it is of another seed, vocabulary, optimiser or noise distribution.
    OSError
        If it cannot be read.
    """
    header, tensors = read(path)
    progress = header["progress"]
    if progress["seed"] != training.seed:
        raise ValueError(f"{path} is of seed {progress['seed']}, and the training has seed {training.seed}")
    if cursor:
        training.sampler.load_state_dict(header["sampler"])  # it is refused for another law
    copy_weights(training, tensors, path)
    if optimiser:
        restore_optimiser(training, header, tensors, path)
    training.epoch, training.done = progress["epoch"], progress["done"]


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The header and the tensors of a file.

    Raises
    ------
    ValueError
        If it is no checkpoint.
    OSError
        If it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "pt") as file:
            header = {name: json.loads(text) for name, text in (file.metadata() or {}).items()}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no checkpoint ({error}): write it with checkpoint.save") from None
    if header.get("format") != FORMAT:
        raise ValueError(f"{path} has format {header.get('format')!r}, and {FORMAT!r} is needed")
    return header, tensors


def copy_weights(training: Training, tensors: dict[str, Tensor], path: Path) -> None:
    """Copy the weights into the model.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    import torch

    for name, weight in training.step.model.tensors().items():
        stored = tensors[WEIGHTS + name]
        if stored.shape != weight.shape:
            raise ValueError(f"{path}: {name} has shape {tuple(stored.shape)}, and the model has {tuple(weight.shape)}")
        with torch.no_grad():
            weight.copy_(stored)


def restore_optimiser(training: Training, header: dict[str, Any], tensors: dict[str, Tensor], path: Path) -> None:
    """Give an optimiser its state.

    Raises
    ------
    ValueError
        If its settings are others than those in the file.
    """
    ours = training.step.optimiser.state_dict()["param_groups"]
    if json.loads(json.dumps(ours)) != header["groups"]:
        raise ValueError(f"{path} is of an optimiser with the settings {header['groups']}, and this one has {ours}")
    state: dict[int, dict[str, Any]] = {}
    for name, value in (tensors | header["numbers"]).items():
        if name.startswith(STATE):
            parameter, _, part = name.removeprefix(STATE).partition(".")
            state.setdefault(int(parameter), {})[part] = value
    training.step.optimiser.load_state_dict({"state": state, "param_groups": header["groups"]})
