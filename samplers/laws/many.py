# SPDX-License-Identifier: MIT
"""Many laws over the same ids in one object, of which a row names its own: neighbours of a node, items of a type."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_count, as_csr_pair, as_integers
from .counts import MAX_IDS, checked_counts
from .law import Law, read_only
from .noise_distribution import from_weights

__all__ = ["Laws"]

_BITS = 62  # of the largest weight of each law


class Laws:
    """Laws over the ids from 0 to V - 1, each over some of them; immutable.

    ``samplers.create("alias", laws)`` draws from them: ``sample(rows, k, law=which)`` draws row i from law
    ``which[i]``.

    Parameters
    ----------
    indptr : array_like of int, shape (n + 1,)
        Rising from 0 to ``len(ids)``.
    ids : array_like of int
        Law w has the ids ``ids[indptr[w] : indptr[w + 1]]``, in any order, each once. A law may have none, such as a
        node without neighbours: to draw from it is an error then.
    weights : array_like, shape of ids, optional
        Weights of the ids, integers or floats, as they are. Default: the ids of a law are equally likely.
    V : int, optional
        Ids lie in [0, V). Default: the largest id and 1.

    Raises
    ------
    TypeError, ValueError
        If an array does not fit, if an id lies outside [0, V) or comes twice in a law, or if a weight is negative or
        not finite; the message names the law.

    Notes
    -----
    Integer weights, and floats that are all whole numbers below ``2**53``, are taken exactly. Of other floats the
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
    how_to_take_one = "these are many laws, laws[number] is one, and create('alias', laws) draws from all"

    _first: npt.NDArray[np.int64]
    _ids: npt.NDArray[np.int32]
    _weights: npt.NDArray[np.uint64]
    _n_ids: int

    def __init__(self, indptr: Any, ids: Any, weights: Any = None, *, V: int | None = None) -> None:
        first, members = as_csr_pair("Laws", indptr, ids)
        if len(first) == 1:
            raise ValueError("Laws: indptr has one entry: there is no law")
        if V is None:
            V = int(members.max(initial=0)) + 1
        n_ids = as_count("V", V, least=1, most=MAX_IDS)
        if len(first) - 1 > (2**63 - 1) // n_ids:
            raise ValueError(f"Laws: laws * V must stay below 2**63, got {len(first) - 1} * {n_ids}")
        of_law = np.repeat(np.arange(len(first) - 1), np.diff(first))
        _check_ids(members, of_law, n_ids)
        given = _checked_weights(weights, members, of_law)
        order = np.argsort(of_law * n_ids + members, kind="stable")
        members, given = members[order], given[order]
        _check_once(members, of_law)
        drawn = given > 0
        members, given, of_law = members[drawn], given[drawn], of_law[drawn]
        first = np.searchsorted(of_law, np.arange(len(first)))
        self.__dict__.update(
            _first=read_only(first),
            _ids=read_only(members.astype(np.int32)),
            _weights=read_only(_scaled(given, first)),
            _n_ids=n_ids,
        )

    @classmethod
    def from_sparse(cls, matrix: Any) -> Laws:
        """Of a SciPy sparse matrix: law w has the columns of row w, with its entries as weights.

        Parameters
        ----------
        matrix : sparse matrix or array of SciPy, shape (n, V)
            An entry is the weight of its column in the law of its row.

        Returns
        -------
        Laws
            As many laws as the matrix has rows.

        Raises
        ------
        TypeError, ValueError
            If it is no such matrix, or as the class.

        Examples
        --------
        >>> import numpy as np, scipy.sparse
        >>> Laws.from_sparse(scipy.sparse.csr_array(np.array([[0, 2, 1], [1, 0, 0]])))
        Laws(2 laws of 3 ids, V=3)
        """
        if not hasattr(matrix, "tocsr"):
            raise TypeError(f"Laws: a SciPy sparse matrix is wanted, got {type(matrix).__name__}")
        csr = matrix.tocsr()
        return cls(csr.indptr, csr.indices, csr.data, V=int(matrix.shape[1]))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Laws is immutable: cannot set {name!r}")

    def __len__(self) -> int:
        """How many laws there are."""
        return len(self._first) - 1

    @property
    def n_ids(self) -> int:
        """V, the same for all laws."""
        return self._n_ids

    @property
    def csr(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.uint64]]:
        """The laws one behind another: where each begins, int64 (n + 1,), its ids, rising, and their integer weights.

        Ids of weight 0 are not among them. The largest weight of a law has 62 bits. All three are read-only.
        """
        return self._first, self._ids, self._weights

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many ids of positive weight each law has, int64 (n,), read-only."""
        return read_only(np.diff(self._first))

    def __getitem__(self, number: int) -> Law:
        """One of the laws, over all V ids."""
        w = self._number(number)
        if not self.sizes[w]:
            raise ValueError(f"law {w} has no id of positive weight")
        weights = np.zeros(self.n_ids, np.uint64)
        weights[self.ids_of(w)] = self.weights_of(w)
        return from_weights(weights)

    def ids_of(self, number: int) -> npt.NDArray[np.int32]:
        """The ids of positive weight of one law.

        Parameters
        ----------
        number : int
            The number of the law.

        Returns
        -------
        ndarray of int32
            Rising, read-only.

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

    def numbers(self, law: Any, rows: int) -> npt.NDArray[np.int64]:
        """What ``law=`` of a draw means.

        Parameters
        ----------
        law : int, or array_like of int, shape (rows,)
            One law for all rows, or one for each.
        rows : int
            Rows of the draw.

        Returns
        -------
        ndarray of int64, shape (rows,)
            The number of each row's law.

        Raises
        ------
        TypeError, ValueError
            If it is neither, or if a number is outside [0, n).
        """
        if law is None:
            raise TypeError(f"law must say from which of the {len(self)} laws each row is drawn: law=numbers")
        if isinstance(law, (int, np.integer)):
            return np.full(rows, as_count("law", law, least=0, most=len(self) - 1))
        numbers = np.array(as_integers("law", law), order="C")
        if numbers.shape != (rows,):
            raise ValueError(f"law must be one number or have shape (rows,) = ({rows},), got shape {numbers.shape}")
        outside = (numbers < 0) | (numbers >= len(self))
        if outside.any():
            at = int(outside.argmax())
            raise ValueError(f"law[{at}] = {int(numbers[at])} lies outside [0, {len(self)})")
        return numbers.astype(np.int64)

    def places(
        self, numbers: npt.NDArray[np.int64], ids: npt.NDArray[np.integer[Any]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Where ids stand among those of their laws, and whether they do.

        Parameters
        ----------
        numbers : ndarray of int
            The number of each id's law.
        ids : ndarray of int, shape of numbers
            ``ids[i]`` is looked for in law ``numbers[i]``.

        Returns
        -------
        places : ndarray, int64
            Places among the ids of all laws; of an id that its law has not, any place.
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
            Ids of any rows.
        law : int, or array_like of int, shape (rows,)
            ``ids[i]`` belongs to law ``law[i]``.

        Returns
        -------
        ndarray, float64, shape of ids
            ``-inf`` for an id that its law has not.

        Raises
        ------
        TypeError, ValueError
            If the ids are no integers, lie outside [0, V), or do not fit ``law``.
        """
        array, numbers = self.checked_ids(ids, law)
        places, held = self.places(numbers, array)
        logs = np.full(array.shape, -np.inf)
        logs[held] = self._log_probabilities[places[held]]
        return logs

    def checked_ids(self, ids: Any, law: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Ids, and the number of each one's law, checked.

        Parameters
        ----------
        ids : array_like of int, shape (rows, ...)
            Ids of any rows.
        law : int, or array_like of int, shape (rows,)
            The law of each row, or of all.

        Returns
        -------
        checked : ndarray of int64, shape of ids
            The ids.
        numbers : ndarray of int64, shape of ids
            The numbers of their laws.

        Raises
        ------
        TypeError, ValueError
            As `log_prob`.
        """
        array = as_integers("ids", ids)
        if array.ndim == 0:
            raise ValueError("ids must have one entry for each row, as law has; got one number")
        outside = (array < 0) | (array >= self.n_ids)
        if outside.any():
            raise ValueError(f"ids: {int(array[outside][0])} lies outside [0, {self.n_ids})")
        numbers = self.numbers(law, len(array)).reshape(-1, *[1] * (array.ndim - 1))
        return array.astype(np.int64), np.broadcast_to(numbers, array.shape)

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        # NumPy would make an array of objects, and whoever reads counts would name the first of them.
        raise TypeError(f"got Laws: {self.how_to_take_one}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._first, self._ids, self._weights, self.n_ids)

    def __repr__(self) -> str:
        return f"Laws({len(self):,} laws of {len(self._ids):,} ids, V={self.n_ids})"

    def _number(self, number: Any) -> int:
        w = as_count("law", number, least=0)
        if w >= len(self):
            raise IndexError(f"law {w} of {len(self)}: they are numbered from 0")
        return w


def _restored(indptr: Any, ids: Any, weights: Any, n_ids: int) -> Laws:
    return Laws(indptr, ids, weights, V=n_ids)


def _check_ids(members: npt.NDArray[np.integer[Any]], of_law: npt.NDArray[np.int64], n_ids: int) -> None:
    outside = (members < 0) | (members >= n_ids)
    if outside.any():
        at = int(outside.argmax())
        raise ValueError(f"Laws: id {int(members[at])} of law {of_law[at]} lies outside [0, {n_ids})")


def _check_once(members: npt.NDArray[np.integer[Any]], of_law: npt.NDArray[np.int64]) -> None:
    twice = (members[1:] == members[:-1]) & (of_law[1:] == of_law[:-1])
    if twice.any():
        at = int(twice.argmax())
        raise ValueError(f"Laws: id {int(members[at])} comes twice in law {of_law[at]}; add its weights up")


def _checked_weights(
    weights: Any, members: npt.NDArray[np.integer[Any]], of_law: npt.NDArray[np.int64]
) -> npt.NDArray[Any]:
    if weights is None or len(members) == len(weights) == 0:
        return np.ones(len(members), np.int64)
    given = checked_counts(
        weights, source="weights", entry=lambda i: f"weights[{i}], of id {members[i]} in law {of_law[i]},"
    )
    if given.shape != members.shape:
        raise ValueError(f"weights must have one entry for each of {len(members)} ids, got {len(given)}")
    return given


def _scaled(given: npt.NDArray[Any], first: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Positive weights as integers; the largest one of each law has `_BITS` bits."""
    sizes = np.diff(first)
    sizes, begins = sizes[sizes > 0], first[:-1][sizes > 0]
    if not len(sizes):
        return np.empty(0, np.uint64)
    fractional = np.zeros(len(given), np.bool_)
    if given.dtype.kind == "f":
        # Law by law: what other laws there are changes nothing.
        fractional = (given != np.floor(given)) | (given >= 2.0**53)
        fractional = np.repeat(np.logical_or.reduceat(fractional, begins), sizes)
    weights = np.empty(len(given), np.uint64)
    largest = np.maximum.reduceat(given, begins)
    # A division that is rounded correctly, and a product with a power of two: equal on every machine.
    shares = given[fractional] / np.repeat(largest, sizes)[fractional]
    weights[fractional] = np.floor(np.ldexp(shares, _BITS - 1))
    up = _BITS - np.repeat(_bit_lengths(_whole(largest)), sizes)[~fractional]
    raised = _whole(given[~fractional]) << np.maximum(up, 0).astype(np.uint64)
    weights[~fractional] = raised >> np.maximum(-up, 0).astype(np.uint64)
    return np.maximum(weights, 1)


def _whole(values: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Without their fractions, uint64; what is too large for that belongs to a law of fractions."""
    return np.minimum(values, 2**53).astype(np.uint64) if values.dtype.kind == "f" else values.astype(np.uint64)


def _bit_lengths(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """`int.bit_length` of each value, int64."""
    lengths = np.zeros(len(values), np.int64)
    left = values.copy()
    for step in (32, 16, 8, 4, 2, 1):
        longer = left >> np.uint64(step) > 0
        lengths[longer] += step
        left[longer] >>= np.uint64(step)
    return lengths + (values > 0)
