# SPDX-License-Identifier: MIT
"""How `make docs` builds the pages: Sphinx over the Markdown of the whole repository, and over the docstrings.

The source folder is the root of the repository (``sphinx-build --conf-dir docs . build/docs``). So the links between
README.md, CHANGELOG.md, docs/ and the published report are the same here and where the repository is read as files.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

import samplers

ROOT = Path(__file__).resolve().parent.parent

project = "negative-samplers"
author = "The negative-samplers developers"
copyright = author
version = release = samplers.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode"]
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**", "reports/published/latest/REPORT.md"]
exclude_patterns = ["docs/templates", ".*", "build", "tests", "benchmarks", "samplers"]
templates_path = [str(ROOT / "docs/templates")]  # autosummary takes it as below the source folder, html as below docs/

# An unpacked source distribution lacks the published report (7 MB): there, links to it lead nowhere.
suppress_warnings = ["myst.xref_missing", "image.not_readable", "toc.not_readable"]
if (ROOT / "reports/published/latest").exists():
    suppress_warnings = []

# Anchors as GitHub makes them, since the pages link to headings of each other.
myst_heading_anchors = 4

# `name` in a docstring is a link. Every one of them has to lead somewhere.
default_role = "py:obj"
nitpicky = True
NOT_OURS = ("abc.ABC", "Exception", "UserWarning", "ValueError", "object", "tuple")
NOT_OURS += ("torch.utils.data.dataset.Dataset", "torch.utils.data.sampler.Sampler")
nitpick_ignore = [("py:class", name) for name in NOT_OURS]  # bases of classes: no inventory of Python is downloaded

autosummary_generate = True
autodoc_typehints = "none"  # types stand in the docstrings, with shapes
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False  # the templates list the members, with their docstrings

html_theme = "furo"
html_title = "negative-samplers"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sphinx = False


def show_public_bases(app: object, name: str, public: type, options: object, bases: list[type]) -> None:
    """A base class that is not public is shown as what it derives from."""
    bases[:] = [above for base in bases for above in _public(base)]


def _public(base: type) -> list[type]:
    ours = base.__module__.partition(".")[0] == "samplers"
    if not ours or getattr(samplers, base.__name__, None) is base or "strategies" in base.__module__:
        return [base]
    return [above for bases in base.__bases__ for above in _public(bases)]


def find_source_of_cython(app: Sphinx, module: str) -> tuple[str, dict[str, tuple[str, int, int]]] | None:
    """The text of a module in Cython, and the first and last line of each class; None leaves other modules to Sphinx.

    Sphinx cannot read Cython. Without this, the list of sources links to pages that do not exist.
    """
    path = ROOT / (module.replace(".", "/") + ".pyx")
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    starts = {name[1]: text.count("\n", 0, name.start()) + 1 for name in re.finditer(r"^class (\w+)", text, re.M)}
    return text, {name: ("class", start, lines) for name, start in starts.items()}


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("autodoc-process-bases", show_public_bases)
    app.connect("viewcode-find-source", find_source_of_cython)
