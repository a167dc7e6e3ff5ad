# SPDX-License-Identifier: MIT
"""The JSON documents that benchmarks write and the report reads, declared once each, with one writer and one reader.

Every document begins with the same header (`Header`). Reading is strict: an error names the file, what is wrong in it,
and the command that makes it again.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .noise import Noise, Reading, between, reading

__all__ = ["DOCUMENTS", "Document", "Header", "InputError", "Noise", "Start", "continued", "read_json", "write"]

if TYPE_CHECKING:
    from samplers.commands.ending import Parser

Shape = TypeVar("Shape")
FOLDER = Path(".asv")


class InputError(Exception):
    """An input is missing or unreadable; the message names the file and the command that makes it."""


@dataclass(frozen=True)
class Header:
    """What every document begins with.

    Attributes
    ----------
    schema : str
        The kind of document.
    version : int
        The version of the kind; a reader takes its own version only.
    command : str
        The command that measured it.
    commit : str or None
        The commit that was checked out when the measurement began.
    dirty : bool
        Whether files differed from the commit.
    machine : mapping
        Processor, memory, system and versions.
    time : str
        When the measurement began, ISO 8601 in UTC.
    noise : Noise or None
        How much other programs disturbed it; None on a system without the counters.
    """

    schema: str
    version: int
    command: str
    commit: str | None
    dirty: bool
    machine: Mapping[str, Any]
    time: str
    noise: Noise | None


@dataclass(frozen=True)
class Start:
    """The commit, the machine, the time and the counters of the kernel when a measurement begins."""

    commit: str | None
    dirty: bool
    machine: Mapping[str, Any]
    time: str
    reading: Reading | None

    @classmethod
    def now(cls) -> Start:
        """Take it."""
        from .environment import commit, environment

        return cls(*commit(), environment(), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", reading())


@dataclass(frozen=True)
class Document:
    """A kind of document.

    Attributes
    ----------
    name : str
        The name of its file in `FOLDER`, without ``.json``.
    version : int
        It rises if a field changes its meaning or is removed.
    made_by : str
        The command that writes it.
    title : str
        What it holds.
    cores : int
        How many cores its command keeps busy while it takes times; 0 if it takes none.
    """

    name: str
    version: int
    made_by: str
    title: str
    cores: int = 0

    @property
    def schema(self) -> str:
        """The kind, as the file states it."""
        return f"samplers/{self.name}"

    @property
    def path(self) -> Path:
        """The default path, relative to the root of the repository."""
        return FOLDER / f"{self.name}.json"

    def parser(self, description: str | None) -> Parser:
        """The options of the command that writes it: ``--out``, and what the caller adds."""
        from samplers.commands.ending import Parser

        parser = Parser(prog=self.made_by, description=description)
        parser.add_argument("--out", type=self.target, default=self.path, help="default: %(default)s")
        return parser

    def target(self, text: str) -> Path:
        """The path of ``--out``, checked before anything is measured.

        An earlier document of this kind is replaced, and so is any file at the default path.

        Raises
        ------
        ArgumentTypeError
            If it is a folder, if its folder is a file, or if it is a file of something else.
        """
        path = Path(text)
        above = next(parent for parent in path.absolute().parents if parent.exists())
        if not text or path.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is a folder: name a file, such as {self.path.name}")
        if not above.is_dir():
            raise argparse.ArgumentTypeError(f"{path}: {above} is no folder")
        if path.exists() and path.absolute() != self.path.absolute():
            try:
                found = read_json(path, self.made_by).get("schema")
            except InputError:
                found = None
            if found != self.schema:
                raise argparse.ArgumentTypeError(
                    f"{path} exists already, and is no file of `{self.made_by}`: name another file, or remove it"
                )
        return path

    def read(self, path: Path) -> dict[str, Any]:
        """The JSON object of a file of this kind and version.

        Raises
        ------
        InputError
            If it is missing, is no JSON object, or is of another kind or version.
        """
        content = read_json(path, self.made_by)
        found, needed = (content.get("schema"), content.get("version")), (self.schema, self.version)
        if found != needed:
            raise InputError(
                f"{path} has schema {found[0]!r} version {found[1]!r}, but {needed[0]!r} version {needed[1]!r} is "
                f"needed: run `{self.made_by}` again"
            )
        return content

    def load(self, shape: type[Shape], path: Path) -> Shape:
        """A file of this kind as a dataclass, whose types are checked; its field ``header`` is the header.

        Raises
        ------
        InputError
            As `read`; also if a field is missing or has a value of another type.
        """
        import msgspec

        content = self.read(path)
        try:
            return msgspec.convert(content | {"header": content}, shape)
        except msgspec.ValidationError as error:
            raise self.damaged(path, error) from None

    def damaged(self, path: Path, why: object) -> InputError:
        """The error for a file of this kind with missing or wrong fields."""
        return InputError(f"{path} is damaged ({why}): run `{self.made_by}` again")


# A document a line, so that a new one adds a line and changes none.
QUESTIONS = Document("questions", 1, "python -m benchmarks.questions", "what each benchmark of asv asks")
FIDELITY = Document("fidelity", 3, "python -m benchmarks.fidelity", "the checks of what is drawn")
CLAIMS = Document("claims", 2, "python -m benchmarks.claims", "the claimed ratios", cores=1)
PRICES = Document("prices", 2, "python -m benchmarks.prices", "the prices of requests", cores=1)
REGIONS = Document("regions", 3, "python -m benchmarks.regions", "the decision grid", cores=1)
REGRET = Document("regret", 4, "python -m benchmarks.regret", "the regret of the recommendation", cores=1)
NEIGHBOURS = Document("neighbours", 2, "python -m benchmarks.neighbours", "samplers of other libraries", cores=1)
SHARE = Document("sgns.share", 2, "python -m benchmarks.sgns share", "the share of drawing in a training step", cores=1)
QUALITY = Document("sgns.quality", 2, "python -m benchmarks.sgns quality", "the quality of vectors")
RESUME = Document("sgns.resume", 2, "python -m benchmarks.sgns resume", "trainings that stop and continue")
GPU = Document("gpu", 3, "python -m benchmarks.gpu", "ids on a GPU")
MATRIX = Document("matrix", 1, "python -m benchmarks.matrix", "what changes the ids of a run")
LAB = Document("experiments", 1, "python -m benchmarks.experiments all", "the experiments of the posts")
LAB_TENSORFLOW = Document("experiments.tensorflow", 1, "make lab-tensorflow", "posts 001 and 002 in TensorFlow")
INSTRUCTIONS = Document("instructions", 1, "python -m benchmarks.instructions", "instructions of an id")
ROOFLINE = Document("roofline", 1, "python -m benchmarks.roofline", "the parts of a draw", cores=1)
STRATA = Document("strata", 1, "python -m benchmarks.strata", "where the negatives of each law fall")
COMPARE = Document("compare", 1, "python -m benchmarks compare", "a few strategies on one workload")
FINDINGS = Document("findings", 2, "python -m benchmarks.findings", "the figures of docs/findings.md")
NOISE = Document("noise", 2, "python -m benchmarks", "what disturbed the steps of asv")
PROGRESS = Document("progress", 1, "python -m benchmarks", "the finished steps")
ROUNDS = Document("rounds", 2, "python -m benchmarks.steadiness", "raw rounds of some cells of the decision grid")
DOCUMENTS = {document.name: document for document in list(vars().values()) if isinstance(document, Document)}


def write(document: Document, content: Mapping[str, Any], path: Path, start: Start, options: str = "") -> None:
    """Write a document with its header, as strict JSON and atomically: an interrupted run leaves the previous file.

    Parameters
    ----------
    document : Document
    content : mapping
        JSON-ready, without the fields of `Header`.
    path : Path
    start : Start
        Taken before the measurement.
    options : str
        What followed the command of the document, for example ``--quick``.
    """
    header = Header(
        schema=document.schema,
        version=document.version,
        command=" ".join([document.made_by, *options.split()]),
        commit=start.commit,
        dirty=start.dirty,
        machine=start.machine,
        time=start.time,
        noise=between(start.reading, reading()),
    )
    write_json(path, {**asdict(header), **content})


def continued(document: Document, path: Path, start: Start) -> dict[str, Any]:
    """The document of an earlier run that this one continues.

    It is empty if there is none, if it is damaged, if it is of another commit or machine, or if files differ from the
    commit.
    """
    try:
        before = document.read(path)
    except InputError:
        return {}
    same = not start.dirty and (before.get("commit"), before.get("dirty")) == (start.commit, False)
    return before if same and before.get("machine") == start.machine else {}


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write strict JSON atomically: an interrupted run leaves the previous file unchanged."""
    from samplers.files import write_text  # late: asv loads the questions with older versions of the library too

    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, as_json(content) + "\n")


