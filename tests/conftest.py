"""What holds for every test."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """What goes wrong in a widget's callback is raised, not only shown."""
    monkeypatch.setenv("CCDYN_STRICT", "1")
