"""Runs say by what code they were made, and pages which are of other code than today's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from artifact.common.provenance import GitState
from artifact.sft import training_code
from artifact.sft.run_folder import Record, Run
from artifact.sft.training_code import commits, of_other_code


def record(make_run: Callable[..., Run], runs: Path, *, seed: int, code: str) -> Record:
    found = make_run(runs, lambda place: True, seed=seed).record
    return found.model_copy(update={"code": code})


def test_a_run_of_other_code_is_named(make_run: Callable[..., Run], tmp_path: Path) -> None:
    today = training_code.training_code()
    same = record(make_run, tmp_path, seed=0, code=today)
    other = record(make_run, tmp_path, seed=1, code="before")
    assert of_other_code([same]) == of_other_code([]) == ""
    said = of_other_code([same, other])
    assert other.run in said
    assert same.run not in said
    assert "(of 2 made here)" in said


def test_the_code_is_no_part_of_what_a_run_came_to(
    make_run: Callable[..., Run], tmp_path: Path
) -> None:
    one = record(make_run, tmp_path, seed=0, code="a")
    assert one.result_sha256 == one.model_copy(update={"code": "b"}).result_sha256
    assert one.training is not None
    slower = one.training.model_copy(update={"seconds": 9.0})
    assert one.result_sha256 == one.model_copy(update={"training": slower}).result_sha256
    better = one.training.model_copy(update={"curve": ()})
    assert one.result_sha256 != one.model_copy(update={"training": better}).result_sha256


def test_shipped_runs_are_said_once_with_their_commits(
    make_run: Callable[..., Run], tmp_path: Path
) -> None:
    one = record(make_run, tmp_path, seed=0, code="")
    git = GitState(revision="abcdef0123456789", dirty=False)
    known = one.model_copy(update={"provenance": one.provenance.model_copy(update={"git": git})})
    lost = one.model_copy(update={"provenance": one.provenance.model_copy(update={"git": None})})
    assert commits([]) == ""
    assert "commit abcdef0 (2), an unknown one (1)" in commits([known, lost, known])


def test_the_code_is_all_that_training_imports() -> None:
    reached = training_code.modules_reached([f"import {it}" for it in training_code.ENTRANCES])
    assert {"artifact.sft.trainer", "artifact.sft.run_data", "artifact.decomposition.traces"} <= (
        reached.keys()
    )
    assert not [name for name in reached if name.startswith(("artifact.book", "artifact.claims"))]
