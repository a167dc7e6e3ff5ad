# SPDX-License-Identifier: MIT
"""Sparse matrices whose arrays were damaged after their construction. SciPy would read and write outside its memory.

``python -m tests.sets.damaged_matrices csc`` gives each damaged matrix of a format to everything that reads matrices,
and prints the errors, one line of JSON each. It is a process of its own, because a crash is one of the outcomes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

import samplers

FAR = 2**30  # an index so far outside that to read there crashes, and does not give any value
SHAPE = (4, 6)
DENSE = np.array([[1, 0, 2, 0, 0, 3], [0, 0, 0, 0, 0, 0], [4, 5, 0, 0, 6, 0], [0, 0, 0, 7, 0, 8]])


def put(attribute: str, at: Any, value: int) -> Callable[[Any], None]:
    """Write into an array of the matrix."""

    def damage(matrix: Any) -> None:
        getattr(matrix, attribute)[at] = value

    return damage


def cut(attribute: str, entries: int) -> Callable[[Any], None]:
    """Keep the first entries of an array of the matrix."""
    return lambda matrix: setattr(matrix, attribute, getattr(matrix, attribute)[:entries])


def replaced(attribute: str, value: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda matrix: setattr(matrix, attribute, value(matrix))


def _lists(attribute: str, row: int, value: Any) -> Callable[[Any], None]:
    def damage(matrix: Any) -> None:
        getattr(matrix, attribute)[row] = value

    return damage


COMPRESSED = {
    "an index far beyond": (put("indices", 1, FAR), r"indices\[1\] = 1073741824 lies outside"),
    "a negative index": (put("indices", 2, -FAR), r"indices\[2\] = -1073741824 lies outside"),
    "a first index that is not 0": (put("indptr", 0, 1), r"indptr must rise from 0, got indptr\[0\] = 1"),
    "an indptr that falls": (put("indptr", 1, FAR), r"indptr must rise from 0, got indptr\[2\]"),
    "a negative indptr": (put("indptr", 1, -FAR), r"indptr must rise from 0, got indptr\[1\] = -1073741824"),
    "an end far beyond": (put("indptr", -1, FAR), "indptr ends at 1073741824, but there are"),
    "a short indptr": (cut("indptr", 2), r"indptr must have \d entries, got 2"),
    "few indices": (cut("indices", 1), r"indptr ends at \d, but there are 1 indices"),
    "few values": (cut("data", 1), "data must have . entries"),
    "indices that are no integers": (
        replaced("indices", lambda matrix: matrix.indices + 0.5),
        "indices must be integers of one dimension, got dtype float64",
    ),
    "a shape of more rows and columns": (replaced("_shape", lambda matrix: (400, 600)), "indptr must have"),
}
DAMAGES: dict[str, dict[str, tuple[Callable[[Any], None], str]]] = {
    "csr": COMPRESSED,
    "csc": COMPRESSED,
    "bsr": COMPRESSED
    | {
        "blocks that do not divide the shape": (
            replaced("data", lambda matrix: np.ones((len(matrix.indices), 3, 5))),
            "data must hold blocks whose sides divide the shape",
        )
    },
    "coo": {
        "a row far beyond": (put("row", 1, FAR), r"row\[1\] = 1073741824 lies outside \[0, 4\)"),
        "a negative row": (put("row", 0, -FAR), r"row\[0\] = -1073741824 lies outside \[0, 4\)"),
        "a column far beyond": (put("col", 1, FAR), r"col\[1\] = 1073741824 lies outside \[0, 6\)"),
        "few rows": (cut("row", 1), "row has 1 entries, and col has 8"),
        "few values": (cut("data", 1), "data must have 8 entries"),
        "a smaller shape": (replaced("_shape", lambda matrix: (2, 6)), r"row\[.\] = 2 lies outside \[0, 2\)"),
    },
    "dia": {
        "few diagonals": (cut("data", 1), r"data must have \d entries in 2"),
        "a diagonal twice": (put("offsets", 0, 0), "offsets must be distinct"),
        "offsets that are no integers": (
            replaced("offsets", lambda matrix: matrix.offsets + 0.5),
            "offsets must be integers of one dimension, got dtype float64",
        ),
    },
    "lil": {
        "a column far beyond": (_lists("rows", 0, [0, 2, FAR]), r"columns\[2\] = 1073741824 lies outside \[0, 6\)"),
        "a negative column": (_lists("rows", 0, [-FAR, 2, 5]), r"columns\[0\] = -1073741824 lies outside \[0, 6\)"),
        "few values": (_lists("data", 0, [1]), "row 0 has 3 columns and 1 values"),
        "many values": (_lists("data", 0, [1] * 1000), "row 0 has 3 columns and 1000 values"),
        "no list": (_lists("rows", 1, None), r"rows\[1\] must be a list of columns, got NoneType"),
        "few rows": (cut("rows", 2), "it has 2 lists of columns and 4 lists of values"),
    },
    "dok": {
        "a row far beyond": (lambda matrix: matrix._dict.update({(FAR, 0): 1}), r"row\[8\] = 1073741824 lies outside"),
        "a negative column": (lambda matrix: matrix._dict.update({(0, -FAR): 1}), r"col\[8\] = -1073741824 lies"),
        "a key of three": (lambda matrix: matrix._dict.update({(0, 1, 2): 1}), "a key is no pair"),
    },
}
READERS: dict[str, Callable[[Any], Any]] = {
    "Laws": samplers.Laws.from_sparse,
    "IdSets": samplers.IdSets.from_sparse,
    "exclude": lambda matrix: samplers.create("alias", [1] * matrix.shape[-1], rng=1).sample(
        matrix.shape[0], 2, exclude=matrix
    ),
}


def matrix_of(form: str) -> Any:
    """A sound matrix; that of a block format has blocks of two rows and three columns."""
    matrix = scipy.sparse.csr_array(DENSE)
    return matrix.tobsr((2, 3)) if form == "bsr" else matrix.asformat(form)


def main(form: str) -> None:
    for damaged, (damage, _) in DAMAGES[form].items():
        for reader, read in READERS.items():
            matrix = matrix_of(form)
            damage(matrix)
            try:
                outcome = repr(read(matrix))
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"
            print(json.dumps([damaged, reader, outcome]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
