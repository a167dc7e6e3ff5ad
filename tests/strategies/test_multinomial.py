# SPDX-License-Identifier: MIT
"""`multinomial` and `cuda_multinomial` against torch's own draws."""

from __future__ import annotations

from dataclasses import replace

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


class OnCpu(samplers.get("cuda_multinomial")):
    """The CUDA strategy with its tensors on the CPU: a strategy that returns tensors, on any machine."""

    info = replace(samplers.get("cuda_multinomial").info, name="cuda_multinomial_on_cpu", device="cpu")

    @classmethod
    def unavailable(cls):
        return None

    def _build(self):
        super()._build(device="cpu")


def test_a_strategy_that_returns_tensors_keeps_the_contract():
    assert OnCpu.info.arrays == "torch"
    samplers.testing.check_sampler(OnCpu)


@pytest.mark.parametrize("on_collision", ["redraw", "mark"])
@pytest.mark.parametrize("replacement", [False, True])
def test_tensors_and_arrays_hold_the_same_ids(replacement, on_collision):
    """Exclusion takes a detour through the memory of the host; `out` may be a tensor or an array."""
    exclude = np.arange(40) % len(COUNTS)
    around = {"exclude": exclude, "on_collision": on_collision}
    for options in ({}, around, around | {"on_exhausted": "mark"}):
        tensor = on_cpu(rng=6, replacement=replacement).sample(40, 2, **options)
        assert type(tensor) is torch.Tensor
        assert tensor.dtype == torch.int64
        for out in (np.empty((40, 2), np.int32), np.empty((40, 2), np.int64), torch.empty((40, 2), dtype=torch.int32)):
            assert on_cpu(rng=6, replacement=replacement).sample(40, 2, out=out, **options) is out
            assert np.asarray(out).tolist() == tensor.tolist()
        if options.get("on_collision") == "redraw":
            assert not (tensor == torch.from_numpy(exclude)[:, None]).any()


def test_a_tensor_on_another_device_is_filled_there(monkeypatch):
    """The meta device stands for a GPU: it has shapes and no memory, so that the way to it is tested, not the ids."""
    sampler = on_cpu(rng=6)
    vars(sampler)["device"] = "meta"
    filled = []
    monkeypatch.setattr(type(sampler), "_fill", lambda self, out: filled.append((out.device.type, tuple(out.shape))))
    out = torch.empty((5, 2), dtype=torch.int32, device="meta")
    assert sampler.sample(5, 2, out=out) is out
    assert sampler.sample(3, 4).device.type == "meta"
    assert filled == [("meta", (5, 2)), ("meta", (3, 4))]
    for wrong, message in (
        (torch.empty((5, 3), device="meta", dtype=torch.int64), r"of shape \(5, 2\); got shape \(5, 3\)"),
        (torch.empty((2, 5), device="meta", dtype=torch.int64).T, "out must be contiguous"),
        (torch.empty((5, 2), device="meta"), r"out must be int64 or int32, got torch\.float32"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            sampler.sample(5, 2, out=wrong)
    with pytest.raises(ValueError, match="out must lie on cpu, where the ids are drawn, or on the CPU, got meta"):
        on_cpu(rng=6).sample(5, 2, out=out)
    assert sampler.position == 8


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
