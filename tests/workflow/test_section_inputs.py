from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from artifact.common import paths
from artifact.common.errors import InputError
from artifact.sft import grid, spec
from artifact.sft.run_folder import ADAPTER, PREDICTIONS, RECORD, WEIGHTS
from artifact.workflow import results, section_inputs
from artifact.workflow.parameters import validate
from artifact.workflow.results import SectionResult
from artifact.workflow.section_inputs import Inputs
from artifact.workflow.sections import (
    SftVariantsParameters,
    StepEvaluationParameters,
    UserStudyParameters,
)

SECTION, EXPERIMENT = "user_study", "sft_variants"
BEFORE = Inputs(
    section=SECTION,
    notebook="n",
    parameters={"model": "a", "n": 1},
    modules={"artifact.workflow.results": "r", "artifact.common.errors": "e"},
    data={"/data": "d"},
    lock="l",
)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, []),
        ({"notebook": "m"}, ["its notebook changed"]),
        ({"parameters": {"model": "b", "n": 1}}, ["parameter model 'a' -> 'b'"]),
        ({"parameters": {"model": "a"}}, ["parameter n 1 -> None"]),
        (
            {"modules": {"artifact.workflow.results": "x", "artifact.common.errors": "e"}},
            ["artifact.workflow.results changed"],
        ),
        (
            {"modules": {f"artifact.m{i}": "x" for i in range(3)}},
            ["artifact.common.errors, artifact.m0, artifact.m1 and 2 more changed"],
        ),
        ({"data": {"/data": "x"}}, ["data in /data changed"]),
        ({"data": {}}, ["data in /data changed"]),
        ({"lock": "m"}, ["requirements.lock changed"]),
        (
            {"installed": {"numpy": "1.0"}},
            ["a different numpy is installed (1.0; it was executed with the locked version)"],
        ),
        ({"runs": ("k",)}, ["the settings of its runs changed"]),
        ({"runs": ("k",), "parameters": {"n": 1}}, ["parameter model 'a' -> None"]),
        ({"lock": "m", "notebook": "m"}, ["its notebook changed", "requirements.lock changed"]),
    ],
)
def test_a_difference_is_named(change: dict[str, Any], reasons: list[str]) -> None:
    assert section_inputs.differences(BEFORE, BEFORE.model_copy(update=change)) == reasons


def test_equal_inputs_are_current(sections: None, write_executed) -> None:
    today = section_inputs.collect(SECTION, UserStudyParameters())
    assert section_inputs.reasons_to_run(today) == ["it has not been executed"]
    write_executed(SECTION)
    assert (
        section_inputs.reasons_to_run(section_inputs.collect(SECTION, UserStudyParameters())) == []
    )
    more = section_inputs.collect(SECTION, UserStudyParameters(seed=50))
    assert section_inputs.reasons_to_run(more) == ["parameter seed 0 -> 50"]


def edit(path: Path, change: Any) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        (lambda nb: nb.cells[2].update(source=nb.cells[2].source + "\n1"), True),
        (lambda nb: nb.cells[0].update(source="# Another title"), True),
        (lambda nb: nb.cells[2].metadata.update(tags=["hide-input"]), True),
        (lambda nb: nb.cells[2].metadata.update(mystnb={"image": {"alt": "a"}}), True),
        (lambda nb: nb.cells[2].metadata.update(scrolled=True), False),
        (lambda nb: nb.cells[2].update(execution_count=9), False),
        (lambda nb: nb.metadata.update(kernelspec={"name": "mine", "display_name": "m"}), False),
    ],
)
def test_what_of_a_notebook_matters(sections: None, change: Any, matters: bool) -> None:
    before = section_inputs.collect(SECTION, UserStudyParameters())
    edit(section_inputs.notebook_path(SECTION), change)
    after = section_inputs.collect(SECTION, UserStudyParameters())
    assert (section_inputs.differences(before, after) != []) == matters


def test_the_lock_matters(sections: None) -> None:
    before = section_inputs.collect(SECTION, UserStudyParameters())
    paths.LOCK.write_text("numpy==2.0.1\n")
    after = section_inputs.collect(SECTION, UserStudyParameters())
    assert section_inputs.differences(before, after) == ["requirements.lock changed"]


