# SPDX-License-Identifier: MIT
"""Every strategy that can be saved, and every kind of law."""

from __future__ import annotations

import pytest

import samplers
from tests.saving.files import SAVABLE, laws


@pytest.fixture(params=SAVABLE)
def name(request) -> str:
    return request.param


@pytest.fixture(params=list(laws()))
def law(request) -> samplers.Law:
    return laws()[request.param]
