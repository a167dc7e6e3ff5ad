# SPDX-License-Identifier: MIT
"""The net of post 002 in NumPy, with Keras 2.12's initial weights: 41-64-16-1, absolute error, one example a step.

Everything is float32. RMSprop and Adam are written as Keras 2.12 writes them, and the square roots of RMSprop are a
parameter: this is what the experiment swaps.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from . import rsqrt

Floats = Any  # NDArray[np.float32]
Rsqrt = Callable[[Floats], Floats]

COLUMNS = 41  # the one width from 1 to 119 whose initial weights have the post's first sum: `widths_like_the_post`
SEED = 42
HIDDEN = (64, 16)
EXAMPLES = 32_000
POST_SUMS = (-9.959677, -5.590966, -1.1521256)  # of the initial weights of the three layers, as the post prints them
RATE, RHO, EPSILON = np.float32(1e-3), np.float32(0.9), np.float32(1e-7)
BETA_1, BETA_2 = np.float32(0.9), np.float32(0.999)


def layers(columns: int) -> list[tuple[int, int]]:
    """The shapes of the weights."""
    sizes = (columns, *HIDDEN, 1)
    return list(pairwise(sizes))


def keras_seeds(seed: int) -> list[int]:
    """The seeds that the initialisers of Keras 2.12 take after ``random.seed(seed)``, one for each layer."""
    generator = random.Random(seed)
    return [generator.randint(1, 10**9) for _ in layers(1)]


def glorot_uniform(seed: int, shape: tuple[int, int]) -> Floats:
    """Weights of Keras 2.12's default initialiser, the same bits as ``tf.random.stateless_uniform``.

    Source: TensorFlow, core/kernels/stateless_random_ops.cc, GenerateKey: a block of Philox scrambles the seed into the
    key and the counter. core/lib/random/random_distributions.h, Uint32ToFloat: 23 bits make a float in [1, 2).
    """
    import torch

    from samplers.tensors.philox import philox

    def word(value: int) -> Any:
        return torch.tensor([value])

    mixed = [int(part) for part in philox(0x02461E29 << 32 | 0x3EC8F720, word(seed), word(0), word(0), word(0))]
    size = shape[0] * shape[1]
    blocks = torch.arange(-(-size // 4))
    zero = torch.zeros_like(blocks)
    words = philox(mixed[1] << 32 | mixed[0], blocks, zero, zero + mixed[2], zero + mixed[3])
    bits = torch.stack(words, 1).numpy().ravel()[:size].astype(np.uint32)
    uniform = (bits & 0x7FFFFF | 0x3F800000).view(np.float32) - np.float32(1)
    limit = np.float32(np.sqrt(3.0 / ((shape[0] + shape[1]) / 2)))
    result: Floats = (uniform * (limit + limit) - limit).reshape(shape)
    return result


def initial_weights(columns: int = COLUMNS, seed: int = SEED) -> list[Floats]:
    """The weights of the three layers after the post's ``reset_seeds(42)``."""
    return [glorot_uniform(own, shape) for own, shape in zip(keras_seeds(seed), layers(columns), strict=True)]


def printed(weights: Floats) -> str:
    """The sum of weights in float32, as the post prints it."""
    return str(np.float32(weights.sum()))


def widths_like_the_post(widths: Iterable[int]) -> list[int]:
    """The widths of the data with which the initial weights of the first layer have the post's sum."""
    seed, *_ = keras_seeds(SEED)
    return [n for n in widths if printed(glorot_uniform(seed, (n, HIDDEN[0]))) == str(np.float32(POST_SUMS[0]))]


def data(examples: int) -> tuple[Floats, Floats]:
    """The first of 32,000 examples (n, 41) and targets (n,), made up: the post does not give its data."""
    generator = np.random.RandomState(0)
    x = generator.rand(EXAMPLES, COLUMNS).astype(np.float32)
    x[:, 20:] = x[:, 20:] > 0.7
    noise = generator.randn(EXAMPLES)
    y = (1 / (1 + np.exp(-(x[:, :10].sum(1) - 5 + 0.5 * noise)))).astype(np.float32)
    return x[:examples], y[:examples]


