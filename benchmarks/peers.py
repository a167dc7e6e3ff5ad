# SPDX-License-Identifier: MIT
"""Samplers of other libraries, to compare with. Importing this module registers them by `samplers.register`.

Each peer is written as the users of its library write it. Tables are kept between calls if the library allows it.
"""

from __future__ import annotations

import random
import warnings
from dataclasses import fields, replace
from importlib.util import find_spec
from itertools import accumulate
from typing import Any

import numpy as np

import samplers
from samplers.torch_tools import torch_generator, torch_missing


@samplers.register
class NumpyChoice(samplers.SequentialSampler):
    """numpy.random.Generator.choice(V, size, p=p), which computes the cumulative sums of p in every call."""

    info = samplers.Info(
        name="numpy_choice",
        source="numpy/random/_generator.pyx, Generator.choice",
        stream="numpy default_rng",
        cost="call",
    )

    def _build(self) -> None:
        self._p = self.noise.probabilities / self.noise.probabilities.sum()

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        out[...] = self._rng.choice(len(self._p), size=out.shape, p=self._p)

    @property
    def nbytes(self) -> int:
        return int(self._p.nbytes)


@samplers.register
class RandomChoices(samplers.SequentialSampler):
    """random.choices with cum_weights kept, one call for all rows."""

    info = samplers.Info(
        name="random_choices",
        source="CPython, Lib/random.py, choices",
        stream="python random mt19937",
    )

    def _build(self) -> None:
        self._ids = range(len(self.noise))
        self._cumulative = list(accumulate(self.noise.probabilities.tolist()))

    def _seed(self, rng: np.random.Generator) -> None:
        self._random = random.Random(int(rng.integers(2**63)))

    def _fill(self, out: Any) -> None:
        drawn = self._random.choices(self._ids, cum_weights=self._cumulative, k=out.size)
        out[...] = np.array(drawn).reshape(out.shape)

    @property
    def nbytes(self) -> int:
        return len(self._cumulative) * (8 + 24)  # per entry a pointer of 8 bytes and a float object of 24 bytes


