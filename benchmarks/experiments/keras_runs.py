# SPDX-License-Identifier: MIT
"""Post 001 in Keras, 2.12 or 3 with any backend, in a process of its own: a backend is chosen at import."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

POST_WEIGHTS = [0.96653724, 0.34232855, -0.13824129, -0.7613833, 0.07008076]
# Each path as the post has it, and the two that Keras 3 takes.
FILES = ("./your_dir/record_weight", "test.h5", "test.weights.h5")


def keras_3() -> bool:
    import keras

    return int(keras.__version__.partition(".")[0]) >= 3


def versions() -> dict[str, str]:
    """Of Keras, its backend and NumPy."""
    import keras

    found = {"keras": keras.__version__, "numpy": np.__version__}
    backend = keras.backend.backend() if keras_3() else "tensorflow"
    if backend == "torch":
        import torch

        return found | {"torch": str(torch.__version__)}
    import tensorflow

    return found | {"tensorflow": tensorflow.__version__}


def dense(*layers: Any) -> Any:
    """A model of given layers on one input; default: the post's Dense(5)."""
    import keras

    begin = keras.layers.Input((1,)) if keras_3() else keras.layers.InputLayer((1,))
    return keras.models.Sequential([begin, *(layers or (keras.layers.Dense(5),))])


def weights(model: Any) -> list[float]:
    """The weights of the first layer."""
    return [float(value) for value in model.layers[0].get_weights()[0].ravel()]


def fingerprint(model: Any) -> str:
    """The first 8 digits of the SHA-256 of all weights."""
    return hashlib.sha256(b"".join(array.tobytes() for array in model.get_weights())).hexdigest()[:8]


def seeds() -> dict[str, Any]:
    """For each way to seed with 1: whether two models get equal weights, and the weights."""
    import keras

    if "torch" in versions():
        import torch

        of_backend: tuple[str, Callable[[], Any]] = ("torch.manual_seed(1)", lambda: torch.manual_seed(1))
    else:
        import tensorflow

        of_backend = ("tf.random.set_seed(1)", lambda: tensorflow.random.set_seed(1))
    ways: dict[str, Callable[[], Any]] = {
        "nothing": lambda: None,
        of_backend[0]: of_backend[1],
        "np.random.seed(1)": lambda: np.random.seed(1),  # noqa: NPY002
        "random.seed(1)": lambda: random.seed(1),
        "keras.utils.set_random_seed(1)": lambda: keras.utils.set_random_seed(1),
    }
    found = {}
    for name, seed in ways.items():
        models = []
        for _ in range(2):
            seed()
            models.append(weights(dense()))
        found[name] = {"equal": models[0] == models[1], "weights": models[0]}
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    drawn = {"random": random.random(), "numpy": float(np.random.random())}  # noqa: NPY002
    return {"versions": versions(), "of the backend": of_backend[0], "ways": found, "drawn": drawn}


def files() -> dict[str, dict[str, Any]]:
    """For each path of the post: which files save_weights writes, or the error, and whether what is loaded is equal."""
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            saved, loaded = dense(), dense()
            before = weights(saved) == weights(loaded)
            try:
                saved.save_weights(path)
                loaded.load_weights(path)
            except Exception as error:  # the kind differs between versions, and is the result
                told = str(error).splitlines()[0].partition(" Received")[0]  # behind it stands the path
                found[name] = {"error": f"{type(error).__name__}: {told}"}
                continue
            written = sorted(file.name for file in Path(folder).rglob("*") if file.is_file())
            found[name] = {"files": written, "equal": weights(saved) == weights(loaded), "equal before": before}
    return found


def continued(dropout: bool) -> dict[str, str]:
    """Fingerprints after 4 epochs with Adam: at once, and stopped after 2 with weights or with the whole model saved.

    With dropout, examples are shuffled too.
    """
    import keras

    generator = np.random.RandomState(0)
    x = generator.rand(64, 1).astype("float32")
    y = np.hstack([x**power for power in range(5)]).astype("float32")

    def fresh() -> Any:
        keras.utils.set_random_seed(3)
        layers = [keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(5)] if dropout else []
        model = dense(*layers)
        model.compile("adam", "mse")
        return model

    def train(model: Any, epochs: int) -> None:
        model.fit(x, y, epochs=epochs, verbose=0, shuffle=dropout, batch_size=16)

    found = {}
    for name in ("at once", "at once again"):
        model = fresh()
        train(model, 4)
        found[name] = fingerprint(model)
    with tempfile.TemporaryDirectory() as folder:
        half, whole = os.path.join(folder, "half.weights.h5"), os.path.join(folder, "half.keras")
        model = fresh()
        train(model, 2)
        model.save_weights(half)
        model.save(whole)
        saved = fingerprint(model)
        other = fresh()
        other.load_weights(half)
        resumed = keras.models.load_model(whole)
        found["restored"] = "equal" if saved == fingerprint(other) == fingerprint(resumed) else "other weights"
        for name, model in (("weights alone", other), ("whole model", resumed)):
            train(model, 2)
            found[name] = fingerprint(model)
    return found


def everything() -> dict[str, Any]:
    """All of the above, in one process."""
    return {
        "seeds": seeds(),
        "files": files(),
        "continued": continued(False),
        "continued, dropout": continued(True),
    }
