"""A fifth section, added to a copy of the project as CONTRIBUTING says, breaks nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from artifact.common import paths

GIVEN = Path(__file__).with_name("fifth_section")
NAME = "problem_length"
PARAMETERS = 'source = "lookalike"\nn = 100\nseed = 0\nrelease = ""\nresults = ""'
COMPUTE = f"""\
from artifact.book import figures, tables
from artifact.book.sections import {NAME}
from artifact.workflow.parameters import of_notebook
from artifact.workflow.results import SectionResult, glue_all, write

parameters = of_notebook("{NAME}", globals())
report = {NAME}.compute.report(source, n=n, seed=seed)"""
RESULT = f"""\
result = SectionResult.of(
    "{NAME}",
    parameters=parameters.model_dump(),
    source="look-alikes",
    values={NAME}.values.all_values(report),
    tables={NAME}.tables.all_tables(report),
    libraries={NAME}.compute.LIBRARIES,
)
write(result, results)
glue_all(result)"""
SHOWN = f"""\
figures.show(
    figures.charts.grouped_bars({NAME}.figures.points(report), title="Length", x_label="%"),
    name="length",
    alt={NAME}.figures.alt(report),
    caption="Facts of a problem, by dataset (look-alike problems).",
)"""
TABLE = 'tables.show(result.tables["facts"], caption="Facts of a problem (look-alike problems)")'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the section in it."""
    root = tmp_path_factory.mktemp("project")
    written = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache")
    for name in ("src", "notebooks", "tests"):
        shutil.copytree(paths.ROOT / name, root / name, ignore=written)
    shutil.copytree(paths.BOOK, root / "book", ignore=shutil.ignore_patterns("sections"))
    for name in (
        "_toc.yml",
        "_config.yml",
        "CONTRIBUTING.md",
        "pyproject.toml",
        "requirements.lock",
    ):
        shutil.copy(paths.ROOT / name, root / name)
    _add_section(root)
    return root


def _add_section(root: Path) -> None:
    """The four steps of CONTRIBUTING, "Add a section"."""
    package = root / "src" / "artifact"
    shutil.copytree(
        GIVEN, package / "book" / "sections" / NAME, ignore=shutil.ignore_patterns("*.txt")
    )
    (root / "tests" / "book" / "sections" / f"test_{NAME}.py").write_text(
        f"from artifact.book.sections.{NAME} import compute, figures, tables, values\n"
    )

    sections = package / "workflow" / "sections.py"
    model = (GIVEN / "parameters_model.txt").read_text(encoding="utf-8")
    text = sections.read_text(encoding="utf-8")
    listed = '        "user_study": UserStudyParameters,\n'
    assert listed in text
    text = text.replace("SECTIONS: Mapping", f"{model}SECTIONS: Mapping")
    text = text.replace(listed, f'{listed}        "{NAME}": ProblemLengthParameters,\n')
    sections.write_text(text, encoding="utf-8")

    cells = [
        nbformat.v4.new_markdown_cell(
            "# Length of problems\n\nbAbI: {glue:text}`babi` facts a problem."
        ),
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        *(nbformat.v4.new_code_cell(code) for code in (COMPUTE, RESULT, SHOWN, TABLE)),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(notebook, root / "notebooks" / f"{NAME}.ipynb")

    toc = root / "_toc.yml"
    before = "      - file: book/sections/user_study\n"
    page = f"      - file: book/sections/{NAME}\n"
    toc.write_text(toc.read_text(encoding="utf-8").replace(before, before + page), encoding="utf-8")


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the copy's own code."""
    environment = os.environ | {"ARTIFACT_ROOT": str(root), "PYTHONPATH": str(root / "src")}
    environment.pop("ARTIFACT_RELEASE", None)
    return subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True
    )


def test_it_is_executed_like_any_other_and_passes_the_gate(project: Path) -> None:
    command = "from artifact.cli.main import main; main()"
    done = python(project, "-c", command, "run", "--section", NAME, "-p", "n=20")
    assert done.returncode == 0, done.stderr
    assert (project / "book" / "sections" / f"{NAME}.ipynb").is_file()
    gate = python(project, "-c", "from artifact.book.gate import check; print(*check(), sep='\\n')")
    assert gate.returncode == 0, gate.stderr
    assert "user_study: has not been executed" in gate.stdout
    assert NAME not in gate.stdout


def test_the_tests_that_know_the_sections_still_hold(project: Path) -> None:
    files = ("tests/test_house.py", "tests/workflow/test_parameters.py")
    done = python(project, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *files)
    assert done.returncode == 0, done.stdout
