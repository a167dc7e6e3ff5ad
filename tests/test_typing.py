# SPDX-License-Identifier: MIT
"""What a type checker sees of the package: `samplers` has a py.typed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

import samplers
from samplers.registry import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent

USE = """
import numpy as np
import samplers

sampler = samplers.create("alias", [1000, 400, 30, 5], rng=42)
head = sampler.sample(600, 5)
sampler.epoch, sampler.position, sampler.key = 1, sampler.position + 7, 3
ids = sampler.sample_rows(np.arange(5), 5, epoch=0, exclude=[[0]] * 5)
some = samplers.fastest([1000, 400, 30, 5], rows=3, k=5, rng=42)
if isinstance(some, samplers.PositionalSampler):
    reveal_type(some.sample_rows([1, 2], 5))
"""


def checked(code: str, folder: Path) -> str:
    """What mypy --strict says, where a user runs it."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    (folder / "use.py").write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", "use.py"]
    done = subprocess.run(
        command, cwd=folder, env={"MYPYPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.slow  # mypy reads the package and NumPy
def test_samplers_have_the_type_of_their_abilities(tmp_path: Path) -> None:
    """The overloads of `create` name the positional strategies of the registry, and these alone."""
    lines = [f"reveal_type(samplers.create({name!r}, [3, 2]))" for name in BUILT_IN]
    lines.append("reveal_type(samplers.create('alias', samplers.Laws([0, 1], [0]), rng=1).sample(2, 2, law=0))")
    wrong = "sampler.epoch = 'x'"
    said = checked("\n".join([USE, *lines, wrong]), tmp_path)
    revealed = [line.split('"')[1] for line in said.splitlines() if "Revealed type" in line]
    able = {True: "samplers.counter_based.sampler.PositionalSampler", False: "samplers.base.Sampler"}
    assert "ndarray" in revealed.pop(), said
    assert revealed[1:] == [able[samplers.get(name).info.positional] for name in BUILT_IN], said
    assert "ndarray" in revealed[0]
    errors = [line for line in said.splitlines() if "error:" in line]
    assert len(errors) == 1, said
    assert '"str"' in errors[0]
    assert '"int"' in errors[0]


def test_positional_samplers_are_told_by_their_class(make):
    sampler = make()
    assert isinstance(sampler, samplers.PositionalSampler) == sampler.info.positional
    assert "PositionalSampler" in samplers.__all__
    with pytest.raises(AttributeError, match="module 'samplers' has no attribute 'PositionalSamplr'"):
        samplers.PositionalSamplr  # noqa: B018


def examples() -> dict[str, str]:
    """The examples of the pages that a user copies: all but those of torch and gensim, which have no types to check."""
    blocks = {}
    for page in ("README.md", "docs/choosing.md", "docs/streams.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
            if "torch" not in block and "gensim" not in block:
                blocks[f"{page}, example {number}"] = block
    return blocks


@pytest.mark.slow  # mypy reads the package and NumPy
def test_the_examples_of_the_pages_pass_mypy_strict(tmp_path: Path) -> None:
    blocks = examples()
    assert len(blocks) > 8
    functions = [f"def example_{i}() -> None:\n{indent(block, '    ')}" for i, block in enumerate(blocks.values())]
    assert checked("\n".join(functions), tmp_path) == "Success: no issues found in 1 source file\n", list(blocks)
