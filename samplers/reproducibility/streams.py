# SPDX-License-Identifier: MIT
"""Named streams: one seed, and a random generator of its own for each consumer of random numbers."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import as_count

# A part of every key. The numbers of a name never change under it; a better derivation would be a v2.
DERIVATION = "samplers.named_streams/v1"


@dataclass(frozen=True)
class NamedStreams:
    """Generators whose keys are derived from a seed and a name: ``named_streams`` makes them.

    The key is SHA-256 of the derivation's version, the seed and the name. So it is the same in every process, on every
    machine and under every hash seed, and what one consumer draws moves no other. A name gives the same stream each
    time, from its beginning: use one name for one consumer.

    Attributes
    ----------
    seed : int
        The seed that all streams share, 0 or more.
    """

    seed: int

    def key(self, name: str) -> bytes:
        """The key of a stream.

        Parameters
        ----------
        name : str
            The name of the consumer, such as "split" or "epoch 3/order".

        Returns
        -------
        bytes
            32 bytes.

        Raises
        ------
        TypeError, ValueError
            If the name is not a str, or if it is empty.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be a str such as 'split', got {name!r}")
        if not name:
            raise ValueError("name must not be empty: name the consumer of the stream, such as 'split'")
        return hashlib.sha256(f"{DERIVATION}\n{self.seed}\n{name}".encode()).digest()

    def integer(self, name: str) -> int:
        """A seed for a library that takes an integer: ``keras.utils.set_random_seed``, ``samplers.create(rng=...)``.

        Parameters
        ----------
        name : str
            The name of the consumer.

        Returns
        -------
        int
            Below 2**32, which is what NumPy's ``RandomState`` and torch on a CPU can use.
        """
        return int.from_bytes(self.key(name)[:4], "little")

    def numpy(self, name: str) -> np.random.Generator:
        """A generator of NumPy.

        Parameters
        ----------
        name : str
            The name of the consumer.

        Returns
        -------
        numpy.random.Generator
            Over ``numpy.random.Philox`` with 128 bits of the key. The bit generator is named because NumPy may change
            the one of ``default_rng``.
        """
        return np.random.Generator(np.random.Philox(key=int.from_bytes(self.key(name)[:16], "little")))

    def python(self, name: str) -> random.Random:
        """A generator of Python's ``random``.

        Parameters
        ----------
        name : str
            The name of the consumer.

        Returns
        -------
        random.Random
            Seeded with all 256 bits of the key.
        """
        return random.Random(int.from_bytes(self.key(name), "little"))

    def torch(self, name: str, device: Any = "cpu") -> Any:
        """A generator of torch, for ``generator=`` of ``random_split``, ``DataLoader``, ``torch.nn.init`` and others.

        On a CPU torch uses 32 bits of a seed. So two names have the same stream with probability 2**-32.

        Parameters
        ----------
        name : str
            The name of the consumer.
        device : str or torch.device, default "cpu"
            Where the generator draws. Streams of a CPU and of a GPU differ.

        Returns
        -------
        torch.Generator
            At the start of the stream.

        Raises
        ------
        ModuleNotFoundError
            If torch is not installed.
        """
        from ..arguments import require

        require("torch", "NamedStreams.torch")
        import torch

        generator = torch.Generator(device=device)
        bits = 4 if generator.device.type == "cpu" else 7
        return generator.manual_seed(int.from_bytes(self.key(name)[:bits], "little"))


def named_streams(seed: int) -> NamedStreams:
    """Make named streams of a seed, so that changing one consumer of random numbers moves no other.

    With a single seeded generator, a model with one more hidden unit takes more numbers, and the validation split that
    is drawn after it changes.

    Parameters
    ----------
    seed : int
        0 or more, of any size.

    Returns
    -------
    NamedStreams
        Its methods ``numpy``, ``torch``, ``python`` and ``integer`` take the name of a consumer.

    Raises
    ------
    TypeError, ValueError
        If the seed is no such integer.

    Examples
    --------
    >>> from samplers.reproducibility import named_streams
    >>> streams = named_streams(42)
    >>> streams.numpy("split").permutation(5).tolist()
    [2, 1, 3, 0, 4]
    >>> streams.integer("weights")
    1067005672
    """
    return NamedStreams(as_count("seed", seed, minimum=0, maximum=2**256))
