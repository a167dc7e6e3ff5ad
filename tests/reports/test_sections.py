# SPDX-License-Identifier: MIT
"""Sections that are a file each: what every one of them must do, and the one that docs/adding-a-section.md adds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reports import page, summary
from reports.figures.style import Picture
from reports.page import code, markdown_text
from reports.sections import NAMES, SECTIONS
from reports.sections.section import Drawn, Heading, Pairs, Section, Shown, Text
from reports.tables import Cell, Column, Table

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "adding-a-section.md").read_text(encoding="utf-8")


def test_every_file_is_listed_once():
    files = {path.stem for path in (ROOT / "reports" / "sections").glob("*.py")} - {"__init__", "section"}
    assert sorted(NAMES) == sorted(files)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_a_section_stands_in_both_renderings_and_in_the_list_of_sections(section, published, load_report):
    report = load_report()  # of the same inputs
    page, markdown = ((published / name).read_text(encoding="utf-8") for name in ("index.html", "REPORT.md"))
    assert f"\n## {section.title}\n" in markdown
    assert f'<a href="#{section.key}">{section.link}</a>' in page
    assert f'<section id="{section.key}"' in page
    finding = section.finding(report)
    assert f"<h2>{code(finding)}</h2></summary>" in page
    assert f"\n**{markdown_text(finding)}**\n" in markdown
    for block in section.blocks:
        if isinstance(block, Shown):
            table = block.make(report)
            shown = table is not None and bool(table.rows) and block.only != "markdown"
            assert (f'<table class="sortable" id="{block.key}">' in page) == shown
        elif isinstance(block, Drawn):
            drawn = (published / "figures" / f"{block.name}.svg").exists()
            assert (f'<figure id="figure-{block.name}">' in page) == drawn
            assert (f"(figures/{block.name}.svg)" in markdown) == drawn


def test_no_two_elements_of_the_page_have_one_name(published):
    names = re.findall(r'<\w+[^>]* id="([^"]+)"', (published / "index.html").read_text(encoding="utf-8"))
    assert len(names) > 20
    assert sorted(set(names)) == sorted(names)


def test_the_summary_holds_what_a_section_records_beside_all_else(load_report, monkeypatch):
    report = load_report()
    found = summary.summary(report)
    recorded = {section.key: section.record(report) for section in SECTIONS if section.record is not None}
    assert {key: found[key] for key in recorded} == recorded
    monkeypatch.setattr(summary, "SECTIONS", ())
    assert summary.summary(report).keys() == found.keys() - recorded.keys()


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_a_section_without_data_is_shown_without_an_error(section, inputs, load_report):
    """Of a run that timed one sampler, which nobody checked."""
    almost_nothing(inputs)
    report = load_report()
    texts = [text for block in section.blocks if isinstance(block, Text) for text in block.paragraphs(report)]
    assert all([section.finding(report), *texts])
    assert len(section.pictures(report)) <= sum(isinstance(block, Drawn) for block in section.blocks)


def almost_nothing(inputs):
    inputs.run["results"] = {
        "bench_sample.Sample.time_sample": [[5.0e-3], [["'lone'"], ["'english'"], ["64"], ["5"]], "1"]
    }
    inputs.fidelity |= {"samplers": [], "workloads": [], "results": [], "mutants": [], "environment": {}}
    inputs.save()


def picture(name):
    return Picture(name, "title", "alt", "caption of the figure", "bench_a.A.time", Figure(figsize=(0.2, 0.2)), 100)


INVENTED = Section(
    key="invented",
    title="A <title> of | signs",
    link="Invented & linked",
    finding=lambda report: f"It has < {len(report.samplers)} samplers.",
    blocks=(
        Text("Words with `code`, <b> and |."),
        Heading("Under it"),
        Shown("rows", "What <rows> hold", lambda report: Table((Column("a"),), ((Cell("1 < 2"),),), ("note & more",))),
        Shown("none", "nothing", lambda report: None),
        Drawn("drawing", lambda report: picture("drawing")),
        Drawn("undrawn", lambda report: None),
        Text(lambda report: ["one paragraph", f"another of {len(report.samplers)}"]),
        Pairs("facts", lambda report: [("a <name>", "a `value`")]),
    ),
    wide=True,
)


@pytest.fixture
def invented(monkeypatch, load_report):
    """The files of a report with one section more."""
    for module in ("page", "summary"):
        monkeypatch.setattr(f"reports.{module}.SECTIONS", (SECTIONS[-1], INVENTED))  # few figures to draw
    report = load_report()
    files = page.rendered(report)
    return report, {name: data.decode("utf-8") for name, data in files.items()}


def test_each_kind_of_block_is_rendered_and_escaped_and_what_is_none_is_left_out(invented):
    report, files = invented
    html, markdown = files["index.html"], files["REPORT.md"]
    shown = html[html.index('<section id="invented" class="wide">') : html.index('<section id="about">')]
    for text in (
        '<span class="subject">A &lt;title&gt; of | signs</span>',
        f"<h2>It has &lt; {len(report.samplers)} samplers.</h2>",
        "<p>Words with <code>code</code>, &lt;b&gt; and |.</p>",
        "<h3>Under it</h3>",
        'aria-label="What &lt;rows&gt; hold"',
        "<span>1 &lt; 2</span>",
        "note &amp; more",
        '<figure id="figure-drawing">',
        "<p>one paragraph</p>",
        f"<p>another of {len(report.samplers)}</p>",
        "<div><dt>a &lt;name&gt;</dt><dd>a <code>value</code></dd></div>",
    ):
        assert text in shown, text
    assert "none" not in re.findall(r'id="([^"]+)"', shown)
    assert "undrawn" not in html + markdown
    assert '<a href="#invented">Invented &amp; linked</a> <a href="#about">' in html
    shown = markdown[markdown.index("## A \\<title\\> of \\| signs") : markdown.index("## How this was made")]
    lines = [line for line in shown.splitlines() if line]
    assert lines.pop(1) == f"**It has \\< {len(report.samplers)} samplers.**"
    assert lines[1:6] == ["Words with `code`, \\<b\\> and \\|.", "### Under it", "| a |", "| ---: |", "| 1 \\< 2 |"]
    assert lines[6:8] == ["note & more", "![alt](figures/drawing.svg)"]
    assert lines[9:] == ["one paragraph", f"another of {len(report.samplers)}", "- **a \\<name\\>:** a `value`"]
    assert "figures/drawing.svg" in files
    assert "invented" not in json.loads(files["summary.json"])  # it records nothing


def test_a_picture_of_another_name_is_an_error():
    section = Section("key", "title", "link", lambda report: "", (Drawn("one", lambda report: picture("other")),))
    with pytest.raises(ValueError, match=r"section 'key': the picture of Drawn\('one', \.\.\.\) has the name 'other'"):
        section.pictures(None)


@pytest.fixture
def tree(tmp_path):
    """What the report is made of, copied, with the section that the page adds.

    Whoever follows the page has it already, and may have other sections too.
    """
    folder = tmp_path / "copy"
    skipped = shutil.ignore_patterns(".*", "__pycache__", "published")
    for name in ("samplers", "benchmarks", "reports"):
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    (path,) = re.findall(r"It is the file `(reports/sections/\w+\.py)`", PAGE)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (folder / path).write_text(code, encoding="utf-8")
    (shown,) = re.findall(r"```diff\n(.*?)```", PAGE, re.DOTALL)
    lines = shown.splitlines()
    (added,) = (line[1:] for line in lines if line.startswith("+"))
    assert added.strip() == f'"{Path(path).stem}",'
    before, after = next((lines[i - 1][1:], lines[i + 1][1:]) for i, line in enumerate(lines) if line[0] == "+")
    listed = folder / "reports" / "sections" / "__init__.py"
    text = listed.read_text(encoding="utf-8")
    if f"{added}\n" not in text:
        names = re.search(r"^NAMES = \(\n(?: {4}[\"#].*\n)+\)\n", text, re.MULTILINE)
        assert names, f"{listed.name} has no NAMES of a name a line, as docs/adding-a-section.md shows it"
        assert f"{before}\n" in names[0], "docs/adding-a-section.md shows a name that the list does not have"
        listed.write_text(text.replace(names[0], f"{names[0][:-2]}{added}\n{after}\n"), encoding="utf-8")
    return folder


def test_the_section_of_the_page_is_one_file_and_one_line(tree, inputs):
    few = [name for name in inputs.run["results"] if "Sample.time_sample" in name]
    inputs.run["results"] = {name: inputs.run["results"][name] for name in few}  # fewer figures to draw
    inputs.save()
    command = [sys.executable, "-W", "error", "-m", "reports", *inputs.arguments]
    done = subprocess.run(command, cwd=tree, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    out = inputs.root / "out"
    html, markdown = ((out / name).read_text(encoding="utf-8") for name in ("index.html", "REPORT.md"))
    assert '<a href="#steadiness">Steadiness</a>' in html
    shown = markdown[
        markdown.index("\n## How steady the measurements are\n") : markdown.index("\n## How this was made")
    ]
    assert "| sampler | spread (largest over the workloads) |" in shown
    assert "`tower`" in shown
    assert "is the least steady" in shown
    assert "(figures/steadiness.svg)" in shown
    assert (out / "figures" / "steadiness.svg").stat().st_size > 10_000
    assert "nearer to 1 than their spreads" in html
    assert 'id="spreads"' in html


def test_the_code_of_the_page_passes_the_linter(tree):
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("ruff is not installed")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run([ruff, *words, "reports/sections"], cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
