from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import pytest

from artifact.common import paths
from artifact.common.errors import CheckError, InputError
from artifact.workflow import results, section_inputs
from artifact.workflow.execute import _short_folder, execute, failed_path, main, normalised
from artifact.workflow.sections import Parameters, UserStudyParameters
from tests.conftest import CODE

SECTION = "user_study"


def ask(parameters: Parameters | None = None) -> None:
    section_inputs.request(section_inputs.collect(SECTION, parameters or UserStudyParameters()))


def tags_of(notebook: nbformat.NotebookNode) -> list[list[str]]:
    return [cell.metadata.get("tags", []) for cell in notebook.cells]


def test_an_executed_section(sections: None) -> None:
    ask(UserStudyParameters(seed=30))
    execute(SECTION)

    found = results.read(section_inputs.results_path(SECTION))
    assert found.values["size"].value == 130
    page = section_inputs.executed_path(SECTION)
    notebook = nbformat.read(page, as_version=4)
    recorded = section_inputs.recorded(SECTION)
    assert recorded is not None
    assert recorded.inputs.parameters["seed"] == 30
    assert recorded.results == found.content_hash
    assert section_inputs.reasons_to_run(recorded.inputs) == []
    assert tags_of(notebook)[1:3] == [
        ["parameters", "remove-cell"],
        ["injected-parameters", "hide-input"],
    ]
    assert notebook.cells[3].outputs[0].metadata.scrapbook.name == "size"
    assert not (paths.RESULTS / "pending" / SECTION).exists()

    first = page.read_bytes()
    execute(SECTION)
    assert page.read_bytes() == first, "two executions of equal inputs differ"


@pytest.mark.parametrize(
    "project", ["pro{ject}", "{}", "a}b{c", "of {seed} ünd 'more'", "$HOME %d #1"], indirect=True
)
def test_a_checkout_may_be_called_anything(sections: None) -> None:
    ask(UserStudyParameters(seed=30))
    execute(SECTION)
    found = results.read(section_inputs.results_path(SECTION))
    assert found.values["size"].value == 130


