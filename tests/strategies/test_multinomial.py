# SPDX-License-Identifier: MIT
"""`multinomial` and `cuda_multinomial` against torch's own draws."""

from __future__ import annotations

import numpy as np
import pytest

import samplers

torch = pytest.importorskip("torch", reason="torch is not installed")
COUNTS = [0, 50, 20, 9, 4, 1]


def clone(generator):
    copy = torch.Generator(device=generator.device)
    copy.set_state(generator.get_state())
    return copy


@pytest.mark.parametrize("replacement", [False, True])
def test_the_ids_are_those_of_a_loop_written_by_hand(replacement):
    sampler = samplers.create("multinomial", COUNTS, rng=11, replacement=replacement)
    generator = clone(sampler.generator)
    p = torch.from_numpy(sampler.noise.probabilities.copy())
    by_hand = []
    for _ in range(200):
        by_hand.append(torch.multinomial(p, 3, replacement=replacement, generator=generator).tolist())
    assert sampler.sample(120, 3).tolist() + sampler.sample(80, 3).tolist() == by_hand


def on_cpu(**options):
    """The CUDA strategy with its tensors on the CPU."""
    return samplers.get("cuda_multinomial")(samplers.NoiseDistribution(COUNTS), device="cpu", **options)


def test_one_call_with_replacement_gives_torchs_ids_row_by_row():
    sampler = on_cpu(rng=3)
    generator = clone(sampler.generator)
    p = torch.from_numpy(sampler.noise.probabilities.copy())
    flat = torch.multinomial(p, 60, replacement=True, generator=generator)
    np.testing.assert_array_equal(sampler.sample(20, 3), flat.view(20, 3).numpy())


def test_one_call_without_replacement_gives_torchs_rows():
    sampler = on_cpu(rng=3, replacement=False)
    generator = clone(sampler.generator)
    p = torch.from_numpy(sampler.noise.probabilities.copy())
    np.testing.assert_array_equal(
        sampler.sample(20, 3), torch.multinomial(p.expand(20, -1), 3, generator=generator).numpy()
    )


@pytest.mark.parametrize("replacement", [False, True])
def test_many_rows_are_drawn_in_calls_that_fit_the_memory(monkeypatch, replacement):
    """Rows 0 to 6 of 7 come from calls of 2, 2, 2 and 1 rows here."""
    sampler = on_cpu(rng=5, replacement=replacement)
    module = __import__(type(sampler).__module__, fromlist=["CHUNK"])
    monkeypatch.setattr(module, "CHUNK", 2 * 3 if replacement else 2 * len(COUNTS))
    generator = clone(sampler.generator)
    p = torch.from_numpy(sampler.noise.probabilities.copy())
    expected = []
    for n in (2, 2, 2, 1):
        if replacement:
            ids = torch.multinomial(p, n * 3, replacement=True, generator=generator).view(n, 3)
        else:
            ids = torch.multinomial(p.expand(n, -1), 3, generator=generator)
        expected.extend(ids.tolist())
    out = np.zeros((7, 3), dtype=np.int32)
    assert sampler.sample(7, 3, out=out).tolist() == expected


@pytest.mark.parametrize("replacement", [False, True])
def test_the_cuda_strategy_is_faithful_on_cpu_tensors(replacement):
    result = samplers.check_fidelity(on_cpu(rng=8, replacement=replacement), k=3)
    assert result.passed, str(result)


def test_without_cuda_the_reason_is_told():
    reason = samplers.why_unavailable("cuda_multinomial")
    if reason is None:
        pytest.skip("this machine has a CUDA device")
    assert "sees no CUDA device" in reason
    with pytest.raises(RuntimeError, match="cuda_multinomial cannot run here: torch .* sees no CUDA device"):
        samplers.create("cuda_multinomial", COUNTS)


@pytest.mark.cuda
def test_the_cuda_strategy_on_a_device():
    reason = samplers.why_unavailable("cuda_multinomial")
    if reason is not None:
        pytest.skip(reason)
    sampler = samplers.create("cuda_multinomial", COUNTS, rng=8)
    assert sampler.device.startswith("cuda")
    result = samplers.check_fidelity(sampler)
    assert result.passed, str(result)


@pytest.mark.parametrize("name", ["multinomial", "cuda_multinomial"])
def test_more_ids_than_torch_takes_are_refused_with_the_reason(name):
    noise = samplers.NoiseDistribution(np.ones(2**24 + 1, dtype=np.int64))
    with pytest.raises(ValueError, match=r"V=16777217 exceeds 16777216.*2\*\*24"):
        samplers.get(name)(noise)
