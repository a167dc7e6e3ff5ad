# SPDX-License-Identifier: MIT
"""Post 002: RMSprop differs between two processors and Adam does not. The cause is a table in the processor."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import net, rsqrt
from .child import in_child
from .experiment import Experiment, Figures, Outcome, Row, some

MARKS = (1, 8000, 16_000, 24_000, 32_000)
SHORT_MARKS = (1, 100)
SHORT_STRIDE = 61  # of the 2**24 floats, in the tests
CONTROL = 1000  # steps with the instruction itself
TORCH_STEPS = 4096
WIDTHS = range(1, 120)
# What one machine can be told to compute differently. Each is read when a program starts.
SETTINGS: dict[str, dict[str, str]] = {
    "nothing": {},
    "ATEN_CPU_CAPABILITY=default": {"ATEN_CPU_CAPABILITY": "default"},
    "MKL_CBWR=COMPATIBLE": {"MKL_CBWR": "COMPATIBLE"},
    "OMP_NUM_THREADS=2": {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"},
    "NPY_DISABLE_CPU_FEATURES": {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"},
    "ONEDNN_MAX_CPU_ISA=SSE41": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "PYTHONHASHSEED=1": {"PYTHONHASHSEED": "1"},
}
TRAINED = ("nothing", "ATEN_CPU_CAPABILITY=default", "MKL_CBWR=COMPATIBLE")  # the settings under which torch trains
CLEAN = dict.fromkeys((name for setting in SETTINGS.values() for name in setting), None) | {"PYTHONHASHSEED": "0"}


def kernels() -> dict[str, str]:
    """Fingerprints of what elementary operations compute in this process."""
    from samplers.reproducibility import kernel_fingerprints

    return kernel_fingerprints()


def torch_training(optimiser: str, marks: Sequence[int]) -> dict[str, dict[str, Any]]:
    """The same net in torch: at each mark the printed sums of layers 1 and 2, and a hash of all weights."""
    import hashlib

    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    layers = [torch.nn.Linear(a, b) for a, b in net.layers(net.COLUMNS)]
    with torch.no_grad():
        for layer, weights in zip(layers, net.initial_weights(), strict=True):
            layer.weight.copy_(torch.from_numpy(weights.T.copy()))
            layer.bias.zero_()
    first, second, third = layers
    model = torch.nn.Sequential(first, torch.nn.Sigmoid(), second, torch.nn.Tanh(), third, torch.nn.Sigmoid())
    parameters = list(model.parameters())
    method: Any = (
        torch.optim.RMSprop(parameters, 1e-3, alpha=0.9, eps=1e-7)
        if optimiser == "RMSprop"
        else torch.optim.Adam(parameters, 1e-3, eps=1e-7)
    )
    x, y = (torch.from_numpy(array) for array in net.data(max(marks)))
    found = {}
    for step in range(1, max(marks) + 1):
        method.zero_grad()
        (model(x[step - 1]) - y[step - 1]).abs().sum().backward()
        method.step()
        if step in marks:
            arrays = [p.detach().numpy() for p in parameters]
            digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:8]
            found[str(step)] = {"sums": [net.printed(array) for array in arrays[:4:2]], "fingerprint": digest}
    return found


def tables() -> dict[str, rsqrt.Table]:
    """The tables to train with, that of this processor first, by whose they are."""
    own = rsqrt.processor()
    whose = rsqrt.vendor(own) or "this processor"
    return {whose: own} | {name: make() for name, make in rsqrt.TABLES.items() if name != whose}


def swaps(marks: Sequence[int]) -> dict[str, dict[int, dict[str, Any]]]:
    """The training of the post with each table, with both optimisers."""
    found = {}
    for optimiser in net.OPTIMISERS:
        for name, table in tables().items():
            reciprocal = net.Swapped(table)
            found[f"{optimiser}, {name}'s table"] = {
                step: {"sums": sums, "fingerprint": digest, "calls": reciprocal.calls}
                for step, sums, digest in net.train(optimiser, reciprocal, marks)
            }
    return found


def run(short: bool = False) -> Outcome:
    """Measure; the short form trains 100 steps and starts no process."""
    marks = SHORT_MARKS if short else MARKS
    found = swaps(marks)
    control = {
        name: [digest for *_, digest in net.train("RMSprop", reciprocal, (1, min(CONTROL, marks[-1])))]
        for name, reciprocal in (("table", net.Swapped(rsqrt.processor())), ("instruction", net.live))
    }
    numbers: dict[str, Any] = {
        "swaps": found,
        "control": control,
        "reciprocals": reciprocals(SHORT_STRIDE if short else 1),
    }
    rows = [
        initial_row([net.printed(weights) for weights in net.initial_weights()], "NumPy, with Keras 2.12's initialiser")
    ]
    if not short:
        rows.append(width_row(net.widths_like_the_post(WIDTHS)))
    rows += [table_row(numbers["reciprocals"]), *swap_rows(found, control)]
    shown = [table_of_rsqrt(numbers["reciprocals"]), table_of_sums(TITLE, found, (0, 1))]
    if not short:
        numbers["kernels"] = {
            name: in_child("post002.kernels", settings=CLEAN | setting) for name, setting in SETTINGS.items()
        }
        numbers["torch"] = {
            optimiser: {
                name: in_child("post002.torch_training", optimiser, [1, TORCH_STEPS], settings=CLEAN | SETTINGS[name])
                for name in TRAINED
            }
            for optimiser in net.OPTIMISERS
        }
        rows += torch_rows(numbers["torch"])
        shown += [table_of_torch(numbers["torch"]), table_of_settings(numbers["kernels"])]
    return Outcome(rows, shown, numbers)


TITLE = "The post's training in NumPy: sums of the weights of layers 1 and 2"


def reciprocals(stride: int = 1) -> dict[str, Any]:
    """The tables compared, and what torch's rsqrt computes, over the 2**24 floats of [1, 4) or some of them."""
    import torch

    x = rsqrt.all_floats()[::stride]
    exact = (1 / np.sqrt(x.astype(np.float64))).astype(np.float32)
    own, *others = tables().items()
    found: dict[str, Any] = {"own": own[0], "rows": {}}
    base = rsqrt.over_all_floats(own[1])[::stride]
    for name, table in (own, *others):
        everything = rsqrt.over_all_floats(table)
        raw = everything[::stride]
        step = rsqrt.refined(x, raw)
        found["rows"][name] = {
            "fingerprint": rsqrt.fingerprint(everything),
            "known": rsqrt.FINGERPRINTS.get(name),
            "error": float(np.abs(raw * np.sqrt(x.astype(np.float64)) - 1).max() * 4096),
            "differs": rsqrt.apart(raw, base)[0],
            "refined": rsqrt.fingerprint(step),
            "refined differs": rsqrt.apart(step, rsqrt.refined(x, base)),
            "refined not correctly rounded": rsqrt.apart(step, exact)[0],
        }
    of_torch = torch.from_numpy(x).rsqrt().numpy()
    found["torch is 1 / sqrt"] = bool(np.array_equal(of_torch, np.float32(1) / np.sqrt(x)))
    return found


