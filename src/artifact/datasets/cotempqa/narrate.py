"""A CoTempQA problem's reasoning in free text: thought aloud, summed up, and explained afterwards.

The solver's steps, put into words by rule: state the event in the question, compare the dates fact
by fact, go back to the nearest miss, conclude. The manner is that of the R1 traces in the release;
the wording is this project's own. Phrases vary with the problem's id and with nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from artifact.datasets.cotempqa.grammar import (
    CLAUSES,
    RELATIONS,
    Date,
    Fact,
    latest_day,
    render_date,
    render_when,
)
from artifact.datasets.cotempqa.labels import temporal_relation
from artifact.datasets.cotempqa.solve import Reading, read, solve
from artifact.datasets.cotempqa.template import trace
from artifact.datasets.dataset import SUMMARY_WORDS, Narration
from artifact.datasets.problem import Problem

NOUNS: Mapping[str, tuple[str, str]] = {
    "position": ("a position", "positions"),
    "party": ("a party", "parties"),
    "school": ("a school", "schools"),
    "employer": ("an employer", "employers"),
    "team": ("a team", "teams"),
    "owner": ("an owner", "owners"),
    "chair": ("a chair", "chairs"),
    "head": ("a leading post", "leading posts"),
}
"""What a relation's object is, in the singular and the plural."""

_OPENINGS = (
    "Okay, let me work this out step by step. I need to find {asked}.",
    "Alright, so the question wants {asked}. Let me take it slowly.",
    "Let me think about this. What I have to find is {asked}.",
)
_GOING_THROUGH = (
    "Now I go through the facts one by one and compare the dates:",
    "Next, let me check every fact against that time:",
    "Let me look at each fact in turn and see whether it falls in that time:",
)
_YES = ("So this one counts.", "That fits, so I keep it.", "Yes, the same time.")
_NO = ("So no.", "That doesn't fit.", "So it isn't this one.")
_WAITS = ("Wait, let me double-check", "Hmm, let me look again at", "Hold on, I should go back to")


def narrate(problem: Problem) -> Narration | None:
    """The three texts of `problem`; None where the solver does not reach its gold answers.

    Every fact of the context occurs in the verbose text, word for word. All three texts name every
    answer; the verbose one and the summary end with them, the explanation opens with them.
    """
    reading = read(problem)
    if reading is None or set(solve(problem).answers) != set(problem.answers):
        return None
    story = _Story(problem, reading)
    return Narration(
        verbose=story.verbose(),
        summary=story.summary(),
        explanation=story.explanation(),
        made="rule",
    )


