"""What there is to tell about a story, before it is put into any one text.

A task's teller turns a `Story` into an `Outline`: what each sentence amounts to, what the
supporting ones add up to, and what is worth a second look. The texts themselves are written in
`narrate`, in the same manner for every task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artifact.datasets.babi.grammar import Facts, Sentence, same

_TIMES = ("never", "once", "twice")


@dataclass(frozen=True, slots=True)
class Story:
    """A problem as its teller sees it.

    Attributes:
        context: the sentences.
        facts: those that can be read.
        question: the question, read.
        answer: the first of the answers.
        support: indices of the facts that the answer rests on.
    """

    context: tuple[str, ...]
    facts: Facts
    question: Sentence
    answer: str
    support: tuple[int, ...]

    @property
    def person(self) -> str:
        """Who the question is about, in upper case as in the facts."""
        return capital(self.question["person"])

    @property
    def supporting(self) -> Facts:
        """The facts that the answer rests on, in story order."""
        return [(index, fact) for index, fact in self.facts if index in self.support]


@dataclass(frozen=True, slots=True)
class Outline:
    """What there is to tell. Clauses open in lower case and have no full stop; texts are whole.

    Attributes:
        asked: what the question asks for, as an indirect question.
        states: index of a fact -> the state it leads to, a clause.
        beside: index of a fact -> why it does not matter, a clause that opens with "that".
        gist: what the supporting facts say, one sentence or a few.
        claim: the answer as a clause.
        doubt: what is looked at again, a clause that opens with "whether".
        settled: what the second look finds, a text.
        join: what the question starts from and how the facts lead to the answer, in lines. Of
            the context's sentences it quotes supporting ones alone.
        start: a text on what has to be known first, or "".
    """

    asked: str
    states: Mapping[int, str]
    beside: Mapping[int, str]
    gist: str
    claim: str
    doubt: str
    settled: str
    join: str
    start: str = ""


def listed(names: Sequence[str], last_by: str = " and ") -> str:
    """Names in a row, the last of them joined by a word."""
    *rest, last = names
    return f"{', '.join(rest)}{last_by}{last}" if rest else last


def capital(text: str) -> str:
    """`text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def how_often(count: int) -> str:
    """A count of times in words."""
    return _TIMES[count] if count < len(_TIMES) else f"{count} times"


def persons_in(fact: Sentence) -> list[str]:
    """The persons that a fact names, the acting ones first."""
    return [
        capital(fact[role]) for role in ("person", "companion", "receiver") if role in fact.words
    ]


def about_others(facts: Facts, person: str, instead: str) -> dict[int, str]:
    """Why each fact on persons does not matter: it is about others, or it does `instead`."""
    clauses = {}
    for index, fact in facts:
        persons = persons_in(fact)
        if any(same(name, person) for name in persons):
            clauses[index] = f"that {instead}"
        elif persons:
            clauses[index] = f"that is about {listed(persons)}, not {person}"
    return clauses


def starting_from(story: Story, index: int) -> str:
    """The line that quotes the fact which the question starts from."""
    return f"The question starts from: {[story.context[index]]}\n"