def test_where_tmpdir_is_longer_than_a_sockets_path_another_folder_is_found(
    sections: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("of-a-batch-system-" * 6)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    ask()
    execute(SECTION)
    assert section_inputs.executed_path(SECTION).is_file()


@pytest.mark.parametrize(
    ("usual", "places", "found"),
    [
        ("/tmp", (), "/tmp"),
        ("/" + "t" * 76, ("/tmp",), "/tmp"),
        ("/" + "ü" * 40, ("/nowhere", "/tmp"), "/tmp"),
        ("/" + "t" * 76, ("/nowhere", "/" + "u" * 99), None),
        ("/proc", ("/tmp",), "/tmp"),
    ],
)
def test_a_folder_for_sockets_is_short_and_can_be_written(
    usual: str, places: tuple[str, ...], found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", usual)
    monkeypatch.setattr("artifact.workflow.execute.SHORT_PLACES", places)
    monkeypatch.setattr(os, "access", lambda place, mode: place not in ("/proc", "/nowhere"))
    assert _short_folder() == found


def test_without_a_folder_for_sockets_the_kernel_is_reached_otherwise(
    sections: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artifact.workflow.execute._short_folder", lambda: None)
    ask()
    execute(SECTION)
    assert section_inputs.executed_path(SECTION).is_file()


def test_the_kernel_is_the_running_interpreter_at_the_projects_root(write_notebook) -> None:
    code = "import os, sys\nraise ValueError(f'{sys.executable} {os.getcwd()}')"
    write_notebook(SECTION, code=code)
    ask()
    with pytest.raises(CheckError) as caught:
        execute(SECTION)
    assert f"ValueError: {sys.executable} {paths.ROOT}" in str(caught.value)


def test_libraries_that_miss_widgets_leave_no_warning_on_the_page(write_notebook) -> None:
    """Without ipywidgets `tqdm.auto`, which transformers imports, warns in every kernel."""
    code = "import tqdm.auto\n" + CODE.format(section=SECTION)
    write_notebook(SECTION, code=code)
    ask()
    execute(SECTION)
    notebook = nbformat.read(section_inputs.executed_path(SECTION), as_version=4)
    streams = [it for cell in notebook.cells for it in cell.get("outputs", ()) if "text" in it]
    assert streams == []


def test_a_failure_names_its_cell_and_leaves_the_last_good_page(
    sections: None, write_notebook
) -> None:
    ask()
    execute(SECTION)
    page, found = section_inputs.executed_path(SECTION), section_inputs.results_path(SECTION)
    good = page.read_bytes(), found.read_bytes()

    write_notebook(SECTION, code="ratings = {}\nratings['nobody']\n")
    ask()
    with pytest.raises(CheckError) as caught:
        execute(SECTION)
    assert str(caught.value) == (
        "section user_study failed in cell 3 (In [3]: ratings['nobody']): KeyError: 'nobody'; "
        "kept as results/failed/user_study.ipynb"
    )
    assert (page.read_bytes(), found.read_bytes()) == good
    kept = nbformat.read(failed_path(SECTION), as_version=4)
    assert any(output.output_type == "error" for output in kept.cells[-1].outputs)

    write_notebook(SECTION)
    ask()
    execute(SECTION)
    assert not failed_path(SECTION).exists()


def test_code_that_is_no_python_is_shown_by_its_first_line(write_notebook) -> None:
    write_notebook(SECTION)
    ask()
    write_notebook(SECTION, code="for\n1")
    with pytest.raises(CheckError, match=r"In \[3\]: for\): SyntaxError: invalid syntax"):
        execute(SECTION)


def test_an_error_without_a_message_is_its_name(write_notebook) -> None:
    write_notebook(SECTION, code="raise MemoryError")
    ask()
    with pytest.raises(CheckError, match=r"raise MemoryError\): MemoryError; kept as"):
        execute(SECTION)


def test_a_kernel_that_dies_is_a_failure(write_notebook) -> None:
    write_notebook(SECTION, code="import os\nos._exit(1)")
    ask()
    with pytest.raises(CheckError, match=r"its kernel died .*kept as results/failed"):
        execute(SECTION)
    assert failed_path(SECTION).is_file()
    assert not section_inputs.executed_path(SECTION).exists()


def test_a_notebook_that_writes_no_results_is_a_failure(write_notebook) -> None:
    write_notebook(SECTION, code="1 + 1")
    ask()
    with pytest.raises(
        CheckError, match=r"section user_study wrote no results: .*json: no such file"
    ):
        execute(SECTION)
    assert not section_inputs.executed_path(SECTION).exists()


def test_what_nobody_foresaw_ends_in_one_line_too(
    sections: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left\non device")

    monkeypatch.setattr(papermill, "execute_notebook", full)
    monkeypatch.setattr(sys, "argv", ["execute", SECTION])
    ask()
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "artifact: section user_study failed: OSError: [Errno 28] No space left on device"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda cell: cell.replace("release = ''\n", ""), "'release': is not set in the cell"),
        (
            lambda cell: f"{cell}\nsead = 1",
            "field 'sead': is set in the cell tagged 'parameters', but",
        ),
    ],
)
def test_a_parameters_cell_that_does_not_fit_starts_no_kernel(
    write_notebook,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[str], str],
    message: str,
) -> None:
    monkeypatch.setattr(papermill, "execute_notebook", lambda *_, **__: pytest.fail("started"))
    fitting = nbformat.read(write_notebook(SECTION), as_version=4).cells[1].source
    write_notebook(SECTION, parameters=change(fitting))
    ask()
    with pytest.raises(InputError, match=message):
        execute(SECTION)


def test_parameters_are_checked_before_a_kernel_starts(
    sections: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papermill, "execute_notebook", lambda *_, **__: pytest.fail("started"))
    asked = section_inputs.collect(SECTION, UserStudyParameters())
    section_inputs.request(asked.model_copy(update={"parameters": {"seed": "true"}}))
    with pytest.raises(InputError, match="field 'seed': should be a valid integer"):
        execute(SECTION)


def test_nothing_was_asked_for(sections: None) -> None:
    with pytest.raises(InputError, match="run `artifact run --section user_study`"):
        execute(SECTION)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["parameters"], []),
        (["parameters", "hide-input", "note"], ["hide-input"]),
        (["remove-cell", "parameters"], ["remove-cell"]),
    ],
)
def test_the_injected_cell_stands_in_for_the_parameters_and_hides_as_they_did(
    given: list[str], kept: list[str]
) -> None:
    cells = [
        nbformat.v4.new_code_cell(metadata={"tags": tags, "execution": {"at": "noon"}})
        for tags in (given, ["injected-parameters"])
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"papermill": {"duration": 1}})
    assert tags_of(normalised(notebook)) == [
        ["parameters", "remove-cell"],
        ["injected-parameters", *kept],
    ]
    assert "papermill" not in notebook.metadata
    assert all("execution" not in cell.metadata for cell in notebook.cells)


def test_a_notebook_runs_alone(sections: None, tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        section_inputs.notebook_path(SECTION),
        out,
        {"seed": 5},
        kernel_name="python3",
        progress_bar=False,
    )
    glued = nbformat.read(out, as_version=4).cells[-1].outputs[0].data
    assert glued["application/papermill.record/text/plain"] == "105"
    assert list(paths.RESULTS.glob("*.json")) == []
