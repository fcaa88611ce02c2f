"""Look-alikes of MARCO: ten passages about invented places, exactly one of which holds the answer.

The other nine make matching on one word set fail: some say other things about the place in
question, some say what is asked, but of other places, and the rest do neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from artifact.common.errors import InputError
from artifact.datasets.marco.labels import LABELS
from artifact.datasets.marco.lookalikes.attributes import ATTRIBUTES, KINDS, Attribute, coined
from artifact.datasets.marco.words import nearest_passage
from artifact.datasets.problem import Problem

TYPE_SHARES = {
    "DESCRIPTION": 0.5312,
    "NUMERIC": 0.2612,
    "ENTITY": 0.0881,
    "LOCATION": 0.0617,
    "PERSON": 0.0578,
}
"""Shares of question types in MS MARCO (Bajaj et al., 2018, arXiv 1611.09268v3, table 2)."""

SAME_PLACE, SAME_ATTRIBUTE, NEITHER = 4, 3, 2
"""Misleading passages, by what they share with the question; with the gold one they make ten."""

SENTENCES = (1, 4)
"""Fewest and most sentences of a passage."""


def draw(n: int, seed: int) -> Iterator[Problem]:
    """`n` problems; the same `n` and `seed` give the same problems.

    Question types have MS MARCO's shares, each at least once where `n` allows.

    Raises:
        InputError: if `n` is below 1.
    """
    if n < 1:
        raise InputError(f"is {n}", field="n", cure="ask for at least one problem")
    rng = Random(f"marco {seed}")
    types = [label for label, count in _quota(n).items() for _ in range(count)]
    rng.shuffle(types)
    for number, label in enumerate(types, start=1):
        yield _drawn(rng, label, f"lookalike-{seed}-{number}")


def _quota(n: int) -> Counter[str]:
    """How many of each type: one each as far as `n` allows, the rest by largest remainder."""
    counts = Counter(dict.fromkeys(LABELS[:n], 1))
    for _ in range(n - counts.total()):
        counts[max(LABELS, key=lambda label: TYPE_SHARES[label] * n - counts[label])] += 1
    return counts


@dataclass
class _Place:
    """An invented place, whose attributes keep their values once drawn."""

    name: str
    rng: Random
    values: dict[Attribute, str] = field(default_factory=dict)

    @classmethod
    def drawn(cls, rng: Random) -> _Place:
        return cls(f"{coined(rng, 3)} {rng.choice(KINDS)}", rng)

    def value(self, attribute: Attribute) -> str:
        if attribute not in self.values:
            self.values[attribute] = attribute.value(self.rng)
        return self.values[attribute]

    def passage(self, told: Attribute, unsaid: Attribute | None = None) -> str:
        """A few sentences on this place: `told` among others, `unsaid` never."""
        free = [attribute for attribute in ATTRIBUTES if attribute not in (told, unsaid)]
        fewest, most = SENTENCES
        said = self.rng.sample(free, self.rng.randint(fewest - 1, most - 1))
        said.insert(self.rng.randrange(len(said) + 1), told)
        return " ".join(it.sentence.format(t=self.name, v=self.value(it)) for it in said)


def _drawn(rng: Random, label: str, identity: str) -> Problem:
    """A problem whose answer is in its gold passage and in no other; drawn until it does."""
    asked = rng.choice([attribute for attribute in ATTRIBUTES if attribute.category == label])
    while True:
        topic = _Place.drawn(rng)
        gold, answer = topic.passage(asked), topic.value(asked)
        context = [*_distractors(rng, topic, asked), gold]
        rng.shuffle(context)
        holding = [index for index, passage in enumerate(context) if answer in passage]
        if holding == [context.index(gold)] and nearest_passage(context, answer) == holding[0]:
            break
    return Problem(
        id=identity,
        dataset="marco",
        category=label,
        context=tuple(context),
        question=rng.choice(asked.questions).format(t=topic.name.lower()),
        answers=(answer,),
        support=(holding[0],),
    )


def _distractors(rng: Random, topic: _Place, asked: Attribute) -> list[str]:
    others = [attribute for attribute in ATTRIBUTES if attribute is not asked]
    told = rng.sample(others, SAME_PLACE + NEITHER)
    return [
        *(topic.passage(attribute, unsaid=asked) for attribute in told[:SAME_PLACE]),
        *(_Place.drawn(rng).passage(asked) for _ in range(SAME_ATTRIBUTE)),
        *(_Place.drawn(rng).passage(attribute, unsaid=asked) for attribute in told[SAME_PLACE:]),
    ]
