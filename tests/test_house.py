"""The rules of the house, held against the tree itself: what is where, and who may know whom."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import artifact
from artifact import datasets

PACKAGE = Path(artifact.__file__).parent
TESTS = Path(__file__).parent
NOTEBOOKS = sorted((TESTS.parent / "notebooks").glob("*.ipynb"))
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
ROOMS = artifact.__doc__.rpartition(":")[2].strip(" .\n").replace("\n", " ").split(", ")
"""The rooms as the package's docstring lists them, from the top down."""

WITHOUT_MIRROR = {
    "datasets/dataset.py": "records and protocols without behaviour; test_registry holds every "
    "dataset against them",
    "datasets/release_records.py": "records and protocols without behaviour",
    "datasets/babi/lookalikes/vocabulary.py": "invented words; the generators' tests use them",
    "datasets/marco/lookalikes/attributes.py": "invented sentences; test_generate uses them",
    "study/analysis/findings.py": "records without behaviour; test_analysis fills them all",
    "study/analysis/undefined.py": "an exception that adds nothing to its base class",
}
"""Modules without a test file of their own, and why. So are packages' ``__init__``: they hold a
docstring, and in a dataset the record that test_registry holds against the others."""

KNOWS_A_DATASET = {
    "evaluation/faults/reach.py": "counts how far that dataset's own faults reach",
}
"""Modules outside a dataset's folder that import from inside it, and why."""

HEAVY = {"torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes"}
PRINTERS = {
    "cli/main.py": "the command line",
    "cli/training.py": "the command line",
    "cli/study.py": "the command line",
    "sft/progress.py": "tells how far a training is",
    "workflow/run.py": "says why a section runs, as it starts it",
    "workflow/lock.py": "warns where a file system has no locks, as the command starts",
    "workflow/execute.py": "runs in a process of its own, which the workflow starts",
    "study/collection/server.py": "says where it serves, for as long as it does",
}
"""Modules that print outside a function called main, and why."""

LONGEST_CELL = 15


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    """The room that a module stands in: the folder or file right below the package."""
    return module.partition("/")[0].removesuffix(".py")


def imported(node: ast.AST) -> list[str]:
    """Dotted names that one statement imports; what a package offers counts as a name below it."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def imports(module: str) -> Iterator[str]:
    """Every name that a module imports anywhere, in functions and for types only too."""
    for node in ast.walk(tree(module)):
        yield from imported(node)


def of_house(module: str) -> Iterator[str]:
    """The rooms that a module imports from."""
    for name in imports(module):
        if name.startswith("artifact."):
            yield name.split(".")[1]


def mirror(module: str) -> Path:
    path = TESTS / module
    return path.with_name(f"test_{path.name}")


def is_init(module: str) -> bool:
    return module.rpartition("/")[2] == "__init__.py"


def test_the_list_of_rooms_is_the_rooms_there_are() -> None:
    there = {room_of(module) for module in MODULES} - {"__init__"}
    assert len(ROOMS) == len(set(ROOMS))
    assert set(ROOMS) == there


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_above_it(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], "__version__"}
    wrong = {
        f"{module} imports {other}"
        for module in MODULES
        if room_of(module) == room
        for other in of_house(module)
        if other not in allowed
    }
    assert not wrong


def test_every_module_has_a_test_file_that_mirrors_it() -> None:
    without = {module for module in MODULES if not is_init(module) and not mirror(module).is_file()}
    assert without == set(WITHOUT_MIRROR)


def test_every_module_opens_with_the_idea_it_holds() -> None:
    assert [module for module in MODULES if not ast.get_docstring(tree(module))] == []


def test_the_heavy_libraries_of_training_stay_in_their_room() -> None:
    wrong = {
        f"{module} imports {name}"
        for module in MODULES
        if room_of(module) != "sft"
        for name in imports(module)
        if name.split(".")[0] in HEAVY
    }
    assert not wrong


def test_what_is_true_of_one_dataset_only_stays_in_its_folder() -> None:
    def folder(module: str) -> str:
        return "/".join(module.split("/")[:2]) if module.startswith("datasets/") else ""

    knowing = {
        module
        for module in MODULES
        for name in datasets.names()
        if folder(module) != f"datasets/{name}"
        and any(each.startswith(f"artifact.datasets.{name}.") for each in imports(module))
    }
    assert knowing == set(KNOWS_A_DATASET)


def test_only_the_command_line_and_what_runs_for_it_prints() -> None:
    wrong = {
        f"{module}, line {node.lineno}"
        for module in MODULES
        if module not in PRINTERS
        for node in _outside_main(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }
    assert not wrong


def _outside_main(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and all below it, but not a function called main: it is a command by itself."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.FunctionDef) and child.name == "main"):
            yield from _outside_main(child)


def test_no_module_asks_for_the_working_directory() -> None:
    wrong = {
        f"{module}, line {node.lineno}"
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and node.attr in ("cwd", "getcwd", "chdir")
    }
    assert not wrong


@cache
def cells(notebook: Path) -> list[dict[str, Any]]:
    content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return content["cells"]


def code(notebook: Path) -> list[str]:
    return ["".join(c["source"]) for c in cells(notebook) if c["cell_type"] == "code"]


def tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


def test_there_is_one_notebook_per_section_of_the_paper() -> None:
    names = [notebook.stem for notebook in NOTEBOOKS]
    assert names == ["decomposition", "sft_variants", "step_evaluation", "user_study"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_it_defines_nothing(self, notebook: Path) -> None:
        defined = [
            getattr(node, "name", "a lambda")
            for source in code(notebook)
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
        ]
        assert defined == []

    def test_its_cells_are_short(self, notebook: Path) -> None:
        long = [source for source in code(notebook) if len(source.splitlines()) > LONGEST_CELL]
        assert long == []

    def test_one_cell_holds_the_parameters_and_only_assigns(self, notebook: Path) -> None:
        tagged = [cell for cell in cells(notebook) if "parameters" in tags(cell)]
        assert len(tagged) == 1
        assert tagged[0]["cell_type"] == "code"
        body = ast.parse("".join(tagged[0]["source"])).body
        assert body
        assert all(isinstance(statement, ast.Assign) for statement in body)

    def test_it_is_committed_without_outputs(self, notebook: Path) -> None:
        assert all(
            cell["outputs"] == [] and cell["execution_count"] is None
            for cell in cells(notebook)
            if cell["cell_type"] == "code"
        )

    def test_it_opens_with_its_title(self, notebook: Path) -> None:
        first = cells(notebook)[0]
        assert first["cell_type"] == "markdown"
        assert "".join(first["source"]).startswith("# ")
