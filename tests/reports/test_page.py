# SPDX-License-Identifier: MIT
"""What the report writes."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from benchmarks.documents import QUALITY, SHARE, STRATA
from reports.__main__ import main
from reports.sections import SECTIONS
from reports.sections.section import Drawn

DRAWN = {"ranking", "regions", "throughput", "pareto", "costs", "breakeven", "scaling", "ranks", "inclusion", "post004"}
MAY_BE_DRAWN = {block.name for section in SECTIONS for block in section.blocks if isinstance(block, Drawn)}


class Elements(HTMLParser):
    """Every element with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(published):
    return (published / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def markdown(published):
    return (published / "REPORT.md").read_text(encoding="utf-8")


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_every_file_is_there(published):
    names = {str(p.relative_to(published)) for p in published.rglob("*") if p.is_file()}
    figures = {name for name in names if name.startswith("figures/")}
    assert names - figures == {"index.html", "REPORT.md", "summary.json"}
    drawn = {name.removeprefix("figures/").removesuffix(".svg") for name in figures}
    assert DRAWN <= drawn <= DRAWN | MAY_BE_DRAWN
    assert (published / "index.html").stat().st_size < 3_000_000


def test_two_runs_give_the_same_bytes(published, inputs):
    assert main(inputs.arguments) == 0
    for path in sorted(p for p in published.rglob("*") if p.is_file()):
        assert (inputs.root / "out" / path.relative_to(published)).read_bytes() == path.read_bytes(), path.name


def test_the_page_asks_the_network_for_nothing(page):
    for tag, attributes in Elements(page).found:
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name) or ""
            assert not re.match(r"(?i)\s*(https?:|//|ftp:)", value), (tag, value[:80])
    outside = re.sub(r"data:image/svg[^\"]+", "", page)
    assert not re.search(r"(?i)url\(|@import|fetch\(|XMLHttpRequest", outside)
    for image in re.findall(r"data:image/svg\+xml,([^\"]+)", page):
        targets = re.findall(r"(?:href=|url\()['\"]?([^'\")]+)", unquote(image))
        assert targets
        assert all(target.startswith("#") for target in targets)


def test_every_image_has_a_text_and_is_embedded(page, published):
    images = [attributes for tag, attributes in Elements(page).found if tag == "img"]
    assert len(images) == len(list((published / "figures").iterdir()))
    for image in images:
        source = image["src"].removeprefix("data:image/svg+xml,")
        assert ElementTree.fromstring(unquote(source)).tag == "{http://www.w3.org/2000/svg}svg"
        assert len(image["alt"]) > 40


def test_names_of_hosts_users_and_paths_stay_behind(published):
    for path in published.rglob("*"):
        if path.is_file():
            assert not re.search(rb"secret-host|someone|existing-py", path.read_bytes()), path.name


def test_text_from_the_inputs_is_escaped(page):
    assert "<b>weights</b>" not in page
    assert html.escape("ValueError: <b>weights</b> | none") in page


def test_skipped_samplers_show_their_reason(page, markdown):
    assert "skipped: no <GPU> | here" in Elements(page).text
    assert r"skipped: no \<GPU\> \| here" in markdown


def test_what_was_not_measured_is_a_dash(page):
    assert ">–<" in page
    choices = '<option value="none">none</option>'  # of the form, whose user excludes nothing
    assert page.count(choices) == 1
    assert not re.search(r"(?i)>(nan|none|inf)\b", page.replace(choices, ""))


def test_markdown_tables_are_whole(markdown):
    lines = markdown.splitlines()
    heads = [i for i, line in enumerate(lines) if re.fullmatch(r"\|( -+:? \|)+", line)]
    assert len(heads) >= 5
    for head in heads:
        columns = lines[head].count("|")
        rows = [head - 1, *range(head + 1, len(lines))]
        for i in rows:
            if not lines[i].startswith("|"):
                assert i > head + 1
                break
            assert len(re.findall(r"(?<!\\)\|", lines[i])) == columns, lines[i]


def test_markdown_links_to_figures_that_exist(markdown, published):
    links = re.findall(r"!\[[^\n]+\]\(([^)]+)\)", markdown)
    assert sorted(links) == sorted(f"figures/{path.name}" for path in (published / "figures").iterdir())


def test_names_in_the_words_of_markdown_are_code_without_escapes(markdown):
    assert "`zipf_1e6`" in markdown
    assert r"`zipf\_1e6`" not in markdown


def test_the_summary_is_strict_json_with_what_the_page_shows(published):
    summary = strict((published / "summary.json").read_text(encoding="utf-8"))
    assert (summary["schema"], summary["schema_version"]) == ("samplers/report", 5)
    tower = next(s for s in summary["samplers"] if s["name"] == "tower")
    assert tower["speed"]["zipf_1e2"]["ns_per_id"] == pytest.approx(9.0)
    assert tower["status"] == "pass"
    won = {(w["workload"], w["replacement"]): w["sampler"] for w in summary["winners"]}
    assert won["english", True] == "stranger"
    schema = (Path(main.__code__.co_filename).parent / "schema.md").read_text(encoding="utf-8")
    missing = [key for key in summary if f"`{key}`" not in schema]
    assert not missing


def test_the_kernels_that_ran_are_told(page, markdown, published):
    assert "avx512\u00a0kernels" in Elements(page).text
    assert "- **kernels:** avx512" in markdown
    assert strict((published / "summary.json").read_text("utf-8"))["origin"]["environment"]["simd"] == "avx512"


def test_a_figure_from_two_benchmarks_names_both(markdown):
    assert "- **throughput:** `.venv/bin/asv run --environment existing" in markdown
    assert '--bench "bench_sample.Sample|bench_limit.Limit"`' in markdown
    assert '--bench "bench_build.Build"`' in markdown


def test_post_004_is_shown_with_its_published_times(page, markdown):
    for text in (Elements(page).text, markdown):
        assert all(published in text for published in ("0.707 s", "0.006 s", "0.037 s"))
        assert "57 times" in text  # 0.16 / 0.0028
        assert "The post assumed that the inclusion probability of an id in a row of k is k · p, but it is not" in text


def test_a_quick_run_with_almost_nothing_still_makes_a_page(inputs):
    keep = "bench_sample.Sample.time_sample"
    inputs.run["results"] = {keep: [[5.0e-3], [["'lone'"], ["'english'"], ["64"], ["5"]], "1"]}
    inputs.fidelity |= {"samplers": [], "workloads": [], "results": [], "mutants": [], "machine": {}}
    inputs.save()
    for document in (SHARE, QUALITY, STRATA):
        (inputs.root / document.path.name).unlink()
    assert main(inputs.arguments) == 0
    page = (inputs.root / "out" / "index.html").read_text(encoding="utf-8")
    assert "lone" in page
    assert "there is no winner" in page
    assert [p.stem for p in sorted((inputs.root / "out" / "figures").glob("*.svg"))] == ["ranking"]


def test_the_terminal_ends_with_the_verdict_and_the_page(inputs, capsys, without_figures):
    assert main(inputs.arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("stranger is the fastest faithful sampler")
    assert lines[-1] == str((inputs.root / "out" / "index.html").resolve())
