from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from artifact.common.code_dependencies import file_digest, modules_reached
from artifact.common.errors import InputError

FILES = {
    "__init__.py": "",
    "errors.py": "",
    "leaf.py": "import json\n",
    "middle.py": "def f():\n    from house import leaf\n",
    "far.py": "",
    "kinds/__init__.py": "from importlib import import_module\n",
    "kinds/first/__init__.py": "from .. import base\n",
    "kinds/first/read.py": "from house.errors import Oops\n",
    "kinds/base.py": "",
    "facts/__init__.py": "",
    "facts/store.py": "",
    "facts/published.yml": "c1: 28\n",
    "facts/py.typed": "",
    "facts/Snakefile": "rule all:\n",
    "bare/loose.py": "import house.far as elsewhere\n",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "house" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "house" / name).write_text(text)
    return tmp_path / "house"


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ("x = 1", set()),
        ("import json", set()),
        ("import housekeeping", set()),
        ("import house", {"house"}),
        ("import house.leaf", {"house", "house.leaf"}),
        ("from house import leaf", {"house", "house.leaf"}),
        ("from house.leaf import anything", {"house", "house.leaf"}),
        ("import house.leaf as x", {"house", "house.leaf"}),
        ("%matplotlib inline\n!ls\nfrom house import leaf", {"house", "house.leaf"}),
        ("if True:\n    from house import middle", {"house", "house.middle", "house.leaf"}),
        ("from house.bare import loose", {"house.bare.loose", "house.far", "house"}),
        (
            "from house.facts import store",
            {"house", "house.facts", "house.facts.store", "house/facts/published.yml"},
        ),
        (
            "from house import kinds",
            {
                "house",
                "house.kinds",
                "house.kinds.base",
                "house.kinds.first",
                "house.kinds.first.read",
                "house.errors",
            },
        ),
        ("from house import nothing_there", {"house"}),
    ],
)
def test_what_code_reaches(house: Path, code: str, reached: set[str]) -> None:
    assert set(modules_reached([code], package=house)) == reached


def test_a_change_far_down_changes_the_hash_of_that_module_alone(house: Path) -> None:
    before = modules_reached(["from house import middle"], package=house)
    (house / "leaf.py").write_text("import json, sys\n")
    after = modules_reached(["from house import middle"], package=house)
    assert [name for name in before if before[name] != after[name]] == ["house.leaf"]


def test_all_cells_count(house: Path) -> None:
    reached = modules_reached(["import house.leaf", "import house.far"], package=house)
    assert {"house.leaf", "house.far"} <= set(reached)


def test_code_that_is_no_python_is_named(house: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"step\.ipynb: has code that is not Python"):
        modules_reached(["def ("], tmp_path / "step.ipynb", package=house)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.lock: cannot be read \(No such file"):
        file_digest(tmp_path / "gone.lock")


@pytest.mark.parametrize(
    "name", ["published.yml~", ".published.yml.swp", "#published.yml#", ".#published.yml", "x.orig"]
)
def test_what_an_editor_leaves_behind_is_no_input(house: Path, name: str) -> None:
    before = modules_reached(["from house.facts import store"], package=house)
    (house / "facts" / name).write_text("half a claim")
    assert modules_reached(["from house.facts import store"], package=house) == before


def test_data_that_git_ignores_is_no_input(house: Path) -> None:
    subprocess.run(["git", "init", "-q", str(house.parent)], check=True)
    (house / ".gitignore").write_text("*.scratch\n")
    before = modules_reached(["from house.facts import store"], package=house)
    (house / "facts" / "mine.scratch").write_text("notes")
    assert modules_reached(["from house.facts import store"], package=house) == before
    (house / "facts" / "more.yml").write_text("claims: []")
    after = modules_reached(["from house.facts import store"], package=house)
    assert after.keys() - before.keys() == {"house/facts/more.yml"}


def test_a_module_that_nobody_imports_is_no_input_and_a_comment_is_one(house: Path) -> None:
    before = modules_reached(["from house import middle"], package=house)
    (house / "stray.py").write_text("raise SystemExit")
    assert modules_reached(["from house import middle"], package=house) == before
    leaf = house / "leaf.py"
    leaf.write_text(leaf.read_text() + "# a word\n")
    after = modules_reached(["from house import middle"], package=house)
    assert [name for name in before if before[name] != after[name]] == ["house.leaf"]
