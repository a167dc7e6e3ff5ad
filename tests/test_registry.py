# SPDX-License-Identifier: MIT
"""The one list: what is in strategies/ is in it, and what is in it is everywhere else."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

import samplers
from samplers import registry

STRATEGIES = Path(samplers.__file__).parent / "strategies"


def test_every_file_in_strategies_is_registered_under_its_name():
    """But for those whose name begins with an underscore, which hold what several strategies share."""
    files = {path.stem for path in STRATEGIES.glob("[!_]*") if path.suffix in (".py", ".pyx")}
    assert files == set(registry.BUILT_IN)
    for name, target in registry.BUILT_IN.items():
        module, _, attribute = target.partition(":")
        assert module == name
        assert attribute == "".join(part.capitalize() for part in name.split("_"))
        assert samplers.get(name).__name__ == attribute


def test_a_file_that_is_not_registered_would_be_noticed(tmp_path, monkeypatch):
    """The test above with one file more must fail."""
    for path in STRATEGIES.glob("*.py*"):
        (tmp_path / path.name).touch()
    (tmp_path / "forgotten.py").touch()
    monkeypatch.setattr(sys.modules[__name__], "STRATEGIES", tmp_path)
    with pytest.raises(AssertionError):
        test_every_file_in_strategies_is_registered_under_its_name()


def test_the_built_in_names_keep_their_places():
    """asv stores results by position: this list may grow at its end, nothing else."""
    assert list(registry.BUILT_IN)[:6] == [
        "multinomial",
        "pool",
        "bisect",
        "cum_table",
        "cuda_multinomial",
        "unigram_table",
    ]
    assert samplers.names()[: len(registry.BUILT_IN)] == list(registry.BUILT_IN)
    assert len(set(samplers.names())) == len(samplers.names())


class Even(samplers.SequentialSampler):
    """Every id alike, for the tests of the registry."""

    info = samplers.Info(
        name="even",
        source="this test",
        stream="numpy default_rng",
    )

    def _build(self) -> None:
        pass

    def _seed(self, rng) -> None:
        self._rng = rng

    def _fill(self, out) -> None:
        out[...] = self._rng.integers(len(self.noise), size=out.shape)

    @property
    def nbytes(self) -> int:
        return 1


@pytest.fixture
def own_registry(monkeypatch):
    """What a test registers is gone after it; and no plug-in is installed, whatever this machine has."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(registry, "_plug_ins", dict)


@pytest.mark.usefixtures("own_registry")
def test_register_adds_a_strategy_after_the_built_in_ones():
    assert samplers.register(Even) is Even
    samplers.register(Even)  # again is harmless
    assert samplers.names()[-1] == "even"
    assert samplers.origin("even") == "registered"
    assert samplers.create("even", [1, 1], rng=1).sample(2, 3).shape == (2, 3)


@pytest.mark.usefixtures("own_registry")
def test_register_refuses_what_does_not_fit():
    samplers.register(Even)
    again = type("Even", (Even,), {"__module__": Even.__module__, "__qualname__": Even.__qualname__})
    assert samplers.register(again) is again  # a notebook cell that runs twice
    assert samplers.get("even") is again
    with pytest.raises(ValueError, match="'even' is registered already"):
        samplers.register(type("Other", (Even,), {}))
    with pytest.raises(ValueError, match="'pool' is registered already"):
        samplers.register(type("Pool", (Even,), {"info": samplers.Info(name="pool")}))
    with pytest.raises(TypeError, match="subclass of samplers.Sampler, got <class 'dict'>"):
        samplers.register(dict)
    for bad in ("even", None, {"name": "even"}):
        with pytest.raises(TypeError, match=r"Bad\.info must be a samplers\.Info"):
            samplers.register(type("Bad", (Even,), {"info": bad}))


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ({"name": "Even"}, "name must be lower-case letters, digits and underscores, after a letter; got 'Even'"),
        ({"name": "e ven"}, "name must be lower-case"),
        ({"name": ""}, "name must be lower-case"),
        ({"name": None}, "name must be a str, got None"),
        ({"source": 2004}, "source must be a str, got 2004"),
        (
            {"replacement_modes": ()},
            r"replacement_modes must be \(True,\), .* got \(\) in x",
        ),
        ({"replacement_modes": True}, "replacement_modes must be"),
        ({"positional": "no"}, "positional must be True or False, got 'no' in x"),
        ({"device": "cuda:0"}, "device must be 'cpu' or 'cuda' or 'any', got 'cuda:0' in x"),
        ({"cost": "batch"}, "cost must be 'id' or 'call' or 'launch' or 'row', got 'batch' in x"),
        ({"max_k": 0}, "max_k must be a positive integer or None, got 0 in x"),
        ({"max_ids": True, "max_ids_reason": "?"}, "max_ids must be a positive integer or None, got True"),
        ({"max_ids": 2**24}, "max_ids and max_ids_reason belong together, and x has only one of them"),
        ({"max_ids_reason": "torch's limit"}, "belong together"),
    ],
)
def test_what_a_strategy_says_of_itself_is_checked_where_it_is_said(entries, wrong):
    with pytest.raises((TypeError, ValueError), match=f"^Info: .*{wrong}"):
        samplers.Info(**{"name": "x", **entries})


