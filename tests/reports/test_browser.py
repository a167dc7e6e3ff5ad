# SPDX-License-Identifier: MIT
"""The page in a real browser, where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PROBE = """
<script>
const errors = [];
addEventListener("error", event => errors.push(event.message || "a resource did not load"), true);
addEventListener("load", () => {
  const sort = (column, table = "overview") => {
    document.querySelectorAll(`#${table} thead button`)[column].click();
    const rows = [...document.querySelectorAll(`#${table} tbody tr`)];
    return rows.map(row => row.cells[0].firstChild.textContent);
  };
  const heads = [...document.querySelectorAll("#matrix thead th")];
  const boxes = [...document.querySelectorAll(".scroll, .card")];
  const found = {
    height: document.documentElement.scrollHeight,
    width: innerWidth,
    scroll: document.scrollingElement.scrollWidth,
    images: [...document.images].map(image => image.complete && image.naturalWidth > 0),
    requests: performance.getEntriesByType("resource").map(r => r.name).filter(n => !n.startsWith("data:")),
    ascending: sort(2), descending: sort(2), errors,
    matrix: sort(heads.findIndex(head => head.textContent === "cheat"), "matrix"),
    tables: [...document.querySelectorAll("table.sortable")].map(table => table.id),
    outside: boxes.filter(box => box.getBoundingClientRect().right > innerWidth).length,
    room: heads[0].closest(".scroll").scrollWidth - heads[0].closest(".scroll").clientWidth,
    upright: heads[1].getBoundingClientRect().width < heads[1].getBoundingClientRect().height,
  };
  // The sign of a box that scrolls comes when the box is laid out.
  document.querySelectorAll("details").forEach(part => { part.open = true; });
  const wide = box => box.scrollWidth > box.clientWidth + 1;
  const unsigned = () => boxes.filter(box => wide(box) !== box.classList.contains("more")).map(box => box.ariaLabel);
  const post = () => parent.postMessage(JSON.stringify({
    ...found,
    opened: document.documentElement.scrollHeight,
    wide: boxes.filter(wide).length,
    unsigned: unsigned(),
  }), "*");
  let turns = 40;  // a busy machine lays out later
  const wait = () => (--turns && unsigned().length ? setTimeout(wait, 100) : post());
  setTimeout(wait, 300);
});
</script>
"""
# The old headless mode does not go below 500 px: a frame does.
WRAPPER = """<!doctype html><pre id="result"></pre>
<script>
addEventListener("message", event => {{ document.getElementById("result").textContent = event.data; }});
</script>
<iframe src="probed.html" style="width: {width}px; height: 900px; border: 0"></iframe>
"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_fits_loads_and_sorts(published, tmp_path, width):
    page = (published / "index.html").read_text(encoding="utf-8")
    (tmp_path / "probed.html").write_text(page.replace("<head>", "<head>" + PROBE, 1), encoding="utf-8")
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(WRAPPER.format(width=width), encoding="utf-8")
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1500,1000",
        "--virtual-time-budget=5000",
        "--dump-dom",
        wrapper.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    match = re.search(r'<pre id="result">(.+?)</pre>', done.stdout, re.DOTALL)
    assert match, done.stderr[-2000:]
    result = json.loads(match[1])
    assert result["errors"] == []
    assert result["requests"] == []
    assert result["images"] == [True] * len(list((published / "figures").iterdir()))
    assert result["width"] == width
    assert result["scroll"] <= result["width"]
    # The fastest first, and what has no number last in both directions.
    assert result["ascending"][0] == "cheat"
    assert result["descending"][0] in ("loop", "loop, calls=1")
    assert result["ascending"][-1] == result["descending"][-1] == "gpu"
    # What the sampler fails comes first; headings stand on end, and a phone scrolls the table, not the page.
    assert result["matrix"][0] == "chi-square"
    assert {"grid", "regrets", "worst", "means", "wins", "plans", "axis-rows", "axis-large"} <= set(result["tables"])
    assert {"matrix", "failures", "gate", "audit", "broken", "tests"} <= set(result["tables"])
    assert result["outside"] == 0
    assert result["upright"]
    assert (result["room"] > 0) is (width == 390)
    assert result["height"] < (6 * 900 if width == 1400 else 9 * 844)  # screens, folded
    assert result["opened"] > 2 * result["height"]
    assert result["unsigned"] == []
    assert result["wide"] > 0
