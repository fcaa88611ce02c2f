"""The decomposition's figure in points, and an example problem of each dataset."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from math import nan
from random import Random

from artifact.book.sections.decomposition.compute import Decomposed
from artifact.decomposition import traces

SOLVER = "rules of this section"

ROW = 24
"""Characters per line of a row's name."""


def derivable(by_name: Mapping[str, Decomposed]) -> dict[str, Decomposed]:
    """Those whose answers can be derived, so that shortcuts can be compared with something."""
    return {
        name: one for name, one in by_name.items() if one.shown[0].overall.answers_exact is not None
    }


def shortcut_cells(one: Decomposed) -> dict[str, dict[str, float]]:
    """Exact answer sets of the rules and of every shortcut that skips a step: rule -> category ->
    share; nan where a shortcut gives no answer to questions of that category."""
    found, _ = one.shown
    rules = {label: row.answers_exact for label, row in found.by_category.items()}
    cells = {SOLVER: {label: nan if it is None else it for label, it in rules.items()}}
    for name, shares in found.baselines.items():
        cells[textwrap.fill(name, ROW)] = {
            label: share if share > 0 or label in one.applies[name] else nan
            for label, share in ((label, shares.get(label, nan)) for label in rules)
        }
    return cells


def example_text(one: Decomposed) -> str:
    """A problem with its correct and incorrect traces, as a reader of the data would see it."""
    problem, rng = one.example, Random(one.example.id)
    facts = "\n".join(f"  {index:2}  {fact}" for index, fact in enumerate(problem.context))
    derived = one.dataset.rules.solve(problem)
    return (
        f"context\n{facts}\nquestion\n  {problem.question}\n"
        f"gold\n  answers {list(problem.answers)}, label {problem.category}, "
        f"facts {list(problem.support)}\n"
        f"derived from context and question alone\n  answers {list(derived.answers)}, "
        f"label {derived.category}, facts {list(derived.support)}, anchor {list(derived.anchor)}\n"
        f"correct trace\n{traces.render(one.dataset, problem, 'correct')}\n"
        f"incorrect trace\n{traces.render(one.dataset, problem, 'incorrect', rng=rng)}"
    )
