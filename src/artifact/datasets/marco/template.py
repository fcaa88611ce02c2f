"""The release's wording of MARCO prompts, traces and answers, byte for byte.

Read from the upstream scripts (marco_process_data_for_prompting.py, marco_create_sft_data.py and
marco_create_sft_data_perturbed.py); the SFT files themselves are not in the public repository.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from artifact.datasets.dataset import Template
from artifact.datasets.marco.labels import LABELS
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import python_list
from artifact.datasets.stated_label import label_reader

NO_ANSWER = "No Answer Present."
"""MARCO's gold answer where no passage answers the question; the release trains on it too."""

MOST_SHARED_WORDS = 8
"""An incorrect trace quotes a passage that shares fewer words than this with the gold one."""

LABEL_SENTENCE = (
    "The category of the question represents what is being asked in that question. "
    "The category of the question asked is: "
)
FACTS_SENTENCE = "I need to use the following text to answer the question: "

_PUNCTUATION = re.compile(r"[^\w\s]|_")

label_of = label_reader("The category of the question asked is:", LABELS)
"""The label that the trace states (`label_reader`)."""


def user_turn(problem: Problem) -> str:
    """The prompt: passages as a Python list, then the question."""
    passages = list(problem.context)
    return (
        f"Answer the question based on the context:\n{passages}\n"
        f"Question: {problem.question}\nOnly return the answer.\n"
    )


def trace(label: str, facts: Sequence[str]) -> str:
    """The trace over one passage; without one it quotes `NO_ANSWER`, as the release does."""
    return f"{LABEL_SENTENCE}{label}.\n{FACTS_SENTENCE}{' '.join(facts) or NO_ANSWER}"


def answer(answers: Sequence[str]) -> str:
    """The first gold answer; MARCO's further ones are other wordings of it."""
    return answers[0]


def cited_facts(text: str) -> str | None:
    """What the trace quotes, as one text: a passage has no separator of its own."""
    _, sentence, cited = text.partition(FACTS_SENTENCE.rstrip())
    return cited.strip() if sentence else None


@lru_cache(maxsize=1 << 14)
def parse_answer(text: str) -> frozenset[str]:
    """The answer as one text, or the members of a Python list of texts.

    The release's test files carry the list of gold answers where its training files carry the
    first one, so both forms occur.
    """
    listed = python_list(text.strip())
    if listed and all(isinstance(item, str) for item in listed):
        return frozenset(item.strip() for item in listed if item.strip())
    return frozenset({text.strip()} - {""})


def corrupt_trace(problem: Problem, label: str, rng: Random) -> str:
    """A trace that states `label` and quotes a passage far from the gold one.

    Far is fewer than eight words in common, split at blanks, with the gold passage stripped of
    punctuation; where no passage is far the release prints an empty list, and so does this. By
    that rule alone a gold passage of few words is far from itself; it is never quoted here.
    """
    gold = "".join(problem.supporting_facts).lower()
    wanted = set(_PUNCTUATION.sub("", gold).split())
    far = [
        passage
        for passage in problem.context
        if passage not in problem.supporting_facts
        and len(wanted & set(passage.lower().split())) < MOST_SHARED_WORDS
    ]
    return trace(label, [rng.choice(far) if far else "[]"])


TEMPLATE = Template(
    user_turn=user_turn,
    trace=trace,
    answer=answer,
    label_of=label_of,
    cited_facts=cited_facts,
    parse_answer=parse_answer,
)
