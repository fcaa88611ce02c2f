"""What the notebooks' prose asks for, read from the notebooks themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


@pytest.fixture
def glued() -> Callable[[str], set[str]]:
    """Section -> the keys that the prose of its notebook glues."""

    def keys(section: str) -> set[str]:
        notebook = nbformat.read(NOTEBOOKS / f"{section}.ipynb", as_version=4)
        prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        return set(re.findall(r"\{glue:text\}`([^`]+)`", prose))

    return keys
