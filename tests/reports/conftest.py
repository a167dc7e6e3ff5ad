# SPDX-License-Identifier: MIT
"""Small inputs in files, and the report of them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text

from benchmarks import documents
from tests.reports.asv_document import COLUMNS, COMMIT, PYTHON, asv_results
from tests.reports.documents import (
    claims_document,
    experiments_document,
    fidelity_document,
    instructions_document,
    matrix_document,
    neighbours_document,
    prices_document,
    quality_document,
    questions_document,
    regions_document,
    regret_document,
    roofline_document,
    share_document,
    strata_document,
)

# The documents that may be missing, by the field of `Inputs`.
OPTIONAL = {
    "claims": documents.CLAIMS,
    "regions": documents.REGIONS,
    "regret": documents.REGRET,
    "prices": documents.PRICES,
    "neighbours": documents.NEIGHBOURS,
    "share": documents.SHARE,
    "quality": documents.QUALITY,
    "matrix": documents.MATRIX,
    "experiments": documents.LAB,
    "instructions": documents.INSTRUCTIONS,
    "roofline": documents.ROOFLINE,
    "strata": documents.STRATA,
}


@dataclass
class Inputs:
    """Where the inputs of a test lie, and what is in them; ``save`` after a change."""

    root: Path
    run: dict[str, Any]
    fidelity: dict[str, Any]
    claims: dict[str, Any]
    regions: dict[str, Any]
    regret: dict[str, Any]
    prices: dict[str, Any]
    neighbours: dict[str, Any]
    share: dict[str, Any]
    quality: dict[str, Any]
    matrix: dict[str, Any]
    experiments: dict[str, Any]
    instructions: dict[str, Any]
    roofline: dict[str, Any]
    strata: dict[str, Any]

    @property
    def arguments(self) -> list[str]:
        """For the command line."""
        paths = {"documents": self.root, "machines": self.root / "machines", "out": self.root / "out"}
        return [text for option, path in paths.items() for text in (f"--{option}", str(path))]

    def save(self, name: str = f"{COMMIT[:8]}-existing-py_home_someone_bin_python.json") -> None:
        """Write all inputs; the name of the result file is that of asv."""
        folder = self.root / "results" / "secret-host"
        folder.mkdir(parents=True, exist_ok=True)
        machine = {"machine": "secret-host", "cpu": "another CPU", "num_cpu": "2", "ram": "25276502016", "os": "Linux"}
        (folder / "machine.json").write_text(json.dumps(machine))
        (folder / name).write_text(json.dumps(self.run))
        known = {key: {"version": "1", "name": key} for key in self.run["results"]} | {"version": 2}
        (self.root / "results" / "benchmarks.json").write_text(json.dumps(known))
        (self.root / "fidelity.json").write_text(json.dumps(self.fidelity))
        (self.root / "machines").mkdir(exist_ok=True)
        (self.root / "questions.json").write_text(json.dumps(questions_document()))
        for field, document in OPTIONAL.items():
            text = json.dumps(getattr(self, field), allow_nan=False)
            (self.root / document.path.name).write_text(text)


def write_inputs(root: Path) -> Inputs:
    """Inputs in a folder."""
    run = {
        "commit_hash": COMMIT,
        "date": 1_795_000_000_000,
        "env_name": "existing-py_home_someone_bin_python",
        "params": {"machine": "secret-host", "python": PYTHON},
        "python": PYTHON,
        "requirements": {},
        "env_vars": {},
        "result_columns": COLUMNS,
        "results": asv_results(),
        "durations": {},
        "version": 2,
    }
    contents = (
        fidelity_document(),
        claims_document(),
        regions_document(),
        regret_document(),
        prices_document(),
        neighbours_document(),
        share_document(),
        quality_document(),
        matrix_document(),
        experiments_document(),
        instructions_document(),
        roofline_document(),
        strata_document(),
    )
    inputs = Inputs(root, run, *contents)
    inputs.save()
    return inputs


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Fresh inputs."""
    return write_inputs(tmp_path)


@pytest.fixture
def load_report(inputs: Inputs) -> Callable[[], Any]:
    """Reads the inputs as they are now."""
    from reports.analysis import analyse
    from reports.load import load

    def read() -> Any:
        inputs.save()
        paths = {name: inputs.root / f"{name}.json" for name in documents.DOCUMENTS}
        return analyse(load(inputs.root / "results", paths, "make report", machines=inputs.root / "machines"))

    return read


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of words and tables, for tests that look at nothing else: drawing takes seconds."""
    monkeypatch.setattr("reports.page.pictures", lambda report: [])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inputs, a finished report of them in ``out``, and the words of its figures in ``words.json``.

    It takes 12 seconds. The processes of pytest-xdist share it: the first one makes it, the others wait for the lock,
    which a process that dies gives back.
    """
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root) / "shared report"
    root.mkdir(exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "words.json").exists():
            make_report(root)
    return root


def make_report(root: Path) -> None:
    """Write the report, and then the words in and around its figures."""
    from reports import page
    from reports.__main__ import main

    words: dict[str, list[str]] = {}
    draw = page.pictures

    def noted(report: Any) -> list[Any]:
        found = draw(report)
        for picture in found:
            texts = [text.get_text() for text in picture.figure.findobj(Text)]
            words[picture.name] = [*texts, picture.title, picture.alt, picture.caption]
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "pictures", noted)
        assert main(write_inputs(root).arguments) == 0
    (root / "words.json").write_text(json.dumps(words), encoding="utf-8")


@pytest.fixture(scope="session")
def published(shared: Path) -> Path:
    """The folder of a finished report; tests only read it."""
    return shared / "out"


@pytest.fixture(scope="session")
def words_of_figures(shared: Path) -> dict[str, list[str]]:
    """Every text in each figure of the report, and its title, alternative text and caption."""
    found: dict[str, list[str]] = json.loads((shared / "words.json").read_text(encoding="utf-8"))
    return found
