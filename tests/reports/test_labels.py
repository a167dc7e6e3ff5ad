# SPDX-License-Identifier: MIT
"""A reader sees how a sampler is created, never the name under which its measurements are stored.

``one_call`` of the inputs is a variant: ``loop, calls=1``.
"""

from __future__ import annotations

import json
import re
import shutil

import pytest

from benchmarks.checks import Sampler, reworded
from reports.__main__ import main
from reports.units import listed
from reports.verdict import verdict
from tests.reports.asv_document import VARIANTS

KEYS = re.compile(rf"(?<!\w)(?:{'|'.join(VARIANTS)})(?!\w)")
LABELS = [label for _, _, label in VARIANTS.values()]


def check(text: str, what: str) -> None:
    """The label is there, and the name is not."""
    found = KEYS.search(text)
    assert not found, f"{what}: ...{text[max(0, found.start() - 80) : found.end() + 80]}..."
    for label in LABELS:
        assert label in text, what


@pytest.mark.parametrize("name", ["index.html", "REPORT.md"])
def test_the_pages_show_labels(published, name):
    check((published / name).read_text("utf-8"), name)


def test_the_words_of_the_summary_show_labels_and_its_keys_are_names(published):
    summary = json.loads((published / "summary.json").read_text("utf-8"))
    check(json.dumps([summary["verdict"], summary["pictures"]]), "summary.json")
    samplers = {sampler["name"]: sampler for sampler in summary["samplers"]}
    for name, (strategy, options, label) in VARIANTS.items():
        assert name in summary["ratios"]
        about = samplers[name]
        assert (about["label"], about["variant_of"], about["options"]) == (label, strategy, options)
    assert samplers["tower"]["label"] == "tower"


def test_every_figure_shows_labels(words_of_figures):
    shown = {name for name, words in words_of_figures.items() if LABELS[0] in "\n".join(words)}
    # post004, quality and strata show methods and laws and no samplers, and throughput draws with replacement.
    assert shown == set(words_of_figures) - {"post004", "quality", "strata", "throughput"}
    for name, words in words_of_figures.items():
        assert not KEYS.search("\n".join(words)), name


def test_the_terminal_shows_labels(load_report, inputs, capsys, without_figures):
    check(verdict(load_report()).text(), "verdict")
    assert main(inputs.arguments) == 0
    check(capsys.readouterr().out, "python -m reports")


def test_the_section_of_the_readme_shows_labels(published, tmp_path):
    shutil.copytree(published, tmp_path / "latest")
    readme = tmp_path / "README.md"
    readme.write_text("<!-- report:begin --><!-- report:end -->", encoding="utf-8")
    assert main(["readme", "--report", str(tmp_path / "latest"), "--readme", str(readme)]) == 0
    check(readme.read_text("utf-8"), "README.md")


def test_a_comparison_of_two_reports_shows_labels_and_its_json_names(published, capsys):
    folder = str(published)
    assert main(["diff", folder, folder, "--all"]) == 0
    check(capsys.readouterr().out, "diff")
    assert main(["diff", folder, folder, "--json"]) == 0
    assert {"one_call", "loop"} <= {result["of"] for result in json.loads(capsys.readouterr().out)["results"]}


def test_a_new_failure_of_a_variant_is_told_by_its_label(published, tmp_path, capsys):
    summary = json.loads((published / "summary.json").read_text("utf-8"))
    next(s for s in summary["samplers"] if s["name"] == "one_call")["status"] = "fail"
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    assert main(["diff", str(published), str(tmp_path)]) == 1
    assert "loop, calls=1 passed its fidelity checks in A and FAILS in B." in capsys.readouterr().out


def test_an_error_of_a_variant_is_told_by_its_label(inputs, load_report):
    for result in inputs.fidelity["results"]:
        if result["sampler"] == "one_call" and result["workload"] == "flat":
            result |= {"passed": False, "error": "ValueError: one_call: a matrix of one_call does not fit", "tests": []}
    (found,) = [c for c in load_report().checks if c.sampler == "one_call" and c.workload == "flat"]
    assert found.error == "ValueError: a matrix of loop, calls=1 does not fit"
    assert found.reason == "a matrix of loop, calls=1 does not fit"
    variant = Sampler("spectrum_distinct", "spectrum, replacement=False", "spectrum", {"replacement": False})
    refused = "UnsuitableNoiseError: spectrum: the weights hardly repeat; 'alias' is for them"
    assert reworded(refused, variant) == "UnsuitableNoiseError: the weights hardly repeat; 'alias' is for them"
    assert reworded(None, variant) is None


def test_an_older_report_is_compared_by_names(published, tmp_path, capsys):
    summary = json.loads((published / "summary.json").read_text("utf-8"))
    for sampler in summary["samplers"]:
        for key in ("label", "variant_of", "options"):
            del sampler[key]
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    assert main(["diff", str(tmp_path), str(tmp_path), "--all"]) == 0
    assert "one_call" in capsys.readouterr().out


def test_lists_of_labels_can_be_read():
    assert listed(["`a, x=1`", "`b`", "`c`"]) == "`a, x=1`, `b` and `c`"
    assert listed(["a, x=1", "b", "c"]) == "a, x=1; b and c"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a, x=1"]) == "a, x=1"
