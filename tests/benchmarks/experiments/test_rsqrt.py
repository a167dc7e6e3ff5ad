# SPDX-License-Identifier: MIT
"""The tables behind RSQRTSS, and the training of post 002 in which they are swapped."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.experiments import net, post002, rsqrt

# What users measured: github.com/simd-everywhere/simde/issues/1222 on Intel, and this project on an AMD EPYC.
MEASURED = {"Intel": {10.0: 0x3EA1E000, 8257.0: 0x3C344800}, "AMD": {10.0: 0x3EA1E800, 8257.0: 0x3C345000}}


@pytest.fixture
def own_table():
    """The table of this processor."""
    try:
        return rsqrt.processor()
    except rsqrt.Unavailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", rsqrt.TABLES)
def test_a_table_is_the_one_that_was_read_from_a_processor(name):
    table = rsqrt.TABLES[name]()
    assert rsqrt.fingerprint(rsqrt.over_all_floats(table)) == rsqrt.FINGERPRINTS[name]
    x = np.array([*MEASURED[name]], np.float32)
    assert rsqrt.look_up(table, x).view(np.uint32).tolist() == [*MEASURED[name].values()]
    assert rsqrt.vendor(table) == name
    broken = table.copy()
    broken[4321] ^= 1
    assert rsqrt.vendor(broken) is None


@pytest.mark.parametrize("name", rsqrt.TABLES)
def test_a_table_keeps_the_bound_of_the_manuals(name):
    x = rsqrt.first_of_intervals()
    ends = np.concatenate([x, np.nextafter(x, np.float32(0))[1:]])
    error = np.abs(rsqrt.look_up(rsqrt.TABLES[name](), ends) * np.sqrt(ends.astype(np.float64)) - 1)
    assert error.max() <= 1.5 / 4096


def test_the_table_of_this_processor_gives_what_its_instruction_gives(own_table):
    x = np.exp(np.random.default_rng(0).uniform(-80, 80, 100_000)).astype(np.float32)
    assert np.array_equal(rsqrt.look_up(own_table, x), rsqrt.instruction(x))


def test_without_a_compiler_the_error_says_so(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    rsqrt.instructions.cache_clear()
    try:
        with pytest.raises(rsqrt.Unavailable, match="no C compiler 'no-such-compiler': install one, or name it in CC"):
            rsqrt.instructions()
    finally:
        rsqrt.instructions.cache_clear()


def test_the_distance_counts_units_of_the_last_place():
    a = np.array([1, 2, 3], np.float32)
    b = a.copy()
    b[2] = np.nextafter(np.nextafter(b[2], np.float32(9)), np.float32(9))
    assert rsqrt.apart(a, b) == (pytest.approx(1 / 3), 2)


def test_the_initial_weights_are_those_of_keras_2_12_and_of_the_post():
    pytest.importorskip("torch", reason="torch is not installed")
    weights = net.initial_weights()
    # The first numbers of Keras 2.12.0 after random.seed(42).
    assert weights[0].ravel()[:4] == pytest.approx([0.17124714, 0.07775132, -0.06754917, 0.21513616], abs=1e-8)
    assert [float(net.printed(w)) for w in weights] == pytest.approx(net.POST_SUMS, abs=1e-7)
    assert net.widths_like_the_post(range(38, 45)) == [41]


def test_the_gradient_of_the_net_is_that_of_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    x, y = net.data(1)
    own = net.Net()
    own.backward(x[0], y[0])
    tensors = [torch.from_numpy(t.copy()).requires_grad_() for t in own.tensors]
    value = torch.from_numpy(x[0])
    for (w, b), function in zip(
        zip(tensors[::2], tensors[1::2], strict=True), (torch.sigmoid, torch.tanh, torch.sigmoid), strict=True
    ):
        value = function(value @ w + b)
    (value - float(y[0])).abs().sum().backward()
    for tensor, gradient in zip(tensors, own.gradients, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-4, atol=1e-8)


def test_the_table_alone_moves_rmsprop_and_not_adam(own_table):
    pytest.importorskip("torch", reason="torch is not installed")
    outcome = post002.run(short=True)
    found = outcome.numbers["swaps"]
    bits = {
        optimiser: {
            step: {marks[step]["fingerprint"] for name, marks in found.items() if name.startswith(optimiser)}
            for step in (1, 100)
        }
        for optimiser in net.OPTIMISERS
    }
    assert {step: len(different) for step, different in bits["RMSprop"].items()} == {
        1: len(post002.tables()),
        100: len(post002.tables()),
    }
    assert {step: len(different) for step, different in bits["Adam"].items()} == {1: 1, 100: 1}
    assert outcome.numbers["control"]["table"] == outcome.numbers["control"]["instruction"]
    assert outcome.numbers["reciprocals"]["torch is 1 / sqrt"]
    adam = next(row for row in outcome.rows if "adam" in row.claim)
    assert adam.same
    assert adam.shown


def test_a_swap_that_moves_nothing_shows_no_cause():
    marks = {step: {"sums": ["1.0", "2.0"], "fingerprint": "same", "calls": step} for step in (1, 8)}
    found = {f"{optimiser}, {name}'s table": marks for optimiser in net.OPTIMISERS for name in rsqrt.TABLES}
    rmsprop, adam = post002.swap_rows(found, {"table": ["a"], "instruction": ["a"]})
    assert (rmsprop.verdict, rmsprop.shown) == ("differs", False)
    assert rmsprop.explanation.startswith("Not shown by this run: ")
    assert not adam.shown  # it has asked for square roots
