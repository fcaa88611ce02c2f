"""Runs made here and reference runs are scored alike, and each says which it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common import paths
from artifact.evaluation.run_scores import rights
from artifact.evaluation.scored_runs import of_kinds, read, reference, shortcuts
from artifact.sft import run_data
from artifact.sft.run_folder import RECORD


@pytest.fixture
def folder(tmp_path: Path, make_run) -> Path:
    make_run(tmp_path, lambda place: place < 4, variant="incorrect")
    make_run(tmp_path, lambda place: place < 6, seed=1)
    make_run(tmp_path, lambda place: place < 5, corruption=0.25)
    make_run(tmp_path, lambda place: place < 6, seed=0)
    make_run(tmp_path, lambda place: True, variant="vanilla")
    return tmp_path


def test_reference_runs_come_in_order_with_kind_dose_and_accuracy(folder: Path) -> None:
    runs = reference(folder)
    assert [(it.kind, it.dose, it.spec.seed, it.accuracy.right) for it in runs] == [
        ("vanilla", None, 0, 8),
        ("correct", 0.0, 0, 6),
        ("correct", 0.0, 1, 6),
        ("25 % incorrect", 0.25, 0, 5),
        ("incorrect", 1.0, 0, 4),
    ]
    assert {it.made for it in runs} == {"reference"}
    assert all(it.evaluation.answer.exact_set_micro == it.accuracy.value for it in runs)


def test_a_run_without_answers_is_passed_over(folder: Path) -> None:
    run = reference(folder)[0].run
    run.write(run.record.model_copy(update={"generation": None}))
    assert len(reference(folder)) == 4


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert reference(tmp_path / "nowhere") == []


def test_runs_by_kind_keep_the_order_asked_for(folder: Path) -> None:
    kinds = of_kinds(reference(folder), ("incorrect", "correct", "verbose"))
    assert {kind: len(runs) for kind, runs in kinds.items()} == {"incorrect": 1, "correct": 2}
    assert list(kinds) == ["incorrect", "correct"]


def test_forced_answers_are_judged_problem_by_problem(tmp_path: Path, make_run) -> None:
    run = make_run(
        tmp_path,
        lambda place: True,
        forced={"correct": lambda place: place != 0, "misleading": lambda place: place == 0},
    )
    found = read(run, "here")
    assert found.made == "here"
    assert list(found.forced) == ["correct", "misleading"]
    correct, misleading = found.forced.values()
    assert list(correct) == list(found.rights) == list(rights(run))
    assert [it.right for it in correct.values()] == [False] + [True] * 7
    assert {it.followed for it in correct.values()} == {None}
    assert [it.followed for it in misleading.values()] == [False] + [True] * 7


def test_shortcuts_answer_the_runs_own_test_problems(folder: Path) -> None:
    first, second, *_ = (it.spec for it in reference(folder))
    shares = shortcuts(first)
    assert shares == shortcuts(second)
    assert len(shares) > 1
    assert {it.n for it in shares.values()} == {len(run_data.test_problems(first))}


def test_the_runs_of_the_repository_can_be_read() -> None:
    """Their problems are those of today; a changed generator would make every one a lie."""
    records = list(paths.REFERENCE_RUNS.glob(f"*/{RECORD}"))
    runs = reference()
    assert len(runs) == len(records), "all are answered to their end"
    assert {it.record.run for it in runs} == {path.parent.name for path in records}
