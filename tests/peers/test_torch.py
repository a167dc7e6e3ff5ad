# SPDX-License-Identifier: MIT
"""The cases of PyTorch's tests of ``torch.multinomial`` and of ``torch.distributions.Categorical``, asked of samplers.

The files are those of the repository pytorch/pytorch; the wheel of torch has no tests.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

import samplers  # noqa: E402

from .suites import POSITIONAL, Suite, drawing, fits, make, refused  # noqa: E402

SUITE = Suite(
    files=("pytorch/test/test_torch.py", "pytorch/test/distributions/test_distributions.py"),
    not_applicable={
        "TestTorchDeviceType.test_multinomial_device_constrain": {"": "it asks for CUDA; see tests/tensors"},
        "TestTorchDeviceType.test_multinomial_gpu_device_constrain": {"": "it asks for two CUDA devices"},
        "TestTorchDeviceType.test_multinomial_invalid_probs_cuda": {"": "weights are checked before any draw"},
        "TestTorchDeviceType.test_multinomial": {"two dimensions": "a sampler has one law; see samplers.Laws"},
        "TestDistributions.test_categorical_1d": {"gradients of log_prob": "counts are data, without gradients"},
        "TestDistributions.test_categorical_2d": {"": "a sampler has one law; see samplers.Laws"},
    },
)
DTYPES = (torch.float, torch.double, torch.half, torch.bfloat16)


def weights_of(size, dtype, contiguous, generator):
    """Random weights, as a tensor that may be a column of another."""
    if contiguous:
        return torch.rand(size, generator=generator).to(dtype)
    column = torch.rand((size, 5), generator=generator).to(dtype)[:, 2]
    assert not column.is_contiguous()
    return column


LAYOUTS = {
    f"{str(dtype).removeprefix('torch.')}, {'' if contiguous else 'not '}contiguous": (dtype, contiguous)
    for dtype, contiguous in itertools.product(DTYPES, (True, False))
}


@SUITE.case("TestTorchDeviceType.test_multinomial", {f"with replacement, {title}": c for title, c in LAYOUTS.items()})
@drawing(True)
def test_multinomial_draws_no_id_of_weight_zero(name, replacement, given):
    generator = torch.Generator().manual_seed(0)
    for size in (4, 5):
        for zero in range(-1, size):
            weights = weights_of(size, *given, generator)
            if zero >= 0:
                weights[zero] = 0
            ids = make(name, weights, replacement).sample(1, 3 * size)
            assert ids.shape == (1, 3 * size)
            assert zero not in ids


@SUITE.case("TestTorchDeviceType.test_multinomial", {f"distinct, {title}": case for title, case in LAYOUTS.items()})
@drawing(False)
def test_multinomial_draws_no_id_twice(name, replacement, given):
    generator = torch.Generator().manual_seed(0)
    for size in range(2, 11, 2):
        for zero in range(-1, size):
            weights = weights_of(size, *given, generator) + 0.01
            if zero >= 0:
                weights[zero] = 0
            ids = make(name, weights, replacement).sample(1, max(1, size - 2))[0].tolist()
            assert zero not in ids
            assert len(set(ids)) == len(ids)


@SUITE.case("TestTorchDeviceType.test_multinomial", {"a vector": torch.tensor([1.0, 0.0, 1.0, 1.0])})
@drawing(True)
def test_multinomial_of_a_vector(name, replacement, given):
    assert 1 not in make(name, given, replacement).sample(1, 20)


@SUITE.case("TestTorchDeviceType.test_multinomial_deterministic")
@drawing()
def test_multinomial_deterministic(name, replacement):
    weights = torch.rand(1000, generator=torch.Generator().manual_seed(0))
    rows = 50 if name == "multinomial" else 2_000  # it takes 10 us a row
    first, *others = (make(name, weights, replacement, 0).sample(rows, 1) for _ in range(3))
    assert all((first == ids).all() for ids in others)


@SUITE.case("TestTorchDeviceType.test_multinomial_rng_state_advance")
@drawing()
def test_multinomial_rng_state_advance(name, replacement):
    """Of 200 ids of 100,000, 0.2 pairs are equal on average: more than 2 by a chance of 1e-3. A stream that does not
    advance gives 100 pairs."""
    sampler = make(name, np.ones(100_000), replacement)
    ids = np.concatenate([sampler.sample(1, 100), sampler.sample(1, 100)])
    assert 200 - len(np.unique(ids)) <= (2 if replacement else 1)


@SUITE.case("TestTorchDeviceType.test_multinomial_empty_w_replacement", {"k = 1": 1, "k = 2": 2})
@drawing()
def test_multinomial_empty(name, replacement, given):
    """``test_multinomial_empty_wo_replacement`` is the same case in the other mode."""
    assert make(name, [1, 1, 1], replacement).sample(0, given).shape == (0, given)


INVALID = {str(p): p for p in ([1.0, -1.0, 1.0], [1.0, np.inf, 1.0], [1.0, -np.inf, 1.0], [1.0, 1.0, np.nan])}


@SUITE.case("TestTorchDeviceType.test_multinomial_invalid_probs", INVALID)
def test_multinomial_invalid_probs(given):
    refused(lambda: make("alias", torch.tensor(given)), (ValueError,))


@SUITE.case("TestDistributions.test_categorical_1d", {"draws": [0.1, 0.2, 0.3]})
@drawing(True)
def test_categorical_1d(name, replacement, given):
    fits(make(name, torch.tensor(given), replacement, 3), given)


@SUITE.case("TestDistributions.test_categorical_1d", {"log_prob": [0.1, 0.2, 0.3]})
def test_categorical_log_prob(given):
    expected = torch.distributions.Categorical(torch.tensor(given, dtype=torch.double)).log_prob(torch.arange(3))
    law = samplers.NoiseDistribution(given, exponent=1.0)
    np.testing.assert_allclose(law.log_prob([0, 1, 2]), expected, rtol=1e-12)


@SUITE.case("TestTorchDeviceType.test_multinomial", {"out=": torch.int64})
@drawing(True, POSITIONAL)
def test_multinomial_out(name, replacement, given):
    out = torch.full((3, 4), -1, dtype=given)
    assert make(name, [1, 2, 3], replacement).sample(3, 4, out=out) is out
    assert set(out.unique().tolist()) <= {0, 1, 2}