def as_json(value: Any, indent: str = "") -> str:
    """Strict JSON with an entry a line; a list or an object that holds no other one is a single line."""
    pairs = value.items() if isinstance(value, Mapping) else list(enumerate(value)) if nested(value) else ()
    if not any(nested(entry) for _, entry in pairs):
        return json.dumps(value, allow_nan=False, ensure_ascii=False)
    inner = indent + " "
    if isinstance(value, Mapping):
        ends, entries = "{}", [f"{json.dumps(str(key))}: {as_json(entry, inner)}" for key, entry in pairs]
    else:
        ends, entries = "[]", [as_json(entry, inner) for _, entry in pairs]
    return ends[0] + ",".join(f"\n{inner}{entry}" for entry in entries) + f"\n{indent}{ends[1]}"


def nested(value: Any) -> bool:
    """Whether a value is a list or an object."""
    return isinstance(value, Mapping | list | tuple)


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """Read a JSON object; asv's NaN and Infinity are accepted.

    Raises
    ------
    InputError
        If the file is missing, or is no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: make it with `{made_by}`") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({error}): run `{made_by}` again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no JSON object: run `{made_by}` again")
    return content


def finite(value: Any) -> float | None:
    """The number as float; None for null, NaN, infinity and all that is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer too large for a float
        return None