def test_the_settings_of_a_recipe_matter(
    sections: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = section_inputs.collect("sft_variants", SftVariantsParameters())
    assert len(before.runs) == len(SftVariantsParameters().specs)
    shutil.copytree(spec.RECIPE_FILES, tmp_path / "recipes")
    recipe = tmp_path / "recipes" / f"{SftVariantsParameters().recipe}.yaml"
    settings = yaml.safe_load(recipe.read_text())
    settings["lora"]["rank"] += 1
    recipe.write_text(yaml.safe_dump(settings))
    monkeypatch.setattr(spec, "RECIPE_FILES", tmp_path / "recipes")
    after = section_inputs.collect("sft_variants", SftVariantsParameters())
    assert section_inputs.differences(before, after) == ["the settings of its runs changed"]


@pytest.mark.parametrize(
    "module", ["train", "generate", "forced_traces", "run_data", "missing_runs"]
)
def test_a_section_with_runs_depends_on_how_they_are_made(
    project: Path, write_notebook, module
) -> None:
    write_notebook("sft_variants", code="from artifact.sft.missing_runs import train_missing")
    found = section_inputs.collect("sft_variants", SftVariantsParameters())
    assert f"artifact.sft.{module}" in found.modules


def test_data_counts_by_content_not_by_time(sections: None, tmp_path: Path) -> None:
    release = tmp_path / "release"
    (release / "main" / ".git").mkdir(parents=True)
    (release / "main" / "rows.json").write_text("1")
    parameters = StepEvaluationParameters(release=str(release))
    before = section_inputs.collect("step_evaluation", parameters)
    (release / "main" / ".git" / "HEAD").write_text("x")
    (release / "main" / "rows.json").touch()
    assert section_inputs.collect("step_evaluation", parameters) == before
    (release / "main" / "more.json").write_text("2")
    after = section_inputs.collect("step_evaluation", parameters)
    assert section_inputs.differences(before, after) == [f"data in {release} changed"]


def test_where_the_project_lies_is_no_input(
    sections: None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = paths.DATA / "release" / "rows.json"
    rows.parent.mkdir(parents=True)
    rows.write_text("1")
    typed = {"release": str(rows.parent), "source": f"release:{rows.parent}"}
    here = section_inputs.collect("step_evaluation", StepEvaluationParameters(**typed))
    assert here.data.keys() == {"data/release"}
    assert str(project) not in here.model_dump_json()

    elsewhere = project.with_name("elsewhere")
    shutil.copytree(project, elsewhere)
    for name in ("NOTEBOOKS", "DATA", "LOCK", "REFERENCE_RUNS"):
        place = elsewhere / getattr(paths, name).relative_to(project)
        monkeypatch.setattr(paths, name, place)
    monkeypatch.setattr(paths, "ROOT", elsewhere)
    again = validate("step_evaluation", here.parameters)
    assert again.release == str(elsewhere / "data" / "release")
    assert section_inputs.collect("step_evaluation", again) == here


def test_the_specs_of_runs_on_ones_own_problems_are_the_same_anywhere(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for root in (project, project.with_name("elsewhere")):
        (root / "data").mkdir(parents=True, exist_ok=True)
        (root / "data" / "mine.jsonl").write_text("")
        monkeypatch.setattr(paths, "ROOT", root)
        (one, *_) = SftVariantsParameters(source=f"file:{root}/data/mine.jsonl").specs
        assert str(root) not in spec.as_yaml(one)
        keys.append(grid.key(one))
    assert keys[0] == keys[1]


def test_a_cell_without_an_id_is_refused(sections: None) -> None:
    path = section_inputs.notebook_path(SECTION)
    content = json.loads(path.read_text())
    del content["cells"][0]["id"]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="has a cell without an id; save it in Jupyter"):
        section_inputs.read_notebook(path)


def test_every_section_depends_on_what_executes_it(sections: None) -> None:
    found = section_inputs.collect(SECTION, UserStudyParameters())
    assert section_inputs.EXECUTED_BY in found.modules


def test_a_cell_that_would_be_left_out_is_refused(sections: None) -> None:
    path = section_inputs.notebook_path(SECTION)

    def skip(notebook: Any) -> None:
        notebook.cells[2].metadata["tags"] = ["skip-execution"]

    edit(path, skip)
    with pytest.raises(InputError, match=r"user_study\.ipynb: cell 3 is tagged 'skip-execution'"):
        section_inputs.collect(SECTION, UserStudyParameters())


@pytest.mark.parametrize("field", ["release", "source"])
def test_data_that_is_not_there_is_named(sections: None, tmp_path: Path, field: str) -> None:
    place = str(tmp_path / "gone")
    value = place if field == "release" else f"release:{place}"
    with pytest.raises(InputError, match="gone: no such file or folder"):
        section_inputs.collect("step_evaluation", StepEvaluationParameters(**{field: value}))


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    "add",
    [
        lambda place: os.mkfifo(place / "pipe"),
        lambda place: listening(place / "s"),
        lambda place: (place / "gone").symlink_to(place / "nowhere"),
        lambda place: (place / "loop").symlink_to(place / "loop"),
        lambda place: (place / "null").symlink_to("/dev/null"),
        lambda place: (place / "self").symlink_to(place),
    ],
    ids=["pipe", "socket", "dangling link", "loop", "device", "link to the folder"],
)
def test_what_is_no_file_in_a_folder_of_data_is_passed_over(
    tmp_path_factory: pytest.TempPathFactory, add: Callable[[Path], object]
) -> None:
    folder = tmp_path_factory.mktemp("d")
    (folder / "rows.json").write_text("1")
    before = section_inputs.data_sha256(folder)
    add(folder)
    assert section_inputs.data_sha256(folder) == before


def test_data_that_are_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe: is neither a file nor a folder"):
        section_inputs.data_sha256(tmp_path / "pipe")


def test_results_that_are_not_the_notebooks_own_count_as_a_change(write_executed) -> None:
    write_executed(SECTION)
    today = section_inputs.collect(SECTION, UserStudyParameters())
    path = section_inputs.results_path(SECTION)
    other = SectionResult.of(SECTION, parameters={}, source="other", values={})
    kept = path.read_text()
    results.write(other, path)
    assert section_inputs.reasons_to_run(today) == [
        "its results are not those of the executed notebook"
    ]
    path.write_text(json.dumps(json.loads(kept) | {"source": "edited"}))
    assert section_inputs.reasons_to_run(today) == ["its results JSON: does not match its content"]
    path.unlink()
    assert section_inputs.reasons_to_run(today) == ["its results JSON: no such file"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda run: shutil.rmtree(run.folder), "run {name} is gone"),
        (
            lambda run: (run.folder / PREDICTIONS).unlink(),
            "has been removed since the run finished",
        ),
        (
            lambda run: (run.folder / PREDICTIONS).write_bytes(b""),
            "was changed after it was written",
        ),
        (
            lambda run: run.write(run.record.model_copy(update={"backend": "vllm"})),
            "run {name} is not the one that its page shows",
        ),
        (
            lambda run: (run.folder / RECORD).write_text(
                (run.folder / RECORD).read_text().replace('"seconds": 1.5', '"seconds": 2.5')
            ),
            "was changed after it was written",
        ),
        (lambda run: (run.folder / WEIGHTS[1]).write_bytes(b"7"), "was changed after it was"),
        (lambda run: (run.folder / WEIGHTS[0]).unlink(), "has been removed since the run finished"),
    ],
)
def test_a_run_that_a_page_rests_on_is_held_to_what_it_was(
    write_notebook, write_run, tmp_path: Path, monkeypatch, damage: Any, said: str
) -> None:
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    small = {"model": "tiny-llama", "recipe": "smoke", "variants": ["correct"], "train": 4}
    values = validate(EXPERIMENT, small | {"test": 8, "n": 60, "interventions": []})
    run = write_run(values.specs[0])
    (run.folder / ADAPTER).mkdir(exist_ok=True)
    for name in WEIGHTS:
        (run.folder / name).write_bytes(b"weights")
    run.write(run.record, finished=WEIGHTS)
    notebook = nbformat.read(write_notebook(EXPERIMENT), as_version=4)
    today = section_inputs.collect(EXPERIMENT, values)
    result = SectionResult.of(EXPERIMENT, parameters={}, source="none", values={})
    results.write(result, section_inputs.results_path(EXPERIMENT))
    section_inputs.stamp(notebook, today, result)
    nbformat.write(notebook, section_inputs.executed_path(EXPERIMENT))
    assert section_inputs.reasons_to_run(today) == []
    shutil.copytree(run.folder / ADAPTER, tmp_path / ADAPTER)
    shutil.rmtree(run.folder / ADAPTER)
    assert section_inputs.reasons_to_run(today) == [], "kept without its weights"
    shutil.move(tmp_path / ADAPTER, run.folder)
    damage(run)
    (reason,) = section_inputs.reasons_to_run(today)
    assert said.format(name=run.folder.name) in reason


