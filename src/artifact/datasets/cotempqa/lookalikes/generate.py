"""Look-alikes of CoTempQA: the release's statistics, invented names, correct gold answers.

Three things differ from the release on purpose. Rivals often share the anchor's calendar year, so
that comparing years does not answer the question. No subject occurs in two problems, so that any
split is free of leaks. No wording or date sets distractors apart from other facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Literal, NamedTuple

from artifact.common.errors import InputError
from artifact.datasets.cotempqa.grammar import Fact, Question, render_question
from artifact.datasets.cotempqa.labels import label_of_kinds
from artifact.datasets.cotempqa.lookalikes import vocabulary
from artifact.datasets.cotempqa.lookalikes.fact_roles import KIND_OF_PLACE, read_constellation
from artifact.datasets.cotempqa.lookalikes.sampling import WeightedChoice
from artifact.datasets.cotempqa.lookalikes.statistics import Statistics, release_statistics
from artifact.datasets.cotempqa.lookalikes.timeline import Event, Statement, Timeline
from artifact.datasets.problem import Problem

BLOCK = 10
"""Facts of one subject and relation; upstream adds distractors up to this number."""

LARGEST = 100
"""Largest block; the places of a problem are drawn without repeats."""

GOLDEN = 0.6180339887498949
"""Steps of this length, modulo 1, cover the unit interval evenly: so a few problems are enough for
the categories to have their shares."""


class Form(NamedTuple):
    """What a question relates: its triple class, the anchor's relation and the asked one."""

    triple_class: str
    relation: str
    asked_relation: str

    @property
    def asks(self) -> Literal["object", "subject"]:
        """What is asked for."""
        return "subject" if self.triple_class == "S2_R1_O1" else "object"


class Home(NamedTuple):
    """What the facts of a block share."""

    subject: str
    relation: str


def draw(n: int, seed: int, size: int = BLOCK) -> Iterator[Problem]:
    """`n` problems; the same for the same seed, and the first ones of any larger `n`.

    Gold answers are in context order. ``meta`` has upstream's ``triple_element`` and ``index``.

    Args:
        n, seed: number of problems, and seed of the draw.
        size: facts of one subject and relation, in place of upstream's 10; the facts outside of
            such blocks shrink or grow alike. The event in question and what holds at its time are
            stated at any size, so at small ones a context can be longer, and has no distractors.

    Raises:
        InputError: if `n` asks for more people than can be named (over a million problems), or
            `size` for more places.
    """
    if size > LARGEST:
        cure = f"choose one of up to {LARGEST}"
        raise InputError(f"{size} facts need more names than there are", field="source", cure=cure)
    rng, people = Random(seed), vocabulary.people(seed)
    author = _author()
    start = rng.random()
    for index in range(n):
        category = author.categories.at((start + index * GOLDEN) % 1)
        yield author.problem(rng, people, category, seed, index, size)


@cache
def _author() -> _Author:
    return _Author(release_statistics())


class _Author:
    """Draws problems that follow the statistics."""

    def __init__(self, statistics: Statistics) -> None:
        self.categories = WeightedChoice(statistics.categories)
        self._tails = WeightedChoice(statistics.tails)
        self._stray_relations = WeightedChoice(statistics.stray_relations)
        self._layouts = {
            name: WeightedChoice({_read_layout(text): share for text, share in shares.items()})
            for name, shares in statistics.layouts.items()
        }
        self._forms = {
            name: WeightedChoice({Form(*text.split()): share for text, share in shares.items()})
            for name, shares in statistics.forms.items()
        }
        self._constellations = {
            (category, triple_class): WeightedChoice(_consistent(shares, category, statistics))
            for category, by_class in statistics.constellations.items()
            for triple_class, shares in by_class.items()
        }
        self._timelines = {name: Timeline(statistics, name) for name in statistics.categories}

    def problem(
        self, rng: Random, people: Iterator[str], category: str, seed: int, index: int, size: int
    ) -> Problem:
        """The problem number `index` of a seed's problems of one size."""
        form = self._forms[category].pick(rng)
        point, places = self._constellations[category, form.triple_class].pick(rng)
        layout = self._layouts[form.triple_class].pick(rng)
        in_blocks, stray = (round(facts * size / BLOCK) for facts in layout)
        cast = _Cast(rng, people, form, size)
        timeline = self._timelines[category]
        stated = [cast.could_answer() for _ in places]
        anchor, answering = _meet(rng, timeline, cast.anchor, stated, point, places)
        companions = size - 1 if cast.anchor_stands_apart else 0
        rivals = max(in_blocks - 1 - companions - len(places), 0)
        facts = [
            anchor.fact,
            *answering,
            *(timeline.rival(rng, cast.could_answer(), anchor) for _ in range(rivals)),
            *(timeline.bystander(rng, cast.companion(), anchor) for _ in range(companions)),
        ]
        homes = self._stray_homes(rng, cast, answering) if stray else []
        facts += [
            timeline.bystander(rng, cast.stated(*rng.choice(homes)), anchor) for _ in range(stray)
        ]
        rng.shuffle(facts)
        support = tuple(index for index, fact in enumerate(facts) if fact in answering)
        return Problem(
            id=f"lookalike{'' if size == BLOCK else size}-{seed}-{index:06}",
            dataset="cotempqa",
            category=category,
            context=tuple(fact.text for fact in facts),
            question=render_question(cast.question(self._tails.pick(rng))),
            answers=tuple(cast.answer_of(facts[index]) for index in support),
            support=support,
            meta={"triple_element": form.triple_class, "index": index},
        )

    def _stray_homes(self, rng: Random, cast: _Cast, answering: list[Fact]) -> list[Home]:
        """Up to three homes outside the blocks of the question, where no fact names an answer."""
        answers = {cast.answer_of(fact) for fact in answering}
        subjects = [subject for subject in cast.subjects if subject not in answers]
        homes = []
        for _ in range(rng.randint(1, 3)):
            home = Home(rng.choice(subjects), self._stray_relations.pick(rng))
            while not cast.is_free(home):
                home = home._replace(relation=self._stray_relations.pick(rng))
            homes.append(home)
        return homes


