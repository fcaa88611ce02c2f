"""Every task's answer, type and supporting facts from context and question alone.

The question's template names the task; only "Where is NAME?" is asked in two of them, which the
context tells apart. The rules themselves are in `solve_movement` and `solve_reasoning`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from artifact.datasets.babi.grammar import (
    NOTHING,
    NUMBERS,
    Facts,
    Sentence,
    read_facts,
    read_question,
    singular,
)
from artifact.datasets.babi.tasks import solve_movement, solve_reasoning
from artifact.datasets.dataset import Derivation
from artifact.datasets.problem import Problem


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a question form is answered: its task, the derivation, and what could be an answer."""

    label: str
    derive: Callable[[Facts, Sentence], Derivation]
    possible: Callable[[Facts], frozenset[str]]


def solve(problem: Problem) -> Derivation:
    """Derive answers, label and support; facts that follow no template are skipped."""
    question = read_question(problem.question)
    if question is None:
        return Derivation(failure="the question follows no template")
    facts = read_facts(problem.context)
    rule = _RULES[question.form]
    return replace(rule.derive(facts, question), category=_label(rule, facts))


def check(problem: Problem) -> str | None:
    """Why the gold answers cannot come from this context, or None.

    An answer must be of the kind asked for and be named in the context: a place for "where", a
    number up to the number of things for "how many", and so on. Whether it is the right one is
    the audit's business.
    """
    question = read_question(problem.question)
    if question is None:
        return "the question follows no template of the tasks"
    possible = _RULES[question.form].possible(read_facts(problem.context))
    for answer in problem.answers:
        if answer not in possible:
            return f"nothing in the context can make '{answer}' the answer"
    if NOTHING in problem.answers and len(problem.answers) > 1:
        return f"'{NOTHING}' is given beside another answer"
    return None


def explain_disagreement(problem: Problem, derivation: Derivation) -> str:
    """Why derivation and gold differ, starting with "label noise: " or "own limit: ".

    The rules cover the whole grammar, so a gold answer or label that they contradict is noise.
    Where facts differ, both may be right: the gold ones are if the answer follows from them alone.
    """
    if derivation.failure is not None:
        return f"own limit: {derivation.failure}"
    if set(derivation.answers) != set(problem.answers):
        return "label noise: the facts give another answer"
    if derivation.category != problem.category:
        return "label noise: question and context are worded as another task's"
    if problem.support and solve(on_gold_facts(problem)).answers == derivation.answers:
        return "own limit: other facts prove the answer too, and the text does not say which count"
    return "label noise: the answer does not follow from the gold facts"


def on_gold_facts(problem: Problem) -> Problem:
    """The problem with its gold facts, at least one, as its context."""
    facts = tuple(problem.context[index] for index in sorted(problem.support))
    return replace(problem, context=facts, support=())


def question_form(problem: Problem) -> str | None:
    """The template that the question follows, or None."""
    question = read_question(problem.question)
    return question.form if question else None


def _label(rule: _Rule, facts: Facts) -> str:
    """The rule's task, but conjunction where "Where is NAME?" follows moves of two persons."""
    if rule.label == "single-supporting-fact" and any(s.form == "move together" for _, s in facts):
        return "conjunction"
    return rule.label


def _filling(*slots: str) -> Callable[[Facts], frozenset[str]]:
    """What fills any of the slots in the context."""
    return lambda facts: frozenset(
        fact.words[slot] for _, fact in facts for slot in slots if slot in fact.words
    )


def _yes_or_no(facts: Facts) -> frozenset[str]:
    return frozenset({"yes", "no"})


def _counts(facts: Facts) -> frozenset[str]:
    return frozenset(NUMBERS[: len(_filling("thing")(facts)) + 1])


def _things_or_nothing(facts: Facts) -> frozenset[str]:
    return _filling("thing")(facts) | {NOTHING}


def _feared(facts: Facts) -> frozenset[str]:
    return frozenset(singular(kind) for kind in _filling("feared")(facts))


_RULES: Mapping[str, _Rule] = {
    "where is a person": _Rule(
        "single-supporting-fact", solve_movement.where_is_person, _filling("place")
    ),
    "where is a thing": _Rule(
        "two-supporting-facts", solve_movement.where_is_thing, _filling("place")
    ),
    "what lies that way": _Rule(
        "two-arg-relations", solve_reasoning.lies_that_way, _filling("thing", "other")
    ),
    "what it lies that way of": _Rule(
        "two-arg-relations", solve_reasoning.lies_that_way, _filling("thing", "other")
    ),
    "how many": _Rule("counting", solve_movement.how_many, _counts),
    "what held": _Rule("lists-sets", solve_movement.what_held, _things_or_nothing),
    "where before": _Rule("time-reasoning", solve_movement.where_before, _filling("place")),
    "what feared": _Rule("basic-deduction", solve_reasoning.what_feared, _feared),
    "what colour": _Rule("basic-induction", solve_reasoning.what_colour, _filling("colour")),
    "is positioned": _Rule("positional-reasoning", solve_reasoning.is_positioned, _yes_or_no),
    "is bigger": _Rule("size-reasoning", solve_reasoning.is_bigger, _yes_or_no),
    "does fit": _Rule("size-reasoning", solve_reasoning.is_bigger, _yes_or_no),
}
