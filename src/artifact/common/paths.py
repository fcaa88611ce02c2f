"""Where things are: every path starts at the project's root, never at the working directory."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(os.environ.get("ARTIFACT_ROOT") or Path(__file__).resolve().parents[3])
"""The checkout; set ARTIFACT_ROOT where the package is installed without its checkout."""

NOTEBOOKS = ROOT / "notebooks"
BOOK = ROOT / "book"
SECTIONS = BOOK / "sections"
RESULTS = ROOT / "results"
RUNS = ROOT / "runs"
REFERENCE = ROOT / "reference"
REFERENCE_RUNS = REFERENCE / "runs"
DATA = ROOT / "data"
BUILD = ROOT / "_build"
LOCK = ROOT / "requirements.lock"


def release_root() -> Path | None:
    """The paper's release if it is at hand: ARTIFACT_RELEASE, else what `data fetch` brought."""
    named = os.environ.get("ARTIFACT_RELEASE")
    if named:
        return Path(named).resolve()
    fetched = DATA / "release"
    return fetched if fetched.is_dir() else None
