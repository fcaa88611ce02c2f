"""The texts shown: one per trace type, from rules or from R1's records, answers right in all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets import get
from artifact.datasets.sources import Source, load
from artifact.decomposition.parse import Trace, parse
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.stimuli import (
    FEWEST_CHOICES,
    MOST_FACTS,
    Stimulus,
    decomposed,
    read_stimuli,
)


@pytest.fixture(scope="module")
def stimuli() -> list[Stimulus]:
    return read_stimuli("cotempqa", "lookalike", seed=3, intake=Intake())


def test_every_trace_type_has_its_own_text(stimuli: list[Stimulus]) -> None:
    assert len(stimuli) > 100
    for stimulus in stimuli:
        assert tuple(stimulus.traces) == GROUPS
        assert len(set(stimulus.traces.values())) == len(GROUPS)
        assert stimulus.made == "rule"


def test_questions_that_lost_their_verb_have_it_again(stimuli: list[Stimulus]) -> None:
    asked = [s.question for s in stimuli if ", which position did " in s.question]
    assert asked
    assert all(re.search(r", which position did .+ hold ", question) for question in asked)
    raw = load(Source.parse("lookalike"), get("cotempqa"), n=400, seed=3).problems
    lost = [p.question for p in raw if re.search(r"which position did (?!.* hold )", p.question)]
    assert len(lost) > 5  # the dataset's own wording is not touched


def test_free_texts_state_every_answer_and_the_decomposed_one_holds_it(
    stimuli: list[Stimulus],
) -> None:
    for stimulus in stimuli:
        for text in stimulus.traces.values():
            assert all(answer in text for answer in stimulus.answers)


@pytest.mark.parametrize("dataset", ["cotempqa", "babi"])
def test_what_may_be_guessed_are_the_answers_that_facts_offer(dataset: str) -> None:
    offered = [
        it for it in read_stimuli(dataset, "lookalike", seed=3, intake=Intake()) if it.choices
    ]
    assert len(offered) > 50
    for stimulus in offered:
        words = [choice.text for choice in stimulus.choices]
        assert words == sorted(set(words))
        assert len(words) >= FEWEST_CHOICES
        assert {it.text for it in stimulus.choices if it.right} == set(stimulus.answers)


def test_texts_differ_in_length_as_their_types_do(stimuli: list[Stimulus]) -> None:
    for stimulus in stimuli:
        words = {kind: len(text.split()) for kind, text in stimulus.traces.items()}
        assert words["summary"] < 100
        assert words["summary"] < words["explanation"] < words["verbose"]


def test_long_contexts_are_passed_over() -> None:
    few = read_stimuli("cotempqa", "lookalike", seed=3, intake=Intake(), most_facts=10)
    assert {len(stimulus.context) for stimulus in few} == {10}


def test_contexts_are_short_by_default(stimuli: list[Stimulus]) -> None:
    assert max(len(stimulus.context) for stimulus in stimuli) <= MOST_FACTS


def test_every_category_can_be_shown_often_enough(stimuli: list[Stimulus]) -> None:
    categories = [stimulus.category for stimulus in stimuli]
    assert all(categories.count(label) >= 5 for label in get("cotempqa").labels)


@pytest.mark.parametrize("name", ["cotempqa", "babi"])
def test_the_decomposed_trace_says_what_the_template_says(name: str) -> None:
    dataset = get(name)
    for problem in dataset.lookalikes.generate(30, 1):
        text = decomposed(dataset, problem)
        assert text.split("\n")[-len(problem.support) :] == [
            f"- {fact}" for fact in problem.supporting_facts
        ]
        assert "[" not in text
        trace = parse(f"<think>{text}</think>", dataset.template, problem.context)
        assert isinstance(trace, Trace)
        assert trace.label == problem.category


def test_the_same_seed_gives_the_same_texts(stimuli: list[Stimulus]) -> None:
    assert read_stimuli("cotempqa", "lookalike", seed=3, intake=Intake()) == stimuli
    assert read_stimuli("cotempqa", "lookalike", seed=4, intake=Intake()) != stimuli


RECORD = {
    "question": "While Orla Fenn was working for Dunmere Press, which employer did Orla Fenn work "
    "for at the same time?",
    "facts": [
        "Orla Fenn works for Dunmere Press in 1950.",
        "Orla Fenn works for Skell Mill from 1949 to 1951.",
        "Orla Fenn works for Thurle Bank in 1990.",
    ],
    "gold": ["Skell Mill"],
    "triple_element": "S1_R1_O2",
    "prediction": "Skell Mill",
    "r1_trace": "\n\nOkay. **Skell Mill** spans 1950.\n",
    "r1_trace_summary": "1950 lies within Skell Mill's time.",
    "r1_exp_ans": "Skell Mill, for 1950 lies between 1949 and 1951.",
}


def test_r1s_own_texts_are_shown_where_a_file_gives_them(tmp_path: Path) -> None:
    path = tmp_path / "r1.jsonl"
    path.write_text(json.dumps(RECORD) + "\n", encoding="utf-8")
    (stimulus,) = read_stimuli("cotempqa", f"file:{path}", seed=0, intake=Intake())
    assert stimulus.made == "r1"
    assert stimulus.traces["verbose"] == "Okay. **Skell Mill** spans 1950."
    assert stimulus.traces["summary"] == RECORD["r1_trace_summary"]
    assert stimulus.traces["explanation"] == RECORD["r1_exp_ans"]
    assert stimulus.traces["decomposed"].endswith(
        "is: during.\nI need to use the following facts to answer the question:\n"
        "- Orla Fenn works for Skell Mill from 1949 to 1951."
    )


def test_records_left_out_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "r1.jsonl"
    path.write_text(json.dumps(RECORD | {"prediction": "Thurle Bank"}) + "\n", encoding="utf-8")
    intake = Intake(skip_bad=True)
    assert read_stimuli("cotempqa", f"file:{path}", seed=0, intake=intake) == []
    assert len(intake.left_out) == 1


@pytest.mark.parametrize("source", ["lookalike", "file:/nowhere/r1.jsonl"])
def test_a_dataset_without_texts_says_which_has_them(source: str) -> None:
    with pytest.raises(InputError, match=r"marco has no texts .* choose one of babi, cotempqa"):
        read_stimuli("marco", source, seed=0, intake=Intake())
