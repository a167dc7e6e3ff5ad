# SPDX-License-Identifier: MIT
"""Negatives of the examples of a DataLoader, which depend on the number of an example and on the epoch alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset, IterableDataset, default_collate, get_worker_info

from ...arguments import as_count, as_integers, check_choices
from ...counter_based.cursor import LAST_EPOCH, StreamState, row_numbers
from ...counter_based.many import LawsSampler
from ...counter_based.sampler import PositionalSampler
from ...laws.many import Laws
from ...sets.id_sets import IdSets
from ...torch_tools import torch_device

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Collate", "Drawn", "Negatives", "Numbered", "NumberedExample"]

EPOCH = 1  # the cell of the shared memory after that of the key
# Bytes of negatives that a worker sends within its message. For 40 kB (1,024 x 5), the process that trains needs 66 us,
# and 216 us if they lie in shared memory. From 640 kB on, shared memory is cheaper.
MOST_INLINE = 2**18


class NumberedExample(NamedTuple):
    """An example and its number.

    Attributes
    ----------
    number : int
        The index of the example in the dataset.
    example : object
        What the dataset has at this index.
    """

    number: int
    example: Any


class Numbered(Dataset[NumberedExample]):
    """A dataset whose examples carry their numbers, so that negatives can be drawn for them by number.

    The number is the index in ``dataset``, whatever the order, the batch, the worker or the rank. If examples of a
    ``Subset`` are to keep their numbers in the whole dataset, write ``Subset(Numbered(dataset), indices)``. Of several
    datasets write ``Numbered(ConcatDataset([a, b]))``, so that no number occurs twice.

    Parameters
    ----------
    dataset : torch.utils.data.Dataset
        A dataset with ``__getitem__`` and ``__len__``.

    Raises
    ------
    TypeError
        If the dataset has no indices.
    """

    def __init__(self, dataset: Any) -> None:
        if isinstance(dataset, IterableDataset) or not (
            hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
        ):
            raise TypeError(
                f"dataset must have __getitem__ and __len__, got {type(dataset).__name__}, whose examples have no "
                "indices; give each example a number yourself, and call Negatives with the numbers of a batch"
            )
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> NumberedExample:
        if isinstance(index, (list, tuple)):
            raise TypeError(
                f"index must be an integer, got a {type(index).__name__}; for a sampler of whole batches write "
                "DataLoader(..., batch_sampler=...), and leave batch_size=None out"
            )
        return NumberedExample(index, self.dataset[index])

    def __getitems__(self, indices: Sequence[int]) -> Sequence[NumberedExample]:
        """The examples of a batch, which a DataLoader asks for in one call."""
        fetch = getattr(self.dataset, "__getitems__", None)
        return NumberedBatch(indices, fetch(indices) if fetch else [self.dataset[index] for index in indices])


class NumberedBatch(Sequence[NumberedExample]):
    """The examples of a batch with their numbers, each pair of which is made when it is asked for.

    1,024 pairs take 0.4 ms, a quarter of the time in which a `TensorDataset` gives the examples; `Collate` needs none.
    """

    def __init__(self, indices: Sequence[int], examples: list[Any]) -> None:
        if len(indices) != len(examples):
            raise ValueError(f"the dataset returned {len(examples)} examples for {len(indices)} indices")
        self.indices, self.examples = indices, examples

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return NumberedBatch(self.indices[place], self.examples[place])
        return NumberedExample(self.indices[place], self.examples[place])

    def __iter__(self) -> Iterator[NumberedExample]:
        return map(NumberedExample, self.indices, self.examples)


class Drawn(NamedTuple):
    """The negatives of a batch.

    Attributes
    ----------
    ids : Tensor, int64 (rows, k)
        The negatives. A row of -1 is exhausted, see ``on_exhausted`` of `Negatives`.
    log_q : Tensor (rows, k), or None
        The logs of the expected counts of ``ids`` in their rows, in torch's default dtype; inf in exhausted rows, so
        that ``logits - log_q`` is -inf there.
    positive_log_q : Tensor (rows,), or None
        The logs of the expected counts of the positives in a row that excludes nothing. If a row is exhausted because
        its law (of `samplers.Laws`) has too few ids, it is inf.
    """

    ids: torch.Tensor
    log_q: torch.Tensor | None
    positive_log_q: torch.Tensor | None

    def __reduce__(self) -> tuple[Callable[..., Drawn], tuple[Any, ...]]:
        """How a worker sends it: tensors of few bytes as arrays, because torch opens a file and a socket for each."""
        tensors = [tensor for tensor in self if tensor is not None]
        if sum(tensor.nbytes for tensor in tensors) > MOST_INLINE or not all(map(_is_plain, tensors)):
            return Drawn, tuple(self)
        return _received, tuple(None if tensor is None else tensor.numpy() for tensor in self)


def _is_plain(tensor: torch.Tensor) -> bool:
    """Whether NumPy can have the tensor."""
    return tensor.device.type == "cpu" and tensor.dtype != torch.bfloat16 and not tensor.requires_grad


def _received(ids: NDArray[Any], *logs: NDArray[Any] | None) -> Drawn:
    """What a worker sent as arrays."""
    return Drawn(torch.from_numpy(ids), *(None if log is None else torch.from_numpy(log) for log in logs))


class Negatives:
    """Draws the negatives of examples by their numbers.

    The negatives of an example depend on the key of the sampler, the epoch and the number of the example, and on what
    is excluded. They do not depend on the number of workers or ranks, the size and order of batches, or prefetching.

    Call it in the training loop, or let a `Collate` call it in the workers. The epoch lies in shared memory, so that
    `set_epoch` reaches workers that are running already.

    Parameters
    ----------
    sampler : PositionalSampler, or the sampler that ``samplers.create("alias", laws)`` returns for `samplers.Laws`
        Such as ``alias``, ``spectrum`` or ``uniform``. A copy is used, which shares its tables. If it draws from
        `samplers.Laws`, each call names the law of each example.
    k : int
        Negatives of each example.
    seen : IdSets, optional
        A set of ids for each user, from which no negative of the user is drawn.
    log_q : bool, default False
        Whether to return the logs of expected counts, which sampled softmax subtracts from logits.
    on_exhausted : {"raise", "mark"}
        What to do with an example for which too few ids are left, as in `samplers.Sampler.sample`.
    device : torch.device or str, optional
        Where the tensors lie. Default: the CPU.
    pin_memory : bool, default False
        Draw into pinned memory, from which a GPU copies while the program goes on.

    Raises
    ------
    TypeError, ValueError
        If an argument is not valid.

    Examples
    --------
    >>> import samplers
    >>> negatives = Negatives(samplers.create("alias", [9, 9, 9, 1, 1], rng=1), k=3)
    >>> negatives.set_epoch(2)
    >>> ids = negatives([0, 1, 2, 3]).ids
    >>> bool((negatives([3, 1]).ids == ids[[3, 1]]).all())
    True
    """

    def __init__(
        self,
        sampler: PositionalSampler | LawsSampler,
        k: int,
        *,
        seen: IdSets | None = None,
        log_q: bool = False,
        on_exhausted: Literal["raise", "mark"] = "raise",
        device: torch.device | str | None = None,
        pin_memory: bool = False,
    ) -> None:
        if not isinstance(sampler, (PositionalSampler, LawsSampler)):
            raise TypeError(
                f"sampler must draw rows by their numbers, got {sampler!r}; create 'alias', 'spectrum' or 'uniform' "
                "from counts or a law, or 'alias' from Laws"
            )
        self.k = as_count("k", k, minimum=1)
        sampler._check_k(self.k)
        check_choices("redraw", on_exhausted)
        if seen is not None and not isinstance(seen, IdSets):
            raise TypeError(f"seen must be IdSets, got {type(seen).__name__}; write IdSets.from_lists(seen, V=...)")
        noise = sampler.noise
        self._n_ids = noise.n_ids if isinstance(noise, Laws) else len(noise)
        if seen is not None:
            IdSets._read(seen, self._n_ids)
        if pin_memory and not torch.cuda.is_available():
            raise ValueError("pin_memory=True needs a CUDA device, and torch sees none; leave it out")
        self.seen, self.log_q, self.on_exhausted = seen, log_q, on_exhausted
        self.device, self.pin_memory = torch_device("cpu" if device is None else device), pin_memory
        self._sampler = copy.copy(sampler)
        self._shared = torch.zeros(2, dtype=torch.int64)
        self._shared.share_memory_()  # type: ignore[no-untyped-call]
        self._cells = self._shared.numpy().view(np.uint64)  # the key and the epoch
        self._cells[:] = sampler.key, sampler.epoch
        one_law = isinstance(sampler, PositionalSampler)
        self._at_once = one_law and seen is None and not (log_q or pin_memory) and self.device.type == "cpu"

    @property
    def epoch(self) -> int:
        """The epoch of all calls that name no other."""
        return int(self._cells[EPOCH])

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch in this process and in all workers. Do so before ``iter(loader)``: workers draw ahead.

        Parameters
        ----------
        epoch : int
            The epoch, from 0 to 2**32 - 1.
        """
        self._cells[EPOCH] = as_count("epoch", epoch, minimum=0, maximum=LAST_EPOCH)

    def __call__(
        self, row_ids: Any, positives: Any = None, users: Any = None, *, law: Any = None, epoch: int | None = None
    ) -> Drawn:
        """Draw the negatives of a batch.

        Parameters
        ----------
        row_ids : array_like of int, shape (rows,)
            The numbers of the examples: their indices in the dataset, not in the batch.
        positives : array_like of int, shape (rows,), optional
            An id for each example, which is not among its negatives.
        users : array_like of int, shape (rows,), optional
            For each example, the number of its set in ``seen``.
        law : int, or array_like of int, shape (rows,), optional
            The number of the law of all examples, or of each. It is needed if the sampler draws from `samplers.Laws`,
            and is an error otherwise.
        epoch : int, optional
            Default: `epoch`.

        Returns
        -------
        Drawn
            The ids and, if ``log_q`` is True, the logs of expected counts.

        Raises
        ------
        TypeError, ValueError
            If an argument is not valid, or if too few ids are left for an example.
        RuntimeError
            If a worker of a DataLoader calls it, and ``device`` or ``pin_memory`` is set.
        """
        if self._at_once and users is None and law is None and epoch is None:
            # One call of C: after the work of a loader, each step of Python takes ten times as long as in a tight loop.
            at_once = self._sampler._stream.rows_at(self._cells, row_ids, self.k, positives, self.on_exhausted)
            if at_once is not None:  # else an argument is unusual or wrong
                if type(at_once) is tuple:
                    at_once = self._sampler._finish_short("redraw", *at_once)  # type: ignore[union-attr]
                return Drawn(torch.from_numpy(at_once), None, None)
        self._check_process()
        # Usual arrays are checked by `sample_rows`, in C.
        usual = type(row_ids) is np.ndarray and row_ids.dtype == np.int64 and row_ids.ndim == 1
        numbers = row_ids if usual else row_numbers(row_ids).view(np.int64)
        sampler, current = self._at_key()
        positives = None if positives is None else column("positives", positives, len(numbers), self._n_ids)
        exclude = self._excluded(len(numbers), positives, users)
        which = self._laws_of(len(numbers), law)
        out = torch.empty((len(numbers), self.k), dtype=torch.int64, pin_memory=True) if self.pin_memory else None
        drawn: Any = sampler.sample_rows(
            numbers,
            self.k,
            epoch=current if epoch is None else epoch,
            exclude=exclude,
            on_exhausted=self.on_exhausted,
            out=out,
            **naming(which),
        )
        ids = torch.from_numpy(drawn) if out is None else out
        if not self.log_q:
            return Drawn(self._sent(ids), None, None)
        logs = self._tensor(self._logs(ids.numpy(), exclude, which))
        of_positives = None if positives is None else self._tensor(self._log_of(positives, which))
        return Drawn(self._sent(ids), logs, of_positives)

    def state_dict(self) -> StreamState:
        """What a checkpoint stores: strings and integers.

        Returns
        -------
        dict
            As `samplers.PositionalSampler.state_dict`, with the epoch that `set_epoch` has set.
        """
        sampler, epoch = self._at_key()
        return {**sampler.state_dict(), "epoch": epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the key and the epoch to those of ``state``, in running workers too.

        Parameters
        ----------
        state : mapping
            The result of `state_dict`.

        Raises
        ------
        TypeError, ValueError
            If it is not such a mapping, or is that of another strategy, mode or noise distribution.
        """
        self._sampler.load_state_dict(state)
        self._cells[:] = self._sampler.key, self._sampler.epoch

    def __copy__(self) -> Negatives:
        """With a key and an epoch of its own."""
        return copy.deepcopy(self)  # the tables and the histories never change, and are shared

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_cells"}  # would not be shared

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A deep copy, or a pickle of a file, is not in shared memory.
        self._shared.share_memory_()  # type: ignore[no-untyped-call]
        self._cells = self._shared.numpy().view(np.uint64)

    def __repr__(self) -> str:
        return f"Negatives({self._sampler!r}, k={self.k}, epoch={self.epoch})"

    def _at_key(self) -> tuple[PositionalSampler | LawsSampler, int]:
        """The sampler with the key of all processes, and their epoch."""
        key, epoch = self._cells.tolist()
        if self._sampler.key != key:  # a state was loaded after this worker had started
            self._sampler.key = key
        return self._sampler, epoch

    def _check_process(self) -> None:
        worker = get_worker_info()
        if worker is not None and (self.pin_memory or self.device.type != "cpu"):
            raise RuntimeError(
                f"device={str(self.device)!r}, pin_memory={self.pin_memory}: worker {worker.id} of a DataLoader cannot "
                "use them; leave both out and write DataLoader(..., pin_memory=True), or call Negatives in the loop"
            )

    def _excluded(self, rows: int, positives: NDArray[np.int64] | None, users: Any) -> Any:
        """What the rows exclude: positives, histories, or both."""
        if (users is None) != (self.seen is None):
            given, lacking = ("users", "seen") if self.seen is None else ("seen", "users")
            raise ValueError(f"{given} is given, and {lacking} is not: Negatives(seen=...) has a set for each of users")
        if self.seen is None:
            return positives
        sets = self.seen[column("users", users, rows, len(self.seen))]
        return sets if positives is None else with_one_more(sets, positives)

    def _laws_of(self, rows: int, law: Any) -> NDArray[np.int64] | None:
        """The number of the law of each row, checked; None if the sampler draws from a single law."""
        noise = self._sampler.noise
        if isinstance(noise, Laws):
            return noise._numbers(law, rows)
        if law is not None:
            raise TypeError(
                f"law={law!r:.80} is given, but {self._sampler!r} draws from a single law; leave it out, or create the "
                "sampler from samplers.Laws"
            )
        return None

    def _logs(self, ids: NDArray[np.int64], exclude: Any, which: NDArray[np.int64] | None) -> NDArray[np.float64]:
        """Logs of the expected counts of negatives, float64 (rows, k); inf in exhausted rows."""
        return self._expected(ids, ids[:, 0] >= 0, exclude, which)

    def _log_of(self, positives: NDArray[np.int64], which: NDArray[np.int64] | None) -> NDArray[np.float64]:
        """Logs of the expected counts of positives, float64 (rows,); inf in rows that their laws cannot fill."""
        noise, fillable = self._sampler.noise, np.ones(len(positives), np.bool_)
        if isinstance(noise, Laws):
            fillable = noise.sizes[which] >= (1 if self._sampler.replacement else self.k)
        logs = self._expected(positives, fillable, None, which)
        if np.isneginf(logs).any():
            at = int(np.isneginf(logs).argmax())
            place = "the noise distribution" if which is None else f"law {which[at]}"
            raise ValueError(
                f"positives[{at}] = {positives[at]} has weight 0 in {place}, so that log_q is -inf; "
                "give every id that is a positive a count of 1 or more"
            )
        return logs

    def _expected(
        self, ids: NDArray[np.int64], asked: NDArray[np.bool_], exclude: Any, which: NDArray[np.int64] | None
    ) -> NDArray[np.float64]:
        """Logs of the expected counts of ids in those rows that are asked for, inf in the others; float64, as ids."""
        logs = np.full(ids.shape, np.inf)
        rows = slice(None) if asked.all() else np.flatnonzero(asked)
        named = naming(None if which is None else which[rows])
        exclude = None if exclude is None else exclude[rows]
        logs[rows] = self._sampler.log_expected_count(ids[rows], self.k, exclude=exclude, **named)
        return logs

    def _tensor(self, array: NDArray[np.float64]) -> torch.Tensor:
        tensor = torch.from_numpy(array).to(torch.get_default_dtype())  # float64 would make logits float64
        return self._sent(tensor.pin_memory() if self.pin_memory else tensor)

    def _sent(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self.device, non_blocking=self.pin_memory)


class Collate:
    """A ``collate_fn`` that returns a batch and its negatives: ``(batch, Drawn)``. Workers draw, if there are any.

    Parameters
    ----------
    negatives : Negatives
        What draws.
    positive : int or str, optional
        The entry of a batch that holds the positives, such as 1 of ``(users, items)``. Default: none is excluded.
    user : int or str, optional
        The entry of a batch that holds the users. Default: there are no histories.
    law : int or str, optional
        The entry of a batch that holds the numbers of laws, if the sampler of ``negatives`` draws from `samplers.Laws`.
    collate : callable, optional
        What makes a batch of a list of examples. Default: ``torch.utils.data.default_collate``.

    Raises
    ------
    TypeError
        If ``negatives`` is of another class.
    """

    def __init__(
        self,
        negatives: Negatives,
        *,
        positive: int | str | None = None,
        user: int | str | None = None,
        law: int | str | None = None,
        collate: Callable[[list[Any]], Any] = default_collate,
    ) -> None:
        if not isinstance(negatives, Negatives):
            raise TypeError(f"negatives must be Negatives, got {type(negatives).__name__}; write Negatives(sampler, k)")
        self.negatives, self.positive, self.user, self.law, self.collate = negatives, positive, user, law, collate

    def __call__(self, examples: Sequence[NumberedExample]) -> tuple[Any, Drawn]:
        """Collate examples of a `Numbered` dataset, and draw their negatives.

        Parameters
        ----------
        examples : sequence of NumberedExample
            The examples of the batch.

        Returns
        -------
        batch : object
            What ``collate`` makes of the examples.
        drawn : Drawn
            Their negatives.

        Raises
        ------
        TypeError
            If the examples have no numbers.
        """
        if isinstance(examples, NumberedExample) or not examples:
            raise TypeError(
                f"examples must be a list of one example or more, got {examples!r:.80}; a DataLoader gives such lists "
                "unless batch_size is None"
            )
        if not isinstance(examples, NumberedBatch):
            examples = numbered(examples)
        batch = self.collate(examples.examples)
        positives, users = entry("positive", batch, self.positive), entry("user", batch, self.user)
        laws = entry("law", batch, self.law)
        return batch, self.negatives(examples.indices, positives, users, law=laws)


def naming(which: NDArray[np.int64] | None) -> dict[str, Any]:
    """The argument ``law`` of a sampler of many laws; none for a sampler of one law, which does not know it."""
    return {} if which is None else {"law": which}


def numbered(examples: Sequence[Any]) -> NumberedBatch:
    """A batch of examples that were fetched one by one. TypeError if one has no number."""
    for example in examples:
        if not isinstance(example, NumberedExample):
            raise TypeError(
                f"examples must carry their numbers, got {type(example).__name__}; write "
                "DataLoader(Numbered(dataset), collate_fn=Collate(...))"
            )
    return NumberedBatch([number for number, _ in examples], [example for _, example in examples])


def column(what: str, values: Any, rows: int, below: int) -> NDArray[np.int64]:
    """``values`` as int64 (rows,), each from 0 to ``below - 1``. TypeError or ValueError, which names ``what``."""
    usual = type(values) is torch.Tensor and values.dtype is torch.int64 and values.device.type == "cpu"
    numbers = values.numpy() if usual else as_integers(what, values)
    if numbers.shape != (rows,):
        raise ValueError(f"{what} must have shape ({rows},), one for each of row_ids, got shape {numbers.shape}")
    column = np.ascontiguousarray(numbers, dtype=np.int64)
    if rows and int(column.view(np.uint64).max()) >= below:  # negative numbers are the largest of uint64
        at = int((column.view(np.uint64) >= np.uint64(below)).argmax())
        raise ValueError(f"{what}[{at}] = {int(numbers[at])} lies outside [0, {below})")
    return column


def with_one_more(sets: IdSets, ids: NDArray[np.int64]) -> IdSets:
    """The sets, with ``ids[i]`` in set i. They are copied only if an id is in its set not yet."""
    lacking = ~sets.contains(np.arange(len(sets)), ids[:, None])[:, 0]
    if not lacking.any():
        return sets
    indptr, members = sets._csr
    smaller = np.concatenate([[0], np.cumsum(members < np.repeat(ids, sets.sizes()))])
    places = indptr[:-1] + smaller[indptr[1:]] - smaller[indptr[:-1]]
    members = np.insert(members, places[lacking], ids[lacking])
    indptr = indptr + np.concatenate([[0], np.cumsum(lacking)])
    return IdSets(members, indptr[:-1], indptr[1:], sets._n_ids)


def entry(what: str, batch: Any, key: int | str | None) -> Any:
    """``batch[key]``, or None if the key is None. ValueError, which names ``what``, if the batch has no such entry."""
    if key is None:
        return None
    if type(batch) is tuple and type(key) is int and key < len(batch):  # checks of abstract classes take longer
        return batch[key]
    if isinstance(batch, Mapping) or (isinstance(batch, Sequence) and not isinstance(key, str)):
        try:
            return batch[key]  # type: ignore[index]
        except LookupError:
            pass
    held = f"a mapping with the keys {list(batch)}" if isinstance(batch, Mapping) else f"a {type(batch).__name__}"
    count = f" of {len(batch)} entries" if isinstance(batch, Sequence) else ""
    raise ValueError(f"{what}={key!r} is no entry of the batch, which is {held}{count}; name the entry of the ids")