def initial_row(sums: Sequence[str], who: str) -> Row:
    """The sums before training."""
    return Row(
        "Before training, the sums of the weights are -9.959677, -5.590966 and -1.1521256 on both computers.",
        f"{who}: {', '.join(sums)}.",
        [float(value) for value in sums] == [float(str(np.float32(value))) for value in net.POST_SUMS],
        "The initialiser is a counter-based generator of integers (Philox), the same on every processor.",
    )


def width_row(widths: list[int]) -> Row:
    """Which width of the data the post's first sum belongs to."""
    return Row(
        "(Not in the post.) How many columns do its data have?",
        f"Of the widths {WIDTHS[0]} to {WIDTHS[-1]}, its first sum comes out with"
        f" {' and '.join(map(str, widths)) or 'none'}.",
        None,
    )


def table_row(found: dict[str, Any]) -> Row:
    """Whose table this processor has."""
    whose = found["own"]
    others = [
        f"{name}'s differs in {100 * of['differs']:.1f} % of the values, and in {100 * of['refined differs'][0]:.1f} %,"
        f" by up to {of['refined differs'][1]} ulp, after Newton's step"
        for name, of in found["rows"].items()
        if name != whose
    ]
    known = all(of["known"] in (None, of["fingerprint"]) for of in found["rows"].values())
    return Row(
        "Is it AMD against Intel? The post is not sure.",
        f"RSQRTSS of this processor, read for all 2**24 values, is {whose}'s table. {'. '.join(others)}.",
        None,
        "The manuals bound the error of RSQRTSS and leave the bits to the vendor.",
        shown=known and all(of["differs"] > 0 for name, of in found["rows"].items() if name != whose),
    )


def swap_rows(found: Mapping[str, Mapping[int, dict[str, Any]]], control: dict[str, list[str]]) -> list[Row]:
    """What the swap of the table alone does to each optimiser."""
    rms = {name: marks for name, marks in found.items() if name.startswith("RMSprop")}
    adam = {name: marks for name, marks in found.items() if name.startswith("Adam")}
    last = max(next(iter(rms.values())))
    told = [
        f"{', '.join(marks[last]['sums'][:2])} with {name.removeprefix('RMSprop, ')}" for name, marks in rms.items()
    ]
    sums = {tuple(marks[last]["sums"]) for marks in rms.values()}
    first_bits = {marks[1]["fingerprint"] for marks in rms.values()}
    adam_bits = {marks[last]["fingerprint"] for marks in adam.values()}
    calls = {"RMSprop": [m[last]["calls"] for m in rms.values()], "Adam": [m[last]["calls"] for m in adam.values()]}
    return [
        Row(
            "With the default optimiser, RMSprop, the sums after training differ.",
            f"After {last:,} steps the sums of layers 1 and 2 are {' and '.join(told)}. The bits "
            f"{'differ' if len(first_bits) > 1 else 'are equal'} after step 1.",
            len(sums) > 1,
            "Only the table behind rsqrt was swapped. When the digits part depends on the data: the post's are not"
            " known, and its sums are 5 % apart.",
            shown=len(first_bits) > 1 and control["table"] == control["instruction"],
        ),
        Row(
            "With optimizer='adam', they are equal.",
            f"After {last:,} steps with each table,"
            f" {'all bits are equal' if len(adam_bits) == 1 else 'the bits differ'}.",
            len(adam_bits) == 1,
            "Adam has a square root and a division, which IEEE 754 rounds correctly, and no rsqrt to swap: RMSprop"
            f" asked for one {calls['RMSprop'][0]:,} times, Adam {calls['Adam'][0]:,} times.",
            shown=not any(calls["Adam"]) and all(calls["RMSprop"]),
        ),
    ]


