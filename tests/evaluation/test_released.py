"""The released scoring applied: summaries, gold rows, steps and matrices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import AnswerScore, GoldRow, StoredOutput
from artifact.evaluation.released import (
    AnswerSummary,
    GoldTables,
    answer_right,
    matrices,
    released_steps,
    rules_of,
    score_answers,
    step_results,
    summarise_answers,
    trace_of,
)
from artifact.evaluation.statistics.association import Table
from artifact.evaluation.steps import Steps

FACTS = ("Runa Tolv works for Vellby Mill in 1901.", "Runa Tolv works for Tamm Quarry in 1902.")
RIGHT, WRONG = AnswerScore(True, 1.0, 1.0, 1.0), AnswerScore(False, 0.0, 0.0, 0.0)


def _output(prediction: str, *gold: str, category: str = "equal") -> StoredOutput:
    answers = gold or ("Vellby Mill",)
    meta = {"triple_element": "S1_R1_O2"}
    problem = Problem("p", "cotempqa", category, FACTS, "Which employer?", answers, (0,), meta)
    return StoredOutput(problem, prediction, answers, "file.json, line 3")


def _row(answer: str, *facts: str, category: str = "equal") -> GoldRow:
    return GoldRow(answer, category, facts or FACTS, "Which employer?")


def _tables(*rows: GoldRow) -> GoldTables:
    """Tables that hold these rows for every category."""
    return GoldTables(replace(rules_of("cotempqa"), read_gold_table=lambda table: rows), Path())


def _steps(label: bool, facts: bool) -> Steps:
    return Steps(label, {"any_context": facts})


@pytest.mark.parametrize(
    ("scores", "summary"),
    [
        ([RIGHT], AnswerSummary(100.0, 100.0, 100.0, 100.0, 100.0)),
        ([RIGHT, WRONG, WRONG], AnswerSummary(33.3, 33.3, 33.3, 33.3, 33.3)),
        (
            [RIGHT, AnswerScore(False, 0.5, 1.0, 1 / 3)],
            AnswerSummary(50.0, 75.0, 100.0, 66.7, 62.5),
        ),
        # Python rounds a half to the even neighbour, and so does the release
        ([RIGHT] + [WRONG] * 7, AnswerSummary(12.5, 12.5, 12.5, 12.5, 12.5)),
        ([RIGHT] + [WRONG] * 15, AnswerSummary(6.2, 6.2, 6.2, 6.2, 6.2)),
    ],
)
def test_a_summary_is_rounded_as_in_the_release(
    scores: list[AnswerScore], summary: AnswerSummary
) -> None:
    assert summarise_answers(scores) == summary


@pytest.mark.parametrize(
    ("prediction", "trace"),
    [
        ("<think>a</think> b", "<think>a"),
        ("a</think> b </think> c", "a"),
        ("<think>a", "<think>a"),
        ("I think so", "I think so"),
        ("no trace", None),
        ("</think> a", None),
        ("<answer>a</answer>", None),
        ("", None),
    ],
)
def test_what_is_taken_for_the_trace(prediction: str, trace: str | None) -> None:
    assert trace_of(prediction) == trace


@pytest.mark.parametrize(
    ("prediction", "row", "result"),
    [
        (f"<think>is: equal.\n{FACTS[0]}</think>", _row("Vellby Mill"), (True, True)),
        (f"<think>is: mix.\n{FACTS[1]}</think>", _row("Vellby Mill"), (False, True)),
        ("<think>is: equal.\nnothing</think>", _row("Vellby Mill"), (True, False)),
        (f"<think>is: mix. equal\n{FACTS[0]}</think>", _row("Vellby Mill"), (False, True)),
        (f"<think>is: unequal.\n{FACTS[0]}</think>", _row("Vellby Mill"), (True, True)),
        (f"<think>is: equal.\n{FACTS[0].lower()}</think>", _row("Vellby Mill"), (True, False)),
        (f"<think>is: equal.</think> {FACTS[0]}", _row("Vellby Mill"), (True, False)),
        (f"<think>is: equal.\n{FACTS[0]}", _row("Vellby Mill", FACTS[1]), (True, False)),
        (f"is: equal. {FACTS[0]} <answer>", _row("Vellby Mill"), None),
    ],
)
def test_steps_are_held_against_the_gold_row(
    prediction: str, row: GoldRow, result: tuple[bool, bool] | None
) -> None:
    steps = released_steps(_output(prediction), _tables(row))
    assert steps == (result and _steps(*result))


def test_a_trace_is_right_if_both_steps_are() -> None:
    rights = [_steps(c, r).ok_any for c in (True, False) for r in (True, False)]
    assert rights == [True, False, False, False]


def test_the_gold_row_is_the_first_that_holds_the_first_gold_answer() -> None:
    rows = [_row("['Osk']"), _row("['Vellby Mill Ltd']", "first"), _row("['Vellby Mill']", "own")]
    assert _tables(*rows).row_for(_output("", "Vellby Mill", "Osk")).facts == ("first",)


def test_without_a_row_the_one_before_stays() -> None:
    tables = _tables(_row("['Osk']", "first"), _row("['Tamm']", "second"))
    assert tables.row_for(_output("", "Tamm")).facts == ("second",)
    assert tables.row_for(_output("", "Nil")).facts == ("second",)


def test_each_category_has_a_table_of_its_own() -> None:
    rules = rules_of("cotempqa")
    held = {
        rules.gold_table(Path(), "equal"): (_row("['Osk']", "of equal"),),
        rules.gold_table(Path(), "mix"): (_row("['Tamm']", "of mix"),),
    }
    tables = GoldTables(replace(rules, read_gold_table=held.__getitem__), Path())
    assert tables.row_for(_output("", "Osk", category="equal")).facts == ("of equal",)
    assert tables.row_for(_output("", "Tamm", category="mix")).facts == ("of mix",)
    assert tables.row_for(_output("", "Nil", category="equal")).facts == ("of equal",)


def test_without_any_row_the_output_is_named() -> None:
    with pytest.raises(InputError, match=r"file\.json, line 3, field 'gold': no gold row"):
        _tables(_row("['Osk']")).row_for(_output("", "Nil"))


@given(st.lists(st.tuples(st.booleans(), st.none() | st.tuples(st.booleans(), st.booleans()))))
def test_matrices_count_every_output_once(
    outputs: list[tuple[bool, tuple[bool, bool] | None]],
) -> None:
    rights = [right for right, _ in outputs]
    steps = [pair and _steps(*pair) for _, pair in outputs]
    found = matrices(rights, steps)
    for table in (found.classification, found.retrieval, found.trace):
        assert table.n + found.unevaluated == len(outputs)
    assert found.answers_right == sum(rights)
    assert found.trace.right_ok <= min(found.classification.right_ok, found.retrieval.right_ok)


def test_matrices_bear_the_releases_names_in_its_order() -> None:
    steps = [_steps(True, False), _steps(False, True), _steps(True, True), None]
    figures = matrices([True, True, False, True], steps).as_stored()
    assert list(figures.items()) == [
        ("accuracies.unevaluated", 1),
        ("accuracies.category_accuracy", 2),
        ("accuracies.fact_accuracy", 2),
        ("accuracies.answer_accuracy", 3),
        ("matrix1.correct_answer_correct_category", 1),
        ("matrix1.correct_answer_incorrect_category", 1),
        ("matrix1.incorrect_answer_correct_category", 1),
        ("matrix1.incorrect_answer_incorrect_category", 0),
        ("matrix2.correct_answer_correct_fact", 1),
        ("matrix2.correct_answer_incorrect_fact", 1),
        ("matrix2.incorrect_answer_correct_fact", 1),
        ("matrix2.incorrect_answer_incorrect_fact", 0),
        ("matrix3.correct_answer_correct_trace", 0),
        ("matrix3.correct_answer_incorrect_trace", 2),
        ("matrix3.incorrect_answer_correct_trace", 1),
        ("matrix3.incorrect_answer_incorrect_trace", 0),
    ]


def test_a_dataset_is_named_or_given() -> None:
    output = _output("<answer>['Vellby Mill']</answer>")
    assert answer_right("cotempqa", output)
    assert answer_right(datasets.get("cotempqa"), output, flag_fixed=True)


def test_a_dataset_without_stored_generations_has_no_released_scoring() -> None:
    unknown = replace(datasets.get("marco"), release=None)
    with pytest.raises(InputError, match="how the release scores marco is not known"):
        answer_right(unknown, _output(""))


@pytest.mark.parametrize(
    ("variant", "released", "fixed"),
    [("vanilla", 0.574, 0.525), ("correct", 0.539, 0.479), ("incorrect", 0.560, 0.437)],
)
def test_shares_of_right_answers_on_the_release(
    release: Path, variant: str, released: float, fixed: float
) -> None:
    outputs = _stored(release, "cotempqa", "Qwen3-1.7B", variant)
    for flag_fixed, share in ((False, released), (True, fixed)):
        scores = score_answers("cotempqa", outputs, flag_fixed=flag_fixed)
        assert sum(score.right for score in scores) / 950 == pytest.approx(share, abs=5e-4)


@pytest.mark.parametrize(
    ("dataset", "model", "table"),
    [
        ("cotempqa", "Qwen3-1.7B", Table(258, 254, 201, 237)),
        ("babi", "Llama-3.2-1B-Instruct", Table(86, 269, 5, 16)),
    ],
)
def test_matrices_on_the_release(release: Path, dataset: str, model: str, table: Table) -> None:
    outputs = _stored(release, dataset, model, "correct")
    rights = [score.right for score in score_answers(dataset, outputs)]
    found = matrices(rights, step_results(dataset, release, outputs))
    assert found.trace == table
    assert found.unevaluated == 0


def test_outputs_without_a_trace_are_left_out_on_the_release(release: Path) -> None:
    outputs = _stored(release, "cotempqa", "Qwen3-1.7B", "incorrect")
    assert step_results("cotempqa", release, outputs).count(None) == 30


def _stored(release: Path, dataset: str, model: str, variant: str) -> tuple[StoredOutput, ...]:
    read = datasets.get(dataset).release.read_outputs
    assert read is not None
    return read(release, model, variant).outputs
