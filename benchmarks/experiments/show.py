# SPDX-License-Identifier: MIT
"""Runs experiments into a document, and prints it in 100 columns."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from .child import ChildError
from .experiment import DIFFERS, SAME, Experiment, Outcome
from .rsqrt import Unavailable, processor, vendor

COLUMNS = 100
STYLES = {SAME: "green", DIFFERS: "yellow"}


def entry(experiment: Experiment, run: Callable[[], Outcome]) -> dict[str, Any]:
    """What an experiment says of itself, and its outcome or the reason why there is none."""
    about: dict[str, Any] = {"name": experiment.name, "title": experiment.title, "claim": experiment.claim}
    reason = experiment.missing()
    if reason:
        return about | {"left_out": reason}
    started = time.perf_counter()
    try:
        outcome = run().to_json()
    except (ChildError, Unavailable) as error:
        return about | {"left_out": str(error)}
    return about | outcome | {"seconds": round(time.perf_counter() - started, 1)}


def content(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The document of the entries, with the table that this processor has."""
    try:
        whose = vendor(processor())
        table = f"{whose}'s table" if whose else "a table of its own"
    except Unavailable as error:
        table = f"a table that was not read ({error})"
    return {"rsqrtss": table, "experiments": entries}


def show(document: dict[str, Any]) -> None:
    """Print the tables."""
    console = Console(width=COLUMNS)
    for experiment in document["experiments"]:
        console.rule(f"{experiment['name']}: {experiment['title']}", align="left")
        if "left_out" in experiment:
            console.print(f"left out: {experiment['left_out']}", markup=False)
            continue
        console.print(claims(experiment))
        for table in experiment["tables"]:
            console.print(figures(table))
        console.print(f"{experiment['seconds']} s")


def claims(experiment: dict[str, Any]) -> Table:
    """A claim a row."""
    shown = Table(box=box.SIMPLE, pad_edge=False, show_lines=True)
    for name, ratio in (("claim", 4), ("measured", 5), ("", None), ("cause", 4)):
        shown.add_column(name, ratio=ratio, overflow="fold")
    for row in experiment["rows"]:
        style = STYLES.get(row["verdict"], "")
        verdict = f"[{style}]{row['verdict']}[/]" if style else row["verdict"]
        shown.add_row(*map(plain, (row["claim"], row["measured"])), verdict, plain(row["cause"]))
    return shown


def figures(table: dict[str, Any]) -> Table:
    """A table of figures."""
    shown = Table(box=box.SIMPLE, pad_edge=False, title=table["title"], title_justify="left")
    for name in table["columns"]:
        shown.add_column(plain(name), overflow="fold")
    for row in table["rows"]:
        shown.add_row(*map(plain, row))
    return shown


def plain(text: str) -> str:
    """Text whose brackets are no markup."""
    return text.replace("[", "\\[")
