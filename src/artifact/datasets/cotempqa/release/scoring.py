"""How the release scores CoTempQA's outputs, faults and all.

Source: upstream repository sbhambr1/Trace_Check_QA, ``scripts/cotempqa_config.py`` and
``scripts/cotempqa_confusion_matrix*.py``, restated. Three traits matter for what comes out:
which answers can count as wrong extras is decided by a flag that is set the wrong way round; the
first answer that the question names is not counted; and the gold steps are those of the first
row that shares an answer, not of the problem's own row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import NamedTuple

from artifact.datasets.cotempqa.grammar import parse_question
from artifact.datasets.cotempqa.release import outputs
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import AnswerScore, ReleasedRules, StoredOutput
from artifact.datasets.release_scoring import compare_answers, read_gold_table, selected_text

LABELS_AS_READ = ("during", "equal", "overlap", "mix")
"""The order in which the release looks for a label in a gold row."""

ASKS_SUBJECT = "S2_R1_O1"
"""The one triple class whose answers are subjects; all others ask for objects."""

TENSES = (
    (" was ", " is "),
    (" held ", " holds "),
    (" worked ", " works "),
    (" played ", " plays "),
)

KEYWORDS = (
    (" the position of ", "holds the position of"),
    (" a member of ", "is a member of the"),
    (" the chair of ", "is the chair of"),
    (" the head of ", "is the head of"),
    (" owned by ", "is owned by"),
    ("attend", "attended"),
    ("work", "works for"),
    ("play", "plays for"),
)
"""What marks a relation in a fact, and the phrase then expected, in the release's order. The
keyword may occur in a name as well ("Workers' Union"), so a fact is tried with each in turn."""

_PATTERNS = tuple(
    (
        keyword,
        tuple(
            re.compile(form.format(phrase))
            for form in (
                r"(.+?) {} (.+?) from (.+?) to (.+?)\.",
                r"(.+?) {} (.+?) in (.+?)\.",
                r"(.+?) {} (.+?) from (.+?)",
                r"(.+?) {} (.+?)\.",
            )
        ),
    )
    for keyword, phrase in KEYWORDS
)


class Ends(NamedTuple):
    """The two names of a fact, as the release's patterns cut them."""

    subject: str
    object: str


@lru_cache(maxsize=1 << 16)
def ends_of(fact: str) -> Ends | None:
    """Subject and object of a fact, or None if no pattern fits.

    In a fact with one date the object ends at the first " in ", so that a name that contains
    one ("Institute in X") is cut short.
    """
    for keyword, patterns in _PATTERNS:
        if keyword not in fact:
            continue
        for past, present in TENSES:
            fact = fact.replace(past, present)
        for pattern in patterns:
            if found := pattern.match(fact):
                return Ends(found[1], found[2])
    return None


class Names(NamedTuple):
    """The names in a context, in lower case, by the end of a fact at which they stand."""

    subjects: frozenset[str]
    objects: frozenset[str]


@lru_cache(maxsize=1 << 12)
def names_in(context: tuple[str, ...]) -> Names:
    """The names in the facts that a pattern fits: the same for each output and each flag."""
    ends = [found for fact in context if (found := ends_of(fact))]
    return Names(
        frozenset(end.subject.lower() for end in ends),
        frozenset(end.object.lower() for end in ends),
    )


def score_answer(
    output: StoredOutput, *, flag_fixed: bool = False, ties_reversed: bool = False
) -> AnswerScore:
    """The release's score of one answer.

    Candidates are the gold answers and one end of every fact of the context. Which end depends on a
    flag that the release has inverted: it takes subjects where objects are asked for, and the
    other way round, so most wrong answers are not candidates and go unnoticed.

    Args:
        output: its problem's ``meta['triple_element']`` says what is asked; without it, the
            question does.
        flag_fixed: take the end that is asked for.
        ties_reversed: candidates are walked longest first; those of one length follow set order
            in the release, which varies from run to run, and the alphabet here. True reverses
            the alphabet, not the lengths.
    """
    golds = frozenset(answer.lower() for answer in output.gold)
    takes_subject = asks_subject(output.problem) == flag_fixed
    candidates = _candidates(golds, output.problem.context, takes_subject, ties_reversed)
    text, question = selected_text(output.prediction), output.problem.question.lower()
    return compare_answers(_predicted(text, question, candidates), golds)


@lru_cache(maxsize=1 << 12)
def _candidates(
    golds: frozenset[str], context: tuple[str, ...], takes_subject: bool, ties_reversed: bool
) -> tuple[str, ...]:
    """Gold answers and one end of every fact, in the order in which they are looked for."""
    named = names_in(context)
    others = named.subjects if takes_subject else named.objects
    candidates = sorted(golds | others, reverse=ties_reversed)
    return tuple(sorted(candidates, key=len, reverse=True))


def asks_subject(problem: Problem) -> bool:
    """Whether the answers are subjects: as the source says, or else as the question does."""
    stored = problem.meta.get("triple_element")
    if stored is not None:
        return ASKS_SUBJECT in str(stored)
    question = parse_question(problem.question)
    return question is not None and question.triple_class == ASKS_SUBJECT


def _predicted(text: str, question: str, candidates: Iterable[str]) -> list[str]:
    """The candidates found in `text`, or what is left of `text` if there are none."""
    predicted = []
    named = False
    for candidate in candidates:
        if candidate not in text:
            continue
        if candidate in question and not named:
            named = True
        else:
            predicted.append(candidate)
        text = text.replace(candidate, "")
    return predicted or [text]


def label_of(reasoning: str) -> str | None:
    """The label that the release reads in a row's ``reasoning``."""
    return next((label for label in LABELS_AS_READ if label in reasoning), None)


def class_part(trace: str) -> str:
    """The part of a trace that must hold the label: the text before its first full stop."""
    return trace.split(".")[0]


read_table = partial(read_gold_table, facts="facts", label_of=label_of)

SCORING = ReleasedRules(
    score_answer=score_answer,
    gold_table=outputs.gold_table,
    read_gold_table=read_table,
    class_part=class_part,
    list_stored=outputs.FILES.list_stored,
    read_file=outputs.read_file,
    result_files=outputs.FILES.result_files,
    matrix_files=outputs.FILES.matrix_files,
    strict_scorer="flag_fixed",
)
