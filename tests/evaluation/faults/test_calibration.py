"""The scripted answerer does what it is told, and strict scoring finds its rates back exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset, Wording
from artifact.datasets.problem import Problem
from artifact.evaluation.faults.calibration import (
    Measured,
    Rates,
    SimulatedOutput,
    calibrate,
    simulate,
    wrong_answers,
)
from artifact.evaluation.scoring import score_output

N, SEED = 400, 0
QUANTITIES = [
    "answer right",
    "classification right",
    "retrieval right",
    "right answers: right trace minus wrong trace",
]
ANSWER, CLASSIFICATION, RETRIEVAL, ASSOCIATION = QUANTITIES
ALL_RIGHT = Rates(label=1, facts=1, answer_if_ok=1, answer_if_not=1, untagged=0)
SHARE = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
RATES = st.builds(Rates, SHARE, SHARE, SHARE, SHARE, SHARE)


@cache
def problems(name: str) -> list[Problem]:
    return datasets.get(name).lookalikes.generate(N, SEED)


def without_shortcuts(dataset: Dataset) -> Dataset:
    return replace(dataset, rules=replace(dataset.rules, shortcuts={}))


@pytest.fixture(params=datasets.names())
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return datasets.get(request.param)


@pytest.fixture
def simulated(dataset: Dataset) -> list[SimulatedOutput]:
    return simulate(dataset, problems(dataset.name), Rates(), seed=SEED)


def by_quantity(measured: list[Measured]) -> dict[str, Measured]:
    return {each.quantity: each for each in measured}


def test_strict_scoring_finds_the_truth_exactly(
    dataset: Dataset, simulated: list[SimulatedOutput]
) -> None:
    measured = calibrate(dataset, simulated)
    assert [each.quantity for each in measured] == QUANTITIES
    assert [each.strict for each in measured] == [each.truth for each in measured]


def test_the_truth_is_what_the_answerer_did(
    dataset: Dataset, simulated: list[SimulatedOutput]
) -> None:
    found = by_quantity(calibrate(dataset, simulated))
    ok = [each.answer_right for each in simulated if each.ok]
    not_ok = [each.answer_right for each in simulated if not each.ok]
    assert found[ANSWER].truth == fmean(each.answer_right for each in simulated)
    assert found[CLASSIFICATION].truth == fmean(each.label_right for each in simulated)
    assert found[RETRIEVAL].truth == fmean(each.facts_exact for each in simulated)
    assert found[ASSOCIATION].truth == pytest.approx(fmean(ok) - fmean(not_ok))


def test_the_released_scoring_misses_it_where_its_faults_are_at_work(
    dataset: Dataset, simulated: list[SimulatedOutput]
) -> None:
    if dataset.release is None:
        pytest.skip(f"the release does not score {dataset.name}")
    found = by_quantity(calibrate(dataset, simulated))
    for quantity in (RETRIEVAL, ASSOCIATION):
        released = found[quantity].released
        assert released is not None
        assert abs(released - found[quantity].truth) > 0.05
    assert found[ASSOCIATION].released < found[ASSOCIATION].truth, "a wrong gold row blurs it"


def test_on_cotempqa_any_context_fact_is_a_hit_and_extra_answers_go_unpunished() -> None:
    cotempqa = datasets.get("cotempqa")
    simulated = simulate(cotempqa, problems("cotempqa"), Rates(), seed=SEED)
    found = by_quantity(calibrate(cotempqa, simulated))
    assert found[RETRIEVAL].released > 0.99
    assert found[ANSWER].released > found[ANSWER].truth + 0.05
    assert found[CLASSIFICATION].released == found[CLASSIFICATION].truth, "a table per category"


def test_labels_are_compared_as_the_release_reads_them() -> None:
    """MARCO's gold rows hold labels in lower case; a look-alike's label is upper case."""
    marco = datasets.get("marco")
    simulated = simulate(marco, problems("marco"), Rates(), seed=SEED)
    found = by_quantity(calibrate(marco, simulated))
    assert found[CLASSIFICATION].released == found[CLASSIFICATION].truth


def test_a_dataset_that_the_release_does_not_score_has_no_released_figures() -> None:
    unscored = replace(datasets.get("babi"), release=None)
    simulated = simulate(unscored, problems("babi"), Rates(), seed=SEED)
    measured = calibrate(unscored, simulated)
    assert [each.released for each in measured] == [None] * 4
    assert [each.strict for each in measured] == [each.truth for each in measured]


def test_without_a_way_to_corrupt_a_trace_all_facts_are_gold() -> None:
    plain = replace(datasets.get("babi"), wording=Wording())
    simulated = simulate(plain, problems("babi"), Rates(facts=0), seed=SEED)
    assert all(each.facts_exact for each in simulated)


@given(st.sampled_from(datasets.names()), RATES, st.integers(0, 9), st.integers(2, 30))
def test_every_output_is_what_it_says_it_is(name: str, rates: Rates, seed: int, n: int) -> None:
    dataset, some = datasets.get(name), problems(name)[:n]
    for each in simulate(dataset, some, rates, seed=seed):
        steps = score_output(dataset, each.output, "correct").steps
        assert steps is not None
        assert (steps.class_right, steps.retrieval["exact"]) == (each.label_right, each.facts_exact)
        assert not steps.no_trace
        assert steps.ok_exact == each.ok
        if each.answer_right:
            assert "<answer>" in each.output.prediction


@pytest.mark.parametrize(
    ("rates", "share_of"),
    [
        (Rates(label=0), lambda each: not each.label_right),
        (Rates(label=1), lambda each: each.label_right),
        (Rates(facts=0), lambda each: not each.facts_exact),
        (Rates(facts=1), lambda each: each.facts_exact),
        (ALL_RIGHT, lambda each: each.ok and each.answer_right),
        (replace(ALL_RIGHT, answer_if_ok=0), lambda each: not each.answer_right),
        (replace(ALL_RIGHT, label=0, answer_if_not=0), lambda each: not each.answer_right),
        (replace(ALL_RIGHT, untagged=1), lambda each: not each.answer_right),
    ],
)
def test_a_rate_of_none_or_all_is_kept_to(
    dataset: Dataset, rates: Rates, share_of: Callable[[SimulatedOutput], bool]
) -> None:
    simulated = simulate(dataset, problems(dataset.name)[:60], rates, seed=SEED)
    assert all(share_of(each) for each in simulated)


def test_rates_between_are_met_about(dataset: Dataset, simulated: list[SimulatedOutput]) -> None:
    rates, about = Rates(), {"abs": 0.08}  # more than three standard errors of 400 outputs
    assert fmean(each.label_right for each in simulated) == pytest.approx(rates.label, **about)
    assert fmean(each.facts_exact for each in simulated) == pytest.approx(rates.facts, **about)
    untagged = fmean("<answer>" not in each.output.prediction for each in simulated)
    assert untagged == pytest.approx(rates.untagged, abs=0.04)


def test_every_output_bears_the_mark(dataset: Dataset, simulated: list[SimulatedOutput]) -> None:
    assert [each.output.where for each in simulated] == [
        f"SIMULATED {problem.id}" for problem in problems(dataset.name)
    ]
    assert all(each.output.gold == each.output.problem.answers for each in simulated)


def test_equal_seeds_give_equal_outputs(dataset: Dataset, simulated: list[SimulatedOutput]) -> None:
    again = simulate(dataset, problems(dataset.name), Rates(), seed=SEED)
    other = simulate(dataset, problems(dataset.name), Rates(), seed=SEED + 1)
    assert simulated == again
    assert simulated != other


def test_a_wrong_answer_is_wrong(dataset: Dataset) -> None:
    others = problems(dataset.name)[:40]
    for seed, problem in enumerate(others):
        answers = wrong_answers(dataset, problem, others, Random(seed))
        assert answers
        assert set(answers) != set(problem.answers)


def test_where_no_shortcut_errs_another_problems_answer_is_given() -> None:
    honest = without_shortcuts(datasets.get("babi"))
    some = problems("babi")[:40]
    of_others = {problem.answers for problem in some}
    assert wrong_answers(honest, some[0], some, Random(0)) in of_others - {some[0].answers}


def test_a_single_problem_has_no_wrong_answer() -> None:
    alone = problems("babi")[:1]
    with pytest.raises(InputError, match="simulate more problems"):
        wrong_answers(without_shortcuts(datasets.get("babi")), alone[0], alone, Random(0))


def test_no_difference_without_both_kinds_of_trace() -> None:
    babi = datasets.get("babi")
    with pytest.raises(InputError, match="all traces are right, or none; simulate more problems"):
        calibrate(babi, simulate(babi, problems("babi")[:30], ALL_RIGHT, seed=SEED))


def test_the_released_difference_may_be_missing_where_the_true_one_is_not() -> None:
    """The release would find no label right in these rows; the answerer's truth still stands."""
    marco = datasets.get("marco")
    assert marco.release is not None
    scoring = replace(marco.release.scoring, class_part=lambda trace: trace[:1])
    blind = replace(marco, release=replace(marco.release, scoring=scoring))
    measured = by_quantity(calibrate(blind, simulate(blind, problems("marco"), Rates(), seed=SEED)))
    assert measured[CLASSIFICATION].released == 0
    assert measured[ASSOCIATION].released is None
    assert measured[ASSOCIATION].strict == measured[ASSOCIATION].truth
