# SPDX-License-Identifier: MIT
"""Negative samplers: ids drawn from the noise distribution ``counts ** 0.75``.

>>> import samplers
>>> sampler = samplers.create("cum_table", [1000, 400, 30, 5], rng=42)
>>> sampler.sample(rows=3, k=5).shape
(3, 5)
"""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _version
from typing import TYPE_CHECKING as _TYPE_CHECKING

from . import testing
from .base import Sampler, UnsuitableNoiseError
from .fidelity import check_fidelity
from .laws.law import Law
from .laws.log_uniform import log_uniform
from .laws.mixture import mixture
from .laws.noise_distribution import NoiseDistribution, WordCounts, from_weights, read_counts
from .laws.uniform import uniform
from .processes import SharedStreamWarning
from .recommendation.lookup import Recommendation, fastest, recommend
from .registry import create, get, names, origin, register, why_unavailable
from .sets.id_sets import IdSets

if _TYPE_CHECKING:
    from .counter_based.sampler import PositionalSampler

try:
    __version__ = _version("negative-samplers")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"

__all__ = [
    "IdSets",
    "Law",
    "NoiseDistribution",
    "PositionalSampler",
    "Recommendation",
    "Sampler",
    "SharedStreamWarning",
    "UnsuitableNoiseError",
    "WordCounts",
    "check_fidelity",
    "create",
    "fastest",
    "from_weights",
    "get",
    "log_uniform",
    "mixture",
    "names",
    "origin",
    "read_counts",
    "recommend",
    "register",
    "testing",
    "uniform",
    "why_unavailable",
]


def __getattr__(name: str) -> object:
    # When it is asked for: it loads the kernels, which takes a tenth of the whole import.
    if name == "PositionalSampler":
        from .counter_based.sampler import PositionalSampler

        return PositionalSampler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
