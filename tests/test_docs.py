# SPDX-License-Identifier: MIT
"""The examples run, and the lists in the docs are those of the registry."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import samplers
from benchmarks.workloads import WORKLOADS
from samplers import registry
from samplers.commands import COMMANDS
from samplers.fidelity.power import noncentrality

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "README.md",
    "docs/index.md",
    "docs/choosing.md",
    "docs/training.md",
    "docs/dask.md",
    "docs/gpu.md",
    "docs/adding-a-strategy.md",
    "docs/adding-a-law.md",
    "docs/streams.md",
    "docs/reproducibility.md",
]

# Its programs run in tests/integrations, in one process, because each imports libraries for seconds.
RUN_ELSEWHERE = ["docs/clients.md", "docs/before-and-after.md"]


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


BLOCKS = [
    # Importing torch alone takes seconds.
    pytest.param(block, id=f"{page}-{number}", marks=[pytest.mark.slow] if "import torch" in block else [])
    for page in PAGES
    for number, block in enumerate(
        # A block marked "py" goes on from the one before it.
        re.findall(r"```python\n(.*?)```", re.sub(r"```\n(?:(?!```)[^`])*```py\n", "", read(page)), re.DOTALL)
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_runs_as_written(block, tmp_path):
    command = [sys.executable, "-W", "error", "-c", block]
    if "torchrun" in block:  # by its module, because the script may not be on the path
        (tmp_path / "train.py").write_text(block, encoding="utf-8")
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or "print(" not in block


@pytest.mark.slow  # six processes
def test_the_command_lines_of_the_readme_run_as_written(tmp_path):
    (block,) = re.findall(r"```sh\n(printf.*?)```", read("README.md"), re.DOTALL)
    here = f"'{sys.executable}' -m samplers"
    lines, clean, end = block.replace(".venv/bin/samplers", here).rpartition("rm ")
    shown = set(re.findall(rf"{re.escape(here)} (\w+)", lines))
    assert shown == {command.NAME for command in COMMANDS}
    done = subprocess.run(["sh", "-ec", lines], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "alias: faithful" in done.stdout
    assert np.load(tmp_path / "negatives.npy").shape == (1_000_000, 5)
    subprocess.run(["sh", "-ec", clean + end], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == [], "a reader runs the lines in the repository, where they leave files"


def with_examples() -> list[str]:
    """The modules of the library that show an example in a docstring."""
    shown = [path for path in (ROOT / "samplers").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8")]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in shown]
    return sorted(name.removesuffix(".__init__") for name in names)


@pytest.mark.parametrize("module", with_examples())
def test_docstring_examples_print_what_they_say(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


def test_readme_lists_the_built_in_strategies():
    listed = re.findall(r"^\| `(\w+)` \| \S", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == list(registry.BUILT_IN), "run `make lists`"


def test_the_reference_lists_every_public_name_once():
    tables = re.findall(r"\.\. autosummary::\n(?: +:.*\n)+\n((?: +[\w.]+\n)+)", read("docs/reference.md"))
    *library, of_torch, of_dask, strategies = [table.split() for table in tables]
    modules = [name for name in samplers.__all__ if isinstance(getattr(samplers, name), ModuleType)]
    of_modules = {f"{module}.{name}" for module in modules for name in getattr(samplers, module).__all__}
    again = {name for name in of_modules if name.partition(".")[2] in samplers.__all__}
    listed = [name for table in library for name in table]
    assert sorted(listed) == sorted({*samplers.__all__, *(of_modules - again)})
    assert strategies == list(registry.BUILT_IN)
    for package, listed in (("dask", of_dask), ("torch", of_torch)):
        pytest.importorskip(package)
        assert sorted(listed) == importlib.import_module(f"samplers.integrations.{package}").__all__


@pytest.mark.parametrize(
    "page",
    [
        *PAGES,
        *RUN_ELSEWHERE,
        "docs/adding-a-section.md",
        "docs/reference.md",
        "docs/method.md",
        "docs/machines.md",
        "CHANGELOG.md",
    ],
)
def test_links_between_pages_lead_somewhere(page):
    path = ROOT / page
    links = re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text(encoding="utf-8"))
    for link in links:
        assert (path.parent / link).exists(), f"{page} links to {link}"
    assert page != "README.md" or links


@pytest.mark.parametrize("page", [*PAGES, *RUN_ELSEWHERE, "docs/method.md", "docs/machines.md"])
def test_links_to_a_section_lead_to_its_heading(page):
    path = ROOT / page
    text = path.read_text(encoding="utf-8")
    for target, section in re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", text):
        headings = re.findall(
            r"^#+ (.*)$", (path.parent / target if target else path).read_text(encoding="utf-8"), re.M
        )
        # As GitHub makes an anchor of a heading.
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert section in anchors, f"{page} links to {target}#{section}"


def test_the_page_on_choosing_copies_no_measured_figure():
    text = re.sub(r"```.*?```", "", read("docs/choosing.md"), flags=re.DOTALL)
    assert "REPORT.md" in text
    assert re.findall(r"[\d.,]+ ?(?:ns|us|ms|s|kB|MB|GB|%|times)\b", text) == []


@pytest.mark.parametrize("page", ["README.md", "docs/choosing.md"])
def test_the_first_example_is_five_lines_from_counts_to_the_recommended_samplers_ids(page):
    first = re.search(r"```python\n(.*?)```", read(page), re.DOTALL)
    assert first
    assert len([line for line in first[1].splitlines() if line]) == 5
    made: dict[str, Any] = {}
    exec(first[1], made)
    counts, sampler, negatives = made["counts"], made["sampler"], made["negatives"]
    rows, k = negatives.shape
    assert sampler.name == samplers.recommend(counts, rows=rows, k=k).name
    np.testing.assert_array_equal(sampler.noise.counts, list(counts.values()))
    assert sampler.noise.exponent == 0.75
    assert negatives.dtype == np.int64
    assert set(np.unique(negatives)) <= set(range(len(counts)))
    if "exclude=" in first[1]:
        assert not (negatives == np.array(made["positives"])[:, None]).any()


def test_the_method_page_states_the_sizes_of_the_real_vocabularies():
    text = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    for name in ("english", "korean"):
        assert f"{len(WORKLOADS[name].counts()):,}" in text


def test_readme_names_only_commands_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_the_version_is_that_of_the_package():
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", samplers.__version__)


def test_the_method_page_states_how_far_gensims_table_is_from_the_english_target():
    noise = WORKLOADS["english"].noise()
    table = samplers.create("cum_table", noise).implied_probabilities()
    p = noise.probabilities
    text = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    assert f"{abs(table - p).sum() / 2:.1e}".replace("e-0", "e-") in text
    draws = noncentrality(len(p) - 1) / ((table - p) ** 2 / p).sum()
    assert f"{draws:.0e}".replace("e+", "e") in text
