# SPDX-License-Identifier: MIT
"""The sections of the report that are a file each, in the order of the page; docs/adding-a-section.md adds one.

They stand behind the sections of the templates, and before how the report was made.
"""

from importlib import import_module

from .section import Section

NAMES = ("post004",)
SECTIONS: tuple[Section, ...] = tuple(import_module(f"{__name__}.{name}").SECTION for name in NAMES)
