# SPDX-License-Identifier: MIT
"""The sections of the report that have a file each, in the order of the page; see docs/adding-a-section.md.

They come after the sections of the templates, and before the section on how the report was made.
"""

from importlib import import_module

from .section import Section

NAMES = (
    # A name a line, so that a new section adds a line and changes none.
    "cold",
    "share",
    "quality",
    "prices",
    "neighbours",
    "post004",
)
SECTIONS: tuple[Section, ...] = tuple(import_module(f"{__name__}.{name}").SECTION for name in NAMES)