class Net:
    """Weights, biases and gradients, as views of one vector each, so that an optimiser is one line."""

    def __init__(self) -> None:
        shapes = [shape for layer in layers(COLUMNS) for shape in (layer, (layer[1],))]
        sizes = [int(np.prod(shape)) for shape in shapes]
        self.flat, self.gradient = np.zeros(sum(sizes), np.float32), np.zeros(sum(sizes), np.float32)
        ends = np.cumsum(sizes)[:-1]
        self.tensors, self.gradients = (
            [part.reshape(shape) for part, shape in zip(np.split(whole, ends), shapes, strict=True)]
            for whole in (self.flat, self.gradient)
        )
        for tensor, weights in zip(self.tensors[::2], initial_weights(), strict=True):
            tensor[...] = weights

    def backward(self, x: Floats, target: np.float32) -> None:
        """The gradient of |prediction - target|."""
        one, two = np.float32(1), np.float32(2)
        w1, b1, w2, b2, w3, b3 = self.tensors
        g1, h1, g2, h2, g3, h3 = self.gradients
        first = one / (one + np.exp(-(x @ w1 + b1)))
        second = np.tanh(first @ w2 + b2)
        prediction = one / (one + np.exp(-(second @ w3 + b3)))
        h3[...] = np.sign(prediction - target) * prediction * (one - prediction)
        g3[...] = second[:, None] * h3
        h2[...] = (w3[:, 0] * h3) * (one - second**two)
        np.multiply(first[:, None], h2, out=g2)
        h1[...] = (w2 @ h2) * first * (one - first)
        np.multiply(x[:, None], h1, out=g1)


@dataclass
class RMSprop:
    """keras/optimizers/rmsprop.py of Keras 2.12, without momentum."""

    rsqrt: Rsqrt

    def __post_init__(self) -> None:
        self.mean_square: Floats = np.float32(0)

    def update(self, net: Net) -> None:
        g = net.gradient
        self.mean_square = RHO * self.mean_square + (np.float32(1) - RHO) * (g * g)
        net.flat -= RATE * g * self.rsqrt(self.mean_square + EPSILON)


@dataclass
class Adam:
    """keras/optimizers/adam.py of Keras 2.12: a square root and a division, which IEEE 754 rounds correctly."""

    rsqrt: Rsqrt  # as of RMSprop; it has no use for it

    def __post_init__(self) -> None:
        self.mean: Floats = np.float32(0)
        self.mean_square: Floats = np.float32(0)
        self.step = 0

    def update(self, net: Net) -> None:
        g = net.gradient
        self.step += 1
        alpha = RATE * np.sqrt(np.float32(1) - BETA_2**self.step) / (np.float32(1) - BETA_1**self.step)
        self.mean = self.mean + (g - self.mean) * (np.float32(1) - BETA_1)
        self.mean_square = self.mean_square + (g * g - self.mean_square) * (np.float32(1) - BETA_2)
        net.flat -= alpha * self.mean / (np.sqrt(self.mean_square) + EPSILON)


OPTIMISERS: dict[str, Any] = {"RMSprop": RMSprop, "Adam": Adam}


class Swapped:
    """The reciprocal square root of TensorFlow 2.12 over a table; `calls` counts how often it was asked.

    A tensor of one element, the last bias, takes Eigen's path without a table.
    """

    def __init__(self, table: rsqrt.Table) -> None:
        self.table, self.calls = table, 0

    def __call__(self, x: Floats) -> Floats:
        self.calls += 1
        result = rsqrt.refined(x, rsqrt.look_up(self.table, x))
        result[-1] = np.float32(1) / np.sqrt(x[-1])
        return result


def live(x: Floats) -> Floats:
    """The same with the instruction itself."""
    result = rsqrt.refined(x, rsqrt.instruction(x))
    result[-1] = np.float32(1) / np.sqrt(x[-1])
    return result


def train(optimiser: str, reciprocal: Rsqrt, marks: Iterable[int]) -> Iterator[tuple[int, list[str], str]]:
    """Train, and yield at each mark the step, the printed sums of the three layers, and a hash of all bits."""
    marks = sorted(marks)
    x, y = data(marks[-1])
    net, method = Net(), OPTIMISERS[optimiser](reciprocal)
    for step, (example, target) in enumerate(zip(x, y, strict=True), 1):
        net.backward(example, target)
        method.update(net)
        if step in marks:
            sums = [printed(weights) for weights in net.tensors[::2]]
            yield step, sums, hashlib.sha256(net.flat.tobytes()).hexdigest()[:8]
