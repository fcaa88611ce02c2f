"""Execute one section's notebook, and put it in place only if it ran to its end.

The executed notebook is the section's page. It holds no clock, so equal inputs give equal
bytes, and it carries the inputs that it was executed with. A notebook that fails is kept apart,
with its error; the last good page stays.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import textwrap
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.inspection import inspect_notebook
from traitlets.config import Config

from artifact.common import paths
from artifact.common.errors import ERROR_PREFIX, ArtifactError, CheckError, InputError
from artifact.common.files import write_atomically
from artifact.workflow import results, section_inputs
from artifact.workflow.parameters import RESULTS_PARAMETER, validate
from artifact.workflow.sections import Parameters, check_section

INJECTED, PARAMETERS = "injected-parameters", "parameters"
REMOVED = "remove-cell"
HIDING_TAGS = ("remove-input", "hide-input", "remove-cell", "hide-cell")
SHOWN_SOURCE = 60
"""Characters of the failing line that the error shows."""

SOCKETS, SOCKET_PATH = "artifact-", 100
"""Prefix of folders of sockets, and the bytes that a socket's path may have anywhere (107 on
Linux, 103 on macOS). A batch system's TMPDIR alone can be longer."""
SHORT_PLACES = ("/tmp", "/var/tmp", "/dev/shm")

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
POINTED_LINE = re.compile(r"^-+> *\d+ (.*)$", re.MULTILINE)
"""IPython's arrow; the first one in a traceback is in the cell itself."""


NO_WIDGETS = "ignore:IProgress not found"
"""tqdm, which transformers imports, warns in every kernel without ipywidgets."""

OUTPUT_SECONDS = 300
"""Seconds that a finished cell has to hand over its output: papermill's own four are too few on a
busy machine."""


class ThisInterpreter(AsyncKernelManager):
    """A kernel of the running interpreter, whatever kernels the machine has registered.

    Sets of strings iterate in the same order in every run. The warning about missing progress bars
    is silenced, since no page shows any.
    """

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            env={"PYTHONHASHSEED": "0", "PYTHONWARNINGS": NO_WIDGETS},
            display_name="Python 3",
            language="python",
        )


def execute(section: str) -> None:
    """Execute `section` with the inputs that the workflow asked for.

    Raises:
        InputError: if nothing was asked for, or parameters and notebook do not match, before
            any kernel has started; also if a cell stops at input that can't be used.
        CheckError: if a cell fails; the failed notebook is kept under ``results/failed``.
    """
    asked = section_inputs.requested(check_section(section))
    if asked is None:
        raise InputError(
            "is missing",
            path=section_inputs.inputs_path(section),
            cure=f"run `artifact run --section {section}`",
        )
    parameters = validate(section, asked.parameters)
    notebook = section_inputs.notebook_path(section)
    check_parameters_cell(notebook, parameters)

    pending = _emptied(paths.RESULTS / "pending" / section)
    page, found = pending / notebook.name, pending / f"{section}.json"
    _run(section, notebook, page, parameters, found)
    try:
        result = results.read(found)
    except InputError as error:
        raise CheckError(f"section {section} wrote no results: {error}") from error
    executed = normalised(section_inputs.read_notebook(page))
    section_inputs.stamp(executed, asked, result)
    text: str = nbformat.writes(executed)  # type: ignore[no-untyped-call]
    os.replace(found, section_inputs.results_path(section))
    # Written anew, not moved: results may lie on another file system than the book.
    write_atomically(section_inputs.executed_path(section), text.rstrip("\n") + "\n")
    failed_path(section).unlink(missing_ok=True)
    shutil.rmtree(pending)


def failed_path(section: str) -> Path:
    """Where a failed notebook of the section is kept."""
    return paths.RESULTS / "failed" / f"{section}.ipynb"


def check_parameters_cell(notebook: Path, parameters: Parameters) -> None:
    """Check that the notebook's parameters cell and the section's model name the same things.

    Raises:
        InputError: naming the first parameter that only one of them has.
    """
    in_cell = set(inspect_notebook(_literal(notebook)))
    in_model = {*type(parameters).model_fields, RESULTS_PARAMETER}
    for name in sorted(in_model ^ in_cell):
        problem = (
            "is not set in the cell tagged 'parameters'"
            if name in in_model
            else "is set in the cell tagged 'parameters', but the section has no such parameter"
        )
        raise InputError(problem, path=notebook, field=name)