class _Story:
    """The solver's steps over one problem, and the three ways to tell them."""

    def __init__(self, problem: Problem, reading: Reading) -> None:
        self._problem, self._reading = problem, reading
        self._events = [reading.fact(index) for index in reading.anchors]
        self._rng = Random(f"narrate {problem.id}")
        self._support = [i for i in reading.candidates if self._met(reading.fact(i)) is not None]
        self._answer = _listed(reading.answers(self._support))

    def verbose(self) -> str:
        question, pick = self._reading.question, self._rng.choice
        stated = " ".join(event.text for event in self._events)
        paragraphs = [
            pick(_OPENINGS).format(asked=self._asked),
            f"First, when was it that {question.subject} {CLAUSES[question.relation].anchor} "
            f"{question.object}? The context says: {stated} So the time to compare with is "
            f"{self._event_time}.",
            pick(_GOING_THROUGH),
            "\n".join(
                f"{number}. {sentence} {self._verdict(number - 1)}"
                for number, sentence in enumerate(self._problem.context, start=1)
            ),
            *self._second_thoughts(),
            f"So {self._answer_is()}.",
        ]
        return "\n\n".join(paragraphs)

    def summary(self) -> str:
        dated = [
            f"{self._reading.term(index)} ({_time(self._reading.fact(index))})"
            for index in self._support
        ]
        names = self._reading.answers(self._support)
        # Names can be long and many: the dates are dropped first, then the count of candidates.
        ways = self._summed_up(dated), self._summed_up(names), self._summed_up_shortly()
        return next((way for way in ways if len(way.split()) < SUMMARY_WORDS), ways[-1])

    def explanation(self) -> str:
        question, reading = self._reading.question, self._reading
        others = [index for index in reading.candidates if index not in self._support]
        beside = len(self._problem.context) - len(reading.candidates) - len(reading.anchors)
        sentences = [
            f"{_capital(self._answer_is())}.",
            f"The question asks about the time at which {question.subject} "
            f"{CLAUSES[question.relation].anchor} {question.object}, that is, {self._event_time}.",
            *(self._why(index) for index in self._support),
        ]
        if others:
            nearest = self._nearest(others)
            sentences.append(
                f"There {'is' if len(others) == 1 else 'are'} {self._pool(len(others))} besides; "
                f"the nearest in time is {reading.term(nearest)}, dated "
                f"{_time(reading.fact(nearest))}, and {self._comparison(reading.fact(nearest))}."
            )
        if beside:
            facts = "remaining fact is" if beside == 1 else f"remaining {beside} facts are"
            sentences.append(f"The {facts} about something else.")
        return " ".join(sentences)

    @property
    def _asked(self) -> str:
        question = self._reading.question
        event = f"while {question.subject} {CLAUSES[question.relation].anchor} {question.object}"
        if question.asks == "subject":
            who = "what else" if question.relation == "owner" else "who else"
            return f"{who} {RELATIONS[question.relation].past} {question.object} {event}"
        noun, _ = NOUNS[question.asked_relation]
        return f"{noun} of {question.asked_subject} {event}"

    def _pool(self, count: int) -> str:
        """`count` facts that could answer, as a phrase."""
        question = self._reading.question
        if question.asks == "subject":
            return f"{count} {'entry' if count == 1 else 'entries'} for {question.object}"
        one, many = NOUNS[question.asked_relation]
        return f"{one if count == 1 else f'{count} {many}'} of {question.asked_subject}"

    @property
    def _event_time(self) -> str:
        return _listed([_time(event) for event in self._events])

    def _answer_is(self) -> str:
        one = len(self._reading.answers(self._support)) == 1
        return f"the answer is {self._answer}" if one else f"the answers are {self._answer}"

    def _event_sentence(self) -> str:
        question = self._reading.question
        return (
            f"The event in the question is that {question.subject} "
            f"{CLAUSES[question.relation].anchor} {question.object}, {self._event_time}."
        )

    def _summed_up_shortly(self) -> str:
        return f"{self._event_sentence()} By the dates, {self._answer_is()}."

    def _summed_up(self, fitting: Sequence[str]) -> str:
        together = "coincides" if len(fitting) == 1 else "coincide"
        return (
            f"{self._event_sentence()} Besides, the context has "
            f"{self._pool(len(self._reading.candidates))}. By the dates, only {_listed(fitting)} "
            f"{together} with the event. So {self._answer_is()}."
        )

    def _verdict(self, index: int) -> str:
        if index in self._reading.anchors:
            return "That is the event in the question itself."
        fact = self._reading.facts[index]
        if fact is None:
            return "There is no date in it that I can compare, so I leave it aside."
        if index not in self._reading.candidates:
            return self._beside_the_point(fact)
        conclusion = self._rng.choice(_NO if self._met(fact) is None else _YES)
        return f"{_capital(self._comparison(fact))}. {conclusion}"

    def _beside_the_point(self, fact: Fact) -> str:
        question = self._reading.question
        if question.asks == "subject":
            return f"That isn't what is asked about {question.object}, so I skip it."
        if fact.subject != question.asked_subject:
            return f"That is about {fact.subject}, not {question.asked_subject}, so I skip it."
        told, wanted = NOUNS[fact.relation][0], NOUNS[question.asked_relation][0]
        return f"That is {told}, and I'm looking for {wanted}, so I skip it."

    def _second_thoughts(self) -> list[str]:
        """Back to the nearest miss, where there is one, and to what is kept."""
        reading, pick = self._reading, self._rng.choice
        thoughts = []
        missed = [index for index in reading.candidates if index not in self._support]
        if missed:
            nearest = self._nearest(missed)
            fact = reading.fact(nearest)
            thoughts.append(
                f"{pick(_WAITS)} {reading.term(nearest)}, since it comes closest of those that I "
                f"ruled out. Its date is {_time(fact)}, the event's is {self._event_time}: "
                f"{self._comparison(fact)}. No, it stays out."
            )
        kept = [
            f"{reading.term(index)} is dated {_time(reading.fact(index))}, and "
            f"{self._comparison(reading.fact(index))}"
            for index in self._support
        ]
        count = "one match" if len(kept) == 1 else f"{len(kept)} matches"
        thoughts.append(f"That leaves {count}, once more to be sure: {'; '.join(kept)}.")
        return thoughts

    def _why(self, index: int) -> str:
        fact = self._reading.fact(index)
        return (
            f"{_capital(self._reading.term(index))} is dated {_time(fact)}, and "
            f"{self._comparison(fact)}."
        )

    def _met(self, fact: Fact) -> Fact | None:
        """The event at whose time `fact` holds, if there is one."""
        return next((event for event in self._events if temporal_relation(event, fact)), None)

    def _comparison(self, fact: Fact) -> str:
        met = self._met(fact)
        return _how_it_meets(met, fact) if met else _how_it_misses(self._events[0], fact)

    def _nearest(self, missed: Sequence[int]) -> int:
        event = self._events[0]

        def distance(index: int) -> float:
            fact = self._reading.fact(index)
            return max(
                _years(fact.start) - _years(event.end), _years(event.start) - _years(fact.end)
            )

        return min(missed, key=distance)


