# SPDX-License-Identifier: MIT
"""The sections of the report that have a file each, in the order of the page; see docs/adding-a-section.md.

They come after the first screen, and before the section on how the report was made (`reports.about`).
"""

from importlib import import_module

from .section import Section

NAMES = (
    # A name a line, so that a new section adds a line and changes none.
    "verdict",
    "regions",
    "all_samplers",
    "sizes",
    "roofline",
    "instructions",
    "promises",
    "errors",
    "costs",
    "settings",
    "faithful",
    "same_ids",
    "cold",
    "share",
    "quality",
    "strata",
    "prices",
    "neighbours",
    "machines",
    "post004",
    "experiments",
)
SECTIONS: tuple[Section, ...] = tuple(import_module(f"{__name__}.{name}").SECTION for name in NAMES)
