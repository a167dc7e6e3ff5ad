# SPDX-License-Identifier: MIT
"""Post 001: seeds, and weights that are saved and loaded, in Keras 3 on torch and in torch itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from .child import in_child
from .experiment import Experiment, Figures, Outcome, Row
from .keras_runs import FILES, POST_WEIGHTS

POST_DRAWN = {"random": 0.13436424411240122, "numpy": 0.417022004702574}
KERAS_SEED = "keras.utils.set_random_seed(1)"
# How a training in torch is stopped and goes on, and what of it is kept.
KEPT: dict[str, tuple[str, ...]] = {
    "weights alone": ("weights",),
    "weights and optimiser": ("weights", "optimiser"),
    "weights, optimiser and generator": ("weights", "optimiser", "generator"),
}


def torch_seeds() -> bool:
    """Whether ``torch.manual_seed(1)`` gives two layers of torch equal weights; the global generator is put back."""
    import torch

    with torch.random.fork_rng(devices=[]):
        layers = []
        for _ in range(2):
            torch.manual_seed(1)
            layers.append(torch.nn.Linear(1, 5).weight.detach())
    return bool(torch.equal(*layers))


def torch_continued(dropout: bool) -> dict[str, str]:
    """Fingerprints of weights after 40 steps of Adam in torch: at once, and stopped after 20 with parts kept."""
    import torch

    from .post000 import fingerprint

    generator = np.random.RandomState(0)
    x = torch.from_numpy(generator.rand(64, 1).astype(np.float32))
    y = torch.cat([x**power for power in range(5)], 1)

    def fresh() -> tuple[Any, Any]:
        torch.manual_seed(3)
        between = [torch.nn.Dropout(0.5)] if dropout else []
        model = torch.nn.Sequential(torch.nn.Linear(1, 8), *between, torch.nn.Linear(8, 5))
        return model, torch.optim.Adam(model.parameters(), 1e-3)

    def train(model: Any, optimiser: Any) -> None:
        for _ in range(20):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(model(x), y).backward()  # type: ignore[no-untyped-call]
            optimiser.step()

    def flat(model: Any) -> str:
        return fingerprint(torch.cat([p.detach().ravel() for p in model.parameters()]).numpy())

    with torch.random.fork_rng(devices=[]):
        model, optimiser = fresh()
        train(model, optimiser)
        kept = {
            "weights": {name: value.clone() for name, value in model.state_dict().items()},
            "optimiser": _copied(optimiser.state_dict()),
            "generator": torch.get_rng_state(),
        }
        train(model, optimiser)
        found = {"at once": flat(model)}
        for name, parts in KEPT.items():
            model, optimiser = fresh()
            model.load_state_dict(kept["weights"])
            if "optimiser" in parts:
                optimiser.load_state_dict(_copied(kept["optimiser"]))
            if "generator" in parts:
                torch.set_rng_state(kept["generator"])
            train(model, optimiser)
            found[name] = flat(model)
    return found


def _copied(state: Any) -> Any:
    from copy import deepcopy

    return deepcopy(state)


def run(short: bool = False) -> Outcome:
    """Measure; the short form is the same."""
    keras = in_child("keras_runs.everything")
    of_torch = {"seed": torch_seeds(), "plain": torch_continued(False), "dropout": torch_continued(True)}
    return Outcome(
        rows=[*keras_rows(keras), *torch_rows(of_torch)],
        tables=[weights_table(keras["seeds"])],
        numbers={"keras": keras, "torch": of_torch},
    )


def named(versions: dict[str, str]) -> str:
    """Keras 3.15.1 on torch 2.13.0."""
    backend = "torch" if "torch" in versions else "tensorflow"
    shown = {"torch": "torch", "tensorflow": "TensorFlow"}[backend]
    return f"Keras {versions['keras']} on {shown} {versions[backend]}"


def keras_rows(found: dict[str, Any]) -> list[Row]:
    """The claims, measured in one version of Keras."""
    seeds, files = found["seeds"], found["files"]
    who, ways, own = named(seeds["versions"]), seeds["ways"], seeds["of the backend"]
    fixing = [name for name, way in ways.items() if way["equal"]]
    same_numbers = [name for name, way in ways.items() if np.allclose(way["weights"], POST_WEIGHTS, atol=1e-7)]
    plain, dropout = found["continued"], found["continued, dropout"]
    with_weights = "equal" if plain["weights alone"] == plain["at once"] else "do not equal"
    with_model = "equal" if plain["whole model"] == plain["at once"] else "do not equal"
    broken = "equals" if dropout["whole model"] == dropout["at once"] else "does not equal"
    return [
        Row(
            "random.seed(1) and np.random.seed(1) draw 0.13436424411240122 and 0.417022004702574.",
            f"{seeds['drawn']['random']} and {seeds['drawn']['numpy']}.",
            seeds["drawn"] == POST_DRAWN,
        ),
        Row(
            "After tf.random.set_seed(1), a model has the same weights each time.",
            f"{who}: after {own}, two models have {'equal' if ways[own]['equal'] else 'different'} weights. Equal"
            f" after: {', '.join(fixing) or 'none'}.",
            ways[own]["equal"],
            "An initialiser takes its seed from Python's random, or from keras.utils.set_random_seed.",
            shown=ways["random.seed(1)"]["equal"] and ways[KERAS_SEED]["equal"] and not ways[own]["equal"],
        ),
        Row(
            f"The weights of seed 1 are {POST_WEIGHTS[0]}, {POST_WEIGHTS[1]}, ...",
            f"{who}: {', '.join(f'{value:.8g}' for value in ways[KERAS_SEED]['weights'][:2])}, ...",
            bool(same_numbers),
            "What a seed gives belongs to a version.",
            shown=not same_numbers,
        ),
        *(
            Row(
                (
                    f"save_weights({name!r}) writes a file in the format h5."
                    if name != FILES[2]
                    else f"(Not in the post.) {name!r}"
                ),
                f"{who}: {written(files[name])}.",
                (
                    (len(files[name].get("files", ())) == 1 and files[name]["files"][0].endswith(".h5"))
                    if name != FILES[2]
                    else None
                ),
                "The name decides the format; Keras 3 takes names in .weights.h5 alone." if name != FILES[2] else "",
                shown=name == FILES[2] or files[FILES[2]].get("equal", False),
            )
            for name in FILES
        ),
        Row(
            "With the saved weights loaded later, a model has the same performance.",
            f"{who}: after loading, all weights are {plain['restored']}.",
            plain["restored"] == "equal",
        ),
        Row(
            "(Not in the post.) Does a training go on from saved weights as if it had not stopped?",
            f"{who}: 2 epochs, weights saved and loaded, and 2 epochs {with_weights} 4 epochs; with the whole model in"
            f" a file, they {with_model} these.",
            None,
            "Weights alone do not continue a training: Adam's moments and its step are no weights.",
            shown=plain["weights alone"] != plain["at once"] == plain["whole model"] == plain["at once again"],
        ),
        Row(
            "(Not in the post.) The same with dropout and shuffling",
            f"{who}: with the whole model in a file, it {broken} 4 epochs at once.",
            None,
            "The state of the random generators is in no file.",
            shown=dropout["at once"] == dropout["at once again"] != dropout["whole model"],
        ),
    ]


def written(file: dict[str, Any]) -> str:
    """What became of a path."""
    if "error" in file:
        return str(file["error"]).rstrip(".")
    return f"writes {', '.join(file['files'])}; loaded weights are {'equal' if file['equal'] else 'not equal'}"


def torch_rows(found: dict[str, Any]) -> list[Row]:
    """The same in torch."""
    plain, dropout = found["plain"], found["dropout"]

    def going_on(results: dict[str, str]) -> str:
        good = [name for name in KEPT if results[name] == results["at once"]]
        return f"goes on exactly with {good[0] if good else 'none of these'}"

    return [
        Row(
            "(Not in the post.) Does torch.manual_seed(1) fix the weights of torch's own layers?",
            f"Two layers have {'equal' if found['seed'] else 'different'} weights.",
            None,
            "Layers of torch draw from its global generator, those of Keras from seeds of their own.",
            shown=found["seed"],
        ),
        Row(
            "(Not in the post.) What does torch need to go on with Adam after a stop?",
            f"Without dropout, it {going_on(plain)}; with dropout, it {going_on(dropout)}.",
            None,
            "Each part that changes in training is needed. `benchmarks.sgns.checkpoint` keeps the sampler's place too.",
            shown=plain["weights alone"] != plain["at once"] == plain["weights and optimiser"]
            and dropout["weights and optimiser"] != dropout["at once"] == dropout["weights, optimiser and generator"],
        ),
    ]


def weights_table(seeds: dict[str, Any]) -> Figures:
    """The weights of Dense(5) after each way to seed."""
    rows = [
        [name, "equal" if way["equal"] else "different", *(f"{value:.6f}" for value in way["weights"])]
        for name, way in seeds["ways"].items()
    ]
    title = f"Dense(5) in {named(seeds['versions'])}: the weights of the first of two models"
    return Figures(title, ("seeded by", "two models", "1", "2", "3", "4", "5"), rows)


EXPERIMENT = Experiment(
    name="post001",
    title="Seeds, and weights that are saved, in Keras 3 and torch",
    claim="A seed fixes the initial weights, and saved weights bring a trained model back.",
    needs=("keras", "torch"),
    run=run,
)
