# SPDX-License-Identifier: MIT
"""``make lab-tensorflow``: posts 001 and 002 in Keras itself, in TensorFlow 2.12 as the post has it and in 2.21.

Each version has an environment of its own, because 2.12 needs NumPy 1.23. The results are committed, because few
readers will install 3.3 GB for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.progress import track

from samplers.commands.ending import Parser, ended

from .. import documents
from ..environment import ROOT
from . import post001, show
from .child import in_child
from .experiment import Experiment, Figures, Outcome, Row
from .post002 import MARKS, initial_row, table_of_sums
from .rsqrt import FINGERPRINTS, processor, vendor
from .tensorflow_runs import SHORT

OLD, NEW = "2.12", "2.21"
PUBLISHED = ROOT / "docs" / "experiments.tensorflow.json"
SETTINGS = {"KERAS_BACKEND": "tensorflow"}

PROGRAM = "python -m benchmarks.experiments.tensorflow_lab"


def measure(pythons: dict[str, str]) -> dict[str, Any]:
    """All results, by name; each is measured in a process of its own."""
    other = next(name for name in FINGERPRINTS if name != vendor(processor()))
    marks = list(MARKS)
    trainings: dict[str, tuple[str, str | None]] = {
        "RMSprop": ("rmsprop", None),
        "RMSprop, the processor's table read out": ("rmsprop", "processor"),
        f"RMSprop, {other}'s table": ("rmsprop", other),
        "Adam": ("adam", None),
    }
    tasks: dict[str, tuple[str, str, tuple[Any, ...]]] = {}
    for version in pythons:
        tasks[f"{version} keras"] = version, "keras_runs.everything", ()
        tasks[f"{version} rsqrt"] = version, "tensorflow_runs.reciprocals", ()
        for optimiser in ("rmsprop", "adam"):
            tasks[f"{version} roots {optimiser}"] = version, "tensorflow_runs.square_roots", (optimiser,)
            for arithmetic in (True, False):
                label = f"{version} {optimiser}, arithmetic {'on' if arithmetic else 'off'}"
                tasks[label] = version, "tensorflow_runs.rewritten", (optimiser, arithmetic)
    tasks["written with rsqrt"] = NEW, "tensorflow_runs.rewritten", ("rmsprop", False, True)
    for name, (optimiser, table) in trainings.items():
        tasks[name] = OLD, "tensorflow_runs.training", (optimiser, table, marks)
    return {
        name: in_child(function, *arguments, settings=SETTINGS, python=pythons[version])
        for name, (version, function, arguments) in track(tasks.items(), description="measuring", total=len(tasks))
    }


def outcome(found: dict[str, Any]) -> Outcome:
    """Post 001 in both versions of Keras, and post 002 in TensorFlow."""
    swapped = next(name for name in found if name.startswith("RMSprop, ") and name.endswith("'s table"))
    names = ("RMSprop", "RMSprop, the processor's table read out", swapped, "Adam")
    return Outcome(
        rows=[
            *post001.keras_rows(found[f"{OLD} keras"]),
            *post001.keras_rows(found[f"{NEW} keras"]),
            *rows_of_002(found, swapped),
        ],
        tables=[
            table_of_sums(
                f"Post 002 in Keras {found['RMSprop']['versions']['keras']}: sums of the weights of layers 1 and 2",
                {name: {int(step): at for step, at in found[name]["steps"].items()} for name in names},
                (0, 2),
            ),
            table_of_rsqrt(found),
        ],
        numbers=found,
    )


def rows_of_002(found: dict[str, Any], swapped: str) -> list[Row]:
    """The claims of post 002 in TensorFlow itself."""
    last = str(max(MARKS))
    own, control, other = (
        found[name]["steps"] for name in ("RMSprop", "RMSprop, the processor's table read out", swapped)
    )
    exact = all(own[step] == control[step] for step in own)
    parted = own[last]["sums"] != other[last]["sums"]
    old, new = found[f"{OLD} rsqrt"], found[f"{NEW} rsqrt"]
    adam_moves = [v for v in (OLD, NEW) if found[f"{v} adam, arithmetic on"] != found[f"{v} adam, arithmetic off"]]
    roots = {name: found[f"{OLD} roots {name}"] for name in ("rmsprop", "adam")}
    as_is, off = (found[f"{NEW} rmsprop, arithmetic {state}"] for state in ("on", "off"))
    written = found["written with rsqrt"]
    return [
        initial_row(found["RMSprop"]["initial"][::2], f"Keras {found['RMSprop']['versions']['keras']}"),
        Row(
            "With the default optimiser, the sums after training differ between an AMD and an Intel processor.",
            f"With {swapped.removeprefix('RMSprop, ')} in place of the processor's, the bits differ at step 1; after"
            f" {int(last):,} steps the sums of layer 2 are {own[last]['sums'][2]} and {other[last]['sums'][2]}.",
            parted,
            "The processors' tables for RSQRTSS, which TensorFlow's rsqrt begins with. Nothing else was changed. With"
            " the processor's own table, read out, all bits are those of Keras as it is.",
            shown=exact and parted and own["1"]["fingerprint"] != other["1"]["fingerprint"],
        ),
        Row(
            "With optimizer='adam', the sums are equal.",
            f"The graph of an update holds {', '.join(roots['adam'])} with Adam, and {', '.join(roots['rmsprop'])} with"
            " RMSprop.",
            "Rsqrt" not in roots["adam"],
            "A square root and a division are rounded correctly on every processor (IEEE 754).",
            shown="Rsqrt" not in roots["adam"] and "Rsqrt" in roots["rmsprop"] and old["sqrt correctly rounded"],
        ),
        Row(
            "(Not in the post.) Does Keras 3 cure it? Its RMSprop is written as a division by a square root.",
            f"Keras {new['versions']['keras']} on TensorFlow {new['versions']['tensorflow']}, {SHORT} steps: RMSprop"
            f" {as_is}; written with tf.math.rsqrt {written}; without the arithmetic pass of the graph optimiser {off}."
            f" Adam moves in {len(adam_moves)} of 2 versions.",
            None,
            "It does not on TensorFlow: its graph optimiser rewrites x / sqrt(y) to x * rsqrt(y). It does on torch,"
            " whose rsqrt is 1 / sqrt. tf.config.optimizer.set_experimental_options({'arithmetic_optimization': False})"
            " turns the pass off.",
            shown=as_is == written != off and not adam_moves,
        ),
    ]


def table_of_rsqrt(found: dict[str, Any]) -> Figures:
    """What ``tf.math.rsqrt`` computes."""
    rows = []
    for version in (OLD, NEW):
        of = found[f"{version} rsqrt"]
        share, worst = of["not correctly rounded"]
        rows.append(
            [version, of["fingerprint"], " and ".join(of["equals"]) or "none tried", f"{100 * share:.2f} %", str(worst)]
        )
    table = found[f"{OLD} rsqrt"]["table"]
    title = f"tf.math.rsqrt over the 2**24 floats of [1, 4); y is the table's entry, which is {table}'s"
    columns = ("TensorFlow", "fingerprint", "equals, bit for bit", "not correctly rounded", "ulp")
    return Figures(title, columns, rows)


LAB = Experiment(
    name="tensorflow",
    title="Posts 001 and 002 in Keras 2.12 and Keras 3 on TensorFlow",
    claim="The claims of posts 001 and 002, in the framework that the posts use.",
    needs=(),
    run=lambda pythons: outcome(measure(pythons)),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, write docs/experiments.tensorflow.json, and print the tables."""
    parser = Parser(prog=PROGRAM, description=__doc__)
    for version in (OLD, NEW):
        parser.add_argument(
            f"--python-{version}",
            default=str(ROOT / f".venv-tensorflow-{version}" / "bin" / "python"),
            metavar="PATH",
            help=f"the interpreter of the environment of TensorFlow {version}; default: %(default)s",
        )
    parser.add_argument("--out", type=documents.LAB_TENSORFLOW.target, default=PUBLISHED, help="default: %(default)s")
    given = vars(parser.parse_args(arguments))
    pythons = {version: given[f"python_{version}"] for version in (OLD, NEW)}
    absent = [path for path in pythons.values() if not Path(path).exists()]
    if absent:
        parser.error(f"{', '.join(absent)} does not exist: run `make lab-tensorflow`")

    def run() -> int:
        start = documents.Start.now()
        document = show.content([show.entry(LAB, lambda: LAB.run(pythons))])
        documents.write(documents.LAB_TENSORFLOW, document, given["out"], start)
        show.show(document)
        print(given["out"])
        return 0

    return ended(PROGRAM, run)


if __name__ == "__main__":
    raise SystemExit(main())
