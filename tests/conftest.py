"""Fixtures that every test may use."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import nbformat
import pytest

from artifact import datasets
from artifact.book.measurements.reliability import GeneratedFaults, Tried, store_run
from artifact.cli.main import main
from artifact.common import paths
from artifact.common.json_lines import JsonLines
from artifact.common.provenance import collect, hardware
from artifact.decomposition import traces
from artifact.sft import run_data, spec
from artifact.sft.forced_traces import Intervention
from artifact.sft.models import registry
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import (
    INTERVENTIONS,
    PREDICTIONS,
    RECORD,
    Generation,
    LossAt,
    Numerics,
    Prediction,
    Record,
    Run,
    Training,
    identity,
)
from artifact.sft.spec import Spec
from artifact.workflow import results, section_inputs
from artifact.workflow.parameters import resolve
from artifact.workflow.results import SectionResult, Value
from artifact.workflow.sections import SECTIONS


def pytest_configure() -> None:
    """Hear Ctrl-C, and let children hear it, where a shell that starts tests in the background
    has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Done(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process, as its entry point does."""

    def call(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["artifact", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return call


FAULTS_COMMAND = (
    "FAULTS={} FAULTS_STORE=1 python -m pytest -n 0 tests/test_faults.py "
    "tests/study/collection/test_database.py"
)


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Iterator[dict[str, Tried]]:
    """Counts of generated faults by kind; with FAULTS_STORE they are kept for the book, if no test
    failed."""
    kinds: dict[str, Tried] = {}
    yield kinds
    if os.environ.get("FAULTS_STORE") and not request.session.testsfailed:
        command = FAULTS_COMMAND.format(os.environ.get("FAULTS", ""))
        store_run(GeneratedFaults(command=command, hardware=hardware(), kinds=kinds))


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


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Write a finished run without training one: folder, which answers are right, spec's fields.

    The traces are those of the variant, incorrect where ``astray`` says so, and a wrong answer is
    nobody's. ``forced`` names traces
    to force, each with which answers are right after it.
    """
    return _make_run


def _make_run(
    runs: Path,
    right: Callable[[int], bool],
    *,
    forced: Mapping[str, Callable[[int], bool]] = MappingProxyType({}),
    astray: Callable[[int], bool] = lambda place: False,
    threads: int = 1,
    **fields: Any,
) -> Run:
    small = {"model": "tiny-llama", "dataset": "babi", "n": 60, "train": 4, "test": 8}
    wanted = spec.resolve(small | {"recipe": "smoke", "variant": "correct"} | fields)
    dataset, problems = datasets.get(wanted.dataset), run_data.test_problems(wanted)
    steps = range(1, 1 + (wanted.train or 4))
    stated = dataset.template.answer
    named = identity(wanted, "data", "weights", Numerics(device="cpu", dtype="x", threads=threads))
    run = Run(runs / named.hash)
    run.folder.mkdir(parents=True)
    predictions = []
    for place, problem in enumerate(problems):
        kind = "incorrect" if astray(place) else wanted.variant
        text = traces.render(dataset, problem, kind, others=problems)
        if not right(place):
            text = text.partition("<answer>")[0] + "<answer>nobody</answer>"
        about = {"id": problem.id, "category": problem.category, "tokens": 9, "truncated": False}
        predictions.append(Prediction(prediction=text, **about))
    JsonLines(run.folder / PREDICTIONS).append(*predictions)
    if forced:
        JsonLines(run.folder / INTERVENTIONS).append(
            *[
                Intervention(
                    id=problem.id,
                    category=problem.category,
                    forced=name,
                    points_to=("elsewhere",) if name == "misleading" else problem.answers,
                    prediction="<answer>"
                    + (stated(problem.answers) if ok(place) else "elsewhere")
                    + "</answer>",
                    tokens=3,
                    truncated=False,
                )
                for name, ok in forced.items()
                for place, problem in enumerate(problems)
            ]
        )
    run.write(
        Record(
            run=named.hash,
            **{name: getattr(named, name) for name in type(named).model_fields},
            provenance=collect(),
            training=Training(
                examples=4,
                too_long=0,
                left_out=(),
                tokens=100,
                target_tokens=80,
                mean_target_tokens=4.0 if wanted.variant == "vanilla" else 20.0 + wanted.seed,
                mean_prompt_tokens=5.0,
                longest=40,
                trainable=9,
                seconds=1.5,
                peak_bytes=1,
                curve=tuple(LossAt(step=s, epoch=s / 4, loss=2 / s) for s in steps),
            ),
            generation=Generation(predictions=8, truncated=0, mean_tokens=9.0, seconds=0.5),
        ),
        finished=[PREDICTIONS, *([INTERVENTIONS] if forced else [])],
    )
    return run


@pytest.fixture
def changed() -> Callable[..., Run]:
    """Give a run other fields, the name that follows from them, and hashes of its files."""
    return _changed


def _changed(run: Run, **fields: Any) -> Run:
    record = run.record.model_copy(update=fields)
    named = Run(run.folder.with_name(record.identity.hash))
    run.folder.rename(named.folder)
    finished = [name for name in record.sha256 if name != RECORD]
    named.write(record.model_copy(update={"run": named.folder.name}), finished=finished)
    return named


# A project of one's own in a temporary folder: four small sections and a page.

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
sphinx:
  config:
    use_jupyterbook_latex: false
    extensions:
      [sphinx_togglebutton, sphinx_copybutton, sphinx_comments, myst_nb, jupyter_book,
       sphinx_external_toc, sphinx_design, sphinx_book_theme]
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
    def __call__(self, wanted: Spec) -> Run: ...


@pytest.fixture
def project(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty project, which this process and every one started here take for theirs.

    Its folder's name can be given as the fixture's parameter.
    """
    root = tmp_path / getattr(request, "param", "project")
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
            "name": "nowhere",
            "display_name": "?",
            "language": "python",
        }
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
        notebook.cells[-1].outputs = [glued("size", {"text/plain": "100"})]
        for count, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
            cell.execution_count = count + 1
        section_inputs.stamp(notebook, today, result)
        path = section_inputs.executed_path(section)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def write_run(make_run: Callable[..., Run]) -> WriteRun:
    """Leave the finished run of a spec behind, without training it."""

    def write(wanted: Spec) -> Run:
        run = make_run(paths.RUNS, lambda place: True, **wanted.model_dump(mode="json"))
        weights = registry.fingerprint(registry.entry(wanted.model)) or "weights"
        return _changed(run, data_sha256=problem_set(wanted).sha256, weights_sha256=weights)

    return write


def glued(key: str, data: dict[str, str]) -> nbformat.NotebookNode:
    """The output that gluing leaves in a cell."""
    prefix = "application/papermill.record/"
    return nbformat.v4.new_output(
        "display_data",
        data={f"{prefix}{kind}": content for kind, content in data.items()},
        metadata={"scrapbook": {"mime_prefix": prefix, "name": key}},
    )