def _how_it_meets(event: Fact, fact: Fact) -> str:
    if (event.start, event.end) == (fact.start, fact.end):
        return "that is exactly the event's time"
    if temporal_relation(event, fact) == "overlap":
        if fact.start < event.start:
            return "that begins before the event and runs on into its time"
        return "that begins in the event's time and goes on after it"
    if event.is_point:
        return "the event's date lies within that span"
    if event.start <= fact.start and fact.end <= event.end:
        return "that lies within the event's time"
    return "that spans the whole of the event's time"


def _how_it_misses(event: Fact, fact: Fact) -> str:
    if latest_day(fact.end) < event.start:
        return "that is before the event" if fact.is_point else "that was over before the event"
    if latest_day(event.end) < fact.start:
        return "that is after the event" if fact.is_point else "that began only after the event"
    if not fact.is_point and fact.start == event.end:
        return "that began just as the event ended"
    if not fact.is_point and fact.end == event.start:
        return "that ended just as the event began"
    return "by its dates that is not within the event's time"


def _time(fact: Fact) -> str:
    start = render_date(fact.start)
    return start if fact.is_point else f"{start} to {render_date(fact.end)}"


def _years(told: Date) -> float:
    year, month, day = told
    return year + month / 12 + day / 365


def _listed(names: Sequence[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def anchored_trace(problem: Problem) -> str | None:
    """The correct trace, preceded by its basis: the event's own fact and how the times compare.

    None if no fact states the event in the question, or no gold fact meets it in time.
    """
    reading = read(problem)
    if reading is None:
        return None
    comparisons = [
        line
        for anchor in reading.anchors
        for index in problem.support
        if (line := _comparison(reading, anchor, index))
    ]
    if not comparisons:
        return None
    events = [problem.context[anchor] for anchor in reading.anchors]
    return (
        f"The event in question is stated by: {events}\n"
        + "".join(comparisons)
        + trace(problem.category, problem.supporting_facts)
    )


def _comparison(reading: Reading, anchor: int, index: int) -> str | None:
    event, fact = reading.facts[anchor], reading.facts[index]
    if event is None or fact is None or index in reading.anchors:
        return None
    relation = temporal_relation(event, fact)
    if relation is None:
        return None
    held, asked = render_when(event.start, event.end), render_when(fact.start, fact.end)
    return f"{reading.term(index)} {asked}, compared with the event {held}: {relation}.\n"
