"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def release() -> Path:
    """The paper's release, read in place; skipped with a reason where it is not at hand."""
    named = os.environ.get("ARTIFACT_RELEASE")
    if named and Path(named).is_dir():
        return Path(named).resolve()
    reason = "the paper's release is not at hand: set ARTIFACT_RELEASE to its folder"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