def test_a_misspelt_ability_is_an_error():
    """A class attribute of a wrong name was never read by anybody."""
    with pytest.raises(TypeError, match="replacment_modes"):
        samplers.Info(name="x", replacment_modes=(True,))


@pytest.fixture
def plug_in(monkeypatch, own_registry):
    """Pretend that an installed package declares these entry points."""

    def declare(**points: str) -> None:
        found = {n: EntryPoint(n, v, registry.ENTRY_POINT_GROUP) for n, v in points.items()}
        monkeypatch.setattr(registry, "_plug_ins", lambda: found)

    return declare


def test_plug_ins_come_last_and_cannot_replace_a_built_in_strategy(plug_in):
    before = samplers.names()
    plug_in(even=f"{__name__}:Even", pool=f"{__name__}:Even")
    sys.modules.setdefault(__name__, sys.modules[Even.__module__])
    assert samplers.names() == [*before, "even"]
    assert samplers.get("even") is Even
    assert samplers.origin("even") == "entry point"
    samplers.register(Even)  # a plug-in that also registers itself stays where it is
    assert samplers.names() == [*before, "even"]
    assert samplers.origin("even") == "entry point"
    assert samplers.get("pool").__module__ == "samplers.strategies.pool"


def test_a_plug_in_that_cannot_be_loaded_is_listed_with_its_reason(plug_in):
    plug_in(broken="no_such_module_anywhere:Thing", misnamed=f"{__name__}:Even", no_sampler="json:dumps")
    sys.modules.setdefault(__name__, sys.modules[Even.__module__])
    assert {"broken", "misnamed", "no_sampler"} <= set(samplers.names())
    assert samplers.why_unavailable("broken").startswith("cannot be loaded: ModuleNotFoundError")
    assert "Even is registered under 'misnamed', but its info.name is 'even'" in samplers.why_unavailable("misnamed")
    assert "must be a subclass of samplers.Sampler" in samplers.why_unavailable("no_sampler")
    assert samplers.why_unavailable("pool") is None


def test_counts_are_accepted_in_place_of_a_noise_distribution():
    by_counts = samplers.create("cum_table", [5, 2, 1], exponent=0.5, rng=1)
    by_noise = samplers.create("cum_table", samplers.NoiseDistribution([5, 2, 1], exponent=0.5), rng=1)
    np.testing.assert_array_equal(by_counts.sample(9, 4), by_noise.sample(9, 4))


def test_importing_the_library_brings_numpy_and_nothing_heavy():
    code = "import sys, samplers; samplers.names(); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("torch", "scipy", "matplotlib", "asv", "benchmarks", "gensim", "wordfreq"):
        assert f"'{heavy}'" not in loaded


def test_a_name_with_a_slip_is_answered_with_the_names_near_it():
    with pytest.raises(ValueError, match="no strategy is named 'alais'; did you mean 'alias'"):
        samplers.create("alais", [1, 2])
    with pytest.raises(ValueError, match="no strategy is named 'zzz'; the names are"):
        samplers.create("zzz", [1, 2])
