"""What a section depends on, hashed part by part, so that a change can be named.

A section is current as long as the inputs recorded in its executed notebook equal the inputs of
today: its cells, its parameters, the specs of its runs, every module of this package that its
imports reach, the data it reads, the lock file, and what is installed otherwise. File times
play no part, nor does where the project lies. Nor do the runs: the code and data that they are
made from are among the inputs.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.warnings import MissingIDFieldWarning
from pydantic import BaseModel, ConfigDict, ValidationError

from artifact.common import paths
from artifact.common.code_dependencies import file_digest, modules_reached
from artifact.common.errors import ArtifactError, CheckError, InputError
from artifact.common.files import RESTORE, located, read_json, read_record, write_atomically
from artifact.common.provenance import off_the_lock
from artifact.sft import grid
from artifact.sft.missing_runs import finished
from artifact.sft.run_folder import ADAPTER, INTERVENTIONS, PREDICTIONS, WEIGHTS, Record, Run
from artifact.workflow import results
from artifact.workflow.parameters import validate
from artifact.workflow.results import SectionResult
from artifact.workflow.sections import Parameters

METADATA = "artifact"
"""Key of an executed notebook's metadata: the inputs, and the content hash of its results."""

NOTEBOOK_VERSION = 4

NOT_READABLE = (
    nbformat.reader.NotJSONError,
    nbformat.ValidationError,
    *(AttributeError, KeyError, TypeError),  # nbformat looks into the file before it validates
)

EXECUTED_BY = "artifact.workflow.execute"
"""Shapes every executed notebook, so every section depends on it (though not on what it
imports: the workflow's own modules do not change a figure)."""

SKIPPED = "skip-execution"
"""The tag of cells that are left out when a notebook is executed."""

SHOWN = 3
"""Changed modules named in a line; the rest are only counted."""


class Inputs(BaseModel):
    """The inputs of one section; equal inputs give an equal section.

    Attributes:
        section: its name.
        notebook: sha256 of its cells' sources and of the metadata that shapes them.
        parameters: what it runs with.
        runs: keys of the specs that these mean today (`artifact.sft.grid`).
        modules: sha256 by module, or by file for data beside modules.
        data: sha256 by file or folder, relative to the root if below it.
        lock: sha256 of the lock file.
        installed: version by name of each package that is not installed as the lock file says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: str
    notebook: str
    parameters: dict[str, Any]
    runs: tuple[str, ...] = ()
    modules: dict[str, str]
    data: dict[str, str]
    lock: str
    installed: dict[str, str] = {}


class Recorded(BaseModel):
    """What an executed notebook says about itself.

    Attributes:
        inputs: those that it was executed with.
        results: content hash of the results JSON that it wrote.
        page: sha256 of all the rest of the notebook, outputs included.
        runs: by name of each of its own runs, the hash of its result, files included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: Inputs
    results: str
    page: str
    runs: dict[str, str] = {}


def notebook_path(section: str) -> Path:
    """The notebook that a person writes."""
    return paths.NOTEBOOKS / f"{section}.ipynb"


def executed_path(section: str) -> Path:
    """The executed notebook, a page of the book."""
    return paths.SECTIONS / f"{section}.ipynb"


def results_path(section: str) -> Path:
    """The section's results JSON."""
    return paths.RESULTS / f"{section}.json"


def inputs_path(section: str) -> Path:
    """The inputs that the workflow was last asked to run the section with."""
    return paths.RESULTS / "inputs" / f"{section}.json"


def collect(section: str, parameters: Parameters) -> Inputs:
    """The section's current inputs.

    Raises:
        InputError: if the notebook or the data can't be read.
    """
    notebook = read_notebook(notebook_path(section))
    executor = {EXECUTED_BY: file_digest(Path(__file__).with_name("execute.py"))}
    for number, cell in enumerate(notebook.cells, start=1):
        if SKIPPED in cell.metadata.get("tags", []):
            raise InputError(
                f"cell {number} is tagged '{SKIPPED}', so the page would lack what it shows",
                path=notebook_path(section),
                cure="remove the tag or the cell",
            )
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return Inputs(
        section=section,
        notebook=_notebook_sha256(notebook),
        parameters=parameters.model_dump(mode="json"),
        runs=tuple(grid.key(spec) for spec in parameters.specs),
        modules=modules_reached(sources, notebook_path(section)) | executor,
        data={paths.portable(str(it)): data_sha256(it) for it in parameters.data_paths},
        lock=file_digest(paths.LOCK),
        installed=off_the_lock(paths.LOCK),
    )


def read_notebook(path: Path) -> Any:
    """The notebook at `path`, as nbformat's version 4.

    Raises:
        InputError: if it is missing or not a notebook of that version: nbformat would convert
            older ones, but crashes on a damaged one.
    """
    try:
        content = read_json(path)
    except InputError as error:
        executed = path.parent == paths.SECTIONS
        cure = f"run `artifact run --section {path.stem}`" if executed else RESTORE
        raise located(error, path=path, cure=cure) from error
    if not isinstance(content, dict) or content.get("nbformat") != NOTEBOOK_VERSION:
        raise InputError("is not a notebook", path=path, cure="save it in Jupyter")
    try:
        with warnings.catch_warnings():
            # Such a cell would be given another id each time it is read.
            warnings.simplefilter("error", MissingIDFieldWarning)
            return nbformat.reads(json.dumps(content), as_version=NOTEBOOK_VERSION)  # type: ignore[no-untyped-call]
    except MissingIDFieldWarning as error:
        raise InputError(
            "has a cell without an id", path=path, cure="save it in Jupyter"
        ) from error
    except NOT_READABLE as error:
        raise InputError("is not a notebook", path=path) from error


