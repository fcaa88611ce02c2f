"""Which traces can be forced on a problem, and where each of them points."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.decomposition import traces
from artifact.sft.forced_traces import FORCED, Forced, Intervention, forced_traces, interventions
from artifact.sft.run_folder import INTERVENTIONS, Appender, Run

N = 60


def lookalikes(name: str) -> tuple[Dataset, list[Problem]]:
    dataset = datasets.get(name)
    return dataset, dataset.lookalikes.generate(N, 2)


def between_tags(turn: str) -> str:
    return turn.removeprefix("<think>").split("</think>")[0]


@pytest.mark.parametrize("name", datasets.names())
@pytest.mark.parametrize("kind", ["correct", "anchored", "incorrect", "filler"])
def test_a_trace_as_in_training_is_that_of_training(name: str, kind: traces.Kind) -> None:
    dataset, problems = lookalikes(name)
    found = 0
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        try:
            turn = traces.render(dataset, problem, kind)
        except InputError:
            assert kind not in forced
            continue
        assert forced[kind].text == between_tags(turn)  # type: ignore[index]
        found += 1
    assert found > 0 or kind == "anchored"


@pytest.mark.parametrize("name", ["babi", "cotempqa"])
def test_correct_facts_point_to_gold_and_misleading_ones_elsewhere(name: str) -> None:
    dataset, problems = lookalikes(name)
    elsewhere = 0
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        assert set(forced["correct"].points_to or ()) == set(problem.answers)
        if "misleading" in forced:
            elsewhere += 1
            trace = forced["misleading"]
            assert trace.points_to
            assert set(trace.points_to).isdisjoint(problem.answers)
            assert dataset.template.label_of(trace.text) == problem.category
            assert trace.points_to == traces.points_to(dataset, problem, trace.text)
    assert elsewhere > N / 4


@pytest.mark.parametrize("name", ["babi", "cotempqa"])
def test_what_has_no_facts_points_nowhere(name: str) -> None:
    dataset, problems = lookalikes(name)
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        assert forced["none"].text == ""
        assert (forced["none"].points_to, forced["filler"].points_to) == (None, None)


@pytest.mark.parametrize("name", datasets.names())
def test_another_problems_trace_points_to_that_ones_answers(name: str) -> None:
    dataset, problems = lookalikes(name)
    correct = {
        between_tags(traces.render(dataset, problem, "correct")): problem for problem in problems
    }
    for problem in problems:
        other = forced_traces(dataset, problem, None, problems)["other"]
        lender = correct[other.text]
        assert lender.id != problem.id
        assert other.points_to == lender.answers
        assert set(lender.supporting_facts).isdisjoint(problem.context)


def test_the_own_trace_is_as_it_was_and_points_where_its_facts_do() -> None:
    dataset, problems = lookalikes("babi")
    problem, other = problems[0], problems[1]
    own = dataset.template.trace(other.category, problem.supporting_facts)
    found = forced_traces(dataset, problem, own, problems)["own"]
    assert found.text == own
    assert set(found.points_to or ()) == set(problem.answers)
    nonsense = forced_traces(dataset, problem, "I can't say.", problems)["own"]
    assert (nonsense.text, nonsense.points_to) == ("I can't say.", None)


def test_what_can_not_be_had_is_left_out() -> None:
    dataset, problems = lookalikes("babi")
    assert "own" not in forced_traces(dataset, problems[0], None, problems)
    assert "other" not in forced_traces(dataset, problems[0], None, problems[:1])
    alone = forced_traces(dataset, problems[0], None, [])
    assert {"none", "correct", "incorrect", "filler"} <= set(alone)


@pytest.mark.parametrize("name", datasets.names())
def test_traces_come_in_one_order_and_are_the_same_each_time(name: str) -> None:
    dataset, problems = lookalikes(name)
    for problem in problems[:9]:
        forced = forced_traces(dataset, problem, "Own.", problems)
        assert list(forced) == [kind for kind in FORCED if kind in forced]
        assert forced == forced_traces(dataset, problem, "Own.", problems)


def test_a_dataset_that_does_not_say_where_facts_point_has_the_traces_all_the_same() -> None:
    dataset, problems = lookalikes("marco")
    forced = forced_traces(dataset, problems[0], None, problems)
    expected: set[Forced] = {"none", "correct", "incorrect", "other", "filler"}
    assert expected <= set(forced)


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert interventions(run) == []
    lines = [
        Intervention(
            id="p",
            category="c",
            forced=forced,
            points_to=points_to,
            prediction="<answer>mill</answer>",
            tokens=4,
            truncated=False,
        )
        for forced, points_to in (("own", None), ("other", ("mill", "barn")))
    ]
    Appender(tmp_path / INTERVENTIONS).add(lines)
    assert interventions(run) == lines
    with (tmp_path / INTERVENTIONS).open("a", encoding="utf-8") as file:
        file.write('{"id": "torn')
    assert interventions(run) == lines
    with (tmp_path / INTERVENTIONS).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(InputError, match="line 3"):
        interventions(run)
