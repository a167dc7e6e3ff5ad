# SPDX-License-Identifier: MIT
"""Fixtures over the registry: a test that takes `sampler_name` runs for every strategy, peers included."""

from __future__ import annotations

import inspect
import re
import signal
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
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


# The plug-ins of pytest that these tests need themselves; a warning of theirs is about our tests.
NEEDED = {"pytest", "_pytest", "xdist", "hypothesis", "_hypothesis_pytestplugin"}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors, but for those of other plug-ins of pytest that happen to be installed.

    A warning is theirs if it arises in their modules, or if its class is defined there. pytest reads the lines before
    each test; the filters of this moment are those of the set-up, in which plug-ins warn too.
    """
    for package in sorted(foreign_packages(config)):
        modules = [m for name, m in list(sys.modules.items()) if name == package or name.startswith(f"{package}.")]
        kinds = {kind for module in modules for kind in vars(module).values() if is_warning_of(package, kind)}
        inside = rf"{re.escape(package)}(\.|$)"
        config.addinivalue_line("filterwarnings", f"default:::{inside}")
        warnings.filterwarnings("default", module=inside)
        for kind in sorted(kinds, key=lambda kind: kind.__qualname__):
            config.addinivalue_line("filterwarnings", f"default::{kind.__module__}.{kind.__qualname__}")
            warnings.filterwarnings("default", category=kind)


def is_warning_of(package: str, kind: Any) -> bool:
    """Whether it is a class of warnings that a package defines."""
    return isinstance(kind, type) and issubclass(kind, Warning) and kind.__module__.partition(".")[0] == package


def foreign_packages(config: pytest.Config) -> set[str]:
    """The packages of pytest's plug-ins that neither lie here nor are needed."""
    modules = [plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, ModuleType)]
    elsewhere = [m for m in modules if not Path(m.__file__ or "").is_relative_to(config.rootpath)]
    return {module.__name__.partition(".")[0] for module in elsewhere} - NEEDED


# Options of strategies that are slow with their defaults: word2vec.c's table of 1e8 slots takes a second and 400 MB.
# It is tested at its full size in tests/strategies/test_unigram_table.py.
SMALL = {"table_size": 10**7}


def small_options(name: str) -> dict[str, Any]:
    """Those that a strategy has."""
    known = inspect.signature(samplers.get(name)._build).parameters
    return {option: value for option, value in SMALL.items() if option in known}


@cache
def built(name: str, workload: str, replacement: bool | None, exponent: float) -> samplers.Sampler:
    """Tables are built once a process."""
    uniform = samplers.get(name).info.laws == "uniform"
    counts = [5] * len(COUNTS[workload]) if uniform else COUNTS[workload]
    noise = samplers.NoiseDistribution(counts, exponent=exponent)
    return samplers.create(name, noise, replacement=replacement, **small_options(name))


# They differ from `spectrum_torch` in their tables alone, and tests/tensors compares their ids with the CPU. So
# they take the tests of the contract, and not those of threads, interruptions, memory and laws: these take 1 s each.
SIBLINGS = ("alias_torch", "uniform_torch")
FOR_SIBLINGS = ("test_contract", "test_bad_input")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `sampler_name` for every strategy, and one that takes `replacement` too for each
    of its modes; a strategy that cannot run here is skipped with its reason.
    """
    if "sampler_name" not in metafunc.fixturenames:
        return
    cases = []
    for name in samplers.names():
        if name in SIBLINGS and metafunc.module.__name__.rpartition(".")[2] not in FOR_SIBLINGS:
            continue
        reason = samplers.why_unavailable(name)
        marks = [] if reason is None else [pytest.mark.skip(reason=f"{name}: {reason}")]
        if "replacement" not in metafunc.fixturenames:
            cases.append(pytest.param(name, id=name, marks=marks))
            continue
        for mode in samplers.get(name).info.replacement_modes if reason is None else (True,):
            label = f"{name}-{'with' if mode else 'without'} replacement"
            cases.append(pytest.param(name, mode, id=label, marks=marks))
    both = "replacement" in metafunc.fixturenames
    metafunc.parametrize(["sampler_name", "replacement"] if both else "sampler_name", cases)


@pytest.fixture
def options(sampler_name: str) -> dict[str, Any]:
    """The options that `make` gives to the strategy under test."""
    return small_options(sampler_name)


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


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """No test may be allowed to pass because it read or wrote NumPy's global random state.

    Around the test alone: pytest-randomly, where it is installed, seeds the state anew before each phase.
    """
    before = np.random.get_state(legacy=True)[1].tobytes()  # type: ignore[index,union-attr]  # noqa: NPY002
    passed = yield
    assert np.random.get_state(legacy=True)[1].tobytes() == before  # type: ignore[index,union-attr]  # noqa: NPY002
    return passed
