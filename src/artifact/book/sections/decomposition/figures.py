"""The decomposition's figure, in points and in words, and an example problem of each dataset."""

from __future__ import annotations

from random import Random

from artifact.book.figures.charts import Point
from artifact.book.sections.decomposition.compute import Decomposed
from artifact.decomposition import traces

SOLVER = "rules of this section"


def has_shortcut_figure(one: Decomposed) -> bool:
    """Whether answers can be derived at all, so that shortcuts have something to stand beside."""
    return one.shown[0].overall.answers_exact is not None


def shortcut_points(one: Decomposed) -> list[Point]:
    """Exact answer sets by category: the rules, and every shortcut that skips a step."""
    found, _ = one.shown
    points = [
        Point(label, SOLVER, row.answers_exact)
        for label, row in found.by_category.items()
        if row.answers_exact is not None
    ]
    points += [
        Point(label, name, shares[label])
        for name, shares in found.baselines.items()
        for label in found.by_category
        if label in shares
    ]
    order = list(found.by_category)
    return sorted(points, key=lambda point: order.index(point.group))


def shortcut_alt(one: Decomposed) -> str:
    """What the figure of `shortcut_points` shows, in words."""
    found, _ = one.shown
    shares = {name: s["overall"] for name, s in found.baselines.items()}
    listed = "; ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items())
    rules = 100 * (found.overall.answers_exact or 0)
    return (
        f"Bar chart of exact answer sets on {one.dataset.title} by category. "
        f"Over all: rules {rules:.1f} %; {listed}."
    )


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
