# SPDX-License-Identifier: MIT
"""A recording, and the JSON file that holds it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from ..files import as_path, exists_already, write_text
from .items import Item
from .kernels import environment, generator_states, kernel_fingerprints

FORMAT = "samplers.recording/v1"
# Of a file: a recording of a large model is some megabytes, and what is larger is something else.
MOST_BYTES = 2**28
# What a stage is about, which decides what may have caused a difference in it.
KINDS = (
    "generators",
    "counts",
    "weights of the law",
    "table",
    "cursor",
    "draws",
    "data",
    "settings",
    "initial weights",
    "optimiser state",
    "batch",
    "operators",
    "gradients",
    "weights",
    "arrays",
)


class RecordingError(ValueError):
    """A file is no recording, or it is damaged; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Stage:
    """A stage of a run: what it is about, and its items in order.

    Attributes
    ----------
    name : str
        Such as "weights after step 4".
    kind : str
        One of `samplers.reproducibility.recording.KINDS`.
    items : tuple of Item
        The arrays and values.
    """

    name: str
    kind: str
    items: tuple[Item, ...]


@dataclass
class Recording:
    """What ``Recorder`` writes and ``compare`` reads.

    Attributes
    ----------
    stages : list of Stage
        In the order in which they were recorded.
    kernels : dict of str to str
        What the machine computes, of `kernel_fingerprints`.
    environment : dict of str to str
        Versions and settings.
    generators : dict of str to dict
        The states of the global generators, by the moment: "at the recorder" and "at the start of training".
    """

    stages: list[Stage] = field(default_factory=list)
    kernels: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    generators: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of_this_process(cls) -> Recording:
        """Make a recording without stages: kernels, versions, settings.

        Returns
        -------
        Recording
            Its stages and generators are empty.
        """
        return cls(kernels=kernel_fingerprints(), environment=environment())

    def note_generators(self, moment: str) -> None:
        """Keep the states of the global generators.

        Parameters
        ----------
        moment : str
            When that is, as `compare` will say it.
        """
        self.generators[moment] = generator_states()

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the file, completely or not at all.

        Parameters
        ----------
        path : str or os.PathLike
            Its name usually ends in ``.json``.
        overwrite : bool, default False
            Whether an existing file is replaced.

        Raises
        ------
        TypeError, ValueError
            If the path is none, or ``overwrite`` is no bool.
        FileExistsError
            If the file exists and ``overwrite`` is False.
        OSError
            If it cannot be written.
        """
        target = as_path(path)
        if not isinstance(overwrite, bool):
            raise TypeError(f"overwrite must be True or False, got {overwrite!r}")
        lines = (
            ("format", FORMAT),
            ("environment", self.environment),
            ("kernels", self.kernels),
            ("generators", self.generators),
        )
        head = ",\n".join(f"{json.dumps(key)}:{_compact(value)}" for key, value in lines)
        stages = ",\n".join(
            _compact({"name": stage.name, "kind": stage.kind, "items": [item.to_json() for item in stage.items]})
            for stage in self.stages
        )
        try:
            write_text(target, f'{{{head},\n"stages":[{stages}]}}\n', replace=overwrite)
        except FileExistsError:
            raise exists_already(target) from None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Recording:
        """Read a file, and check it.

        Parameters
        ----------
        path : str or os.PathLike
            What `write` wrote.

        Returns
        -------
        Recording
            Its contents.

        Raises
        ------
        RecordingError
            If the file is something else, damaged, or of another version.
        OSError
            If it cannot be read.
        """
        try:
            with open(path, "rb") as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise ValueError("it is larger than 256 MB")
            return cls._of_document(json.loads(data.decode("utf-8")))
        except RecursionError:
            fault = "its JSON is nested too deeply"
        except json.JSONDecodeError as error:
            fault = f"it is not JSON, or cut off, at line {error.lineno}"
        except UnicodeDecodeError:
            fault = "it is not text"
        except ValueError as error:
            fault = str(error)
        raise RecordingError(
            f"{path} is no recording that can be read: {fault}. Write it again with `samplers record`, and copy it as "
            "a binary file"
        )

    @classmethod
    def _of_document(cls, document: Any) -> Recording:
        if not isinstance(document, dict) or "format" not in document:
            raise ValueError("it is JSON, but of another program")
        if document["format"] != FORMAT:
            raise ValueError(
                f"its format is {document['format']!r}, and this version of samplers reads {FORMAT!r}: use the same "
                "version of samplers for both"
            )
        moments = document.get("generators")
        if not isinstance(moments, dict):
            raise ValueError("it lacks the generators")
        return cls(
            stages=[_stage_of(written) for written in _list(document.get("stages"), "stages")],
            kernels=_texts(document.get("kernels"), "kernels"),
            environment=_texts(document.get("environment"), "environment"),
            generators={moment: _texts(states, "generators") for moment, states in moments.items()},
        )


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=True)


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"it lacks the {what}")
    return value


def _texts(value: Any, what: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError(f"it lacks the {what}")
    return value


def check_names(stage: Stage) -> None:
    """Raise ValueError if two items have one name, by which they are compared; operators are compared by place."""
    names = [item.name for item in stage.items]
    if stage.kind != "operators" and len(set(names)) < len(names):
        repeated = next(name for place, name in enumerate(names) if name in names[:place])
        raise ValueError(f"two items have the name {repeated!r}: give each its own")


def _stage_of(written: Any) -> Stage:
    if not isinstance(written, dict) or not isinstance(written.get("name"), str):
        raise ValueError("a stage has no name")
    name, kind = written["name"], written.get("kind")
    if kind not in KINDS:
        raise ValueError(f"the stage {name!r} has the unknown kind {kind!r}")
    try:
        stage = Stage(name, kind, tuple(Item.from_json(item) for item in _list(written.get("items"), "items")))
        check_names(stage)
        return stage
    except ValueError as error:
        raise ValueError(f"in the stage {name!r}, {error}") from error
