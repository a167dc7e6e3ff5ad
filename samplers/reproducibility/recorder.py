# SPDX-License-Identifier: MIT
"""`Recorder`: writes down a run, stage by stage, so that two runs can be compared where they part."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from ..arguments import as_count
from ..base import Sampler
from ..files import as_path
from .items import Item, item_of
from .kernels import known_answers
from .recording import KINDS, Recording, Stage, check_names
from .training import as_arrays, gradients_of, settings_of, state_of, watched_operators, weights_of

if TYPE_CHECKING:
    from ..laws.law import Law

# Stages in which the same values in another order have a cause of their own.
ORDER_MATTERS = {"counts", "draws", "data", "batch", "arrays"}
# Of a law with more ids, arrays of V elements are not built: `uniform(10**9)` has no array at all.
MOST_IDS = 2**24


class Recorder:
    """Records a run for ``compare``: generators, sampler, weights, operators, gradients, in their order.

    Three lines in a training in torch; everything else is optional::

        recorder = Recorder("run.json")               # before the model is made
        recorder.start(model, optimizer)              # before the first step
        with recorder.step(inputs, targets):          # around every step

    Of the steps 1, 2, 4, 8, ... it keeps the batch, the gradients and the weights, and of step 1 every operator. The
    file is written after each of them. Without torch, `stage` records plain arrays of Keras, NumPy or another library.

    Parameters
    ----------
    path : str or os.PathLike, optional
        The file. It is written at once, at each recorded step, and by `write`. So a path that cannot be written is an
        error before the training, and no other run takes the same name.
    overwrite : bool, default False
        Whether an existing file is replaced, for example that of an earlier run.

    Raises
    ------
    TypeError, ValueError
        If the path is none, or ``overwrite`` is no bool.
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> None:
        if not isinstance(overwrite, bool):
            raise TypeError(f"overwrite must be True or False, got {overwrite!r}")
        self.path = None if path is None else os.path.abspath(as_path(path))  # a training may change the folder
        self.overwrite = overwrite
        self._written: set[str] = set()
        self.recording = Recording.of_this_process()
        self.recording.note_generators("at the recorder")
        self.steps = 0
        self._model: Any = None
        self._optimizer: Any = None
        self._add("known answers of the generators", "generators", known_answers())
        if self.path is not None:
            self.write()

    def stage(self, name: str, arrays: Any, *, kind: str = "arrays") -> None:
        """Record arrays of any library as the next stage.

        Parameters
        ----------
        name : str
            The name of the stage, such as "weights after epoch 1". Each name is used once.
        arrays : mapping, sequence or array_like
            Names and arrays, tensors or plain values; a sequence is numbered (``model.get_weights()`` of Keras).
        kind : str, default "arrays"
            What they are, which decides what `compare` suspects: "counts", "data", "settings", "initial weights",
            "batch", "gradients", "weights", or "arrays" for anything else.

        Raises
        ------
        TypeError, ValueError
            If a name is empty or used already, if the kind is unknown, or if something is neither array nor value.
        """
        if not isinstance(name, str) or not name:
            raise ValueError(f"name must be the name of the stage, got {name!r}")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        self._add(name, kind, as_arrays(arrays))

    def sampler(self, sampler: Sampler, *, k: int = 5, rows: int = 200, name: str = "") -> None:
        """Record a sampler: counts, weights, table, its place in the stream, and its next rows. It does not move.

        Parameters
        ----------
        sampler : Sampler
            The sampler, at the place where the training begins to draw.
        k : int, default 5
            Ids a row; fewer if the law has fewer ids.
        rows : int, default 200
            Rows that are drawn from a copy of the sampler.
        name : str, default ""
            Its name, if there are several.

        Raises
        ------
        TypeError, ValueError
            If an argument is not valid.
        """
        if not isinstance(sampler, Sampler):
            raise TypeError(
                f"sampler must be a samplers.Sampler over one law, got {sampler!r}; of an "
                "object that draws with a sampler, pass that sampler"
            )
        law, end = sampler.noise, f" of {name}" if name else ""
        k, rows = min(as_count("k", k, minimum=1), law.nonzero), as_count("rows", rows, minimum=1)
        few = len(law) <= MOST_IDS
        self._add(f"counts{end}", "counts", _counts_of(law) if few else {"V": len(law)}.items())
        self._add(f"weights of the law{end}", "weights of the law", _weights_of(law, few))
        implied = sampler.implied_probabilities() if few else None
        table = {} if implied is None else {"probabilities of the table": implied}
        described = {"strategy": sampler.name, "stream": sampler.info.stream, "replacement": sampler.replacement}
        self._add(f"table{end}", "table", (described | table).items())
        self._add(f"place in the stream{end}", "cursor", _place_of(sampler).items())
        self._add(f"first draws{end}", "draws", {"ids": copy.copy(sampler).sample(rows, k)}.items())
        if sampler.replacement and sampler.info.positional and False in sampler.info.replacement_modes:
            distinct: Any = type(sampler)(law, replacement=False)
            distinct.key, distinct.epoch, distinct.position = sampler.key, sampler.epoch, sampler.position  # type: ignore[attr-defined]
            self._add(f"rows without replacement{end}", "draws", {"ids": distinct.sample(rows, k)}.items())

    def start(self, model: Any, optimizer: Any = None, *, order: Any = None, **arrays: Any) -> None:
        """Record what a training in torch starts from: settings, initial weights, the optimiser's state.

        Parameters
        ----------
        model : torch.nn.Module
            The model, before its first step.
        optimizer : torch.optim.Optimizer, optional
            The optimiser. With it, gradients are read before they are used, so that the step may also clear them.
        order : array_like, optional
            The numbers of the examples in the order of the training.
        **arrays
            Other arrays that the training starts from, by name.

        Raises
        ------
        TypeError
            If the model or the optimiser is none of torch.
        RuntimeError
            If the training has started already.
        """
        if not hasattr(model, "named_parameters") or not hasattr(model, "named_buffers"):
            raise TypeError(
                f"model must be a torch.nn.Module, got {type(model).__name__}: record arrays of other libraries with "
                "recorder.stage('initial weights', arrays, kind='initial weights')"
            )
        if optimizer is not None and not hasattr(optimizer, "param_groups"):
            raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {type(optimizer).__name__}")
        if self._model is not None:
            raise RuntimeError("the training has started already: use one Recorder for each training")
        self._model, self._optimizer = model, optimizer
        self.recording.note_generators("at the start of training")
        if arrays:
            self._add("arrays at the start", "data", as_arrays(arrays))
        if order is not None:
            self._add("order of the data", "data", {"numbers of the examples": order}.items())
        if optimizer is not None:
            self._add("settings of the optimiser", "settings", settings_of(optimizer))
        self._add("initial weights", "initial weights", weights_of(model))
        if optimizer is not None:
            self._add("state of the optimiser", "optimiser state", state_of(optimizer, model))

    @contextmanager
    def step(self, *batch: Any) -> Iterator[None]:
        """Surround a step of the training: forward, backward, optimiser.

        Parameters
        ----------
        *batch : tensor, array_like, or nested dict, list or tuple of them
            What the step is trained on.

        Yields
        ------
        None
            Steps 1, 2, 4, 8, ... are recorded. The others cost nothing.

        Raises
        ------
        RuntimeError
            If `start` was not called, or if no parameter has a gradient.
        """
        if self._model is None:
            raise RuntimeError("call recorder.start(model, optimizer) before the first step")
        number = self.steps + 1
        if number & (number - 1):
            yield
            self.steps = number
            return
        given = self._stage(f"batch of step {number}", "batch", as_arrays(batch)) if batch else None
        with ExitStack() as stack:
            operators = stack.enter_context(watched_operators()) if number == 1 else None
            gradients = stack.enter_context(self._gradients(operators))
            yield
        self.steps = number
        if given is not None:
            self.recording.stages.append(given)
        if operators is not None:
            self.recording.stages.append(Stage("operators of step 1", "operators", tuple(operators.items)))
        if not gradients:
            gradients += _items(gradients_of(self._model))
        if not gradients:
            raise RuntimeError(
                f"no parameter has a gradient at the end of step {number}: give the optimizer to recorder.start, or "
                "clear the gradients before the backward pass and not after it"
            )
        self.recording.stages.append(Stage(f"gradients of step {number}", "gradients", tuple(gradients)))
        self._add(f"weights after step {number}", "weights", weights_of(self._model))
        if self.path is not None:
            self.write()

    def write(self, path: str | os.PathLike[str] | None = None) -> None:
        """Write the file.

        Parameters
        ----------
        path : str or os.PathLike, optional
            The file. Default: that of the recorder.

        Raises
        ------
        TypeError, ValueError
            If there is no path.
        FileExistsError
            If the file exists, this recorder did not write it, and its ``overwrite`` is False.
        OSError
            If it cannot be written.
        """
        target = self.path if path is None else path
        if target is None:
            raise ValueError("path: the recorder has none; name the file to write")
        place = os.path.realpath(as_path(target))
        self.recording.write(target, overwrite=self.overwrite or place in self._written)
        self._written.add(place)

    @contextmanager
    def _gradients(self, operators: Any) -> Iterator[list[Item]]:
        """A list that gets the gradients when the optimiser first uses them."""
        found: list[Item] = []

        def read(*_: Any) -> None:
            if found:
                return
            if operators is not None:
                operators.paused = True
            try:
                found.extend(_items(gradients_of(self._model)))
            finally:
                if operators is not None:
                    operators.paused = False

        if not hasattr(self._optimizer, "register_step_pre_hook"):
            yield found
            return
        handle = self._optimizer.register_step_pre_hook(read)
        try:
            yield found
        finally:
            handle.remove()

    def _add(self, name: str, kind: str, arrays: Iterable[tuple[str, Any]]) -> None:
        self.recording.stages.append(self._stage(name, kind, arrays))

    def _stage(self, name: str, kind: str, arrays: Iterable[tuple[str, Any]]) -> Stage:
        if any(stage.name == name for stage in self.recording.stages):
            raise ValueError(f"there is a stage {name!r} already: give each its own name")
        stage = Stage(name, kind, tuple(_items(arrays, ordered=kind not in ORDER_MATTERS)))
        check_names(stage)
        return stage


def _items(arrays: Iterable[tuple[str, Any]], *, ordered: bool = True) -> list[Item]:
    return [item_of(name, value, number=number, ordered=ordered) for number, (name, value) in enumerate(arrays)]


def _counts_of(law: Law) -> Iterator[tuple[str, Any]]:
    yield "V", len(law)
    yield "counts", law.counts
    if law.words is not None:
        yield "words", hashlib.sha256("\n".join(law.words).encode("utf-8", "surrogatepass")).hexdigest()


def _weights_of(law: Law, few: bool) -> Iterator[tuple[str, Any]]:
    yield "exponent", law.exponent
    yield "fingerprint", law.fingerprint
    if few:
        yield "weights", law.weights


def _place_of(sampler: Any) -> dict[str, Any]:
    if not sampler.info.positional:
        return {"position": sampler.position}
    return {"key": f"{sampler.key:x}", "epoch": sampler.epoch, "position": sampler.position}
