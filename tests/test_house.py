"""The rules of the house, held against the tree itself: what is where, and who may know whom."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import artifact
from artifact import datasets
from artifact.workflow.sections import SECTIONS

PACKAGE = Path(artifact.__file__).parent
TESTS = Path(__file__).parent
NOTEBOOKS = sorted((TESTS.parent / "notebooks").glob("*.ipynb"))
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
ROOMS = artifact.__doc__.rpartition(":")[2].strip(" .\n").replace("\n", " ").split(", ")
"""The rooms as the package's docstring lists them, from the top down."""

BESIDE = ("evaluation", "study")
"""Rooms that stand beside each other: neither imports anything of the other."""

ENTRIES, ROOMY = (
    10,
    {
        "book": "a file for each check of the pages, how they are built, and what they show",
        "common": "reading, writing and naming what every room uses, a file for each",
        "datasets": "what the datasets share, beside one folder each",
        "datasets/babi": "two families of tasks, each with its generator, solver and wording",
        "evaluation": "scoring of answers and of steps, as released and strictly, and our own runs",
        "sft": "training, answering and forcing traces, and what a run is made of",
        "study/page/site": "files that a browser loads",
        "workflow": "a Snakefile, its profiles, and one file for each step from parameters to page",
    },
)
"""How many files and folders a folder holds at most, ``__init__.py`` and data not counted, and
the folders that hold more, with what they hold."""

UNTESTED = {
    "cli/data.py": "its commands run through the command line (tests/cli/test_main.py)",
    "cli/training.py": "its commands run through the command line (tests/cli/test_training.py)",
}
"""Modules that no test names, and why."""

KNOWS_A_DATASET = {
    "evaluation/faults/reach.py": "counts how far that dataset's own faults reach",
}
"""Modules outside a dataset's folder that import from inside it, and why."""

HEAVY = {"torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes"}
PRINTERS = {
    "cli/main.py": "the command line",
    "cli/data.py": "the command line",
    "cli/options.py": "the command line",
    "cli/training.py": "the command line",
    "cli/study.py": "the command line",
    "sft/progress.py": "tells how far a training is",
    "workflow/run.py": "says why a section runs, as it starts it",
    "workflow/snakemake.py": "says what the cluster ended and is tried again, as it happens",
    "workflow/verify.py": "says what a check does and takes, before it starts",
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


@cache
def named_in_tests() -> frozenset[str]:
    """Modules of this package that a test imports, or reaches through a package it imports."""
    names: set[str] = set()
    for path in TESTS.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        reached = {each.attr for each in nodes if isinstance(each, ast.Attribute)}
        for name in (name for node in nodes if not _relative(node) for name in imported(node)):
            names |= {name, name.rpartition(".")[0], *(f"{name}.{attr}" for attr in reached)}
    return frozenset(names)


def _relative(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level > 0


def dotted(module: str) -> str:
    return "artifact." + module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


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


def test_rooms_beside_each_other_import_nothing_of_each_other() -> None:
    wrong = {
        f"{module} imports {other}"
        for module in MODULES
        if room_of(module) in BESIDE
        for other in of_house(module)
        if other in BESIDE and other != room_of(module)
    }
    assert not wrong


def entries(folder: Path) -> list[str]:
    """What a reader sees in a folder of code, ``__init__.py`` and data not counted."""
    hidden = {"__init__.py", "__pycache__", "py.typed"}
    data = {".json", ".yml", ".yaml"}
    return [it.name for it in folder.iterdir() if it.name not in hidden and it.suffix not in data]


def test_a_folder_holds_about_ten_entries() -> None:
    assert len(entries(PACKAGE)) == len(ROOMS) == 10
    folders = {it.parent for it in PACKAGE.rglob("*") if "__pycache__" not in it.parts}
    over = {
        folder.relative_to(PACKAGE).as_posix()
        for folder in folders
        if len(entries(folder)) > ENTRIES
    }
    assert over <= set(ROOMY)
    assert all((PACKAGE / folder).is_dir() for folder in ROOMY)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_is_inside_and_what_may_be_touched(room: str) -> None:
    said = ast.get_docstring(tree(f"{room}/__init__.py")) or ""
    assert len([line for line in said.splitlines() if line.strip()]) >= 3


def test_every_module_is_named_in_a_test() -> None:
    without = {
        module
        for module in MODULES
        if not is_init(module) and dotted(module) not in named_in_tests()
    }
    assert without == set(UNTESTED)


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


ASKS_WHERE = {"common/paths.py": "the root of a package that was installed without its checkout"}
"""Modules that ask for the working directory, and what for."""


def test_no_module_asks_for_the_working_directory() -> None:
    wrong = {
        f"{module}, line {node.lineno}"
        for module in MODULES
        if module not in ASKS_WHERE
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and node.attr in ("cwd", "getcwd", "chdir")
    }
    assert not wrong


MAP = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAP = MAP.partition("## Where each rule of the paper lives\n")[2].partition("\n## ")[0]
RULES = [
    [re.findall(r"`([^`]+)`", cell) for cell in row.split(" | ")[1:]]
    for row in MAP.splitlines()
    if row.startswith("| ") and not row.startswith("| Rule |")
]
"""The table "Where each rule of the paper lives": files and names of each row."""


def names_in(file: str) -> set[str]:
    """What a file defines at its top level, and ``Class.member``; of YAML its topmost keys."""
    if not file.endswith(".py"):
        return set(yaml.safe_load((PACKAGE / file).read_text(encoding="utf-8")))
    return {name for node in tree(file).body for name in _defined(node)}


def _defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef(name=name, body=body):
            return [name, *(f"{name}.{member}" for each in body for member in _defined(each))]
        case ast.FunctionDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def test_the_map_of_rules_is_a_map() -> None:
    assert len(RULES) >= 25


@pytest.mark.parametrize(("files", "names"), RULES, ids=lambda cell: cell[0] if cell else None)
def test_each_rule_lives_where_contributing_says(files: list[str], names: list[str]) -> None:
    (file,) = files
    assert names
    for dataset in datasets.names() if "<dataset>" in file else ("",):
        assert set(names) <= names_in(file.replace("<dataset>", dataset))


@cache
def cells(notebook: Path) -> list[dict[str, Any]]:
    content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return content["cells"]


def code(notebook: Path) -> list[str]:
    return ["".join(c["source"]) for c in cells(notebook) if c["cell_type"] == "code"]


def tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


def test_each_section_has_a_notebook_a_folder_and_a_page() -> None:
    toc = (TESTS.parent / "_toc.yml").read_text(encoding="utf-8")
    pages = [line.rpartition("/")[2] for line in toc.splitlines() if "book/sections/" in line]
    assert pages == list(SECTIONS), "in the book's order"
    assert [notebook.stem for notebook in NOTEBOOKS] == sorted(SECTIONS)
    for section in SECTIONS:
        files = set(entries(PACKAGE / "book" / "sections" / section))
        assert files >= {"compute.py", "values.py", "tables.py", "figures.py"}


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
        # One line a parameter is what papermill reads, however many there are.
        listing = [
            "".join(cell["source"]) for cell in cells(notebook) if "parameters" in tags(cell)
        ]
        others = [source for source in code(notebook) if source not in listing]
        assert [source for source in others if len(source.splitlines()) > LONGEST_CELL] == []

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
