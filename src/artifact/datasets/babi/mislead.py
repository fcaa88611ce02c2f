"""What given facts of a story point to, and facts of the story that point elsewhere.

A reader who takes a few sentences for the supporting facts answers what follows from them alone
(`solve`). Where they stop one link short of the answer, that link is taken on trust, as that is
the point of quoting them: who is of which kind (basic-deduction, basic-induction), who had the
thing (two-supporting-facts), and that a visit was the one before (time-reasoning). What the facts
contradict is not taken on trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import NamedTuple

from artifact.datasets.babi.grammar import (
    Facts,
    Sentence,
    read_facts,
    read_question,
    same,
    singular,
)
from artifact.datasets.babi.solve import solve
from artifact.datasets.babi.tasks import solve_movement
from artifact.datasets.problem import Problem


def answer_from(problem: Problem, facts: Sequence[str]) -> tuple[str, ...] | None:
    """The answers that the facts point to, or None.

    Args:
        problem: gives the question alone.
        facts: as the context words them, events in the order in which they supposedly happened.

    Returns:
        None if the facts do not bear on the question, contradict it (two-arg-relations: another
        direction), or leave open which of several answers it is (positional- and size-reasoning
        with one fact of two, where yes and no stay as likely; several colours on trust). For
        counting and lists-sets the person's events among the facts are taken to be all of them.
    """
    hint = _proven(problem, facts) or _on_trust(problem, facts)
    return hint.answers if hint else None


def misleading_facts(problem: Problem, rng: Random) -> tuple[str, ...] | None:
    """Facts of the story, in its order, that point to an answer that is not gold, or None.

    Each of them contributes to that answer. Facts that prove their answer come before those that
    need trust, then as many as the supporting ones before fewer; of equals one set is drawn.

    None for most stories of two sentences, whose other sentence is about someone or somewhere
    else; for positional- and size-reasoning, as no part of a story that agrees with
    itself proves the contrary of the whole; for counting where one event is all there is.
    """
    needed, bearing = len(solve(problem).support), _bearing(problem)
    for hint_of in (_proven, _on_trust):
        for size in range(min(needed, len(bearing)), 0, -1):
            found = [
                facts
                for chosen in combinations(bearing, size)
                if (hint := hint_of(problem, facts := tuple(problem.context[i] for i in chosen)))
                and len(hint.used) == size
                and hint.answers_none_of(problem.answers)
            ]
            if found:
                return rng.choice(found)
    return None


class _Hint(NamedTuple):
    """Where facts point: the answers, and the indices of the facts that take part."""

    answers: tuple[str, ...]
    used: frozenset[int]

    def answers_none_of(self, others: Iterable[str]) -> bool:
        """Whether no answer is among the others."""
        return frozenset(self.answers).isdisjoint(others)


class _Candidates(NamedTuple):
    """Facts that give an answer once a link is taken on trust.

    Attributes:
        answers: index of such a fact -> the answer that it gives.
        premises: indices of facts that say a part of the link.
    """

    answers: Mapping[int, str]
    premises: tuple[int, ...] = ()


def _proven(problem: Problem, facts: Sequence[str]) -> _Hint | None:
    """What follows from the facts by the task's own rule, or None.

    A count of nothing, with no event of the person told, rests on no fact and gives no hint.
    """
    if not facts:
        return None
    derived = solve(replace(problem, context=tuple(facts), support=()))
    return _Hint(derived.answers, frozenset(derived.support)) if derived.support else None


def _on_trust(problem: Problem, facts: Sequence[str]) -> _Hint | None:
    """The one answer that the facts give if a link that they leave out is granted, or None."""
    question = read_question(problem.question)
    if question is None or question.form not in _TRUSTED:
        return None
    answers, premises = _TRUSTED[question.form](read_facts(facts), question)
    if len(set(answers.values())) != 1:
        return None
    return _Hint(tuple(set(answers.values())), frozenset(answers).union(premises))


def _bearing(problem: Problem) -> tuple[int, ...]:
    """Indices of the facts from which misleading ones may be chosen, in story order."""
    question = read_question(problem.question)
    if question is None or question.form in _YES_OR_NO:
        return ()
    if question.form not in ("how many", "what held"):
        return tuple(range(len(problem.context)))
    changes = solve_movement.changes_of(read_facts(problem.context), question["person"])
    if question.form == "how many":
        return tuple(change.at for change in changes)
    got_at = {change.thing: change.at for change in changes if change.gained}
    return tuple(sorted(at for thing, at in got_at.items() if thing not in problem.answers))


def _places_of_movers(facts: Facts, question: Sentence) -> _Candidates:
    """Where anyone went, if no fact tells who had the thing."""
    if solve_movement.handlings_of(facts, question["thing"]):
        return _Candidates({})
    return _Candidates({index: fact["place"] for index, fact in facts if "place" in fact.words})


def _places_visited(facts: Facts, question: Sentence) -> _Candidates:
    """Where the person was at some time, if the visit asked about is not told."""
    visits = solve_movement.visits_of(facts, question["person"])
    if any(same(visit.place, question["place"]) for visit in visits):
        return _Candidates({})
    return _Candidates({visit.at: visit.place for visit in visits})


def _fears(facts: Facts, question: Sentence) -> _Candidates:
    """What any kind is afraid of, if no fact tells the person's kind."""
    if question["person"].casefold() in _kinds(facts):
        return _Candidates({})
    fears = [(index, fact) for index, fact in facts if fact.form == "fear"]
    return _Candidates({index: singular(fear["feared"]) for index, fear in fears})


def _colours(facts: Facts, question: Sentence) -> _Candidates:
    """The colours of others, unless both kinds are told (and are not the same)."""
    kinds, asked = _kinds(facts), question["person"].casefold()
    coloured = [
        (index, person, fact["colour"])
        for index, fact in facts
        if fact.form == "colour"
        and (person := fact["person"].casefold()) != asked
        and not {asked, person} <= kinds.keys()
    ]
    alike = {asked, *(person for _, person, _ in coloured)}
    return _Candidates(
        {index: colour for index, _, colour in coloured},
        tuple(index for person, index in kinds.items() if person in alike),
    )


def _kinds(facts: Facts) -> dict[str, int]:
    """Persons whose kind is told (case-folded), each with the index of the fact."""
    return {fact["person"].casefold(): index for index, fact in facts if fact.form == "kind"}


_YES_OR_NO = ("is positioned", "is bigger", "does fit")
_TRUSTED: Mapping[str, Callable[[Facts, Sentence], _Candidates]] = {
    "where is a thing": _places_of_movers,
    "where before": _places_visited,
    "what feared": _fears,
    "what colour": _colours,
}
