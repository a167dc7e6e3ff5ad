# SPDX-License-Identifier: MIT
"""Post 002 in TensorFlow itself: what runs in an environment of ``make lab-tensorflow``, in a process of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import rsqrt
from .keras_runs import fingerprint, keras_3, versions
from .net import COLUMNS, HIDDEN, SEED, data

SHORT = 64  # steps in which the rewriting of the graph is looked for
LANES = 8  # of Eigen's packets with AVX: smaller tensors take a path without the table


def reciprocals() -> dict[str, Any]:
    """What ``tf.math.rsqrt`` gives for the 2**24 floats of [1, 4), and what is computed from the processor's table."""
    import tensorflow as tf

    x = rsqrt.all_floats()
    given = tf.math.rsqrt(tf.constant(x)).numpy()
    table = rsqrt.processor()
    entries = rsqrt.over_all_floats(table)
    exact = (1 / np.sqrt(x.astype(np.float64))).astype(np.float32)
    one, half, minus_half = np.float32(1), np.float32(0.5), np.float32(-0.5)
    forms = {
        "y * (1.5 - (0.5 * x * y) * y)": rsqrt.refined(x, entries),
        "y + (-0.5 * y) * ((x * y) * y - 1)": entries + (minus_half * entries) * ((x * entries) * entries - one),
        "1 / sqrt(x)": one / np.sqrt(x),
        "y * (1.5 - 0.5 * x * (y * y))": entries * (np.float32(1.5) - half * x * (entries * entries)),
    }
    return {
        "versions": versions(),
        "fingerprint": rsqrt.fingerprint(given),
        "table": rsqrt.vendor(table),
        "equals": [name for name, values in forms.items() if np.array_equal(values, given)],
        "not correctly rounded": rsqrt.apart(given, exact),
        "sqrt correctly rounded": bool(
            np.array_equal(tf.sqrt(tf.constant(x)).numpy(), np.sqrt(x.astype(np.float64)).astype(np.float32))
        ),
    }


def posts_model() -> Any:
    """The post's net after its ``reset_seeds(42)``."""
    import keras
    import tensorflow as tf

    np.random.seed(SEED)  # noqa: NPY002
    random.seed(SEED)
    tf.random.set_seed(SEED)
    layer = keras.layers.Dense
    begin = keras.layers.Input((COLUMNS,)) if keras_3() else keras.layers.InputLayer((COLUMNS,))
    return keras.models.Sequential([begin, layer(HIDDEN[0], "sigmoid"), layer(HIDDEN[1], "tanh"), layer(1, "sigmoid")])


def swapped(table: rsqrt.Table) -> Any:
    """RMSprop of Keras 2.12 with another table behind its ``tf.math.rsqrt``, and nothing else changed."""
    import tensorflow as tf

    entries = tf.constant((table << 11) + rsqrt.HALF, tf.int32)

    def reciprocal(x: Any) -> Any:
        if x.shape.num_elements() < LANES:
            return tf.math.rsqrt(x)
        bits = tf.bitcast(x, tf.int32)
        exponent = bits // 2**23 - 127
        odd = tf.math.floormod(exponent, 2)
        place = odd * rsqrt.INTERVALS + tf.math.floormod(bits // 2**11, rsqrt.INTERVALS)
        y = tf.bitcast(tf.gather(entries, place) - (exponent - odd) // 2 * 2**23, tf.float32)
        # -0.5 x by its exponent, because the optimiser of graphs would reorder a product with a constant.
        result = y * (tf.constant(1.5) + (-tf.bitcast(bits - 2**23, tf.float32) * y) * y)
        # The result is positive. Without the maximum, that optimiser would regroup its product with the rate.
        return tf.maximum(result, 0.0)

    class Swapped(tf.keras.optimizers.RMSprop):  # type: ignore[misc]
        """keras/optimizers/rmsprop.py of Keras 2.12: dense gradients, without momentum."""

        def update_step(self, gradient: Any, variable: Any) -> None:
            rate = tf.cast(self.learning_rate, variable.dtype)
            mean = self._velocities[self._index_dict[self._var_key(variable)]]
            mean.assign(self.rho * mean + (1 - self.rho) * tf.square(gradient))
            variable.assign_add(-(rate * gradient * reciprocal(mean + self.epsilon)))

    return Swapped()


def training(optimiser: str, table: str | None, marks: Sequence[int]) -> dict[str, Any]:
    """The post's training with its data made up: at each mark the sums as printed, and a hash of all weights.

    Parameters
    ----------
    optimiser : {"rmsprop", "adam"}
    table : {"processor", "Intel", "AMD"} or None
        The table behind the rsqrt of RMSprop, in Keras 2.12; None: Keras as it is.
    marks : sequence of int
        Steps.
    """
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = posts_model()
    first = printed(model)
    tables = {"processor": rsqrt.processor} | rsqrt.TABLES
    model.compile(loss="mae", optimizer=optimiser if table is None else swapped(tables[table]()))
    x, y = data(max(marks))
    found, done = {}, 0
    for mark in sorted(marks):
        model.fit(x[done:mark], y[done:mark], batch_size=1, epochs=1, verbose=0, shuffle=False)
        done = mark
        found[str(mark)] = {"sums": printed(model), "fingerprint": fingerprint(model)}
    return {"versions": versions(), "initial": first, "steps": found}


def printed(model: Any) -> list[str]:
    """The sums of all weights and biases, as the post prints them."""
    return [str(np.float32(array.sum())) for array in model.get_weights()]


def rewritten(optimiser: str, arithmetic: bool, written_with_rsqrt: bool = False) -> str:
    """A hash of the weights after 64 steps, with or without the arithmetic pass of TensorFlow's optimiser of graphs.

    That pass rewrites x / sqrt(y) to x * rsqrt(y), and reorders other products. `written_with_rsqrt`: RMSprop of Keras
    3, in which the division by a square root is written as a product with ``tf.math.rsqrt``.
    """
    import keras
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": arithmetic})
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    method: Any = optimiser
    if written_with_rsqrt:

        class Written(keras.optimizers.RMSprop):  # type: ignore[misc]
            """keras/src/optimizers/rmsprop.py of Keras 3: dense gradients, without momentum."""

            def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
                rate = tf.cast(learning_rate, variable.dtype)
                mean = self._velocities[self._get_variable_index(variable)]
                self.assign(mean, self.rho * mean + (1 - self.rho) * tf.square(gradient))
                self.assign_sub(variable, rate * gradient * tf.math.rsqrt(mean + self.epsilon))

        method = Written()
    model = posts_model()
    # Without XLA, as in Keras 2.12 on a CPU: XLA has rewriting rules of its own.
    model.compile(loss="mae", optimizer=method, jit_compile=False)
    x, y = data(SHORT)
    model.fit(x, y, batch_size=1, epochs=1, verbose=0, shuffle=False)
    return fingerprint(model)


def square_roots(optimiser: str) -> list[str]:
    """The operators of the graph of an update, before it is optimised, that have to do with square roots."""
    import keras
    import tensorflow as tf

    method = keras.optimizers.get(optimiser)
    variable, gradient = tf.Variable(tf.ones((COLUMNS, 64))), tf.ones((COLUMNS, 64))
    if keras_3():
        variable = keras.Variable(np.ones((COLUMNS, 64), np.float32))
    method.build([variable])
    update = tf.function(lambda: method.apply_gradients([(gradient, variable)]))
    graph = update.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return sorted({node.op for node in nodes if "sqrt" in node.op.lower()})
