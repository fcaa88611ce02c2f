from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from artifact.book import gate
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.workflow import section_inputs

from ..conftest import glued

PAGE = "book/sections/user_study"
FIGURE = {"text/html": '<figure><svg role="img" aria-label="A"></svg></figure>'}
Notebook = nbformat.NotebookNode


def edit(change: Callable[[Notebook], object], *, afterwards: bool = False) -> None:
    """Change the page as if its execution had left it so, or afterwards."""
    path = section_inputs.executed_path("user_study")
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    if not afterwards and section_inputs.METADATA in notebook.metadata:
        page = section_inputs._page_sha256(notebook)
        notebook.metadata[section_inputs.METADATA]["page"] = page
    nbformat.write(notebook, path)


def output(**fields: object) -> Callable[[Notebook], None]:
    def add(notebook: Notebook) -> None:
        notebook.cells[-1].outputs.append(nbformat.v4.new_output(**fields))

    return add


def shown(data: dict[str, str]) -> Callable[[Notebook], None]:
    return output(output_type="display_data", data=data)


def test_a_current_and_clean_section_passes(write_executed) -> None:
    write_executed()
    assert gate.check() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            output(output_type="error", ename="KeyError", evalue="'n'", traceback=[]),
            "In [2] ends in KeyError: 'n'",
        ),
        (
            output(output_type="stream", name="stderr", text="\nFutureWarning: soon\n  x\n"),
            "In [2] warns: FutureWarning: soon",
        ),
        (output(output_type="stream", name="stdout", text="fine"), None),
        (shown({"image/png": "AAAA"}), "In [2] shows a picture without a text alternative"),
        (shown({"text/html": '<img src="a.png">'}), "In [2] shows a picture without a text"),
        (shown({"text/html": '<svg role="img"></svg>'}), "In [2] shows a picture without a text"),
        (shown(FIGURE), None),
        (shown({"text/html": "<table></table>", "text/plain": "t"}), None),
        (lambda nb: nb.cells[-1].outputs.clear(), "shows 'size', which is not glued"),
        (
            lambda nb: nb.cells[-1].outputs.append(glued("size", {"text/plain": "7"})),
            "'size' is glued 2 times",
        ),
        (
            lambda nb: nb.cells[-1].outputs.append(glued("mosaic", FIGURE)),
            "figure 'mosaic' is glued, but no page shows it",
        ),
        (
            lambda nb: nb.cells[-1].outputs.append(glued("mosaic", {"image/png": "AAAA"})),
            "figure 'mosaic' is glued, but no page shows it",
        ),
        (lambda nb: nb.cells[-1].outputs.append(glued("spare", {"text/plain": "7"})), None),
    ],
)
def test_what_an_executed_notebook_may_show(
    write_executed, change: Callable[[Notebook], object], fault: str | None
) -> None:
    write_executed()
    edit(change)
    faults = gate.check()
    if fault is None:
        assert faults == []
    else:
        (line,) = faults
        assert line.startswith(f"{PAGE}: ")
        assert fault in line


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: (
            nb.cells[-1]
            .outputs[0]
            .data.update({"application/papermill.record/text/plain": "99999"})
        ),
        lambda nb: nb.cells[-1].outputs.append(nbformat.v4.new_output("stream", text="99999\n")),
        lambda nb: nb.cells[-1].outputs[0].metadata["scrapbook"].update(mime_prefix="x"),
        lambda nb: nb.cells[0].update(source=nb.cells[0].source + " All 35 of 35 agree."),
        lambda nb: nb.cells[-1].update(source="# nothing"),
        lambda nb: nb.cells[-1].update(execution_count=9),
        lambda nb: nb.cells[-1].metadata.update(tags=["remove-output"]),
        lambda nb: nb.cells.insert(1, nbformat.v4.new_markdown_cell("It is 7.")),
        lambda nb: nb.cells.pop(0),
        lambda nb: nb.metadata.update(note="x"),
    ],
)
def test_a_page_that_was_changed_after_it_was_executed_is_named(
    write_executed, change: Callable[[Notebook], object]
) -> None:
    write_executed()
    edit(change, afterwards=True)
    said = "out of date: its page was changed after it was executed"
    assert [line for line in gate.check() if said in line]


def test_a_cell_that_was_not_executed_is_named(write_executed) -> None:
    """As the tag skip-execution leaves it."""
    write_executed()
    edit(lambda nb: nb.cells[1].update(execution_count=None))
    (line,) = gate.check()
    assert line == f"{PAGE}: cell 2 was not executed"


def test_a_picture_with_words_passes(write_executed) -> None:
    write_executed()

    def add(notebook: Notebook) -> None:
        notebook.cells[-1].metadata["mystnb"] = {"image": {"alt": "Accuracy by variant"}}
        shown({"image/png": "AAAA"})(notebook)

    edit(add)
    assert gate.check() == []


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda: paths.LOCK.write_text("numpy==3\n"), "requirements.lock changed"),
        (
            lambda: section_inputs.results_path("user_study").unlink(),
            "its results JSON: no such file",
        ),
        (
            lambda: section_inputs.results_path("user_study").write_text("{}"),
            "its results JSON: ",
        ),
        (
            lambda: (path := section_inputs.notebook_path("user_study")).write_text(
                path.read_text().replace("There are", "Here are")
            ),
            "its notebook changed",
        ),
    ],
)
def test_a_section_that_is_not_current_is_named_with_the_reason(
    write_executed, damage: Callable[[], object], reason: str
) -> None:
    write_executed()
    damage()
    (line,) = gate.check()
    assert line.startswith(f"{PAGE}: out of date: {reason}")
    assert line.endswith("; run `artifact run --section user_study`")


