# SPDX-License-Identifier: MIT
"""Stores and restores laws: known classes by their parameters, all others by their weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..laws.classes import WeightClasses
from ..laws.counts import MAX_IDS
from ..laws.grouped import Grouped
from ..laws.law import Law
from ..laws.log_uniform import LogUniform
from ..laws.noise_distribution import NoiseDistribution
from ..laws.uniform import Uniform
from .container import Contents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .reading import Reading


@dataclass(frozen=True)
class Form:
    """How laws of one class are stored."""

    law: type[Law]
    store: Callable[[Any], Contents]
    """Returns what is stored besides V and the words."""
    restore: Callable[[Reading, int, tuple[str, ...] | None], Law]
    """Returns the law, from the file, V and the words."""


def _order(classes: WeightClasses) -> dict[str, NDArray[Any]]:
    """The order of the ids. It is stored, because checking an order is faster than sorting."""
    return {} if classes.order is None else {"order": classes.order}


def _store_counts(law: NoiseDistribution) -> Contents:
    return Contents({"exponent": repr(law.exponent)}, {"counts": law.counts} | _order(law.classes))


def _restore_counts(reading: Reading, n_ids: int, words: tuple[str, ...] | None) -> Law:
    counts = reading.tensor("counts", "I64", "U64", "F64", length=n_ids)
    order = reading.tensor("order", "I32", length=n_ids) if "order" in reading else None
    law = NoiseDistribution._of_checked(counts, reading.number("exponent"), words, order)
    # The order of the law is None if the ids are sorted. It differs from a stored order that was wrong.
    expected = law.classes.order
    same = expected is order or (expected is not None and order is not None and bool((expected == order).all()))
    if not same:
        raise ValueError("tensor 'order' does not put the ids into the order of their weights")
    return law


def _store_weights(law: Law) -> Contents:
    classes = law.classes
    tensors = {"weights": classes.weights, "first": classes.first, "sizes": classes.sizes}
    return Contents({}, tensors | _order(classes))


def _restore_weights(reading: Reading, n_ids: int, words: tuple[str, ...] | None) -> Law:
    weights = reading.tensor("weights", "U64")
    first = reading.tensor("first", "I64", length=len(weights))
    sizes = reading.tensor("sizes", "I64", length=len(weights))
    order = reading.tensor("order", "I32", length=n_ids) if "order" in reading else None
    return Grouped(n_ids, WeightClasses(weights, first, sizes, order), words)


def _store_nothing(law: Law) -> Contents:
    return Contents({}, {})


def _restore_uniform(reading: Reading, n_ids: int, words: tuple[str, ...] | None) -> Law:
    return _wordless(Uniform(n_ids), words)


def _restore_log_uniform(reading: Reading, n_ids: int, words: tuple[str, ...] | None) -> Law:
    # Nearly all weights differ, and a table has a slot for each weight. The check keeps a small file from allocating an
    # array of any size V.
    # (`uniform` saves no table, and of these laws takes that over one id.)
    slots = len(reading.tensor("hot", "U32")) if "hot" in reading else 1
    if n_ids > 2 * slots:
        raise ValueError(f"V = {n_ids}, but the table has only {slots} slots")
    return _wordless(LogUniform(n_ids), words)


def _wordless(law: Law, words: tuple[str, ...] | None) -> Law:
    if words is not None:
        raise ValueError(f"it has words, but the law {law!r} cannot have words")
    return law


FORMS = {
    "counts": Form(NoiseDistribution, _store_counts, _restore_counts),
    "uniform": Form(Uniform, _store_nothing, _restore_uniform),
    "log_uniform": Form(LogUniform, _store_nothing, _restore_log_uniform),
    "weights": Form(Grouped, _store_weights, _restore_weights),
}


def store(law: Law, counts: bool) -> Contents:
    """The contents from which `restore` restores the law. If its class is not in `FORMS`, its weights are stored.

    If ``counts`` is False, the weights are stored in place of counts, and no words.
    """
    name = next((name for name, form in FORMS.items() if type(law) is form.law), "weights")
    if name == "counts" and not counts:
        name = "weights"
    stored = FORMS[name].store(law)
    metadata = {"law": name, "V": str(len(law)), "fingerprint": law.fingerprint}
    return Contents(metadata | stored.metadata, _words(law.words if counts else None) | stored.tensors)


def restore(reading: Reading) -> Law:
    """The law that a file holds.

    Raises
    ------
    ValueError
        If the contents are no law, or if the fingerprint of the law is not the stored one.
    """
    form = FORMS[reading.choice("law", FORMS)]
    n_ids = reading.integer("V", 1, MAX_IDS)
    law = form.restore(reading, n_ids, _read_words(reading, n_ids))
    reading.agree("fingerprint", law.fingerprint)
    return law


def _words(words: tuple[str, ...] | None) -> dict[str, NDArray[Any]]:
    """The concatenated words in UTF-8, and the offset of the end of each word."""
    if words is None:
        return {}
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    ends = np.cumsum([len(word) for word in encoded], dtype=np.int64)
    return {"words": np.frombuffer(bytearray().join(encoded), np.uint8), "word_ends": ends}


def _read_words(reading: Reading, n_ids: int) -> tuple[str, ...] | None:
    if "words" not in reading:
        return None
    text = reading.tensor("words", "U8").tobytes()
    ends = reading.tensor("word_ends", "I64", length=n_ids)
    if ends[0] < 0 or (ends[1:] < ends[:-1]).any() or ends[-1] != len(text):
        raise ValueError(f"tensor 'word_ends' must rise from 0 or more to {len(text)}, the bytes of all words")
    at, words = 0, []
    for end in ends.tolist():
        words.append(text[at:end].decode("utf-8", "surrogatepass"))
        at = end
    return tuple(words)