class _ScipySampling(samplers.SequentialSampler):
    """A generator of scipy.stats.sampling over a probability vector."""

    # UNU.RAN keeps a copy of the vector, a table of doubles and a table of ints.
    bytes_per_id = 8 + 8 + 4

    def _make(self, sampling: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must say which scipy generator it is")

    @classmethod
    def unavailable(cls) -> str | None:
        return None if find_spec("scipy") else "scipy is not installed"

    def _build(self) -> None:
        from scipy.stats import sampling

        self._generator = self._make(sampling)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_generator"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # UNU.RAN's tables cannot be pickled. SciPy rebuilds them from the vector, but fails if it is read-only.
        self.__dict__.update(state)
        self._build()

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        out[...] = self._generator.rvs(size=out.shape, random_state=self._rng)

    @property
    def nbytes(self) -> int:
        return self.bytes_per_id * len(self.noise)


@samplers.register
class ScipyAliasUrn(_ScipySampling):
    """scipy.stats.sampling.DiscreteAliasUrn: Walker's alias method by UNU.RAN."""

    info = samplers.Info(
        name="scipy_alias_urn",
        source="scipy.stats.sampling.DiscreteAliasUrn",
        stream="numpy default_rng",
    )

    def _make(self, sampling: Any) -> Any:
        with warnings.catch_warnings():
            # It says so at V = 3e5 and 1e7, where rounding errors add up while it builds. The fidelity check judges the
            # draws, and a reader of a progress bar can do nothing about it.
            warnings.filterwarnings(
                "ignore", message=".*squared histogram => .*round-off error", category=RuntimeWarning
            )
            return sampling.DiscreteAliasUrn(self.noise.probabilities.copy())  # SciPy needs a writeable vector


@samplers.register
class ScipyGuideTable(_ScipySampling):
    """scipy.stats.sampling.DiscreteGuideTable: indexed search by UNU.RAN."""

    info = samplers.Info(
        name="scipy_guide_table",
        source="scipy.stats.sampling.DiscreteGuideTable",
        stream="numpy default_rng",
    )

    def _make(self, sampling: Any) -> Any:
        return sampling.DiscreteGuideTable(self.noise.probabilities.copy())


if "cuda_multinomial" in samplers.names():  # an older version of the library may lack it

    class _TorchOneCall(samplers.get("cuda_multinomial")):  # type: ignore[misc]
        """torch.multinomial for all rows at once, on the CPU."""

        info = replace(
            samplers.get("cuda_multinomial").info,
            name="torch_on_the_cpu",
            device="cpu",
            arrays="numpy",
            stream="torch cpu mt19937",
        )

        @classmethod
        def unavailable(cls) -> str | None:
            return torch_missing()

        def _build(self) -> None:
            super()._build(device="cpu")

        def _fill(self, out: Any) -> None:
            import torch

            super()._fill(torch.from_numpy(out))

    @samplers.register
    class TorchOneCall(_TorchOneCall):
        """torch.multinomial with replacement, one call for all rows."""

        info = replace(
            _TorchOneCall.info,
            name="torch_one_call",
            source="post 004, method 2, as measured; torch.multinomial(p, rows * k, replacement=True)",
            replacement_modes=(True,),
        )

    @samplers.register
    class TorchOneCallDistinct(_TorchOneCall):
        """torch.multinomial without replacement on p.expand(rows, V), one call for all rows that fit in 1 GiB."""

        info = replace(
            _TorchOneCall.info,
            name="torch_one_call_distinct",
            source="torch.multinomial(p.expand(rows, -1), k)",
            replacement_modes=(False,),
            cost="row",  # one call, but O(V) work per row, as in a loop over rows
        )


if "laws" in {field.name for field in fields(samplers.Info)}:  # an older version of the library may lack it

    class _OfUniformLaws(samplers.SequentialSampler):
        """A call of another library that draws uniform integers below V. It has no table."""

        info = samplers.Info(name="of_uniform_laws", laws="uniform")

        def _build(self) -> None:
            self._n_ids = len(self.noise)

        @property
        def nbytes(self) -> int:
            return 8  # V

    @samplers.register
    class NumpyIntegers(_OfUniformLaws):
        """numpy.random.Generator.integers(V), one call for all rows."""

        info = replace(
            _OfUniformLaws.info,
            name="numpy_integers",
            source="numpy/random/_generator.pyx, Generator.integers",
            stream="numpy default_rng",
        )

        def _seed(self, rng: np.random.Generator) -> None:
            self._rng = rng

        def _fill(self, out: Any) -> None:
            out[...] = self._rng.integers(self._n_ids, size=out.shape)

    @samplers.register
    class TorchRandint(_OfUniformLaws):
        """torch.randint(V) on the CPU, one call for all rows."""

        info = replace(_OfUniformLaws.info, name="torch_randint", source="torch.randint", stream="torch cpu mt19937")

        @classmethod
        def unavailable(cls) -> str | None:
            return torch_missing()

        def _seed(self, rng: np.random.Generator) -> None:
            self._held = torch_generator(rng, "cpu")

        def _fill(self, out: Any) -> None:
            import torch

            torch.randint(self._n_ids, out.shape, generator=self._held.generator, out=torch.from_numpy(out))

    class _RandomModule(_OfUniformLaws):
        """A function of Python's random module."""

        def _seed(self, rng: np.random.Generator) -> None:
            self._random = random.Random(int(rng.integers(2**63)))

    @samplers.register
    class RandomChoicesUniform(_RandomModule):
        """random.choices(range(V)) without weights, one call for all rows."""

        info = replace(
            _OfUniformLaws.info,
            name="random_choices_uniform",
            source="CPython, Lib/random.py, choices",
            stream="python random mt19937",
        )

        def _fill(self, out: Any) -> None:
            out[...] = np.array(self._random.choices(range(self._n_ids), k=out.size)).reshape(out.shape)

    @samplers.register
    class RandomSample(_RandomModule):
        """random.sample(range(V), k): distinct ids, a call for each row."""

        info = replace(
            _OfUniformLaws.info,
            name="random_sample",
            source="CPython, Lib/random.py, sample",
            stream="python random mt19937",
            replacement_modes=(False,),
            cost="row",
        )

        def _fill(self, out: Any) -> None:
            for row in out:
                row[...] = self._random.sample(range(self._n_ids), len(row))
