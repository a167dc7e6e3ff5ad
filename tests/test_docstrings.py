# SPDX-License-Identifier: MIT
"""Docstrings of public names are complete; `make lint` holds those of all others to numpydoc's form."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from dataclasses import fields, is_dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import samplers

pytest.importorskip("numpydoc")

from numpydoc.docscrape import ClassDoc
from numpydoc.validate import validate

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
ASKED_OF_PUBLIC_NAMES = {"GL08", "RT01", "YD01"}
CHECKS = set(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["numpydoc_validation"]["checks"])
NOT_ASKED = CHECKS - ASKED_OF_PUBLIC_NAMES  # the list begins with "all", and goes on with what is left out
METHODS = (classmethod, staticmethod, property, cached_property)


def public_names() -> dict[str, object]:
    """The functions, classes, methods and properties that users reach, by where they are defined."""
    reached = [getattr(samplers, name) for name in samplers.__all__]
    reached += [
        importlib.import_module(f"samplers.integrations.{name}") for name in ("torch", "dask") if find_spec(name)
    ]
    for module in [public for public in reached if isinstance(public, ModuleType)]:
        reached += [getattr(module, name) for name in module.__all__]
    names = {}
    for public in reached:
        if inspect.isclass(public) or inspect.isfunction(public):
            names[f"{public.__module__}.{public.__qualname__}"] = public
        if inspect.isclass(public):
            names |= methods(public)
    return names


def methods(public: type) -> dict[str, object]:
    """Its public methods and properties, each where its docstring stands; one that overrides another may inherit it."""
    found = {}
    for name in [name for name in dir(public) if not name.startswith("_")]:
        classes = [above for above in public.__mro__ if name in vars(above)]
        if isinstance(vars(classes[0])[name], METHODS) or inspect.isfunction(vars(classes[0])[name]):
            above = next((above for above in classes if vars(above)[name].__doc__), classes[0])
            found[f"{above.__module__}.{above.__qualname__}.{name}"] = vars(above)[name]
    return found


def fields_of(public: object) -> list[str]:
    """The fields of a dataclass or a named tuple: the library makes it, and users read them as attributes."""
    if is_dataclass(public):
        return [field.name for field in fields(public)]
    return list(vars(public).get("_fields", ())) if inspect.isclass(public) else []


NAMES = public_names()


def test_the_methods_of_public_classes_are_among_the_names():
    assert {"samplers.base.Sampler.sample", "samplers.laws.law.Law.weights", "samplers.registry.create"} <= NAMES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_of_a_public_name_is_complete(name):
    not_asked = NOT_ASKED | ({"PR01"} if fields_of(NAMES[name]) else set())
    assert [f"{code}: {what}" for code, what in validate(name)["errors"] if code not in not_asked] == []


@pytest.mark.parametrize("name", [name for name, public in NAMES.items() if fields_of(public)])
def test_a_class_of_fields_describes_them(name):
    sections = ClassDoc(NAMES[name], config={"show_class_members": False})
    described = sections["Attributes"] or sections["Parameters"]  # what users read, or what they write
    assert [one for line in described for one in line.name.split(", ")] == fields_of(NAMES[name])
    assert all(line.type and line.desc for line in described)
