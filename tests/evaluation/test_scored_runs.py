"""Runs are scored as the release's outputs are, on the problems of their spec, and say who made
them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common import paths, provenance
from artifact.common.errors import CheckError, InputError
from artifact.common.json_lines import JsonLines
from artifact.datasets.problem import content_hash
from artifact.decomposition.traces import render
from artifact.evaluation import scored_runs
from artifact.evaluation.evaluate import evaluate_outputs
from artifact.evaluation.scored_runs import (
    by_kind,
    by_setting,
    evaluate_run,
    outputs_of,
    reference_runs,
    score_run,
    shortcuts,
)
from artifact.evaluation.scoring import NO_STEPS, score_outputs
from artifact.sft.run_data import test_problems as problems_of
from artifact.sft.run_folder import (
    LIBRARIES,
    PREDICTIONS,
    RECORD,
    Generation,
    Numerics,
    Prediction,
    Record,
    Run,
    identity,
)
from artifact.sft.spec import resolve

TEST = 20


def run_of(folder: Path, kind: str, texts: Sequence[str] | None = None, **fields: Any) -> Run:
    """A run whose model writes `texts`, or the training turn of each problem, in another order."""
    spec = resolve(
        {"model": "tiny-llama", "dataset": "babi", "variant": kind, "n": 200, "train": 30}
        | {"test": TEST}
        | fields
    )
    problems, dataset = problems_of(spec), datasets.get(spec.dataset)
    texts = texts or [render(dataset, problem, kind) for problem in problems]
    named = identity(spec, "d" * 64, "e" * 64, Numerics(device="cpu", dtype="float32", threads=1))
    run = Run(folder / named.hash)
    run.folder.mkdir(parents=True)
    lines = [
        Prediction(id=it.id, category=it.category, prediction=text, tokens=9, truncated=False)
        for it, text in zip(problems, texts, strict=True)
    ]
    JsonLines(run.folder / PREDICTIONS).append(*lines[::-1])
    run.write(
        Record(
            run=named.hash,
            **{name: getattr(named, name) for name in type(named).model_fields},
            test_sha256=content_hash(problems),
            provenance=provenance.collect(LIBRARIES),
            generation=Generation(
                predictions=len(lines), truncated=0, mean_tokens=9.0, seconds=1.0
            ),
        ),
        finished=[PREDICTIONS],
    )
    return run


def test_outputs_come_with_their_problems_in_the_order_drawn(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", "correct")
    problems = problems_of(run.record.spec)
    outputs = outputs_of(run)
    assert [output.problem for output in outputs] == list(problems)
    assert [output.gold for output in outputs] == [problem.answers for problem in problems]
    dataset = datasets.get("babi")
    assert outputs[3].prediction == render(dataset, problems[3], "correct")


@pytest.mark.parametrize("dataset", ["babi", "cotempqa", "marco"])
@pytest.mark.parametrize("kind", ["vanilla", "correct"])
def test_a_model_that_never_errs_is_right_throughout(
    tmp_path: Path, dataset: str, kind: str
) -> None:
    run = run_of(tmp_path / "run", kind, dataset=dataset)
    assert list(score_run(run, "here").rights.values()) == [True] * TEST
    found = evaluate_run(run)
    assert (found.n, found.model, found.variant, found.semantics) == (
        *(TEST, "tiny-llama", kind, "strict"),
    )
    assert found.answer.exact_set_micro == 1
    assert found.trace.ok_exact == (1 if kind == "correct" else None)


def test_it_is_the_evaluation_of_stored_outputs(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", "incorrect")
    expected = evaluate_outputs(
        datasets.get("babi"),
        outputs_of(run),
        model="tiny-llama",
        variant="incorrect",
        semantics="strict",
    )
    assert evaluate_run(run) == expected
    assert expected.classification.micro == 0
    assert expected.answer.exact_set_micro == 1


def test_right_answers_are_told_by_problem(tmp_path: Path) -> None:
    dataset = datasets.get("babi")
    whole = run_of(tmp_path / "whole", "correct")
    problems = problems_of(whole.record.spec)
    texts = [render(dataset, problem, "correct") for problem in problems]
    texts[2] = texts[2].replace("<answer>", "<answer>nobody, ")
    texts[5] = texts[5].partition("<answer>")[0]
    texts[7] = ""
    run = run_of(tmp_path / "run", "correct", texts)
    wrong = {problems[index].id for index in (2, 5, 7)}
    rights = score_run(run, "here").rights
    assert {name for name, right in rights.items() if not right} == wrong
    assert list(rights) == [problem.id for problem in problems]
    assert evaluate_run(run).answer.exact_set_micro == pytest.approx(1 - 3 / TEST)


@pytest.mark.parametrize("kind", ["explanation", "filler", "summary", "verbose"])
def test_free_text_has_answers_and_no_steps_and_says_why(tmp_path: Path, kind: str) -> None:
    found = evaluate_run(run_of(tmp_path / "run", kind))
    assert found.answer.exact_set_micro == 1
    assert found.classification.micro is None
    assert found.notes["classification.micro"] == NO_STEPS
    assert found.notes["trace.ok_exact"] == found.notes["trace.no_trace"] == NO_STEPS
    assert not any("left out" in note for note in found.notes.values())
    assert found.notes["answer.by_category.classification"] == NO_STEPS
    of_answers = {name for name in found.notes if name.rpartition(".")[0] == "answer"}
    assert not any(found.notes[name] == NO_STEPS for name in of_answers)


def test_an_anchored_trace_is_held_to_the_solvers_facts(tmp_path: Path, changed) -> None:
    run = run_of(tmp_path / "run", "anchored", dataset="cotempqa", train=15)
    assert evaluate_run(run).retrieval.exact == 1
    as_correct = run.record.spec.model_copy(update={"variant": "correct"})
    run = changed(run, spec=as_correct)
    held_to_less = evaluate_run(run).retrieval
    assert held_to_less.exact is not None
    assert held_to_less.exact < 1
    assert held_to_less.recall_all == 1


# What can't be scored


def test_a_run_that_is_not_answered_is_one_line(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", "correct")
    run.write(run.record.model_copy(update={"generation": None}))
    for score in (evaluate_run, outputs_of, lambda run: score_run(run, "here")):
        with pytest.raises(InputError, match="has no predictions yet; run `artifact generate"):
            score(run)


@pytest.mark.parametrize("damage", ["missing", "foreign", "category", "gone", "reworded"])
def test_predictions_that_are_not_of_the_runs_problems_are_not_scored(
    tmp_path: Path, damage: str
) -> None:
    run = run_of(tmp_path / "run", "correct")
    lines, path = run.predictions, run.folder / PREDICTIONS
    path.unlink()
    if damage == "foreign":
        lines[4] = lines[4].model_copy(update={"id": "another"})
    elif damage == "category":
        lines[4] = lines[4].model_copy(update={"category": "another"})
    if damage == "reworded":
        run.write(run.record.model_copy(update={"test_sha256": "0" * 64}))
    if damage != "gone":
        JsonLines(path).append(*(lines[1:] if damage == "missing" else lines))
    record = run.record
    record.sha256.clear()  # as of a run that was made before files were hashed
    (run.folder / RECORD).write_text(record.model_dump_json(), encoding="utf-8")
    with pytest.raises(
        CheckError, match=r"of the \d+ problems of the run's spec|have been reworded"
    ):
        evaluate_run(run)


# Runs as a collection


@pytest.fixture
def folder(tmp_path: Path, make_run) -> Path:
    make_run(tmp_path, lambda place: place < 4, variant="incorrect")
    make_run(tmp_path, lambda place: place < 6, seed=1)
    make_run(tmp_path, lambda place: place < 5, corruption=0.25)
    make_run(tmp_path, lambda place: place < 6, seed=0)
    make_run(tmp_path, lambda place: True, variant="vanilla")
    return tmp_path


def test_reference_runs_come_in_order_with_kind_dose_and_accuracy(folder: Path) -> None:
    runs = reference_runs(folder)
    assert [(it.kind, it.dose, it.spec.seed, it.accuracy.right) for it in runs] == [
        ("vanilla", None, 0, 8),
        ("correct", 0.0, 0, 6),
        ("correct", 0.0, 1, 6),
        ("25 % incorrect", 0.25, 0, 5),
        ("incorrect", 1.0, 0, 4),
    ]
    assert {it.made for it in runs} == {"reference"}
    assert all(it.evaluation.answer.exact_set_micro == it.accuracy.value for it in runs)


def test_runs_are_scored_anew_only_where_a_file_has_changed(folder: Path) -> None:
    first, again = reference_runs(folder), reference_runs(folder)
    assert all(one is other for one, other in zip(first, again, strict=True))
    record = first[0].run.folder / "run.json"
    record.write_text(record.read_text() + "\n")
    assert reference_runs(folder)[0] is not first[0]


def test_a_run_without_answers_is_passed_over(folder: Path) -> None:
    run = reference_runs(folder)[0].run
    run.write(run.record.model_copy(update={"generation": None}))
    assert len(reference_runs(folder)) == 4


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert reference_runs(tmp_path / "nowhere") == []


def test_runs_by_kind_keep_the_order_asked_for(folder: Path) -> None:
    kinds = by_kind(reference_runs(folder), ("incorrect", "correct", "verbose"))
    assert {kind: len(runs) for kind, runs in kinds.items()} == {"incorrect": 1, "correct": 2}
    assert list(kinds) == ["incorrect", "correct"]


def test_runs_that_differ_in_treatment_alone_are_one_group(folder: Path, make_run) -> None:
    make_run(folder, lambda place: True, data_seed=3)
    groups = by_setting(reversed(reference_runs(folder)))
    assert [[(run.kind, run.spec.seed) for run in group] for group in groups] == [
        [("vanilla", 0), ("correct", 0), ("correct", 1), ("25 % incorrect", 0), ("incorrect", 0)],
        [("correct", 0)],
    ]


def test_runs_that_answered_other_problems_are_never_one_group(folder: Path) -> None:
    """As the runs of a generator that draws in the order of a set: one spec, other problems."""
    first, *others = reference_runs(folder)
    groups = by_setting([replace(first, test_sha256="of another draw"), *others])
    assert [len(group) for group in groups] == [1, 4]


def test_a_record_older_than_the_hash_has_that_of_the_problems_scored(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", "correct")
    whole = score_run(run, "reference").test_sha256
    assert whole == run.record.test_sha256
    run.write(run.record.model_copy(update={"test_sha256": None}))
    assert score_run(run, "reference").test_sha256 == whole


def test_an_output_is_scored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls = run_of(tmp_path / "run", "correct"), []

    def counted(*args: Any, **more: Any) -> Any:
        calls.append(args)
        return score_outputs(*args, **more)

    monkeypatch.setattr(scored_runs, "score_outputs", counted)
    found = score_run(run, "here")
    assert len(calls) == 1
    assert found.evaluation == evaluate_run(run)


def test_forced_answers_are_judged_problem_by_problem(tmp_path: Path, make_run) -> None:
    run = make_run(
        tmp_path,
        lambda place: True,
        forced={"correct": lambda place: place != 0, "misleading": lambda place: place == 0},
    )
    found = score_run(run, "here")
    assert found.made == "here"
    assert list(found.forced) == ["correct", "misleading"]
    correct, misleading = found.forced.values()
    assert list(correct) == list(found.rights)
    assert [it.right for it in correct.values()] == [False] + [True] * 7
    assert {it.followed for it in correct.values()} == {None}
    assert [it.followed for it in misleading.values()] == [False] + [True] * 7


def test_shortcuts_answer_the_runs_own_test_problems(folder: Path) -> None:
    first, second, *_ = (it.spec for it in reference_runs(folder))
    shares = shortcuts(first)
    assert shares == shortcuts(second)
    assert len(shares) > 1
    assert {it.n for it in shares.values()} == {len(problems_of(first))}


def test_the_runs_of_the_repository_can_be_read() -> None:
    """Their problems are those of today; a changed generator would make every one a lie."""
    records = list(paths.REFERENCE_RUNS.glob(f"*/{RECORD}"))
    runs = reference_runs()
    assert len(runs) == len(records), "all are answered to their end"
    assert {it.record.run for it in runs} == {path.parent.name for path in records}
