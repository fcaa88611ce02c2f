"""A run of our own is scored as the release's outputs are, on the problems of its spec."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common import provenance
from artifact.common.errors import CheckError, InputError
from artifact.common.json_lines import JsonLines
from artifact.decomposition.traces import Kind, render
from artifact.evaluation import run_scores
from artifact.evaluation.evaluate import evaluate_outputs
from artifact.evaluation.run_scores import NO_STEPS, evaluate_run, outputs_of, rights
from artifact.sft.run_data import test_problems as problems_of
from artifact.sft.run_folder import (
    LIBRARIES,
    PREDICTIONS,
    Generation,
    Numerics,
    Prediction,
    Record,
    Run,
    identity,
)
from artifact.sft.spec import resolve

TEST = 20


def run_of(folder: Path, kind: Kind, said: Sequence[str] | None = None, **fields: Any) -> Run:
    """A run whose model says `said`, or the training turn of each problem, in another order."""
    spec = resolve(
        {"model": "tiny-llama", "dataset": "babi", "variant": kind, "n": 200, "train": 30}
        | {"test": TEST}
        | fields
    )
    problems, dataset = problems_of(spec), datasets.get(spec.dataset)
    said = said or [render(dataset, problem, kind) for problem in problems]
    folder.mkdir(parents=True)
    run = Run(folder)
    lines = [
        Prediction(id=it.id, category=it.category, prediction=text, tokens=9, truncated=False)
        for it, text in zip(problems, said, strict=True)
    ]
    JsonLines(folder / PREDICTIONS).append(*lines[::-1])
    named = identity(spec, "d" * 64, "e" * 64, Numerics(device="cpu", dtype="float32", threads=1))
    run.write(
        Record(
            run=named.hash,
            **{name: getattr(named, name) for name in type(named).model_fields},
            provenance=provenance.collect(LIBRARIES),
            generation=Generation(
                predictions=len(lines), truncated=0, mean_tokens=9.0, seconds=1.0
            ),
        )
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
    tmp_path: Path, dataset: str, kind: Kind
) -> None:
    run = run_of(tmp_path / "run", kind, dataset=dataset)
    assert list(rights(run).values()) == [True] * TEST
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
    said = [render(dataset, problem, "correct") for problem in problems]
    said[2] = said[2].replace("<answer>", "<answer>nobody, ")
    said[5] = said[5].partition("<answer>")[0]
    said[7] = ""
    run = run_of(tmp_path / "run", "correct", said)
    wrong = {problems[index].id for index in (2, 5, 7)}
    assert {name for name, right in rights(run).items() if not right} == wrong
    assert list(rights(run)) == [problem.id for problem in problems]
    assert evaluate_run(run).answer.exact_set_micro == pytest.approx(1 - 3 / TEST)


@pytest.mark.parametrize("kind", sorted(run_scores.FREE_TEXT))
def test_free_text_has_answers_and_no_steps_and_says_why(tmp_path: Path, kind: Kind) -> None:
    found = evaluate_run(run_of(tmp_path / "run", kind))
    assert found.answer.exact_set_micro == 1
    assert found.classification.micro is None
    assert found.notes["classification.micro"] == NO_STEPS
    assert found.notes["trace.ok_exact"] == NO_STEPS
    assert not any(note == NO_STEPS for name, note in found.notes.items() if name[:6] == "answer")


def test_an_anchored_trace_is_held_to_the_solvers_facts(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", "anchored", dataset="cotempqa", train=15)
    assert evaluate_run(run).retrieval.exact == 1
    as_correct = run.record.spec.model_copy(update={"variant": "correct"})
    run.write(run.record.model_copy(update={"spec": as_correct}))
    held_to_less = evaluate_run(run).retrieval
    assert held_to_less.exact is not None
    assert held_to_less.exact < 1
    assert held_to_less.recall_all == 1


# What can't be scored


def test_a_run_that_is_not_answered_is_one_line(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", "correct")
    run.write(run.record.model_copy(update={"generation": None}))
    for score in (evaluate_run, rights, outputs_of):
        with pytest.raises(InputError, match="has no predictions yet; run `artifact generate"):
            score(run)


@pytest.mark.parametrize("damage", ["missing", "foreign", "category", "gone"])
def test_predictions_that_are_not_of_the_runs_problems_are_not_scored(
    tmp_path: Path, damage: str
) -> None:
    run = run_of(tmp_path / "run", "correct")
    lines, path = run.predictions, tmp_path / "run" / PREDICTIONS
    path.unlink()
    if damage == "foreign":
        lines[4] = lines[4].model_copy(update={"id": "another"})
    elif damage == "category":
        lines[4] = lines[4].model_copy(update={"category": "another"})
    if damage != "gone":
        JsonLines(path).append(*(lines[1:] if damage == "missing" else lines))
    with pytest.raises(CheckError, match="are not of the problems of its spec"):
        evaluate_run(run)