def torch_rows(found: dict[str, dict[str, dict[str, Any]]]) -> list[Row]:
    """Whether equal sums mean equal bits, in torch with other kernels."""
    last = str(TORCH_STEPS)
    different = {
        optimiser: {key: {str(of[last][key]) for of in found[optimiser].values()} for key in ("sums", "fingerprint")}
        for optimiser in found
    }
    spread = {
        optimiser: max(
            abs(float(of[last]["sums"][0]) - float(found[optimiser]["nothing"][last]["sums"][0]))
            for of in found[optimiser].values()
        )
        for optimiser in found
    }
    moved = len(different["Adam"]["fingerprint"]) > 1
    return [
        Row(
            "(Not in the post.) Are printed sums a proof that Adam was the same?",
            f"torch with three sets of kernels on this machine, {TORCH_STEPS:,} steps: Adam has"
            f" {some(len(different['Adam']['fingerprint']), len(TRAINED), 'different sets of bits')}, and sums of layer"
            f" 1 that are {spread['Adam']:.2g} apart; RMSprop {len(different['RMSprop']['fingerprint'])}, and"
            f" {spread['RMSprop']:.2g}.",
            None,
            "No. RMSprop enlarges a difference of a bit much sooner than Adam does. Other kernels would have moved Adam"
            " too, and the longer the training, the more.",
            shown=moved and spread["RMSprop"] > spread["Adam"],
        ),
    ]


def table_of_rsqrt(found: dict[str, Any]) -> Figures:
    """The tables side by side."""
    rows = [
        [
            f"{name}{' (this processor)' if name == found['own'] else ''}",
            of["fingerprint"][:8],
            f"{of['error']:.2f} / 4096",
            f"{100 * of['differs']:.1f} %",
            of["refined"][:8],
            f"{100 * of['refined differs'][0]:.1f} %",
            f"{100 * of['refined not correctly rounded']:.1f} %",
        ]
        for name, of in found["rows"].items()
    ]
    columns = ("table", "2**24 values", "error", "differ", "after Newton", "differ", "not correctly rounded")
    return Figures("RSQRTSS over the 2**24 floats of [1, 4)", columns, rows)


def table_of_sums(title: str, found: Mapping[str, Mapping[int, dict[str, Any]]], places: Sequence[int]) -> Figures:
    """Steps down, trainings across."""
    steps = list(next(iter(found.values())))
    rows = [
        [
            name,
            *(" ".join(sum_of(marks[step]["sums"], places)) for step in steps),
            marks[steps[-1]]["fingerprint"],
        ]
        for name, marks in found.items()
    ]
    return Figures(title, ("", *(f"step {step:,}" for step in steps), "bits at the end"), rows)


def sum_of(sums: Sequence[str], places: Sequence[int]) -> list[str]:
    """The chosen sums."""
    return [sums[place] for place in places]


def table_of_torch(found: dict[str, dict[str, dict[str, Any]]]) -> Figures:
    """torch under three settings."""
    rows = [
        [optimiser, name, of["1"]["fingerprint"], *of[str(TORCH_STEPS)]["sums"], of[str(TORCH_STEPS)]["fingerprint"]]
        for optimiser, settings in found.items()
        for name, of in settings.items()
    ]
    columns = (
        "optimiser",
        "setting",
        "bits after step 1",
        "sum of layer 1",
        "of layer 2",
        f"bits after step {TORCH_STEPS:,}",
    )
    return Figures("The same net in torch with other kernels, on this machine", columns, rows)


def table_of_settings(found: dict[str, dict[str, str]]) -> Figures:
    """Which elementary operations each setting moves."""
    base = found["nothing"]
    rows = [
        [name, ", ".join(key for key in base if of[key] != base[key]) or "nothing"]
        for name, of in found.items()
        if of is not base
    ]
    return Figures("What a setting moves on this machine", ("setting", "operations that compute something else"), rows)


EXPERIMENT = Experiment(
    name="post002",
    title="RMSprop and Adam on two processors",
    claim=(
        "The same training ends differently on AMD and Intel with RMSprop, and equally with Adam; the cause is not"
        " known."
    ),
    needs=("torch",),
    run=run,
)
