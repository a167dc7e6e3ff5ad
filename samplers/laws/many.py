# SPDX-License-Identifier: MIT
"""Many laws over the same ids in one object, for rows of different laws: neighbours of a node, items of a type."""

from __future__ import annotations

import numbers
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import sparse
from ..arguments import as_count, as_csr_pair, as_integers, shortened
from .counts import MAX_IDS, checked_counts
from .law import Law, read_only
from .noise_distribution import from_weights

__all__ = ["Laws"]

_BITS = 62  # the bits of the largest weight of each law


class Laws:
    """Many laws, each over a subset of the ids 0 to V - 1; immutable.

    ``samplers.create("alias", laws)`` draws from them: ``sample(rows, k, law=numbers)`` draws row i from law
    ``numbers[i]``.

    Parameters
    ----------
    indptr : array_like of int, shape (n + 1,)
        Rising from 0 to ``len(ids)``.
    ids : array_like of int
        Law w has the ids ``ids[indptr[w] : indptr[w + 1]]``, which are distinct and in any order. A law may have no
        ids, for example that of a node without neighbours, or only ids of weight 0; to draw from it is an error.
    weights : array_like, shape of ids, optional
        Weights of the ids, integers, floats or booleans; no power is taken, and True and False are 1 and 0. Default:
        the ids of a law are equally likely.
    V : int, optional
        Ids lie in [0, V). Default: the largest id + 1.

    Raises
    ------
    TypeError, ValueError
        If the shapes of the arrays do not fit, if an id lies outside [0, V) or occurs twice in a law, or if a weight is
        negative or not finite; the message names the law.

    Notes
    -----
    Integer weights below ``2**62``, and floats that are all whole numbers below ``2**53``, are taken exactly; larger
    integers of a law are divided by a power of two and rounded down, to 1 at least. Of other floats the
    weight is ``floor(2**61 * (w / largest of the law))``, 1 at least if w is positive: equal on every machine.

    Examples
    --------
    >>> laws = Laws([0, 2, 2, 5], [1, 3, 0, 1, 2], [1, 3, 2, 1, 1], V=4)
    >>> laws
    Laws(3 laws of 5 ids, V=4)
    >>> laws[0].probabilities.tolist()
    [0.0, 0.25, 0.0, 0.75]
    >>> import samplers
    >>> samplers.create("alias", laws, rng=1).sample(3, 4, law=[0, 2, 2]).shape
    (3, 4)
    """

    #: What an error says where a single law is wanted.
    _how_to_take_one = "these are many laws, laws[number] is one, and create('alias', laws) draws from all"

    _first: npt.NDArray[np.int64]
    _ids: npt.NDArray[np.int32]
    _weights: npt.NDArray[np.uint64]
    _n_ids: int

    def __init__(self, indptr: Any, ids: Any, weights: Any = None, *, V: int | None = None) -> None:
        first, members = as_csr_pair("Laws", indptr, ids, named="ids")
        if len(first) == 1:
            raise ValueError("Laws: indptr has one entry, so that there is no law: n laws need n + 1 entries")
        if V is None:
            V = int(members.max(initial=0)) + 1
        n_ids = as_count("V", V, minimum=1, maximum=MAX_IDS)
        if len(first) - 1 > (2**63 - 1) // n_ids:
            raise ValueError(f"Laws: laws * V must stay below 2**63, got {len(first) - 1} * {n_ids}")
        of_law = np.repeat(np.arange(len(first) - 1), np.diff(first))
        _check_ids(members, of_law, n_ids)
        checked = _checked_weights(weights, members, of_law)
        order = np.argsort(of_law * n_ids + members, kind="stable")
        members, checked = members[order], checked[order]
        _check_distinct(members, of_law)
        positive = checked > 0
        members, checked, of_law = members[positive], checked[positive], of_law[positive]
        first = np.searchsorted(of_law, np.arange(len(first)))
        self.__dict__.update(
            _first=read_only(first),
            _ids=read_only(members.astype(np.int32)),
            _weights=read_only(_scaled(checked, first)),
            _n_ids=n_ids,
        )

    @classmethod
    def from_sparse(cls, matrix: Any) -> Laws:
        """Create laws from a SciPy sparse matrix: law w has the columns of row w as ids, and its entries as weights.

        Parameters
        ----------
        matrix : sparse matrix or array of SciPy, shape (n, V)
            The entry in row w and column j is the weight of id j in law w. Booleans are 0 and 1: the adjacency matrix
            of a graph without weights makes the neighbours of a node equally likely.

        Returns
        -------
        Laws
            As many laws as the matrix has rows.

        Raises
        ------
        TypeError, ValueError
            If it is no sparse matrix of SciPy, or if its arrays contradict its shape or one another; and as the class.

        Examples
        --------
        >>> import numpy as np, scipy.sparse
        >>> Laws.from_sparse(scipy.sparse.csr_array(np.array([[0, 2, 1], [1, 0, 0]])))
        Laws(2 laws of 3 ids, V=3)
        """
        if not sparse.is_sparse(matrix):
            raise TypeError(
                f"Laws: matrix must be a SciPy sparse matrix, got {type(matrix).__name__}"
                f"{sparse.cure(matrix, 'Laws(indptr, ids, weights, V=V)')}"
            )
        _, n_ids = sparse.shape_of("Laws", matrix)
        indptr, ids, values = sparse.as_csr("Laws", matrix)
        return cls(indptr, ids, values, V=n_ids)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Laws is immutable: cannot set {name!r}")

    def __len__(self) -> int:
        """The number of laws."""
        return len(self._first) - 1

    @property
    def n_ids(self) -> int:
        """V, the same for all laws."""
        return self._n_ids

    @property
    def csr(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.uint64]]:
        """All laws in three arrays: ``indptr``, int64 (n + 1,); the ids, which rise in each law; their integer weights.

        Ids of weight 0 are left out. The largest weight of a law has 62 bits. The arrays are read-only.
        """
        return self._first, self._ids, self._weights

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The number of ids of positive weight of each law, int64 (n,), read-only."""
        return read_only(np.diff(self._first))

    def __getitem__(self, number: int) -> Law:
        """A single law, over all V ids."""
        w = self._number(number)
        if not self.sizes[w]:
            raise ValueError(f"law {w} has no id of positive weight")
        weights = np.zeros(self.n_ids, np.uint64)
        weights[self.ids_of(w)] = self.weights_of(w)
        return from_weights(weights)

    def ids_of(self, number: int) -> npt.NDArray[np.int32]:
        """The ids of positive weight of a law.

        Parameters
        ----------
        number : int
            The number of the law.

        Returns
        -------
        ndarray of int32
            In rising order, read-only.

        Raises
        ------
        IndexError
            If there is no such law.
        """
        w = self._number(number)
        return self._ids[self._first[w] : self._first[w + 1]]

    def weights_of(self, number: int) -> npt.NDArray[np.uint64]:
        """The integer weights of `ids_of`.

        Parameters
        ----------
        number : int
            The number of the law.

        Returns
        -------
        ndarray of uint64
            Read-only; the largest has 62 bits.

        Raises
        ------
        IndexError
            If there is no such law.
        """
        w = self._number(number)
        return self._weights[self._first[w] : self._first[w + 1]]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of V, the ids and the weights as hex digits: equal for equal laws, on every machine."""
        import hashlib  # OpenSSL takes a twentieth of the import of the library

        digest = hashlib.sha256(b"samplers.laws/v1\n")
        digest.update(self.n_ids.to_bytes(8, "little") + len(self).to_bytes(8, "little"))
        for array, kind in ((self._first, "<i8"), (self._ids, "<i4"), (self._weights, "<u8")):
            digest.update(np.ascontiguousarray(array, kind).data)
        return digest.hexdigest()

    def _numbers(self, law: Any, rows: int) -> npt.NDArray[np.int64]:
        """The number of the law of each row, from the argument ``law`` of a draw.

        Parameters
        ----------
        law : int, array of int without dimensions, or array_like of int, shape (rows,)
            The law of all rows, or of each row.
        rows : int
            The number of rows of the draw.

        Returns
        -------
        ndarray of int64, shape (rows,)
            The numbers, checked; a copy.

        Raises
        ------
        TypeError, ValueError
            If the shape or the type is wrong, or if a number is outside [0, n).
        """
        if law is None:
            raise TypeError(
                f"law must be the number of a law, or an array of one number for each row, from 0 to {len(self) - 1}, "
                "got None"
            )
        if isinstance(law, (int, np.integer)):
            return _repeated(as_count("law", law, minimum=0, maximum=len(self) - 1), rows)
        numbers = np.array(as_integers("law", law), order="C")
        if numbers.ndim == 0:
            return _repeated(as_count("law", int(numbers), minimum=0, maximum=len(self) - 1), rows)
        if numbers.shape != (rows,):
            cure = "; for one law in all rows write its number, without an array" if numbers.size == 1 else ""
            raise ValueError(
                f"law must be one number or have shape (rows,) = ({rows},), got shape {numbers.shape}{cure}"
            )
        outside = (numbers < 0) | (numbers >= len(self))
        if outside.any():
            at = int(outside.argmax())
            raise ValueError(f"law[{at}] = {int(numbers[at])} lies outside [0, {len(self)})")
        return numbers.astype(np.int64)

    def _places(
        self, numbers: npt.NDArray[np.int64], ids: npt.NDArray[np.integer[Any]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Find ids in their laws.

        Parameters
        ----------
        numbers : ndarray of int
            The number of the law of each id.
        ids : ndarray of int, shape of numbers
            ``ids[i]`` is searched in law ``numbers[i]``.

        Returns
        -------
        places : ndarray, int64
            The index of each id in the arrays of `csr`. If the law does not have the id, it is any index.
        held : ndarray, bool
            Whether the law has the id.
        """
        keys = numbers * self.n_ids + ids
        places = np.minimum(np.searchsorted(self._keys, keys), max(0, len(self._keys) - 1))
        return places, self._keys[places] == keys if len(self._keys) else np.zeros(keys.shape, np.bool_)

    @cached_property
    def _keys(self) -> npt.NDArray[np.int64]:
        return read_only(np.repeat(np.arange(len(self)), self.sizes) * self.n_ids + self._ids)

    @cached_property
    def _log_probabilities(self) -> npt.NDArray[np.float64]:
        weights = self._weights.astype(np.float64)
        has = self.sizes > 0
        totals = np.add.reduceat(weights, self._first[:-1][has])
        return read_only(np.log(weights / np.repeat(totals, self.sizes[has])))

    def log_prob(self, ids: Any, *, law: Any) -> npt.NDArray[np.float64]:
        """Natural log of the probability of each id in its law.

        Parameters
        ----------
        ids : array_like of int, shape (rows, ...)
            The ids of each row.
        law : int, or array_like of int, shape (rows,)
            ``ids[i]`` belongs to law ``law[i]``.

        Returns
        -------
        ndarray, float64, shape of ids
            ``-inf`` if the law does not have the id.

        Raises
        ------
        TypeError, ValueError
            If the ids are no integers, lie outside [0, V), or do not have the rows of ``law``.
        """
        array, numbers = self._checked_ids(ids, law)
        places, held = self._places(numbers, array)
        logs = np.full(array.shape, -np.inf)
        logs[held] = self._log_probabilities[places[held]]
        return logs

    def _checked_ids(self, ids: Any, law: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Check ids and the numbers of their laws.

        Parameters
        ----------
        ids : array_like of int, shape (rows, ...)
            The ids of each row.
        law : int, or array_like of int, shape (rows,)
            The law of all rows, or of each row.

        Returns
        -------
        checked : ndarray of int64, shape of ids
            The ids.
        numbers : ndarray of int64, shape of ids
            The number of the law of each id.

        Raises
        ------
        TypeError, ValueError
            As `log_prob`.
        """
        array = as_integers("ids", ids)
        if array.ndim == 0:
            raise ValueError(f"ids must have shape (rows, ...), got the single number {array}; write [{array}]")
        outside = (array < 0) | (array >= self.n_ids)
        if outside.any():
            raise ValueError(f"ids: {int(array[outside][0])} lies outside [0, {self.n_ids})")
        numbers = self._numbers(law, len(array)).reshape(-1, *[1] * (array.ndim - 1))
        return array.astype(np.int64), np.broadcast_to(numbers, array.shape)

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        # NumPy would make an array of objects, and whoever reads counts would name the first of them.
        raise TypeError(f"got Laws: {self._how_to_take_one}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._first, self._ids, self._weights, self.n_ids)

    def __repr__(self) -> str:
        return f"Laws({len(self):,} laws of {len(self._ids):,} ids, V={self.n_ids})"

    def _number(self, number: Any) -> int:
        shape = tuple(getattr(number, "shape", ()))
        if shape:
            raise TypeError(f"law must be the number of one law, got an array of shape {shape}; write int(number[0])")
        try:
            return as_count("law", number, minimum=0, maximum=len(self) - 1)
        except ValueError:
            raise IndexError(f"law must be 0 to {len(self) - 1}, got {shortened(int(number))}") from None


def _repeated(number: int, rows: int) -> npt.NDArray[np.int64]:
    try:
        return np.full(rows, number)
    except (MemoryError, ValueError) as error:
        raise ValueError(
            f"rows={rows}: {rows * 8:,} bytes of numbers of laws do not fit into memory; draw fewer rows at once"
        ) from error


def _restored(indptr: Any, ids: Any, weights: Any, n_ids: int) -> Laws:
    return Laws(indptr, ids, weights, V=n_ids)


def _check_ids(members: npt.NDArray[np.integer[Any]], of_law: npt.NDArray[np.int64], n_ids: int) -> None:
    outside = (members < 0) | (members >= n_ids)
    if outside.any():
        at = int(outside.argmax())
        raise ValueError(f"Laws: id {int(members[at])} of law {of_law[at]} lies outside [0, {n_ids})")


def _check_distinct(members: npt.NDArray[np.integer[Any]], of_law: npt.NDArray[np.int64]) -> None:
    repeated = (members[1:] == members[:-1]) & (of_law[1:] == of_law[:-1])
    if repeated.any():
        at = int(repeated.argmax())
        raise ValueError(f"Laws: id {int(members[at])} occurs twice in law {of_law[at]}; add its weights up")


def _checked_weights(
    weights: Any, members: npt.NDArray[np.integer[Any]], of_law: npt.NDArray[np.int64]
) -> npt.NDArray[Any]:
    if sparse.is_sparse(weights):
        raise TypeError(f"weights must be an array, got the sparse {type(weights).__name__}; write weights.toarray()")
    if isinstance(weights, numbers.Number) or getattr(weights, "ndim", None) == 0:
        raise ValueError(
            f"weights must have one entry for each of {len(members)} ids, got the single number {weights}; if the ids "
            "of a law are equally likely, leave weights out"
        )
    if weights is None or (len(members) == 0 and hasattr(weights, "__len__") and len(weights) == 0):
        return np.ones(len(members), np.int64)
    checked = checked_counts(
        _without_booleans(weights),
        source="weights",
        entry=lambda i: f"weights[{i}], of id {members[i]} in law {of_law[i]},",
        all_zero=True,
    )
    if checked.shape != members.shape:
        raise ValueError(f"weights must have one entry for each of {len(members)} ids, got {len(checked)}")
    return checked


def _without_booleans(weights: Any) -> Any:
    """The weights, with 1 for True and 0 for False if all are booleans."""
    if isinstance(weights, (list, tuple)):
        booleans = all(isinstance(weight, (bool, np.bool_)) for weight in weights)
        return np.asarray(weights, np.int64) if booleans else weights
    # A product is an array of integers of the same kind: of NumPy, with its mask, of torch, or of pandas.
    return weights * 1 if str(getattr(weights, "dtype", "")) in ("bool", "torch.bool") else weights


def _scaled(values: npt.NDArray[Any], first: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Convert positive weights to integers. The largest weight of each law gets `_BITS` bits."""
    sizes = np.diff(first)
    sizes, begins = sizes[sizes > 0], first[:-1][sizes > 0]
    if not len(sizes):
        return np.empty(0, np.uint64)
    fractional = np.zeros(len(values), np.bool_)
    if values.dtype.kind == "f":
        # It is decided for each law alone, so that no law depends on the others.
        fractional = (values != np.floor(values)) | (values >= 2.0**53)
        fractional = np.repeat(np.logical_or.reduceat(fractional, begins), sizes)
    weights = np.empty(len(values), np.uint64)
    largest = np.maximum.reduceat(values, begins)
    # Division is rounded correctly, and a product with a power of two is exact: the weights are equal on every machine.
    shares = values[fractional] / np.repeat(largest, sizes)[fractional]
    weights[fractional] = np.floor(np.ldexp(shares, _BITS - 1))
    up = _BITS - np.repeat(_bit_lengths(_whole(largest)), sizes)[~fractional]
    raised = _whole(values[~fractional]) << np.maximum(up, 0).astype(np.uint64)
    weights[~fractional] = raised >> np.maximum(-up, 0).astype(np.uint64)
    return np.maximum(weights, 1)


def _whole(values: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """The values without their fractions, uint64. Floats above 2**53 are cut; their laws are scaled as fractions."""
    return np.minimum(values, 2**53).astype(np.uint64) if values.dtype.kind == "f" else values.astype(np.uint64)


def _bit_lengths(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """`int.bit_length` of each value, int64."""
    lengths = np.zeros(len(values), np.int64)
    remaining = values.copy()
    for step in (32, 16, 8, 4, 2, 1):
        longer = remaining >> np.uint64(step) > 0
        lengths[longer] += step
        remaining[longer] >>= np.uint64(step)
    return lengths + (values > 0)
