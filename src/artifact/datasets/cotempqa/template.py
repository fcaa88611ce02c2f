"""How the release words CoTempQA's prompts, traces and answers, byte for byte.

Source: the ``sft_dataset_*`` files of sbhambr1/Trace_Check_QA. A list of facts or answers is
printed there as Python prints a list of strings, quotes, commas, escapes and all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.dataset import Template
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import python_list
from artifact.datasets.stated_label import label_reader

PROMPT_HEAD = "Answer the question based on the context:\n"
PROMPT_QUESTION = "\nQuestion: "
PROMPT_TAIL = " Only return the answer.\n"
LABEL_SENTENCE = (
    "The temporal relation between the event in question and the event in context is: {}.\n"
)
FACTS_SENTENCE = "I need to use the following facts to answer the question: {}"

label_of = label_reader(LABEL_SENTENCE.partition("{}")[0], LABELS)
"""The label that the trace states (`label_reader`)."""

_FACTS_HEAD = FACTS_SENTENCE.partition("{}")[0].rstrip()
_BETWEEN_ITEMS = re.compile(r"""['"]\s*,\s*['"]""")


def user_turn(problem: Problem) -> str:
    """The prompt: context and question."""
    context = list(problem.context)
    return f"{PROMPT_HEAD}{context}{PROMPT_QUESTION}{problem.question}{PROMPT_TAIL}"


def trace(label: str, facts: Sequence[str]) -> str:
    """The text between ``<think>`` and ``</think>``: the label, then the facts needed."""
    return LABEL_SENTENCE.format(label) + FACTS_SENTENCE.format(list(facts))


def answer(answers: Sequence[str]) -> str:
    """The text between ``<answer>`` and ``</answer>``."""
    return str(list(answers))


def cited_facts(text: str) -> str | None:
    """What follows the sentence that announces the facts; None without that sentence."""
    _, announced, cited = text.partition(_FACTS_HEAD)
    return cited.strip() if announced else None


@lru_cache(maxsize=1 << 14)
def parse_answer(text: str) -> frozenset[str]:
    """The answers that the text of an ``<answer>`` states, for any string.

    A Python list of strings gives its items. Models often leave an apostrophe in such a list
    unescaped, which does not change the answer: a text in brackets is then cut where one item's
    quote, a comma and the next item's quote meet. Any other text is one answer as a whole.
    """
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return frozenset({_unquoted(text)} - {""})
    listed = python_list(text)
    if listed is None or not all(isinstance(item, str) for item in listed):
        return frozenset(map(_unquoted, _BETWEEN_ITEMS.split(text[1:-1]))) - {""}
    return frozenset(item.strip() for item in listed) - {""}


def corrupt_trace(problem: Problem, label: str, rng: Random) -> str:
    """A trace that states `label` and quotes one fact, drawn with `rng`, that holds no answer.

    This is how the release words its incorrect traces: the fact is bare, not in a list; if every
    fact of the context holds an answer, an empty list takes its place.
    """
    answerless = [
        fact for fact in problem.context if not any(gold in fact for gold in problem.answers)
    ]
    cited = rng.choice(answerless) if answerless else "[]"
    return LABEL_SENTENCE.format(label) + FACTS_SENTENCE.format(cited)


def _unquoted(item: str) -> str:
    """An item without the quote at either end and without escapes."""
    item = item.strip()
    item = item[item.startswith(("'", '"')) :]
    item = item[: len(item) - item.endswith(("'", '"'))]
    return item.replace("\\'", "'").replace('\\"', '"').strip()


TEMPLATE = Template(
    user_turn=user_turn,
    trace=trace,
    answer=answer,
    label_of=label_of,
    cited_facts=cited_facts,
    parse_answer=parse_answer,
)
