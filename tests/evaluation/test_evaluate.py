"""Whole evaluations: invented outputs with known figures, and the release's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.traces import render
from artifact.evaluation.evaluate import (
    NO_RULE,
    ONE_RULE,
    evaluate,
    evaluate_outputs,
    stored_outputs,
)
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.scoring import (
    NO_GOLD_ROWS,
    NO_STEPS,
    NO_TRACES,
    associate_steps,
    score_outputs,
)

QWEN = "Qwen3-1.7B"
LLAMA = "Llama-3.2-1B-Instruct"
COTEMPQA = datasets.get("cotempqa")


def _outputs(dataset: Dataset, problems: Sequence[Problem], kind: str) -> list[StoredOutput]:
    """What a model would write that has learnt to write traces of `kind` and never errs."""
    return [
        StoredOutput(problem, render(dataset, problem, kind), problem.answers, f"row {number}")
        for number, problem in enumerate(problems, start=1)
    ]


def _evaluate(
    dataset: Dataset, outputs: Sequence[StoredOutput], variant: str, **more: object
) -> Evaluation:
    return evaluate_outputs(
        dataset, outputs, model="tiny", variant=variant, semantics="strict", **more
    )


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    """Look-alikes of every category."""
    return COTEMPQA.lookalikes.generate(80, 5)


def test_a_perfect_model(problems: list[Problem]) -> None:
    found = _evaluate(COTEMPQA, _outputs(COTEMPQA, problems, "correct"), "correct")
    assert found.n == 80
    assert (found.answer.exact_set_micro, found.classification.micro) == (1.0, 1.0)
    assert found.classification.macro == 1.0
    assert (found.retrieval.exact, found.retrieval.precision) == (1.0, 1.0)
    assert (found.trace.ok_exact, found.trace.no_trace) == (1.0, 0.0)
    assert sum(category.n for category in found.answer.by_category.values()) == 80


def test_a_model_of_incorrect_traces(problems: list[Problem]) -> None:
    found = _evaluate(COTEMPQA, _outputs(COTEMPQA, problems, "incorrect"), "incorrect")
    assert found.answer.exact_set_micro == 1.0
    assert (found.classification.micro, found.retrieval.any_gold) == (0.0, 0.0)
    assert (found.retrieval.any_context, found.trace.ok_any) == (1.0, 0.0)
    assert found.independence.chi2 is None
    assert "no trace that is ok" in found.notes["independence.chi2"]


def test_without_traces_the_steps_are_null_and_not_zero(problems: list[Problem]) -> None:
    found = _evaluate(COTEMPQA, _outputs(COTEMPQA, problems, "vanilla"), "vanilla")
    assert found.answer.exact_set_micro == 1.0
    for group in ("classification", "retrieval", "trace", "table"):
        values = getattr(found, group).model_dump()
        assert set(values.values()) == {None}
        assert all(found.notes[f"{group}.{name}"] == NO_TRACES for name in values)
    assert found.independence.chi2 is None
    assert found.notes["independence.chi2"] == found.notes["independence.testable"] == NO_TRACES


@pytest.mark.parametrize(
    ("variant", "semantics", "why"),
    [
        ("r1-set-vanilla", "strict", NO_TRACES),
        ("r1-set-swapped", "strict", NO_STEPS),
        ("verbose", "strict", NO_STEPS),
        ("summary", "released", NO_STEPS),
        ("explanation", "released", NO_STEPS),
        ("r1-set-correct", "released", NO_GOLD_ROWS),
        ("r1-set-incorrect", "released", NO_GOLD_ROWS),
    ],
)
def test_variants_of_the_r1_subset_have_answers_and_a_reason_for_the_steps(
    problems: list[Problem], tmp_path: Path, variant: str, semantics: Semantics, why: str
) -> None:
    kind = "vanilla" if variant == "r1-set-vanilla" else "correct"
    outputs = _outputs(COTEMPQA, problems, kind)
    found = evaluate_outputs(
        COTEMPQA, outputs, model="tiny", variant=variant, semantics=semantics, root=tmp_path
    )
    assert (found.answer.exact_set_micro, found.answer.released_micro) == (1.0, 1.0)
    for group in ("classification", "retrieval", "trace", "table"):
        values = getattr(found, group).model_dump()
        assert set(values.values()) == {None}
        assert all(found.notes[f"{group}.{name}"] == why for name in values)
    assert not any("left out" in note for note in found.notes.values())


@pytest.mark.parametrize("variant", ["r1-set-correct", "r1-set-incorrect"])
def test_template_traces_of_the_r1_subset_are_scored_strictly(
    problems: list[Problem], variant: str
) -> None:
    found = _evaluate(COTEMPQA, _outputs(COTEMPQA, problems, "correct"), variant)
    assert found.trace.ok_exact == 1.0


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("<think>The warden, so {}.</think> <answer>{}</answer>", True),
        ("<think>The warden, so {}.</think> <answer>{}", True),
        ("<think>The warden, so {}. Wait, let me look at", False),
        ("<think>The warden, so {}.</think> {}", False),
    ],
)
def test_free_text_is_right_where_its_answer_is_exactly_gold(
    problems: list[Problem], text: str, right: bool
) -> None:
    problem = problems[0]
    stated = COTEMPQA.template.answer(problem.answers)
    output = StoredOutput(problem, text.format(stated, stated), problem.answers, "row 1")
    found = _evaluate(COTEMPQA, [output], "verbose")
    assert (found.answer.exact_set_micro, found.answer.released_micro) == (right, 1.0)


def test_a_missing_category_leaves_no_macro(problems: list[Problem]) -> None:
    there = [problem for problem in problems if problem.category != "during"]
    outputs = _outputs(COTEMPQA, there, "correct")
    found = _evaluate(COTEMPQA, outputs, "correct", missing=["during: no such file"])
    assert found.n == len(there)
    assert found.notes["n"] == "not there: during: no such file"
    for name in ("answer.released_macro", "classification.macro"):
        assert found.notes[name] == "nothing to count in during"
    assert found.answer.released_macro is found.classification.macro is None
    assert found.classification.micro == 1.0
    assert "during" not in found.answer.by_category


def test_a_dataset_that_the_release_does_not_score() -> None:
    unknown = replace(datasets.get("marco"), release=None)
    outputs = _outputs(unknown, unknown.lookalikes.generate(20, 3), "correct")
    found = _evaluate(unknown, outputs, "correct")
    assert (found.answer.released_micro, found.answer.flag_fixed_micro) == (None, None)
    assert found.notes["answer.released_micro"] == NO_RULE
    assert found.notes["answer.by_category.flag_fixed"] == NO_RULE
    assert found.table.right_ok == 20


def test_the_solvers_gold_asks_for_the_anchor_too(problems: list[Problem]) -> None:
    outputs = _outputs(COTEMPQA, problems, "anchored")
    for gold, exact in (("stored", 0.0), ("solver", 1.0)):
        found = _evaluate(COTEMPQA, outputs, "anchored", gold=gold)
        assert found.retrieval.exact == exact
        assert ("retrieval" in found.notes) == (gold == "solver")


def test_the_figure_for_bare_answers_is_noted_where_it_differs(problems: list[Problem]) -> None:
    outputs = _outputs(COTEMPQA, problems, "correct")
    assert "answer.exact_set_micro" not in _evaluate(COTEMPQA, outputs, "correct").notes
    bold = [
        replace(
            it,
            prediction=re.sub("<answer>(.*)</answer>", r"<answer>**\1**</answer>", it.prediction),
        )
        for it in outputs[:20]
    ]
    found = _evaluate(COTEMPQA, [*bold, *outputs[20:]], "correct")
    assert found.answer.exact_set_micro == 1.0
    assert found.notes["answer.exact_set_micro"] == (
        "20 of 80 answers are wrapped in quotes, markup or the like; as written 75.0 % are right"
    )


def test_no_outputs_are_an_error() -> None:
    with pytest.raises(InputError, match="no outputs of tiny"):
        _evaluate(COTEMPQA, [], "correct")


# The release


def _round(*values: float | None) -> tuple[float, ...]:
    return tuple(round(100 * value, 1) for value in values if value is not None)


@pytest.mark.parametrize(
    ("variant", "released", "flag_fixed"),
    [("vanilla", 57.4, 52.5), ("correct", 53.9, 47.9), ("incorrect", 56.0, 43.7)],
)
@pytest.mark.parametrize("semantics", ["released", "strict"])
def test_answers_of_the_release(
    release: Path, variant: str, released: float, flag_fixed: float, semantics: Semantics
) -> None:
    found = evaluate(COTEMPQA, release, QWEN, variant, semantics)
    assert found.n == 950
    assert _round(found.answer.released_micro, found.answer.flag_fixed_micro) == (
        released,
        flag_fixed,
    )


def test_the_releases_matrix(release: Path) -> None:
    found = evaluate(COTEMPQA, release, QWEN, "correct", "released")
    assert tuple(found.table.model_dump().values()) == (258, 254, 201, 237)
    assert found.retrieval.exact is None
    assert found.notes["retrieval.exact"] == found.notes["trace.ok_exact"] == ONE_RULE


def test_outputs_that_the_release_skips_are_left_out(release: Path) -> None:
    found = evaluate(COTEMPQA, release, QWEN, "incorrect", "released")
    assert sum(found.table.model_dump().values()) == 920
    assert found.notes["table"].startswith("30 outputs without a trace are left out")
    assert found.trace.no_trace == pytest.approx(30 / 950)


@pytest.mark.parametrize(
    ("variant", "steps"),
    [
        ("correct", (63.9, 48.6, 97.5, 75.2, 52.1, 45.6)),
        ("incorrect", (10.3, 19.6, 72.1, 7.9, 3.6, 3.6)),
    ],
)
def test_strict_steps_of_the_release(release: Path, variant: str, steps: tuple[float, ...]) -> None:
    found = evaluate(COTEMPQA, release, QWEN, variant, "strict")
    retrieval = found.retrieval
    assert steps == _round(
        found.classification.micro,
        found.classification.macro,
        retrieval.any_context,
        retrieval.any_gold,
        retrieval.recall_all,
        retrieval.exact,
    )


def test_answer_and_trace_go_together_when_scored_strictly(release: Path) -> None:
    figures = evaluate(COTEMPQA, release, QWEN, "correct", "strict").independence
    assert figures.chi2 == pytest.approx(376, abs=0.5)
    assert figures.phi == pytest.approx(0.63, abs=0.005)
    assert _round(figures.p_right_given_ok, figures.p_right_given_not) == (98.4, 31.8)
    assert _round(figures.difference) == (66.6,)
    assert figures.difference_ci is not None
    assert _round(*figures.difference_ci) == (62.3, 70.2)
    assert figures.testable


def test_the_label_alone_does_not_within_categories(release: Path) -> None:
    outputs = stored_outputs(COTEMPQA, release, QWEN, "correct").outputs
    rows = score_outputs(COTEMPQA, outputs, "correct", "strict")
    figures = associate_steps(COTEMPQA, rows, lambda steps: steps.class_right).figures
    assert figures.cmh_p == pytest.approx(0.37, abs=0.005)
    assert figures.chi2 is not None
    assert figures.chi2 > 20  # over all categories together it does


def test_babi_scored_strictly(release: Path) -> None:
    found = evaluate(datasets.get("babi"), release, LLAMA, "correct", "strict")
    figures = found.independence
    assert _round(found.classification.micro, found.retrieval.exact) == (99.5, 93.9)
    assert figures.chi2 == pytest.approx(50, abs=0.5)
    assert figures.phi == pytest.approx(0.36, abs=0.005)
    assert _round(figures.p_right_given_ok, figures.p_right_given_not) == (96.6, 62.5)
    assert not figures.testable  # 21 wrong answers over 24 bad traces: too few to expect 5 of both
    assert figures.fisher_p is not None
    assert figures.fisher_p < 1e-6


def test_a_category_that_is_not_stored(release: Path) -> None:
    found = evaluate(COTEMPQA, release, "Qwen3-8B", "correct", "strict")
    assert "during" not in found.answer.by_category
    assert found.n == 950 - 619
    assert "during" in found.notes["n"]
    assert found.answer.released_macro is None
    assert found.notes["answer.released_macro"] == "nothing to count in during"
