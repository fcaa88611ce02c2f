"""The study's rooms build on each other in one direction, as the package's docstring says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from artifact import study

FOLDER = Path(study.__file__).parent
BUILDS_ON = {
    room: set(re.findall(r"\w+", others)) - {"and"}
    for room, others in re.findall(
        r"^(\w+)  [^;\n]*(?:; builds on (.*))?$", study.__doc__ or "", re.MULTILINE
    )
}
"""The rooms that each room may import from, besides itself."""


def imported_rooms(path: Path) -> set[str]:
    """The study's rooms that a module imports from, in functions and for types too."""
    modules = {
        node.module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    return {m.split(".")[2] for m in modules if m.startswith("artifact.study.")}


def test_the_docstring_names_every_room() -> None:
    assert set(BUILDS_ON) == {path.parent.name for path in FOLDER.glob("*/__init__.py")}


@pytest.mark.parametrize("room", BUILDS_ON)
def test_a_room_imports_only_from_those_it_builds_on(room: str) -> None:
    modules = list((FOLDER / room).rglob("*.py"))
    assert modules
    for module in modules:
        assert imported_rooms(module) <= {room, *BUILDS_ON[room]}, module.name


def test_no_two_rooms_build_on_each_other() -> None:
    order = list(BUILDS_ON)
    assert all(
        order.index(other) < order.index(room)
        for room, others in BUILDS_ON.items()
        for other in others
    )