def normalised(notebook: Any) -> Any:
    """The notebook without clocks; the injected cell stands in for the parameters."""
    notebook.metadata.pop("papermill", None)
    hiding: list[str] = []
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if PARAMETERS in tags:
            hiding = [tag for tag in tags if tag in HIDING_TAGS]
            cell.metadata["tags"] = [PARAMETERS, REMOVED]  # the page shows what it ran with
        if INJECTED in tags:
            cell.metadata["tags"] = [INJECTED, *hiding]
            cell["id"] = INJECTED
    return notebook


def _run(section: str, notebook: Path, page: Path, parameters: Parameters, found: Path) -> None:
    values = parameters.model_dump(mode="json")
    values[RESULTS_PARAMETER] = found.relative_to(paths.ROOT).as_posix()
    try:
        with _kernel_config() as config:
            papermill.execute_notebook(
                _literal(notebook),
                _literal(page),
                parameters=values,
                cwd=paths.ROOT,
                progress_bar=False,
                kernel_name="python3",
                kernel_manager_class=ThisInterpreter,
                iopub_timeout=OUTPUT_SECONDS,
                config=config,
            )
    except PapermillExecutionError as error:
        if error.ename == InputError.__name__:
            raise InputError(
                f"section {section}: {error.evalue} (in {_place(error, page)}; "
                f"kept as {_keep(section, page)})"
            ) from error
        what = _folded(f"{error.ename}: {error.evalue}").removesuffix(":")
        raise CheckError(
            f"section {section} failed in {_place(error, page)}: {what}; "
            f"kept as {_keep(section, page)}"
        ) from error
    except DeadKernelError as error:
        raise CheckError(
            f"section {section} failed: its kernel died (out of memory?); "
            f"kept as {_keep(section, page)}"
        ) from error


def _literal(path: Path) -> str:
    """The path with its braces escaped, where papermill would fill in parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def _kernel_config() -> Iterator[Config]:
    """Connects to the kernel through sockets in a folder of their own.

    Kernels that start at the same time can take each other's TCP ports, so these are used only
    where no folder has a path short enough for a socket.
    """
    place = _short_folder()
    if place is None:
        yield Config()
        return
    with tempfile.TemporaryDirectory(prefix=SOCKETS, dir=place) as sockets:
        yield Config(ThisInterpreter={"transport": "ipc", "ip": f"{sockets}/kernel"})


def _short_folder() -> str | None:
    """A folder in which the path of a socket isn't too long; preferably the usual one."""
    within = len(f"/{SOCKETS}12345678/kernel-5")
    return next(
        (
            place
            for place in (tempfile.gettempdir(), *SHORT_PLACES)
            if len(os.fsencode(place)) + within <= SOCKET_PATH and os.access(place, os.W_OK)
        ),
        None,
    )


def _place(error: PapermillExecutionError, page: Path) -> str:
    """The failing cell by its number in the notebook as written, without papermill's cells."""
    cells = section_inputs.read_notebook(page).cells
    errors = "papermill-error-cell-tag"
    before = [cell for cell in cells if errors not in cell.metadata.get("tags", [])]
    injected = any(INJECTED in c.metadata.get("tags", []) for c in before[: error.cell_index])
    number = error.cell_index + (0 if injected else 1)
    plain = COLOUR.sub("", "\n".join(error.traceback))
    pointed = POINTED_LINE.search(plain)
    line = pointed[1] if pointed else error.source.strip().partition("\n")[0]
    shown = textwrap.shorten(line, SHOWN_SOURCE, placeholder=" …")
    return f"cell {number} (In [{error.exec_count}]: {shown})"


def _keep(section: str, page: Path) -> str:
    kept = failed_path(section)
    kept.parent.mkdir(parents=True, exist_ok=True)
    os.replace(page, kept)
    return kept.relative_to(paths.ROOT).as_posix()


def _folded(text: str) -> str:
    return " ".join(text.split())


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main() -> None:
    """Execute the section named on the command line; the last line on stderr says what failed."""
    section = sys.argv[1]
    print(f"{section}: executing", flush=True)
    start = time.monotonic()
    try:
        execute(section)
    except Exception as error:
        traceback.print_exc()
        if not isinstance(error, ArtifactError):
            what = _folded(f"{type(error).__name__}: {error}")
            error = CheckError(f"section {section} failed: {what}")
        print(f"{ERROR_PREFIX}{error}", file=sys.stderr)
        sys.exit(error.exit_code)
    print(f"{section}: done in {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
