"""The release's wording of bAbI prompts, traces and answers, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from artifact.datasets.babi.labels import LABELS
from artifact.datasets.dataset import Template
from artifact.datasets.problem import Problem
from artifact.datasets.stated_label import label_reader

LABEL_SENTENCE = (
    "The category of the question represents what is being asked in that question. "
    "The category of the question asked is: "
)
FACTS_SENTENCE = "I need to use the following text to answer the question: "
SEPARATOR = ","
"""Between the members of a list answer, without a blank."""

label_of = label_reader("The category of the question asked is:", LABELS)
"""The label that the trace states (`label_reader`)."""

_FACTS = re.compile(
    r"I need to use the following text to answer the question:?(.*)", re.IGNORECASE | re.DOTALL
)


def user_turn(problem: Problem) -> str:
    """The prompt: a line per fact, then the question."""
    facts = "\n".join(problem.context)
    return (
        f"Answer the question based on the context:\n{facts}\n"
        f"Question: {problem.question} Only return the answer.\n"
    )


def trace(label: str, facts: Sequence[str]) -> str:
    """The trace; the facts are printed as a Python list."""
    return f"{LABEL_SENTENCE}{label}.\n{FACTS_SENTENCE}{list(facts)}"


def answer(answers: Sequence[str]) -> str:
    """The answers in one word list, in the given order."""
    return SEPARATOR.join(answers)


def cited_facts(text: str) -> str | None:
    """What follows the sentence that opens the fact list."""
    found = _FACTS.search(text)
    return found.group(1).strip() if found else None


def parse_answer(text: str) -> frozenset[str]:
    """The members of the answer, as written but for blanks and a closing full stop."""
    members = text.strip().removesuffix(".").split(SEPARATOR)
    return frozenset(member.strip() for member in members) - {""}


def corrupt_trace(problem: Problem, label: str, rng: Random) -> str:
    """A trace that states `label` and quotes irrelevant facts, in lower case.

    As many as there are gold facts, or all others where the context has fewer: a context of gold
    facts alone leaves an empty list, as it does in the release.
    """
    gold = frozenset(problem.supporting_facts)
    others = list(dict.fromkeys(fact for fact in problem.context if fact not in gold))
    chosen = rng.sample(others, min(len(problem.support), len(others)))
    return trace(label, [fact.lower() for fact in chosen])


TEMPLATE = Template(
    user_turn=user_turn,
    trace=trace,
    answer=answer,
    label_of=label_of,
    cited_facts=cited_facts,
    parse_answer=parse_answer,
    fold_case=True,
)