def test_a_request_is_written_only_if_it_says_something_new(sections: None) -> None:
    today = section_inputs.collect(SECTION, UserStudyParameters())
    assert section_inputs.requested(SECTION) is None
    section_inputs.request(today)
    assert section_inputs.requested(SECTION) == today
    written = section_inputs.inputs_path(SECTION).stat().st_mtime_ns
    section_inputs.request(today)
    assert section_inputs.inputs_path(SECTION).stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"\xff{}", "is not UTF-8"),
        (b"[" * 100_000, "is nested deeper"),
        (b'{"cells": [], "cells": []}', "is given twice"),
        (b'{"cells": 7, "nbformat": 4, "nbformat_minor": 5}', "is not a notebook"),
        (b"[]", "is not a notebook"),
        (b'{"nbformat": 1, "cells": [{"cell_type": "none"}]}', "is not a notebook; save it"),
    ],
)
def test_a_damaged_notebook_is_named(project: Path, content: bytes, said: str) -> None:
    path = section_inputs.notebook_path(SECTION)
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"user_study\.ipynb.*{said}"):
        section_inputs.collect(SECTION, UserStudyParameters())
    path.unlink()
    with pytest.raises(InputError, match=r"user_study\.ipynb: no such file"):
        section_inputs.collect(SECTION, UserStudyParameters())


def test_a_page_that_breaks_off_says_how_it_is_made_again(write_executed) -> None:
    page = write_executed("user_study")
    page.write_bytes(page.read_bytes()[:100])
    with pytest.raises(
        InputError, match=r"is not valid JSON.*; run `artifact run --section user_s"
    ):
        section_inputs.read_notebook(page)
