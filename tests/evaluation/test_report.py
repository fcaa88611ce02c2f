"""An evaluation on a terminal: every line of figures, and each reason once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifact import datasets
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.evaluate import evaluate_outputs
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.faults.calibration import Rates, simulate
from artifact.evaluation.report import as_text
from artifact.evaluation.scoring import NO_TRACES

COTEMPQA = datasets.get("cotempqa")
PROBLEMS = COTEMPQA.lookalikes.generate(60, 3)


def evaluation(variant: str, outputs: list[StoredOutput]) -> Evaluation:
    return evaluate_outputs(COTEMPQA, outputs, model="tiny", variant=variant, semantics="strict")


@pytest.fixture(scope="module")
def traced() -> Evaluation:
    simulated = simulate(COTEMPQA, PROBLEMS, Rates(), seed=1)
    return evaluation("correct", [each.output for each in simulated])


@pytest.fixture(scope="module")
def traceless() -> Evaluation:
    return evaluation("vanilla", [StoredOutput(p, p.answers[0], p.answers, p.id) for p in PROBLEMS])


def line(text: str, start: str) -> str:
    found = [line.strip() for line in text.splitlines() if line.strip().startswith(start)]
    assert len(found) == 1, start
    return found[0]


def test_it_opens_with_what_was_scored_and_how(traced: Evaluation) -> None:
    assert as_text(traced).splitlines()[0] == (
        "cotempqa tiny correct, steps scored as strict: n = 60"
    )


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("answer  ", ["released", "macro", "flag corrected", "exact set"]),
        ("classification", ["macro"]),
        ("retrieval", ["any context", "any gold", "all gold", "exact", "precision"]),
        ("trace", ["right (exact)", "right (any)", "no trace"]),
        ("answer, trace", ["right, right", "right, wrong", "wrong, right", "wrong, wrong"]),
        (
            "association",
            ["chi2", "phi", "answer right where the trace is right", "where it is wrong"],
        ),
    ],
)
def test_each_group_of_figures_has_its_line(
    traced: Evaluation, start: str, words: list[str]
) -> None:
    found = line(as_text(traced), start)
    assert [word for word in words if word not in found] == []


def test_shares_are_in_percent_with_one_decimal(traced: Evaluation) -> None:
    micro, macro = traced.classification.micro, traced.classification.macro
    assert micro is not None
    assert macro is not None
    assert line(as_text(traced), "classification") == (
        f"classification  {100 * micro:.1f} (macro {100 * macro:.1f})"
    )


def test_categories_come_with_their_n(traced: Evaluation) -> None:
    text = as_text(traced)
    for label, row in traced.answer.by_category.items():
        assert f"n {row.n:5}" in line(text, label)


@pytest.mark.parametrize("testable", [True, False])
def test_a_test_that_may_not_be_read_says_so(traced: Evaluation, testable: bool) -> None:
    figures = replace(traced.independence, chi2=12.34, testable=testable)
    found = line(as_text(traced.model_copy(update={"independence": figures})), "association")
    assert found.startswith("association     chi2 12.3")
    assert ("not to be read: an expected count is below 5" in found) is not testable


def test_without_traces_there_are_dashes_and_no_table(traceless: Evaluation) -> None:
    text = as_text(traceless)
    assert line(text, "classification") == "classification  - (macro -)"
    assert "answer, trace" not in text
    assert "association" not in text
    assert text.count(NO_TRACES) == 1, "a reason that many figures share is printed once"


def test_every_reason_is_printed_under_its_first_name(traced: Evaluation) -> None:
    notes = {"a.first": "not stored", "b.second": "not stored", "c.third": "too few"}
    text = as_text(traced.model_copy(update={"notes": notes}))
    assert text.splitlines()[-2:] == [
        "  note on a.first: not stored",
        "  note on c.third: too few",
    ]
