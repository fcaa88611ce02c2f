"""Harbours: who ran a harbour first, and who last? An invented dataset, as small as one can be.

It stands outside the package; `tests/datasets/test_fourth_dataset.py` puts it beside the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from random import Random

from artifact.datasets.dataset import (
    Dataset,
    Derivation,
    Lookalikes,
    ProblemRules,
    Template,
    Wording,
)
from artifact.datasets.problem import Problem

LABELS = ("first", "last")
PLACES = tuple("".join(parts) for parts in product(("Nem", "Tol", "Bra"), ("mer", "lo", "vik")))
PEOPLE = ("Ottla Brisk", "Jory Pell", "Mirel Tosk", "Lise Orme", "Anselm Rook")


def generate(n: int, seed: int) -> list[Problem]:
    """Seeded look-alikes: three people who ran the harbour of a town, named after the problem."""
    rng, problems = Random(f"harbours {seed}"), []
    for number in range(n):
        place, label = f"{rng.choice(PLACES)} {number}", rng.choice(LABELS)
        years = rng.sample(range(1800, 1950), 3)
        context = tuple(
            f"{name} ran the harbour of {place} in {year}."
            for name, year in zip(rng.sample(PEOPLE, 3), years, strict=True)
        )
        gold = years.index(min(years) if label == "first" else max(years))
        name = context[gold].partition(" ran")[0]
        question = f"Who ran the harbour of {place} {label}?"
        problems.append(
            Problem(f"h{seed}-{number}", "harbours", label, context, question, (name,), (gold,))
        )
    return problems


def solve(problem: Problem) -> Derivation:
    """Label from the question's last word, fact by its year."""
    label = problem.question.rpartition(" ")[2].rstrip("?")
    years = [int(year) for fact in problem.context for year in re.findall(r"in (\d{4})\.$", fact)]
    gold = years.index(min(years) if label == "first" else max(years))
    return Derivation((problem.context[gold].partition(" ran")[0],), label, (gold,))


def _corrupt(problem: Problem, label: str, rng: Random) -> str:
    others = [fact for fact in problem.context if fact not in problem.supporting_facts]
    return TEMPLATE.trace(label, [rng.choice(others)])


def _label_of(text: str) -> str | None:
    found = re.search(r"The order is: (\w+)\.", text)
    return found[1] if found else None


def _first_fact(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    return (problem.context[0].partition(" ran")[0],)


TEMPLATE = Template(
    user_turn=lambda problem: f"{' '.join(problem.context)}\n{problem.question}",
    trace=lambda label, facts: f"The order is: {label}.\nThe facts are: {list(facts)}",
    answer=lambda answers: answers[0],
    label_of=_label_of,
    cited_facts=lambda text: text.partition("The facts are: ")[2] or None,
    parse_answer=lambda text: frozenset({text.strip()} - {""}),
)

DATASET = Dataset(
    name="harbours",
    title="Harbours",
    labels=LABELS,
    template=TEMPLATE,
    rules=ProblemRules(
        solve=solve,
        check=lambda problem: None if solve(problem).answers else "no fact names anyone",
        groups_of=lambda problem: (problem.context[0].partition(" of ")[2].rpartition(" in ")[0],),
        shortcuts={"first fact": _first_fact},
    ),
    lookalikes=Lookalikes(generate),
    wording=Wording(corrupt_trace=_corrupt),
)
