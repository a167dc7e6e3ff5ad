# SPDX-License-Identifier: MIT
"""Negative samplers: ids drawn from the noise distribution ``counts ** 0.75``.

>>> import samplers
>>> sampler = samplers.create("cum_table", [1000, 400, 30, 5], rng=42)
>>> sampler.sample(rows=3, k=5).shape
(3, 5)
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from .base import Sampler, UnsuitableNoiseError
from .info import Info
from .laws.classes import WeightClasses, classes_of_weights
from .laws.law import Law
from .laws.many import Laws
from .laws.noise_distribution import NoiseDistribution, from_weights
from .processes import SharedStreamWarning
from .registry import create, get, names, origin, register, why_unavailable
from .sequential import SequentialSampler
from .sets.id_sets import IdSets

if _TYPE_CHECKING:
    from . import fidelity, reproducibility, testing
    from .counter_based.many import LawsSampler
    from .counter_based.sampler import PositionalSampler
    from .fidelity import EProcess, FidelityResult, FidelityTest, TableAudit, check_fidelity
    from .laws.inclusion import inclusion_probabilities
    from .laws.log_uniform import log_uniform
    from .laws.mixture import mixture
    from .laws.reading import WordCounts, read_counts
    from .laws.uniform import uniform
    from .recommendation.recommend import Recommendation, fastest, recommend
    from .saving import load, save

    __version__: str

# Imported on first use, because together they take as long as the rest of `import samplers`.
_LATER = {
    "EProcess": "fidelity",
    "FidelityResult": "fidelity",
    "FidelityTest": "fidelity",
    "LawsSampler": "counter_based.many",
    "PositionalSampler": "counter_based.sampler",
    "Recommendation": "recommendation.recommend",
    "TableAudit": "fidelity",
    "WordCounts": "laws.reading",
    "check_fidelity": "fidelity",
    "fastest": "recommendation.recommend",
    "inclusion_probabilities": "laws.inclusion",
    "load": "saving",
    "log_uniform": "laws.log_uniform",
    "mixture": "laws.mixture",
    "read_counts": "laws.reading",
    "recommend": "recommendation.recommend",
    "save": "saving",
    "uniform": "laws.uniform",
}
_MODULES = ("fidelity", "reproducibility", "testing")

__all__ = [
    "EProcess",
    "FidelityResult",
    "FidelityTest",
    "IdSets",
    "Info",
    "Law",
    "Laws",
    "LawsSampler",
    "NoiseDistribution",
    "PositionalSampler",
    "Recommendation",
    "Sampler",
    "SequentialSampler",
    "SharedStreamWarning",
    "TableAudit",
    "UnsuitableNoiseError",
    "WeightClasses",
    "WordCounts",
    "check_fidelity",
    "classes_of_weights",
    "create",
    "fastest",
    "fidelity",
    "from_weights",
    "get",
    "inclusion_probabilities",
    "load",
    "log_uniform",
    "mixture",
    "names",
    "origin",
    "read_counts",
    "recommend",
    "register",
    "reproducibility",
    "save",
    "testing",
    "uniform",
    "why_unavailable",
]


def __getattr__(name: str) -> object:
    if name in _LATER:
        value = getattr(_import_module(f".{_LATER[name]}", __name__), name)
    elif name in _MODULES:
        value = _import_module(f".{name}", __name__)
    elif name == "__version__":
        value = _version()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _version() -> str:
    """The version of the installed package, or "0+unknown" if the package is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("negative-samplers")
    except PackageNotFoundError:
        return "0+unknown"