class _Cast:
    """The names of one problem: each subject is new, each place is used once."""

    def __init__(self, rng: Random, people: Iterator[str], form: Form, size: int) -> None:
        self._rng, self._people, self._form = rng, people, form
        self._places = iter(
            rng.sample(vocabulary.places(), k=PLACES_A_PROBLEM * max(size, BLOCK) // BLOCK)
        )
        self.subjects: list[str] = []
        self.anchor = self.stated(self._new_subject(), form.relation)
        self._asked_subject: str | None = None
        if form.asks == "object":
            again = form.triple_class.startswith("S1")
            self._asked_subject = self.anchor.subject if again else self._new_subject()

    @property
    def of_companies(self) -> bool:
        """Whether the subjects are companies: only those have owners."""
        return self._form.relation == "owner"

    @property
    def anchor_stands_apart(self) -> bool:
        """Whether the anchor's block of facts differs from the answers'."""
        return self._form.triple_class not in ("S1_R1_O2", "S2_R1_O1")

    def stated(self, subject: str, relation: str) -> Statement:
        """A statement about a new object."""
        pattern = self._rng.choice(vocabulary.OBJECTS[relation])
        return Statement(subject, relation, pattern.format(next(self._places)))

    def could_answer(self) -> Statement:
        """A statement that answers the question if its time is right."""
        if self._asked_subject is None:
            return Statement(self._new_subject(), self.anchor.relation, self.anchor.object)
        return self.stated(self._asked_subject, self._form.asked_relation)

    def companion(self) -> Statement:
        """Another statement of the anchor's subject and relation."""
        return self.stated(self.anchor.subject, self.anchor.relation)

    def is_free(self, home: Home) -> bool:
        """Whether facts there make sense and belong to neither block of the question."""
        if self.of_companies or home.relation == "owner":
            return self.of_companies and home.relation == "owner"
        if self._asked_subject is None:
            return home.relation != self.anchor.relation
        return home not in (
            (self.anchor.subject, self.anchor.relation),
            (self._asked_subject, self._form.asked_relation),
        )

    def answer_of(self, fact: Fact) -> str:
        """The answer that the fact would give."""
        return fact.subject if self._asked_subject is None else fact.object

    def question(self, tail: str) -> Question:
        """The question about the anchor."""
        return Question(
            *self.anchor, self._form.asks, self._form.asked_relation, self._asked_subject, tail
        )

    def _new_subject(self) -> str:
        name = next(self._people)
        if self.of_companies:
            name = self._rng.choice(vocabulary.COMPANIES).format(name)
        self.subjects.append(name)
        return name


PLACES_A_PROBLEM = 64
"""More than any problem has facts, at a size of up to `BLOCK`."""


def _meet(
    rng: Random,
    timeline: Timeline,
    anchor: Statement,
    answers: list[Statement],
    point: bool,
    places: tuple[str, ...],
) -> tuple[Event, list[Fact]]:
    """Dates for the anchor and for answers placed relative to it as `places` say."""
    while True:
        event = timeline.anchor(rng, anchor, point=point)
        facts = [
            timeline.answer(rng, stated, event, place)
            for stated, place in zip(answers, places, strict=True)
        ]
        found = [fact for fact in facts if fact is not None]
        if len(found) == len(facts):
            return event, found


def _consistent(
    shares: dict[str, float], category: str, statistics: Statistics
) -> dict[tuple[bool, tuple[str, ...]], float]:
    """The constellations with the label and a number of answers of `category`.

    The release has a few others, where its labels are off or two facts name one answer.
    """
    read = {read_constellation(text): share for text, share in shares.items()}
    return {
        (point, places): share
        for (point, places), share in read.items()
        if "apart" not in places
        and str(len(places)) in statistics.answers[category]
        and label_of_kinds([KIND_OF_PLACE[place] for place in places]) == category
    }


def _read_layout(text: str) -> tuple[int, int]:
    in_blocks, _, stray = text.partition(" + ")
    return int(in_blocks), int(stray)
