# SPDX-License-Identifier: MIT
"""Small inputs in files, and the report of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.reports.asv_document import COLUMNS, COMMIT, PYTHON, asv_results
from tests.reports.documents import claims_document, fidelity_document, regions_document, regret_document


@dataclass
class Inputs:
    """Where the inputs of a test lie, and what is in them; ``save`` after a change."""

    root: Path
    run: dict[str, Any]
    fidelity: dict[str, Any]
    claims: dict[str, Any]
    regions: dict[str, Any]
    regret: dict[str, Any]

    @property
    def arguments(self) -> list[str]:
        """For the command line."""
        names = {
            "asv-dir": "results",
            "fidelity": "fidelity.json",
            "claims": "claims.json",
            "regions": "regions.json",
            "regret": "regret.json",
            "out": "out",
        }
        return [text for option, name in names.items() for text in (f"--{option}", str(self.root / name))]

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
        for name in ("claims", "regions", "regret"):
            (self.root / f"{name}.json").write_text(json.dumps(getattr(self, name), allow_nan=False))


def write_inputs(root: Path) -> Inputs:
    """Inputs in a folder."""
    run = {
        "commit_hash": COMMIT, "date": 1_795_000_000_000, "env_name": "existing-py_home_someone_bin_python",
        "params": {"machine": "secret-host", "python": PYTHON}, "python": PYTHON,
        "requirements": {}, "env_vars": {}, "result_columns": COLUMNS, "results": asv_results(),
        "durations": {}, "version": 2,
    }  # fmt: skip
    inputs = Inputs(root, run, fidelity_document(), claims_document(), regions_document(), regret_document())
    inputs.save()
    return inputs


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Fresh inputs."""
    return write_inputs(tmp_path)


@pytest.fixture
def load_report(inputs: Inputs) -> Callable[[], Any]:
    """Reads the inputs as they are now."""
    from reports.load import load

    def read() -> Any:
        inputs.save()
        paths = inputs.root / "results", inputs.root / "fidelity.json"
        others = {name: inputs.root / f"{name}.json" for name in ("claims", "regions", "regret")}
        return load(*paths, "make report", **others)

    return read


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of words and tables, for tests that look at nothing else: drawing takes seconds."""
    monkeypatch.setattr("reports.figures.pictures", lambda report: [])


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished report; tests only read it."""
    from reports.__main__ import main

    inputs = write_inputs(tmp_path_factory.mktemp("report"))
    assert main(inputs.arguments) == 0
    return inputs.root / "out"
