"""Which traces can be forced on a problem, where each points, and what is kept of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.json_lines import JsonLines
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.decomposition import traces
from artifact.sft.forced_traces import (
    EARLY,
    FORCED,
    MASK,
    Forced,
    Intervention,
    LogProb,
    forced_traces,
    interventions,
    rival_of,
)
from artifact.sft.run_folder import INTERVENTIONS, Run

N = 60


def lookalikes(name: str) -> tuple[Dataset, list[Problem]]:
    dataset = datasets.get(name)
    return dataset, dataset.lookalikes.generate(N, 2)


def between_tags(turn: str) -> str:
    return turn.removeprefix("<think>").split("</think>")[0]


@pytest.mark.parametrize("name", datasets.names())
@pytest.mark.parametrize("kind", ["correct", "anchored", "incorrect", "filler"])
def test_a_trace_as_in_training_is_that_of_training(name: str, kind: str) -> None:
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


# One thing of a trace changed


@pytest.mark.parametrize("name", datasets.names())
def test_label_and_facts_are_corrupted_apart(name: str) -> None:
    """Correct, wrong label, wrong facts and incorrect are two by two."""
    dataset, problems = lookalikes(name)
    wording = dataset.template
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        correct, incorrect = forced["correct"].text, forced["incorrect"].text
        wrong_label, wrong_facts = forced["label_only"].text, forced["facts_only"].text
        assert wording.label_of(wrong_label) == wording.label_of(incorrect) != problem.category
        assert wording.label_of(wrong_facts) == problem.category
        assert wording.cited_facts(wrong_label) == wording.cited_facts(correct)
        assert wording.cited_facts(wrong_facts) == wording.cited_facts(incorrect)
        assert forced["label_only"].points_to == forced["correct"].points_to


@pytest.mark.parametrize("name", ["babi", "cotempqa"])
def test_reordered_facts_are_the_same_facts_in_another_order(name: str) -> None:
    dataset, problems = lookalikes(name)
    found = 0
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        several = len(set(problem.supporting_facts)) > 1
        assert ("reordered" in forced) == several
        if several:
            found += 1
            text = forced["reordered"].text
            assert text != forced["correct"].text
            assert sorted(text) == sorted(forced["correct"].text)
            assert all(fact in text for fact in problem.supporting_facts)
    assert found > N / 10


def story(question: str, answer: str, *facts: str, support: tuple[int, ...] = (0,)) -> Problem:
    return Problem(
        id=question,
        dataset="babi",
        category="single-supporting-fact",
        context=facts,
        question=question,
        answers=(answer,),
        support=support,
    )


MASKED = {
    "the answer as a word": ("mill", "Ida went to the mill.", f"Ida went to the {MASK}."),
    "in another case": (
        "mill",
        "Mill Lane leads to the mill.",
        f"{MASK} Lane leads to the {MASK}.",
    ),
    "in the plural": ("ferret", "Badgers are afraid of ferrets.", f"Badgers are afraid of {MASK}."),
    "not within a word": (
        "mill",
        "The miller went to the mill.",
        f"The miller went to the {MASK}.",
    ),
    "with signs in it": ("Mill (old)", "Ida: Mill (old), pier.", f"Ida: {MASK}, pier."),
}


@pytest.mark.parametrize(("answer", "fact", "masked"), MASKED.values(), ids=list(MASKED))
def test_the_answer_is_masked_in_the_facts(answer: str, fact: str, masked: str) -> None:
    dataset = datasets.get("babi")
    forced = forced_traces(dataset, story("Where is Ida?", answer, fact), None, [])
    assert forced["masked"].text == forced["correct"].text.replace(fact, masked)
    assert forced["masked"].points_to is None


def test_facts_that_do_not_name_the_answer_have_nothing_to_mask() -> None:
    problem = story("How many?", "two", "Ida took the oar.", "Ida took the net.", support=(0, 1))
    assert "masked" not in forced_traces(datasets.get("babi"), problem, None, [])


FACTS = ("Ida took the oar.", "Ida went to the mill.", "Bo went to the pier.", "Bo took the net.")


def mistaken(own: str, *context: str) -> tuple[str, str] | None:
    """What is forced, and what of it the model has read where it goes on by itself."""
    problem = story("Where is the oar?", "mill", *(context or FACTS), support=(0, 1))
    trace = forced_traces(datasets.get("babi"), problem, own, []).get("mistake")
    return None if trace is None else (trace.text, trace.text[: trace.goes_on_at])


@pytest.mark.parametrize(
    ("own", "text", "head"),
    [
        (
            "Look: Bo took the net. Ida took the oar. Ida went to the mill.",
            "Look: Bo took the net. Bo went to the pier. Ida went to the mill.",
            "Look: Bo took the net. Bo went to the pier.",
        ),
        (
            "Ida took the oar. Bo took the net. So.",
            "Bo went to the pier. Bo took the net. So.",
            "Bo went to the pier.",
        ),
        ("['ida took the oar.']", "['bo went to the pier.']", "['bo went to the pier."),
    ],
    ids=["the middle one of three", "the first of two", "in the trace's own case"],
)
def test_a_mistake_stands_in_place_of_the_middle_fact(own: str, text: str, head: str) -> None:
    context = FACTS if "net" in own else FACTS[:3]
    assert mistaken(own, *context) == (text, head)


@pytest.mark.parametrize(
    ("own", "context"),
    [("... ... ...", FACTS), ("Ida took the oar.", FACTS[:2])],
    ids=["no fact is quoted", "there is no other fact"],
)
def test_without_a_fact_to_replace_there_is_no_mistake(own: str, context: tuple[str, ...]) -> None:
    assert mistaken(own, *context) is None


def test_the_own_trace_is_cut_at_the_shares_of_early_answering() -> None:
    dataset, problems = lookalikes("babi")
    forced = forced_traces(dataset, problems[0], "Own.", problems)
    cut = {kind: trace.kept for kind, trace in forced.items() if kind.startswith("early")}
    assert cut == {"early_25": 0.25, "early_50": 0.5, "early_75": 0.75}
    assert all(forced[kind].text == "Own." for kind in cut)  # type: ignore[index]
    without = forced_traces(dataset, problems[0], None, problems)
    assert without.keys() & EARLY.keys() == {"none"}


@pytest.mark.parametrize("name", datasets.names())
def test_a_rival_is_wrong_and_near_at_hand(name: str) -> None:
    dataset, problems = lookalikes(name)
    found = 0
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        rival = rival_of(forced, problem, problems)
        if rival is None:
            continue
        found += 1
        assert set(rival).isdisjoint(problem.answers)
        assert rival == rival_of(forced, problem, problems)
        if "misleading" in forced:
            assert rival == forced["misleading"].points_to
        else:
            peers = [it for it in problems if it.category == problem.category]
            assert rival in [it.answers for it in peers]
    assert found > 0.9 * N


def test_a_rival_that_the_context_names_goes_first() -> None:
    asked = story("Where is Ida?", "mill", "Ida went to the mill.", "Bo left the pier.")
    others = [story(place, place, f"Bo is in the {place}.") for place in ("attic", "pier", "barn")]
    assert rival_of({}, asked, others) == ("pier",)
    assert rival_of({}, asked, [asked]) is None


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
    JsonLines(tmp_path / INTERVENTIONS).append(*lines)
    assert interventions(run) == lines
    with (tmp_path / INTERVENTIONS).open("a", encoding="utf-8") as file:
        file.write('{"id": "torn')
    assert interventions(run) == lines
    with (tmp_path / INTERVENTIONS).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(InputError, match="line 3"):
        interventions(run)


def test_lines_as_they_were_before_log_probabilities_are_read(tmp_path: Path) -> None:
    (tmp_path / INTERVENTIONS).write_text(
        '{"id":"p","category":"c","forced":"own","points_to":null,"prediction":" mill","tokens":2,'
        '"truncated":false}\n'
    )
    (line,) = interventions(Run(tmp_path))
    assert (line.prediction, line.gold, line.rival) == (" mill", None, None)


def test_a_later_line_adds_what_the_first_one_lacks(tmp_path: Path) -> None:
    about = {"id": "p", "category": "c", "forced": "own", "points_to": None}
    said = Intervention(**about, prediction=" mill", tokens=2, truncated=False)
    read = Intervention(**about, prediction=" pier", gold=LogProb(sum=-1.5, tokens=3))
    JsonLines(tmp_path / INTERVENTIONS).append(said, read)
    assert interventions(Run(tmp_path)) == [said.model_copy(update={"gold": read.gold})]
