# SPDX-License-Identifier: MIT
"""Fixtures over the registry: a test that takes `sampler_name` runs for every strategy, peers included."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import benchmarks  # registers the peers
import samplers
from samplers.kernels import rows as kernel

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Started in the background of a shell: programs that tests start would inherit it and be deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


assert benchmarks.peers
settings.register_profile("suite", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("suite")

COUNTS = {
    # Zipf, in an order that is not sorted, with zeros first, last and between.
    "mixed": [0, 30, 1000, 7, 0, 400, 90, 3, 55, 0],
    "small": [60, 25, 10, 5],
    "one": [3],
}


@cache
def built(name: str, workload: str, replacement: bool | None, exponent: float) -> samplers.Sampler:
    """Tables are built once a process: word2vec.c's takes a second and 400 MB."""
    noise = samplers.NoiseDistribution(COUNTS[workload], exponent=exponent)
    return samplers.create(name, noise, replacement=replacement)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `sampler_name` for every strategy, and one that takes `replacement` too for each
    of its modes; a strategy that cannot run here is skipped with its reason.
    """
    if "sampler_name" not in metafunc.fixturenames:
        return
    cases = []
    for name in samplers.names():
        reason = samplers.why_unavailable(name)
        marks = [] if reason is None else [pytest.mark.skip(reason=f"{name}: {reason}")]
        if "replacement" not in metafunc.fixturenames:
            cases.append(pytest.param(name, id=name, marks=marks))
            continue
        for mode in samplers.get(name).replacement_modes if reason is None else (True,):
            label = f"{name}-{'with' if mode else 'without'} replacement"
            cases.append(pytest.param(name, mode, id=label, marks=marks))
    both = "replacement" in metafunc.fixturenames
    metafunc.parametrize(["sampler_name", "replacement"] if both else "sampler_name", cases)


@pytest.fixture
def make(sampler_name: str) -> Callable[..., samplers.Sampler]:
    """``make(workload, rng)``: the strategy under test over a named workload, with a stream of its own."""

    def make(
        workload: str = "mixed", rng: Any = 42, replacement: bool | None = None, exponent: float = 0.75
    ) -> samplers.Sampler:
        return built(sampler_name, workload, replacement, exponent).with_rng(rng)

    return make


@pytest.fixture(params=("scalar", "avx2", "avx512"))
def form(request: pytest.FixtureRequest) -> Any:
    """A form of the kernels, in use; skipped where the processor lacks it."""
    if request.param not in kernel.available():
        pytest.skip(f"this processor lacks {request.param}")
    before = kernel.simd()
    kernel.force(request.param)
    yield request.param
    kernel.force(before)


@pytest.fixture(autouse=True)
def _untouched_globals() -> Any:
    """No test may be allowed to pass because it read or wrote NumPy's global random state."""
    before = np.random.get_state(legacy=True)[1].tobytes()  # type: ignore[index,union-attr]  # noqa: NPY002
    yield
    assert np.random.get_state(legacy=True)[1].tobytes() == before  # type: ignore[index,union-attr]  # noqa: NPY002
