"""The wording of prompts and traces, both ways, against invented text and every stored row."""

from __future__ import annotations

import ast
import csv
import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.release.problems import read_release, read_stored_traces
from artifact.datasets.cotempqa.template import TEMPLATE, corrupt_trace
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import SFT_FOLDERS

QUESTION = (
    "While Mira Vold was working for Tarn Mills, which employer did Mira Vold work for "
    "concurrently?"
)
ANCHOR = "Mira Vold works for Tarn Mills from 1990 to May 2, 2000."
ANSWER = "Mira Vold works for O'Lake Mills in 1995."
BESIDE = "Mira Vold works for Old Mills in 1980."
PROBLEM = Problem(
    "p", "cotempqa", "during", (ANCHOR, ANSWER, BESIDE), QUESTION, ("O'Lake Mills",), (1,)
)


def test_the_prompt_prints_the_context_as_a_python_list():
    assert TEMPLATE.user_turn(PROBLEM) == (
        "Answer the question based on the context:\n"
        f"['{ANCHOR}', \"{ANSWER}\", '{BESIDE}']\n"
        f"Question: {QUESTION} Only return the answer.\n"
    )


def test_a_trace_states_the_label_and_then_the_facts():
    assert TEMPLATE.trace("during", [ANSWER]) == (
        "The temporal relation between the event in question and the event in context is: "
        "during.\nI need to use the following facts to answer the question: "
        f'["{ANSWER}"]'
    )


@given(st.sampled_from(LABELS), st.lists(st.text(), max_size=4))
def test_what_a_trace_states_reads_back(label, facts):
    text = TEMPLATE.trace(label, facts)
    assert TEMPLATE.label_of(text) == label
    assert ast.literal_eval(TEMPLATE.cited_facts(text)) == facts


SENTENCE = "The temporal relation between the event in question and the event in context is:"


@pytest.mark.parametrize(
    ("text", "label", "cited"),
    [
        ("", None, None),
        (f"assistant\n<think>\n{SENTENCE} equal.\n", "equal", None),
        (f"{SENTENCE} Equal to.\n", "equal", None),
        (f"{SENTENCE}\noverlap", "overlap", None),
        (f"{SENTENCE} .", None, None),
        ("The temporal relation is: equal.", None, None),
        (
            "I need to use the following facts to answer the question: Mira Vold works\n",
            None,
            "Mira Vold works",
        ),
        (
            "I need to use the following facts to answer the question:",
            None,
            "",
        ),
    ],
)
def test_generated_text_is_read_with_tolerance(text, label, cited):
    assert TEMPLATE.label_of(text) == label
    assert TEMPLATE.cited_facts(text) == cited


@given(st.text())
def test_readers_take_any_string(text):
    assert TEMPLATE.label_of(text) is None
    assert TEMPLATE.cited_facts(text) is None
    assert "" not in TEMPLATE.parse_answer(text)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("['Lake Mills']", {"Lake Mills"}),
        ("['Lake Mills', \"O'Hill\"]", {"Lake Mills", "O'Hill"}),
        ("\n['Lake Mills', 'Lake Mills'] ", {"Lake Mills"}),
        ("[]", set()),
        ("", set()),
        ("Lake Mills", {"Lake Mills"}),
        ("'Lake Mills'", {"Lake Mills"}),
        ("Lake Mills, Hill Mills", {"Lake Mills, Hill Mills"}),
        ("['O'Hill', 'Lake Mills']", {"O'Hill", "Lake Mills"}),
        ("[\"O'Hill\", 'O'Dale']", {"O'Hill", "O'Dale"}),
        ("['O\\'Hill', 'O'Dale']", {"O'Hill", "O'Dale"}),
        ("['Workers' Mills']", {"Workers' Mills"}),
        ("[1980]", {"1980"}),
        ("[Lake Mills]", {"Lake Mills"}),
        ("['Lake \\Mills']", {"Lake \\Mills"}),
        ("['", {"["}),
        ("[\x00]", {"\x00"}),
        ("[" * 5000 + "]" * 5000, {"[" * 4999 + "]" * 4999}),
    ],
)
def test_an_answer_is_a_list_or_one_text(text, answers):
    assert TEMPLATE.parse_answer(text) == answers


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool)))
def test_a_rendered_answer_reads_back(answers):
    assert TEMPLATE.parse_answer(TEMPLATE.answer(answers)) == set(answers)


@given(st.text("['\"], \\a"))
def test_an_answer_of_any_marks_is_read(text):
    assert isinstance(TEMPLATE.parse_answer(text), frozenset)


def test_a_corrupt_trace_quotes_one_fact_without_an_answer():
    drawn = {corrupt_trace(PROBLEM, "mix", Random(seed)) for seed in range(20)}
    assert drawn == {
        f"{SENTENCE} mix.\nI need to use the following facts to answer the question: {fact}"
        for fact in (ANCHOR, BESIDE)
    }


def test_a_corrupt_trace_quotes_nothing_where_every_fact_holds_an_answer():
    told = Problem("p", "cotempqa", "during", (ANSWER,), QUESTION, ("O'Lake Mills",), (0,))
    assert corrupt_trace(told, "mix", Random(1)).endswith("to answer the question: []")


def test_every_stored_correct_trace_renders_byte_for_byte(release):
    stored = read_stored_traces(release, "correct", Intake())
    assert len(stored) >= 2271
    for row in stored:
        told = row.problem
        trace = TEMPLATE.trace(told.category, told.supporting_facts)
        turn = f"<think>{trace}</think> <answer>{TEMPLATE.answer(told.answers)}</answer>"
        assert turn == row.text, row.where


def test_every_stored_incorrect_trace_is_one_we_could_draw(release):
    stored = read_stored_traces(release, "incorrect", Intake())
    assert len(stored) >= 2271
    for row in stored:
        told = row.problem
        trace, _, answer = row.text.removeprefix("<think>").partition("</think> <answer>")
        label = TEMPLATE.label_of(trace)
        assert label in set(LABELS) - {told.category}, row.where
        cited = set(told.context) - set(told.supporting_facts) or {"[]"}
        assert TEMPLATE.cited_facts(trace) in cited, row.where
        drawn = corrupt_trace(told, label, Random(told.id))
        assert _without_fact(trace) == _without_fact(drawn), row.where
        assert TEMPLATE.cited_facts(drawn) in cited, row.where
        assert answer == f"{TEMPLATE.answer(told.answers)}</answer>", row.where


def _without_fact(trace: str) -> str:
    return trace.removesuffix(TEMPLATE.cited_facts(trace))


def _without_articles(text: str) -> str:
    return text.replace(" the ", " ")


def test_every_stored_prompt_renders_byte_for_byte(release):
    prompts = {TEMPLATE.user_turn(told) for told in read_release(release, Intake())}
    folder = release / "main" / "data" / "cotempqa"
    for variant in SFT_FOLDERS.values():
        for path in sorted((folder / variant).glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as rows:
                for row in csv.DictReader(rows):
                    assert ast.literal_eval(row["messages"])[0]["content"] in prompts


def test_what_trained_models_generate_is_read(release):
    outputs = release / "main" / "results" / "Cotempqa" / "evaluation_outputs"
    paths = sorted(outputs.glob("*/*-reasoning-facts_default.json"))
    assert paths
    read = 0
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            prediction = json.loads(line)["prediction"]
            label = TEMPLATE.label_of(prediction)
            stated = _without_articles(SENTENCE) in _without_articles(prediction)
            assert (label in LABELS) == stated
            read += label is not None
    assert read > 0
