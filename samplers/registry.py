# SPDX-License-Identifier: MIT
"""THE list of strategies: tests, benchmarks, figures and docs derive from it.

Third parties add theirs through the entry-point group ``samplers.strategies`` (name = "package.module:Class")
or, for one process, through `register`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from .base import Sampler
from .info import Info
from .laws.many import Laws
from .laws.noise_distribution import as_law

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .counter_based.many import LawsSampler
    from .counter_based.sampler import PositionalSampler

# Append-only: asv stores results under the position of a name. A value is "module:Class" below strategies/,
# imported when the strategy is first asked for, so that `import samplers` stays light.
BUILT_IN = {
    "multinomial": "multinomial:Multinomial",
    "pool": "pool:Pool",
    "bisect": "bisect:Bisect",
    "cum_table": "cum_table:CumTable",
    "cuda_multinomial": "cuda_multinomial:CudaMultinomial",
    "unigram_table": "unigram_table:UnigramTable",
    "alias": "alias:Alias",
    "spectrum": "spectrum:Spectrum",
}
ENTRY_POINT_GROUP = "samplers.strategies"

_registered: dict[str, type[Sampler]] = {}
Origin = Literal["built-in", "registered", "entry point"]
SamplerClass = TypeVar("SamplerClass", bound=type[Sampler])


def names() -> list[str]:
    """Every strategy: the built-in ones in their order, those of `register`, then plug-ins by name.

    Plug-ins come last, so that installing one moves no other position.

    Returns
    -------
    list of str
        What `create` and `get` take.
    """
    plug_ins = _plug_ins().keys() - BUILT_IN.keys()
    return [*BUILT_IN, *(name for name in _registered if name not in plug_ins), *sorted(plug_ins)]


def origin(name: str) -> Origin:
    """Where a strategy comes from.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    {"built-in", "registered", "entry point"}
        "registered" by `register` in this process, or the "entry point" of an installed package.

    Raises
    ------
    TypeError, ValueError
        For what is no str, and for an unknown name; the message lists the valid ones.
    """
    _known(name)
    if name in BUILT_IN:
        return "built-in"
    return "entry point" if name in _plug_ins() else "registered"


def get(name: str) -> type[Sampler]:
    """The class of a strategy, for its abilities: ``get("pool").info.replacement_modes``.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    type of Sampler
        Its class attributes say what it can do.

    Raises
    ------
    ValueError
        For an unknown name; the message lists the valid ones.
    TypeError
        When a plug-in does not deliver a `Sampler` of that name.
    """
    _known(name)
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return _checked(getattr(import_module(f".strategies.{module}", __package__), attribute), name)
    return _registered[name] if name in _registered else _checked(_plug_ins()[name].load(), name)


@overload
def create(
    name: Literal["alias"], noise: Laws, *, rng: Any = None, replacement: bool | None = None, threads: int = 1
) -> LawsSampler: ...


@overload
def create(
    name: Literal["alias", "spectrum"],
    noise: Any,
    *,
    exponent: float | None = None,
    rng: Any = None,
    replacement: bool | None = None,
    **options: Any,
) -> PositionalSampler: ...


@overload
def create(
    name: str,
    noise: Any,
    *,
    exponent: float | None = None,
    rng: Any = None,
    replacement: bool | None = None,
    **options: Any,
) -> Sampler: ...


def create(
    name: str,
    noise: Any,
    *,
    exponent: float | None = None,
    rng: Any = None,
    replacement: bool | None = None,
    **options: Any,
) -> Sampler | LawsSampler:
    """Build the sampler ``name`` over ``noise``.

    Parameters
    ----------
    name : str
        One of `names`.
    noise : Law, Laws, array_like (V,), mapping, Series, gensim model, path
        What to draw from: a NoiseDistribution or another law, or many laws; anything else is taken as counts, as
        `samplers.read_counts` reads them.
    exponent : float, optional
        With counts: their power, as in `NoiseDistribution`: by default 0.75, or a gensim model's own. Not with a
        law, which has its own.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as ``numpy.random.default_rng`` reads it.
    replacement : bool, optional
        False: the k ids of a row are distinct. Default: True if the strategy has that mode.
    **options
        Those of the strategy, which its own docstring describes.

    Returns
    -------
    Sampler
        A `PositionalSampler` for "alias" and "spectrum". Of `Laws` it is a `LawsSampler`, whose rows each name a law:
        ``sample(rows, k, law=numbers)``.

    Raises
    ------
    ValueError
        For an unknown name (the valid ones are listed) or bad counts.
    TypeError
        For an unknown option, for both a law and an exponent, or for many laws where the strategy draws from one.
    RuntimeError
        When the strategy cannot run here; `why_unavailable` gives the same reason.

    Examples
    --------
    >>> import samplers
    >>> s = samplers.create("cum_table", [10, 5, 1], rng=42)
    >>> s.sample(2, 5).shape
    (2, 5)
    """
    strategy = get(name)
    law = noise if isinstance(noise, Laws) else as_law(noise, exponent)
    reason = strategy.unavailable()
    if reason is not None:
        raise RuntimeError(f"{name} cannot run here: {reason}")
    if isinstance(law, Laws):
        if exponent is not None:
            raise TypeError(f"exponent={exponent!r}: the weights of Laws are taken as they are; raise them before")
        return cast("LawsSampler", strategy.of_laws(law, rng=rng, replacement=replacement, **options))
    return strategy(law, rng=rng, replacement=replacement, **options)


def why_unavailable(name: str) -> str | None:
    """Why a strategy cannot run here.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    str or None
        The reason; None if the strategy can run.

    Raises
    ------
    TypeError, ValueError
        For what is no str, and for an unknown name; the message lists the valid ones.
    """
    _known(name)
    try:
        return get(name).unavailable()
    except Exception as error:  # a plug-in may fail in any way; the list of the others must not
        return f"cannot be loaded: {type(error).__name__}: {error}"


def register(strategy: SamplerClass) -> SamplerClass:
    """Add a strategy to this process; usable as a decorator.

    Parameters
    ----------
    strategy : type of Sampler
        A class that states its ``name``.

    Returns
    -------
    type of Sampler
        The same class.

    Raises
    ------
    TypeError
        When it is no subclass of `Sampler` or does not declare its ``info``.
    ValueError
        When the name is taken by another class.
    """
    info = getattr(strategy, "info", None)
    name = _checked(strategy, getattr(info, "name", None)).info.name
    there = _registered.get(name, strategy)
    # A notebook cell that runs again makes the class anew; anything else under a taken name is a mistake.
    again = (there.__module__, there.__qualname__) == (strategy.__module__, strategy.__qualname__)
    if name in BUILT_IN or not again:
        raise ValueError(f"a strategy named {name!r} is registered already")
    _registered[name] = strategy
    return strategy


def _known(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name of a strategy must be a string, got {name!r}")
    if name not in BUILT_IN and name not in _registered and name not in _plug_ins():
        raise ValueError(f"no strategy is named {name!r}; the names are {', '.join(names())}")


def _checked(strategy: Any, name: Any) -> type[Sampler]:
    if not (isinstance(strategy, type) and issubclass(strategy, Sampler)):
        raise TypeError(f"strategy {name!r} must be a subclass of samplers.Sampler, got {strategy!r}")
    info = getattr(strategy, "info", None)
    if not isinstance(info, Info):
        raise TypeError(
            f"{strategy.__name__}.info must say what the strategy is, samplers.Info(name=...), got {info!r}"
        )
    if info.name != name:
        raise TypeError(f"{strategy.__name__} is registered under {name!r}, but its info.name is {info.name!r}")
    return strategy


@cache
def _plug_ins() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # a fifth of the import of the library

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