def recorded(section: str) -> Recorded | None:
    """What the executed notebook says about itself; None if there is none, or it says nothing."""
    try:
        notebook = read_notebook(executed_path(section))
        return Recorded.model_validate(notebook.metadata.get(METADATA))
    except (InputError, ValidationError):
        return None


def stamp(notebook: Any, inputs: Inputs, found: SectionResult) -> None:
    """Have an executed notebook say what it was made from, and what it holds."""
    stamped = Recorded(
        inputs=inputs,
        results=found.content_hash,
        page=_page_sha256(notebook),
        runs=_run_hashes(inputs),
    )
    notebook.metadata[METADATA] = stamped.model_dump(mode="json")


def _page_sha256(notebook: Any) -> str:
    """sha256 of a notebook as it is read back, without what `stamp` adds."""
    page = nbformat.reads(nbformat.writes(notebook), as_version=4)  # type: ignore[no-untyped-call]
    page.metadata.pop(METADATA, None)
    return hashlib.sha256(json.dumps(page, sort_keys=True).encode()).hexdigest()


def _run_hashes(inputs: Inputs) -> dict[str, str]:
    """The hashes of the results of those of a section's own runs that are there.

    Raises:
        CheckError: if one has changed since it was finished.
    """
    specs = validate(inputs.section, inputs.parameters).specs
    found = finished(specs).values() if specs else ()
    return {run.folder.name: _checked(run).result_sha256 for run in found}


def _checked(run: Run) -> Record:
    """The record of a run whose files are those that were finished, weights included unless all of
    them were removed to save space; errors as `Run.check`."""
    weights = WEIGHTS if (run.folder / ADAPTER).is_dir() else ()
    return run.check(PREDICTIONS, INTERVENTIONS, *weights)


def requested(section: str) -> Inputs | None:
    """What the workflow was last asked to run the section with; None if it never was.

    It is for the jobs of that run. What the page shows is `recorded`, and stays if they fail.
    """
    try:
        return read_record(inputs_path(section), Inputs)
    except InputError:
        return None


def request(inputs: Inputs) -> None:
    """Write `inputs` for the workflow, if they are not there already."""
    if requested(inputs.section) != inputs:
        write_atomically(inputs_path(inputs.section), inputs.model_dump_json(indent=2) + "\n")


def reasons_to_run(today: Inputs) -> list[str]:
    """Why the section must be executed, a few words each; empty if it is current."""
    done = recorded(today.section)
    if done is None:
        return ["it has not been executed"]
    reasons = differences(done.inputs, today)
    try:
        if results.read(results_path(today.section)).content_hash != done.results:
            reasons.append("its results are not those of the executed notebook")
    except InputError as error:
        reasons.append(f"its results JSON: {error.problem}")
    if _page_sha256(read_notebook(executed_path(today.section))) != done.page:
        reasons.append("its page was changed after it was executed")
    try:
        there = _run_hashes(today) if done.runs else {}
    except CheckError as error:
        return [*reasons, str(error)]
    changed = (name for name in sorted(done.runs) if there.get(name) != done.runs[name])
    return [*reasons, *(_what_became_of(name, there) for name in changed)]


def _what_became_of(run: str, there: Container[str]) -> str:
    """Why a run is not what its page shows, in a few words."""
    folder = paths.RUNS / run
    if run not in there and folder.is_dir():
        try:
            _checked(Run(folder))
        except ArtifactError as error:
            return str(error)
        return f"run {run} is not the one that would be shown now"
    return f"run {run} {'is not the one that its page shows' if run in there else 'is gone'}"


def differences(before: Inputs, after: Inputs) -> list[str]:
    """What changed from `before` to `after`, a few words each."""
    found = []
    if before.notebook != after.notebook:
        found.append("its notebook changed")
    for name in _changed(before.parameters, after.parameters):
        old, new = before.parameters.get(name), after.parameters.get(name)
        found.append(f"parameter {name} {old!r} -> {new!r}")
    if before.parameters == after.parameters and before.runs != after.runs:
        found.append("the settings of its runs changed")
    modules = _changed(before.modules, after.modules)
    if modules:
        more = f" and {len(modules) - SHOWN} more" if len(modules) > SHOWN else ""
        found.append(f"{', '.join(modules[:SHOWN])}{more} changed")
    found += [f"data in {path} changed" for path in _changed(before.data, after.data)]
    if before.lock != after.lock:
        found.append(f"{paths.LOCK.name} changed")
    for name in _changed(before.installed, after.installed):
        has, had = (it.installed.get(name, "the locked version") for it in (after, before))
        found.append(f"a different {name} is installed ({has}; it was executed with {had})")
    return found


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _notebook_sha256(notebook: Any) -> str:
    shaped = ("tags", "mystnb")
    cells = [
        [
            cell.cell_type,
            cell.source,
            {key: cell.metadata[key] for key in shaped if key in cell.metadata},
        ]
        for cell in notebook.cells
    ]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def data_sha256(path: Path) -> str:
    """sha256 of a file, or of a folder's file names and contents (without ``.git``).

    Raises:
        InputError: if there is no file or folder at `path`, or one of its files can't be read.
    """
    if os.path.isfile(path):
        return file_digest(path)
    if not os.path.isdir(path):
        there = (
            "is neither a file nor a folder" if os.path.exists(path) else "no such file or folder"
        )
        raise InputError(there, path=path)
    digest = hashlib.sha256()
    for file in sorted(_files_below(path)):
        digest.update(f"{file.relative_to(path).as_posix()}\0{file_digest(file)}\n".encode())
    return digest.hexdigest()


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", "__pycache__")]
        # A pipe would wait for a writer; what is not a file has no data.
        yield from (file for name in files if (file := Path(parent, name)).is_file())