def test_a_request_that_was_not_fulfilled_spoils_no_page(write_executed) -> None:
    write_executed()
    asked = section_inputs.requested("user_study")
    assert asked is not None
    section_inputs.request(asked.model_copy(update={"parameters": asked.parameters | {"seed": 9}}))
    assert gate.check() == []


def test_a_page_whose_parameters_no_longer_fit_the_section_is_out_of_date(write_executed) -> None:
    write_executed()
    edit(
        lambda notebook: notebook.metadata[section_inputs.METADATA]["inputs"].update(
            parameters={"former": 1}
        )
    )
    (line,) = gate.check()
    assert line.startswith(f"{PAGE}: out of date: field 'former': is not a parameter of section")


def test_a_section_executed_by_hand_is_named(write_executed) -> None:
    write_executed()
    edit(lambda notebook: notebook.metadata.pop(section_inputs.METADATA))
    assert gate.check() == [
        f"{PAGE}: was not executed by the workflow; run `artifact run --section user_study`"
    ]


def test_a_page_that_cannot_be_read_is_named_beside_what_else_is_wrong(write_executed) -> None:
    path = write_executed()
    path.write_bytes(path.read_bytes()[:100])
    (paths.BOOK / "index.md").write_text("So 41.5 % are right.\n")
    unread, *others = gate.check()
    assert unread.startswith(f"{path}: ")
    assert unread.endswith("run `artifact run --section user_study`")
    assert any("41.5" in it for it in others)


def test_missing_pages_are_named(write_executed) -> None:
    (paths.ROOT / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n"
        "  - file: book/sections/decomposition\n  - file: book/limits\n"
    )
    assert gate.check() == [
        "book/sections/decomposition: has not been executed; run `artifact run`",
        "book/limits: is in the table of contents, but there is no such page",
    ]


@pytest.mark.parametrize(
    "config", ["", "[1]", "title: A book", "execute: 7", 'execute: {execute_notebooks: "force"}']
)
def test_a_configuration_that_executes_notebooks_is_named(project: Path, config: str) -> None:
    (project / "_config.yml").write_text(config)
    assert any("would have the builder execute notebooks" in fault for fault in gate.check())


def test_no_table_of_contents(project: Path) -> None:
    (project / "_toc.yml").unlink()
    with pytest.raises(InputError, match=r"_toc\.yml: no such file"):
        gate.check()


@pytest.mark.parametrize(
    "prose",
    [
        "{glue:}`size`",
        "{glue}`size`",
        "{glue:text}`size`",
        "{glue:text}`size:.1f`",
        "{glue:md}`size`",
        "```{glue} size\n```",
        "```{glue:figure} size\n:alt: Words\n\nA caption.\n```",
        ":::{glue:} size\n:::",
    ],
)
def test_every_way_to_show_something_glued_is_seen(write_executed, prose: str) -> None:
    write_executed(prose=f"# Study\n\n{prose}")
    assert gate.check() == []
    write_executed(prose=f"# Study\n\n{prose.replace('size', 'gone')}")
    assert gate.check() == [f"{PAGE}: shows 'gone', which is not glued"]


@pytest.mark.parametrize(
    "text",
    [
        "{glue:}`sections/user_study.ipynb::KEY`",
        "{glue:text}`sections/user_study.ipynb::KEY:s`",
        "```{glue:} KEY\n:doc: sections/user_study.ipynb\n```",
        "```{glue:} KEY\n:doc: ../book/sections/user_study.ipynb\n```",
    ],
)
def test_a_page_may_show_what_a_section_glued(write_executed, text: str) -> None:
    write_executed()
    index = paths.BOOK / "index.md"
    index.write_text(f"# A book\n\n{text.replace('KEY', 'size')}\n")
    assert gate.check() == []
    index.write_text(f"# A book\n\n{text.replace('KEY', 'gone')}\n")
    assert gate.check() == [f"book/index: shows 'gone' of {PAGE}, which is not glued"]


def test_a_figure_that_another_page_shows_is_shown(write_executed) -> None:
    write_executed()
    edit(lambda nb: nb.cells[-1].outputs.append(glued("mosaic", FIGURE)))
    page = "# A book\n\n```{glue:} mosaic\n:doc: sections/user_study.ipynb\n```\n"
    (paths.BOOK / "index.md").write_text(page)
    assert gate.check() == []


def test_another_version_than_the_locks_is_noted(project: Path) -> None:
    paths.LOCK.write_text("numpy==1.0\nnobody-has-this==2.0\n")
    first, second = gate.notes()
    assert first.startswith("note: numpy ")
    assert first.endswith(" is installed, which is not the version of requirements.lock")
    assert second == "note: nobody-has-this of requirements.lock is not installed"
