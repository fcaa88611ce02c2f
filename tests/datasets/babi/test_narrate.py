"""The three texts and the anchored trace: every sentence is visited, every answer is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.intake import Intake
from artifact.datasets import get
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.narrate import anchored_trace, narrate
from artifact.datasets.dataset import SUMMARY_WORDS, Narration
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import Trace, parse, standing_for

BABI = get("babi")
LOOKALIKES = BABI.lookalikes.generate(330, 11)


def a_problem(question: str, answers: str, *context: str, support: tuple[int, ...] = ()) -> Problem:
    """A problem of the type that its question is worded as."""
    bare = Problem(
        f"invented {question}", "babi", LABELS[0], context, question, (*answers.split(","),), ()
    )
    derivation = BABI.rules.solve(bare)
    assert derivation.category
    return Problem(
        bare.id,
        "babi",
        derivation.category,
        context,
        question,
        bare.answers,
        support or derivation.support,
    )


KETTLE = a_problem(
    "Where is the kettle?",
    "attic",
    "Bex moved to the attic.",
    "Ulla went to the pier.",
    "Bex took the kettle there.",
    "Bex dropped the kettle.",
    "Bex moved to the loft.",
    "It rained all day.",
)
CHAIN = a_problem(
    "Does the pin fit in the box 19?",
    "yes",
    "The pin fits inside the box 0.",
    *(f"The box {n} fits inside the box {n + 1}." for n in range(19)),
)


def told(problem: Problem) -> Narration:
    narration = narrate(problem)
    assert narration is not None
    return narration


def anchored(problem: Problem) -> str:
    trace = anchored_trace(problem)
    assert trace is not None
    return trace


def test_every_type_is_among_the_look_alikes() -> None:
    assert {problem.category for problem in LOOKALIKES} == set(LABELS)


@pytest.mark.parametrize("problem", LOOKALIKES, ids=lambda problem: problem.id)
def test_texts_of_a_lookalike(problem: Problem) -> None:
    narration = told(problem)
    assert narration.made == "rule"
    for number, fact in enumerate(problem.context, start=1):
        assert f"\n{number}. {fact} " in narration.verbose
    words = [
        len(text.split()) for text in (narration.summary, narration.explanation, narration.verbose)
    ]
    assert words == sorted(words)
    assert words[0] < SUMMARY_WORDS
    assert narration.verbose.endswith(f"{problem.answers[-1]}.")
    assert narration.summary.endswith(f"{problem.answers[-1]}.")
    assert all(answer in narration.explanation.partition(".")[0] for answer in problem.answers)
    for text in (narration.verbose, narration.summary, narration.explanation):
        assert all(answer in text for answer in problem.answers)
        assert "  " not in text
        assert "that that" not in text


@pytest.mark.parametrize("problem", LOOKALIKES, ids=lambda problem: problem.id)
def test_an_anchored_trace_is_the_correct_one_and_more(problem: Problem) -> None:
    text = anchored(problem)
    correct = BABI.template.trace(problem.category, problem.supporting_facts)
    assert text.endswith(f"\n{correct}")
    assert text.startswith("The question starts from")
    join = text.removesuffix(correct)
    assert all(answer in join for answer in problem.answers)
    trace = parse(f"<think>{text}</think>", BABI.template, problem.context)
    assert isinstance(trace, Trace)
    assert trace.label == problem.category
    assert set(trace.quoted) == standing_for(problem.support, problem.context, BABI.template)
    assert trace.hallucinated == ()


def test_each_part_of_the_verbose_text_has_its_place() -> None:
    opening, going, sentences, second_look, conclusion = told(KETTLE).verbose.split("\n\n")
    assert "where the kettle is" in opening
    assert going.endswith(":")
    verdicts = sentences.split("\n")
    assert len(verdicts) == len(KETTLE.context)
    assert "Bex has the kettle now, in the attic." in verdicts[2]
    assert "That is about Ulla, who never has the kettle, so " in verdicts[1]
    assert verdicts[5].endswith("all day. I don't need that here, so I leave it aside.")
    assert "whether the kettle changes hands after sentence 4" in second_look
    assert conclusion == "So the kettle is in the attic. The answer is attic."


def test_the_explanation_opens_with_the_answer_and_quotes_what_it_rests_on() -> None:
    assert told(KETTLE).explanation == (
        "The answer is attic. The question asks where the kettle is. Bex is the last to have the "
        "kettle and leaves it behind. Bex's last move before that is to the attic. "
        "Sentence 1 says: Bex moved to the attic. Sentence 4 says: Bex dropped the kettle. "
        "So the kettle is in the attic. The other 4 sentences do not change that."
    )


def test_several_answers_are_all_named() -> None:
    story = ("Bex took the kettle there.", "Bex got the bell there.")
    both = told(a_problem("What is Bex carrying?", "kettle,bell", *story))
    assert both.summary.endswith("the kettle and the bell, and the answers are kettle and bell.")
    assert both.explanation.startswith("The answers are kettle and bell.")


def test_a_long_chain_is_left_out_of_the_summary() -> None:
    assert len(CHAIN.support) == 20
    assert told(CHAIN).summary == (
        "The question is whether the pin fits in the box 19. "
        "So the pin fits in the box 19, and the answer is yes."
    )


def test_of_several_proofs_the_gold_one_is_told() -> None:
    story = (
        "The pin fits inside the cup.",
        "The cup fits inside the box.",
        "The pin fits inside the bag.",
        "The bag fits inside the box.",
    )
    first, second = (
        a_problem("Does the pin fit in the box?", "yes", *story, support=support)
        for support in ((0, 1), (2, 3))
    )
    assert "From small to big: pin < cup < box\n" in anchored(first)
    assert "From small to big: pin < bag < box\n" in anchored(second)


def test_gold_facts_that_prove_nothing_are_not_told_from() -> None:
    problem = a_problem(KETTLE.question, "attic", *KETTLE.context, support=(1,))
    assert anchored(problem).startswith("The question starts from: ['Bex dropped the kettle.']\n")
    assert anchored(problem).endswith(": ['Ulla went to the pier.']")


def test_texts_depend_on_the_problem_alone() -> None:
    assert narrate(KETTLE) == narrate(KETTLE)
    assert len({told(problem).verbose[:12] for problem in LOOKALIKES[:40]}) > 1


@pytest.mark.parametrize(
    ("question", "answer"),
    [(KETTLE.question, "pier"), ("Where is the bell?", "pier"), ("Why?", "pier")],
    ids=["another answer", "nothing derived", "no question of the tasks"],
)
def test_what_the_solver_does_not_reach_is_not_told(question: str, answer: str) -> None:
    problem = Problem("invented", "babi", LABELS[1], KETTLE.context, question, (answer,), (1,))
    assert narrate(problem) is None
    assert anchored_trace(problem) is None


def test_every_problem_of_the_release_is_told(release: Path) -> None:
    for problem in BABI.release.read_problems(release, Intake()):
        narration = told(problem)
        assert len(narration.summary.split()) < SUMMARY_WORDS, problem.id
        assert all(fact in narration.verbose for fact in problem.context)
        quoted = parse(f"<think>{anchored(problem)}</think>", BABI.template, problem.context)
        assert isinstance(quoted, Trace)
        gold = standing_for(problem.support, problem.context, BABI.template)
        assert set(quoted.quoted) == gold, problem.id
