"""A project of one's own in a temporary folder: four small sections and a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import nbformat
import pytest

from artifact.common import paths
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec
from artifact.workflow import results, section_inputs
from artifact.workflow.parameters import SECTIONS, resolve
from artifact.workflow.results import SectionResult, Value

CODE = """\
from artifact.workflow.results import SectionResult, Value, glue_all, write

values = {{"size": Value(value=100 + seed, unit="count", evidence="simulated", n=4)}}
result = SectionResult.of(
    "{section}", parameters={{"seed": seed}}, source="none", values=values
)
write(result, results)
glue_all(result)"""
PROSE = "# {title}\n\nThere are {{glue:text}}`size` of them."
CONFIG = """\
title: A book
author: nobody
only_build_toc_files: true
execute: {execute_notebooks: "off"}
parse: {myst_enable_extensions: [colon_fence]}
sphinx: {config: {use_jupyterbook_latex: false}}
"""
TOC = """\
format: jb-book
root: book/index
chapters:
  - file: book/sections/user_study
"""


class WriteNotebook(Protocol):
    def __call__(
        self, section: str, *, code: str = "", prose: str = "", parameters: str = ""
    ) -> Path: ...


class WriteExecuted(Protocol):
    def __call__(
        self, section: str = "user_study", prose: str = "", profile: str | None = None
    ) -> Path: ...


class WriteRun(Protocol):
    def __call__(self, spec: Spec) -> Run: ...


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which this process and every one started here take for theirs."""
    root = tmp_path / "project"
    monkeypatch.setenv("ARTIFACT_ROOT", str(root))
    monkeypatch.delenv("ARTIFACT_RELEASE", raising=False)
    for name in (
        *("NOTEBOOKS", "BOOK", "SECTIONS", "RESULTS", "RUNS", "REFERENCE", "REFERENCE_RUNS"),
        *("DATA", "BUILD", "LOCK"),
    ):
        place = root / getattr(paths, name).relative_to(paths.ROOT)
        monkeypatch.setattr(paths, name, place)
    monkeypatch.setattr(paths, "ROOT", root)
    paths.NOTEBOOKS.mkdir(parents=True)
    paths.SECTIONS.mkdir(parents=True)
    paths.LOCK.write_text("numpy==2.0.0\n")
    (root / "_config.yml").write_text(CONFIG)
    (root / "_toc.yml").write_text(TOC)
    (paths.BOOK / "index.md").write_text("# A book\n\nNothing yet.\n")
    return root


@pytest.fixture
def write_notebook(project: Path) -> WriteNotebook:
    """Write a section's notebook as a person would; what isn't given is the small default."""

    def write(section: str, *, code: str = "", prose: str = "", parameters: str = "") -> Path:
        defaults = {**dict(SECTIONS[section]()), "results": ""}
        assignments = "\n".join(f"{name} = {value!r}" for name, value in defaults.items())
        cells = [
            nbformat.v4.new_markdown_cell(prose or PROSE.format(title=section)),
            nbformat.v4.new_code_cell(
                parameters or assignments, metadata={"tags": ["parameters", "hide-input"]}
            ),
            nbformat.v4.new_code_cell(code or CODE.format(section=section)),
        ]
        for number, cell in enumerate(cells):
            cell["id"] = f"cell-{number}"
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {
            "name": "nowhere", "display_name": "?", "language": "python",
        }  # fmt: skip
        path = section_inputs.notebook_path(section)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def sections(write_notebook: WriteNotebook) -> None:
    """The project's notebooks, not yet executed."""
    for section in SECTIONS:
        write_notebook(section)


@pytest.fixture
def write_executed(write_notebook: WriteNotebook) -> WriteExecuted:
    """Leave what a successful execution leaves behind, without starting a kernel."""

    def write(section: str = "user_study", prose: str = "", profile: str | None = None) -> Path:
        notebook = nbformat.read(write_notebook(section, prose=prose), as_version=4)
        values = resolve(profile)[section] if profile else SECTIONS[section]()
        today = section_inputs.collect(section, values)
        section_inputs.request(today)
        size = Value(value=100, unit="count", evidence="simulated")
        result = SectionResult.of(section, parameters={}, source="none", values={"size": size})
        results.write(result, section_inputs.results_path(section))
        recorded = section_inputs.Recorded(inputs=today, results=result.content_hash)
        notebook.metadata[section_inputs.METADATA] = recorded.model_dump(mode="json")
        notebook.cells[-1].outputs = [glued("size", {"text/plain": "100"})]
        notebook.cells[-1].execution_count = 2
        path = section_inputs.executed_path(section)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def write_run(make_run: Callable[..., Run]) -> WriteRun:
    """Leave the finished run of a spec behind, without training it."""

    def write(spec: Spec) -> Run:
        run = make_run(paths.RUNS, lambda place: True, **spec.model_dump(mode="json"))
        today = {"data_sha256": problem_set(spec).sha256}
        run.write(run.record.model_copy(update=today))
        return run

    return write


def glued(key: str, data: dict[str, str]) -> nbformat.NotebookNode:
    """The output that gluing leaves in a cell."""
    prefix = "application/papermill.record/"
    return nbformat.v4.new_output(
        "display_data",
        data={f"{prefix}{kind}": content for kind, content in data.items()},
        metadata={"scrapbook": {"mime_prefix": prefix, "name": key}},
    )
