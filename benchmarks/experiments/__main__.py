# SPDX-License-Identifier: MIT
"""``python -m benchmarks.experiments NAME...``: run the experiments of the five posts again, and print them."""

from __future__ import annotations

from pathlib import Path

from rich.progress import track

from samplers.commands.ending import Parser, ended

from .. import documents
from . import page, post000, post001, post002, post003, post004, show
from .experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    post000.EXPERIMENT,
    post001.EXPERIMENT,
    post002.EXPERIMENT,
    post003.EXPERIMENT,
    post004.EXPERIMENT,
)
PROGRAM = "python -m benchmarks.experiments"
ALL = "all"


def run(names: list[str], out: Path, publish: bool) -> int:
    """Run experiments, write their document, and print the tables; returns 1 if one was left out."""
    chosen = [experiment for experiment in EXPERIMENTS if {experiment.name, ALL} & set(names)]
    progress = track(chosen, description="measuring", total=len(chosen))
    start = documents.Start.now()
    document = show.content([show.entry(experiment, experiment.run) for experiment in progress])
    documents.write(documents.LAB, document, out, start)
    show.show(document)
    print(out)
    left_out = any("left_out" in entry for entry in document["experiments"])
    if publish and left_out:
        print(f"{PROGRAM}: nothing is published, because an experiment was left out")
    elif publish:
        print(page.publish(out))
    return 1 if left_out else 0


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and run.

    Returns
    -------
    int
        0; 1 if an experiment was left out; 2 if the command line is wrong; 130 after Ctrl-C.
    """
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="; ".join(f"{e.name}: {e.title}" for e in EXPERIMENTS) + f"; {ALL}: about two minutes on one core",
    )
    parser.add_argument("--out", type=documents.LAB.target, default=documents.LAB.path, help="default: %(default)s")
    parser.add_argument(
        "--publish",
        action="store_true",
        help=f"also write {page.PUBLISHED.name} and the tables of {page.PAGE.name} in docs/",
    )
    parser.add_argument(
        "--render", action="store_true", help="measure nothing: write the tables of docs/ from its JSON files"
    )
    given = parser.parse_args(arguments)
    if given.render:
        print(page.render())
        return 0
    known = [*(experiment.name for experiment in EXPERIMENTS), ALL]
    wrong = [name for name in given.names if name not in known]
    if wrong or not given.names:
        parser.error(f"NAME must be of {', '.join(known)}, got {', '.join(wrong) or 'none'}")
    if given.publish and set(given.names) != {ALL}:
        parser.error(f"--publish needs all experiments: write `{PROGRAM} {ALL} --publish`")
    return ended(PROGRAM, lambda: run(given.names, given.out, given.publish))


if __name__ == "__main__":
    raise SystemExit(main())
