"""A bAbI problem's reasoning in free text: thought aloud, summed up, and explained afterwards.

A teller per question form says what the solver's steps amount to (`tell_movement`,
`tell_reasoning`); here they become texts: go through the story sentence by sentence, go back
once, conclude. The manner is that of the R1 traces in the release; the wording is this project's
own. Phrases vary with the problem's id and with nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from artifact.datasets.babi.grammar import read_facts, read_question
from artifact.datasets.babi.solve import on_gold_facts, solve
from artifact.datasets.babi.tasks import narrate_movement, narrate_reasoning
from artifact.datasets.babi.tasks.outline import Outline, Story, capital, listed
from artifact.datasets.babi.template import trace
from artifact.datasets.dataset import SUMMARY_WORDS, Narration
from artifact.datasets.problem import Problem

_OPENINGS = (
    "Okay, let me work this out step by step. I need to find out {asked}.",
    "Alright, so the question is {asked}. Let me take it slowly.",
    "Let me think about this. What I have to find out is {asked}.",
)
_GOING_THROUGH = (
    "Now I go through the story sentence by sentence:",
    "Let me look at each sentence in turn:",
    "Next, let me read the story one sentence at a time:",
)
_STATES = ("So {clause}.", "That means that {clause}.", "This tells me that {clause}.")
_SKIPS = ("so I skip it", "so it doesn't matter here", "so I leave it out")
_WAITS = ("Wait, let me check", "Hmm, let me look again at", "Hold on, I should check")


def narrate(problem: Problem) -> Narration | None:
    """The three texts of `problem`; None where the solver does not reach its gold answers.

    Every sentence of the context occurs in the verbose text, word for word. All three texts name
    every answer; the verbose one and the summary end with them, the explanation opens with them.
    """
    story = _story(problem)
    if story is None:
        return None
    telling = _TELLERS[story.question.form](story)
    return Narration(
        verbose=_verbose(problem, telling),
        summary=_summary(problem, telling),
        explanation=_explanation(problem, story, telling),
        made="rule",
    )


def anchored_trace(problem: Problem) -> str | None:
    """The correct trace, preceded by its starting point and how the facts lead to the answer.

    None where the solver does not reach the gold answers.
    """
    story = _story(problem)
    if story is None:
        return None
    telling = _TELLERS[story.question.form](story)
    return telling.join + trace(problem.category, problem.supporting_facts)


def _story(problem: Problem) -> Story | None:
    """The problem for its teller, on its gold facts where these prove the answer."""
    question, derivation = read_question(problem.question), solve(problem)
    if question is None or set(derivation.answers) != set(problem.answers):
        return None
    proven = problem.support and solve(on_gold_facts(problem)).answers == derivation.answers
    return Story(
        context=problem.context,
        facts=read_facts(problem.context),
        question=question,
        answer=derivation.answers[0],
        support=problem.support if proven else derivation.support,
    )


def _verbose(problem: Problem, telling: Outline) -> str:
    rng = Random(f"narrate {problem.id}")
    paragraphs = [
        rng.choice(_OPENINGS).format(asked=telling.asked),
        telling.start,
        rng.choice(_GOING_THROUGH),
        "\n".join(
            f"{number}. {sentence} {_verdict(telling, number - 1, rng)}"
            for number, sentence in enumerate(problem.context, start=1)
        ),
        f"{rng.choice(_WAITS)} {telling.doubt}. {telling.settled}",
        f"So {telling.claim}. {capital(_answer_is(problem))}.",
    ]
    return "\n\n".join(filter(None, paragraphs))


def _verdict(telling: Outline, index: int, rng: Random) -> str:
    if index in telling.states:
        return rng.choice(_STATES).format(clause=telling.states[index])
    if index in telling.beside:
        return f"{capital(telling.beside[index])}, {rng.choice(_SKIPS)}."
    return "I don't need that here, so I leave it aside."


def _summary(problem: Problem, telling: Outline) -> str:
    question = f"The question is {telling.asked}."
    conclusion = f"So {telling.claim}, and {_answer_is(problem)}."
    # If the chain is too long for a summary, its steps are left out.
    whole = f"{question} {telling.gist} {conclusion}"
    return whole if len(whole.split()) < SUMMARY_WORDS else f"{question} {conclusion}"


def _explanation(problem: Problem, story: Story, telling: Outline) -> str:
    numbers = sorted(story.support)
    others = len(problem.context) - len(set(numbers))
    sentences = [
        f"{capital(_answer_is(problem))}.",
        f"The question asks {telling.asked}.",
        telling.gist,
        *(f"Sentence {index + 1} says: {problem.context[index]}" for index in numbers),
        f"So {telling.claim}.",
    ]
    if others:
        rest = "other sentence does" if others == 1 else f"other {others} sentences do"
        sentences.append(f"The {rest} not change that.")
    return " ".join(sentences)


def _answer_is(problem: Problem) -> str:
    verb = "answer is" if len(problem.answers) == 1 else "answers are"
    return f"the {verb} {listed(problem.answers)}"


_TELLERS: Mapping[str, Callable[[Story], Outline]] = {
    "where is a person": narrate_movement.where_is_person,
    "where is a thing": narrate_movement.where_is_thing,
    "what lies that way": narrate_reasoning.lies_that_way,
    "what it lies that way of": narrate_reasoning.lies_that_way,
    "how many": narrate_movement.how_many,
    "what held": narrate_movement.what_held,
    "where before": narrate_movement.where_before,
    "what feared": narrate_reasoning.what_feared,
    "what colour": narrate_reasoning.what_colour,
    "is positioned": narrate_reasoning.is_positioned,
    "is bigger": narrate_reasoning.is_bigger,
    "does fit": narrate_reasoning.is_bigger,
}
