# SPDX-License-Identifier: MIT
"""The list of strategies, which tests, benchmarks, figures and docs read.

A package adds a strategy through the entry-point group ``samplers.strategies`` (name = "package.module:Class"). A
program adds one for its own process through `register`.
"""

from __future__ import annotations

from difflib import get_close_matches
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

# Append only, because asv stores results under the position of a name. A value is "module:Class" in strategies/. It is
# imported on first use, because torch and the compiled strategies would make `import samplers` slow.
BUILT_IN = {
    "multinomial": "multinomial:Multinomial",
    "pool": "pool:Pool",
    "bisect": "bisect:Bisect",
    "cum_table": "cum_table:CumTable",
    "cuda_multinomial": "cuda_multinomial:CudaMultinomial",
    "unigram_table": "unigram_table:UnigramTable",
    "alias": "alias:Alias",
    "spectrum": "spectrum:Spectrum",
    "uniform": "uniform:Uniform",
    "alias_torch": "alias_torch:AliasTorch",
    "spectrum_torch": "spectrum_torch:SpectrumTorch",
    "uniform_torch": "uniform_torch:UniformTorch",
    "alias_triton": "alias_triton:AliasTriton",
    "spectrum_triton": "spectrum_triton:SpectrumTriton",
    "uniform_triton": "uniform_triton:UniformTriton",
}
ENTRY_POINT_GROUP = "samplers.strategies"

_registered: dict[str, type[Sampler]] = {}
Origin = Literal["built-in", "registered", "entry point"]
SamplerClass = TypeVar("SamplerClass", bound=type[Sampler])


def names() -> list[str]:
    """The names of all strategies: the built-in ones, those of `register`, then plug-ins by name.

    Plug-ins come last, so that installing one changes no position of the others.

    Returns
    -------
    list of str
        The names that `create` and `get` accept.
    """
    plug_ins = _plug_ins().keys() - BUILT_IN.keys()
    return [*BUILT_IN, *(name for name in _registered if name not in plug_ins), *sorted(plug_ins)]


def origin(name: str) -> Origin:
    """Whether a strategy is built in, registered or a plug-in.

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
        If the name is no str, or unknown; the message lists the valid names.
    """
    _check_name(name)
    if name in BUILT_IN:
        return "built-in"
    return "entry point" if name in _plug_ins() else "registered"


def get(name: str) -> type[Sampler]:
    """The class of a strategy; its ``info`` has the properties: ``get("pool").info.replacement_modes``.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    type of Sampler
        The class, imported if it was not.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the valid names.
    TypeError
        If a plug-in does not provide a `Sampler` of that name.
    """
    _check_name(name)
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
    name: Literal[
        "alias",
        "spectrum",
        "uniform",
        "alias_torch",
        "spectrum_torch",
        "uniform_torch",
        "alias_triton",
        "spectrum_triton",
        "uniform_triton",
    ],
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
        A NoiseDistribution or another law, or many laws. Anything else is read as counts, by `samplers.read_counts`.
    exponent : float, optional
        The power of the counts, as in `NoiseDistribution`; by default 0.75, or that of the gensim model. A law has an
        exponent already: then it must be left out.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream, as ``numpy.random.default_rng`` does.
    replacement : bool, optional
        False: the k ids of a row are distinct. Default: True if the strategy has that mode.
    **options
        Options of the strategy, see the docstring of its class.

    Returns
    -------
    Sampler
        A `PositionalSampler` for "alias", "spectrum" and "uniform"; a `LawsSampler` for `Laws`, whose draws name the
        law of each row: ``sample(rows, k, law=numbers)``.

    Raises
    ------
    ValueError
        If the name is unknown (the valid names are listed), or if the counts are not valid.
    TypeError
        If an option is unknown, if an exponent is given with a law, or if the strategy cannot draw from many laws.
    RuntimeError
        If the strategy cannot run on this machine; `why_unavailable` returns the reason.

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
            raise TypeError(
                f"exponent={exponent!r}: the weights of Laws are taken as they are; pass weights ** exponent to Laws"
            )
        return cast("LawsSampler", strategy.of_laws(law, rng=rng, replacement=replacement, **options))
    return strategy(law, rng=rng, replacement=replacement, **options)


def why_unavailable(name: str) -> str | None:
    """Why a strategy cannot run on this machine.

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
        If the name is no str, or unknown; the message lists the valid names.
    """
    _check_name(name)
    try:
        return get(name).unavailable()
    except Exception as error:  # a plug-in may raise anything; the list of strategies must still be shown
        return f"cannot be loaded: {type(error).__name__}: {error}"


def register(strategy: SamplerClass) -> SamplerClass:
    """Add a strategy to this process. It can be used as a decorator.

    Parameters
    ----------
    strategy : type of Sampler
        A class that declares its ``info``.

    Returns
    -------
    type of Sampler
        The same class.

    Raises
    ------
    TypeError
        When it is no subclass of `Sampler` or does not declare its ``info``.
    ValueError
        If another strategy has the same name.
    """
    info = getattr(strategy, "info", None)
    name = _checked(strategy, getattr(info, "name", None)).info.name
    registered = _registered.get(name, strategy)
    # If a notebook cell runs again, it defines the same class again. Any other class of this name is a mistake.
    same_class = (registered.__module__, registered.__qualname__) == (strategy.__module__, strategy.__qualname__)
    if name in BUILT_IN or not same_class:
        raise ValueError(f"a strategy named {name!r} is registered already: choose another name in its info")
    _registered[name] = strategy
    return strategy


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name of a strategy must be a string, got {name!r}")
    if name not in BUILT_IN and name not in _registered and name not in _plug_ins():
        near = get_close_matches(name, names())
        meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(f"no strategy is named {name!r}{meant}; the names are {', '.join(names())}")


def _checked(strategy: Any, name: Any) -> type[Sampler]:
    of_name = "" if name is None else f" for the name {name!r}"
    if not (isinstance(strategy, type) and issubclass(strategy, Sampler)):
        raise TypeError(f"strategy must be a subclass of samplers.Sampler, got {strategy!r}{of_name}")
    info = getattr(strategy, "info", None)
    if not isinstance(info, Info):
        raise TypeError(
            f"{strategy.__name__}.info must be a samplers.Info, such as samplers.Info(name=...), got {info!r}"
        )
    if info.name != name:
        raise TypeError(f"{strategy.__name__} is registered under {name!r}, but its info.name is {info.name!r}")
    return strategy


@cache
def _plug_ins() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # not above: it would make `import samplers` a fifth slower

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
