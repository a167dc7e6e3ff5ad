# SPDX-License-Identifier: MIT
"""A program: the Triton kernels in the interpreter against the ids of the CPU; prints how many draws were equal."""

from __future__ import annotations

import os

os.environ["TRITON_INTERPRET"] = "1"  # before triton is imported

import numpy as np
import torch

import samplers

ZIPF = (10**6 / np.arange(1, 300)).astype(np.int64)
LAWS = {
    "alias": [[3], ZIPF, np.random.default_rng(3).permutation(ZIPF)],
    "spectrum": [[3], ZIPF, np.random.default_rng(3).permutation(ZIPF), samplers.uniform(2**32 // 3 + 1)],
    "uniform": [[3], [4] * 70, samplers.uniform(3 * 2**29)],
}


def equal_draws(kind: str, law: object, replacement: bool, rng: np.random.Generator) -> int:
    cpu = samplers.create(kind, law, rng=5, replacement=replacement)
    fused = samplers.get(f"{kind}_triton")(cpu.noise, rng=5, replacement=replacement, device="cpu")
    equal = 0
    for k, m, dtype in ((1, 0, torch.int64), (6, 0, torch.int32), (2, 1, torch.int64), (1, 3, torch.int32)):
        if m + (1 if replacement else k) > min(cpu.noise.nonzero, 60 if m else 2**31):
            continue
        cpu.key = fused.key = int(rng.integers(2**64, dtype=np.uint64))
        rows = np.append(rng.integers(0, 2**63, 4), [2**63 - 1])
        exclude = rng.integers(len(cpu.noise) // 4, len(cpu.noise), (5, m)) if m else None
        out = torch.full((5, k), -7, dtype=dtype)
        fused.sample_rows(rows, k, epoch=2**32 - 5, exclude=exclude, out=out)
        np.testing.assert_array_equal(out, cpu.sample_rows(rows, k, epoch=2**32 - 5, exclude=exclude))
        np.testing.assert_array_equal(fused.sample(3, k), cpu.sample(3, k))
        equal += 2
    assert fused.faults == 0
    return equal


def exact_path() -> int:
    """The heavy id is excluded, so that attempts are used up and the weights decide."""
    cpu = samplers.create("alias", [10**12, 5, 1, 0, 2], rng=5)
    fused = samplers.get("alias_triton")(cpu.noise, rng=5, device="cpu")
    np.testing.assert_array_equal(fused.sample(2, 2, exclude=[0, 0]), cpu.sample(2, 2, exclude=[0, 0]))
    return 1


if __name__ == "__main__":
    generator = np.random.default_rng(1)
    each = [
        equal_draws(kind, law, mode, generator) for kind, laws in LAWS.items() for law in laws for mode in (True, False)
    ]
    print(sum(each) + exact_path())
