"""Derive answers, label and facts of a CoTempQA problem from its text alone.

The rules follow upstream's construction (zhaochen0110/Cotempqa, ``data_construct/``): find the
event in the "While" clause, take the facts that could answer, keep those of the same time. Gold
fields are read only by `explain_disagreement`, which says why gold differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from artifact.datasets.cotempqa.grammar import Fact, Question, parse_fact, parse_question
from artifact.datasets.cotempqa.labels import label_of_kinds, temporal_relation
from artifact.datasets.dataset import Derivation
from artifact.datasets.problem import Problem

NO_GRAMMAR = "the question is not worded as the dataset words questions"
NO_ANCHOR = "no fact states the event in the question"
NO_ANSWER = "no fact holds at the time of the event in the question"

ONE_DATE = "label noise: gold keeps one date's point facts"
OTHER_RELATION = "label noise: answer of another relation"
ANCHOR_OBJECT = "label noise: drops answer equal to anchor's object"
REPEATED_TERM = "label noise: repeated term"
OTHER_FACT = "label noise: label taken from another fact that names the same term"
NAMES_ONLY = "label noise: quotes facts that name an answer at another time or of another subject"
UNEXPLAINED = "own limit: unexplained"


@dataclass(frozen=True, slots=True)
class Reading:
    """A problem with its question and facts read, and the facts' roles found.

    Attributes:
        question: what is asked.
        facts: one per context sentence, None where a sentence is not worded as a fact.
        anchors: indices of the facts that state the event in the question.
        candidates: indices of the facts that could answer at some time or other.
    """

    question: Question
    facts: tuple[Fact | None, ...]
    anchors: tuple[int, ...]
    candidates: tuple[int, ...]

    def fact(self, index: int) -> Fact:
        """The fact at an index of `anchors` or `candidates`."""
        fact = self.facts[index]
        assert fact is not None  # both are chosen among parsed facts
        return fact

    def term(self, index: int) -> str:
        """What the fact at `index` would answer: its object or its subject, as is asked."""
        return answer_term(self.question, self.fact(index))

    def answers(self, indices: Sequence[int]) -> tuple[str, ...]:
        """The distinct terms of several facts, in their order."""
        return tuple(dict.fromkeys(self.term(index) for index in indices))


@lru_cache(maxsize=16)
def read(problem: Problem) -> Reading | None:
    """Question, facts, anchors and candidates of `problem`; None if the question does not parse."""
    question = parse_question(problem.question)
    if question is None:
        return None
    facts = tuple(parse_fact(sentence) for sentence in problem.context)
    indexed = [(index, fact) for index, fact in enumerate(facts) if fact is not None]
    anchors = tuple(index for index, fact in indexed if _is_anchor(question, fact))
    candidates = tuple(index for index, fact in indexed if _could_answer(question, fact))
    return Reading(question, facts, anchors, candidates)


def answer_term(question: Question, fact: Fact) -> str:
    """The part of `fact` that `question` asks for."""
    return fact.object if question.asks == "object" else fact.subject


def solve(problem: Problem) -> Derivation:
    """Answers, label and support of `problem` from its context and question.

    Returns:
        A derivation whose `support` holds the answers' facts and whose `anchor` the event's, both
        in context order; `failure` says in a few words why nothing follows. Sentences that are not
        worded as facts are skipped.
    """
    reading = read(problem)
    if reading is None:
        return Derivation(failure=NO_GRAMMAR)
    if not reading.anchors:
        return Derivation(failure=NO_ANCHOR)
    kinds: dict[int, list[str]] = {}
    for index in reading.candidates:
        for anchor in reading.anchors:
            kind = temporal_relation(reading.fact(anchor), reading.fact(index))
            if kind is not None:
                kinds.setdefault(index, []).append(kind)
    if not kinds:
        return Derivation(anchor=reading.anchors, failure=NO_ANSWER)
    support = tuple(kinds)
    return Derivation(
        answers=reading.answers(support),
        category=label_of_kinds([kind for found in kinds.values() for kind in found]),
        support=support,
        anchor=reading.anchors,
    )


def explain_disagreement(problem: Problem, derivation: Derivation) -> str:
    """Why gold and `derivation` differ, as one of this module's causes.

    Each cause is a pattern that the context proves, tried from the most specific one;
    `UNEXPLAINED` counts against the rules.
    """
    reading = read(problem)
    if reading is None or derivation.failure is not None:
        return UNEXPLAINED
    gold, derived = set(problem.answers), set(derivation.answers)
    if gold != derived:
        return _explain_answers(reading, gold, derived, derivation)
    if problem.category != derivation.category:
        return OTHER_FACT if _has_namesakes(reading, derived) else UNEXPLAINED
    if set(problem.support) > set(derivation.support):
        return NAMES_ONLY
    return UNEXPLAINED


def _is_anchor(question: Question, fact: Fact) -> bool:
    return fact[:3] == (question.subject, question.relation, question.object)


def _could_answer(question: Question, fact: Fact) -> bool:
    if question.asks == "subject":
        same_block = (fact.relation, fact.object) == (question.relation, question.object)
        return same_block and fact.subject != question.subject
    same_block = fact[:2] == (question.asked_subject, question.asked_relation)
    return same_block and not _is_anchor(question, fact)


def _explain_answers(
    reading: Reading, gold: set[str], derived: set[str], derivation: Derivation
) -> str:
    question = reading.question
    if len(reading.anchors) > 1:
        return REPEATED_TERM
    if derived - gold == {question.object}:
        return ANCHOR_OBJECT
    of_other_relations = {
        fact.object
        for fact in reading.facts
        if fact is not None
        and fact.subject == question.asked_subject
        and fact.relation != question.asked_relation
    }
    if gold - derived and gold - derived <= of_other_relations:
        return OTHER_RELATION
    kept = [reading.fact(i) for i in derivation.support if reading.term(i) in gold]
    dates = {fact.start for fact in kept}
    if gold < derived and len(dates) == 1 and all(fact.is_point for fact in kept):
        return ONE_DATE
    return UNEXPLAINED


def _has_namesakes(reading: Reading, answers: set[str]) -> bool:
    """Whether upstream's labelling can have looked at another fact than the one meant.

    It keeps one time per term, whoever it belongs to, and takes the time of the longest term in
    the question for the event's (``data_construct/classify_data.py``).
    """
    question = reading.question
    terms = Counter(answer_term(question, fact) for fact in reading.facts if fact is not None)
    event = reading.term(reading.anchors[0])
    named = f"{question.subject} {question.object} {question.asked_subject}"
    return (
        terms[event] > 1
        or any(terms[answer] > 1 for answer in answers)
        or any(len(term) > len(event) and term in named for term in terms)
    )


def check(problem: Problem) -> str | None:
    """None, or which gold answers no fact of the context names."""
    missing = [
        gold for gold in problem.answers if not any(gold in fact for fact in problem.context)
    ]
    return f"no fact names {', '.join(map(repr, missing))}" if missing else None
