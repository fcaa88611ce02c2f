"""What forced traces did to the answers: the part of a trace's effect that is no correlation.

Every difference is taken over the same problems answered by the same weights, so nothing but the
trace can have made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import Template
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import answer_text
from artifact.evaluation.run_scores import outputs_of
from artifact.evaluation.statistics.association import Interval
from artifact.evaluation.statistics.paired import Share, bootstrap_difference, mcnemar_p, share
from artifact.sft.forced_traces import FORCED, Forced, Intervention, interventions
from artifact.sft.run_folder import INTERVENTIONS, Run

BASELINE: Forced = "own"
CONTRASTS: tuple[tuple[Forced, Forced], ...] = (
    ("correct", "misleading"),
    ("correct", "other"),
    ("correct", "filler"),
    ("correct", "none"),
    ("anchored", "correct"),
)
"""Pairs whose difference is due to the trace alone, beside each one against `BASELINE`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer after a forced trace.

    Attributes:
        right: it is gold.
        followed: it is what the trace points to; None where that is gold or can't be told.
    """

    right: bool
    followed: bool | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Accuracy after one forced trace less accuracy after another, on the same problems.

    Attributes:
        first, second: the traces.
        n: problems that have both.
        first_share, second_share: right answers over those.
        difference: first minus second; `interval` is its paired bootstrap, 95 %.
        p: McNemar's two-sided exact p.
    """

    first: Forced
    second: Forced
    n: int
    first_share: float
    second_share: float
    difference: float
    interval: Interval
    p: float


@dataclass(frozen=True, slots=True)
class Following:
    """Where answers go when the forced facts point to another candidate than gold.

    Attributes:
        forced: the trace.
        n: problems whose trace points elsewhere.
        followed: answers that are what the trace points to.
        stayed: answers that are gold all the same.
    """

    forced: Forced
    n: int
    followed: Share
    stayed: Share


@dataclass(frozen=True, slots=True)
class Interventions:
    """All that the forced traces of one run show.

    Attributes:
        accuracy: right answers after each trace.
        effects: each trace against `BASELINE`, then `CONTRASTS`.
        following: for each trace that points elsewhere on some problem.
    """

    accuracy: Mapping[Forced, Share]
    effects: tuple[Effect, ...]
    following: tuple[Following, ...]


def summarise(run: Run, *, seed: int = 0) -> Interventions:
    """Score the interventions of `run`.

    Args:
        seed: of the bootstrap.

    Raises:
        InputError: if it has none.
        CheckError: if its problems are not those that its spec gives today.
    """
    lines = interventions(run)
    if not lines:
        raise InputError("is not there", path=run.folder / INTERVENTIONS,
                         cure=f"run `artifact intervene {run.record.run}`")  # fmt: skip
    problems = {output.problem.id: output.problem for output in outputs_of(run)}
    return score(lines, problems, datasets.get(run.record.spec.dataset).template, seed=seed)


def score(
    lines: Sequence[Intervention],
    problems: Mapping[str, Problem],
    template: Template,
    *,
    seed: int = 0,
) -> Interventions:
    """Score interventions on `problems` (by id)."""
    judged = judge(lines, problems, template)
    right = {
        forced: {name: it.right for name, it in answers.items()}
        for forced, answers in judged.items()
    }
    following = []
    for forced, answers in judged.items():
        pointed = [it for it in answers.values() if it.followed is not None]
        if n := len(pointed):
            went, stayed = sum(bool(it.followed) for it in pointed), sum(it.right for it in pointed)
            following.append(Following(forced, n, share(went, n), share(stayed, n)))
    pairs = [(forced, BASELINE) for forced in right if forced != BASELINE]
    return Interventions(
        accuracy={forced: share(sum(it.values()), len(it)) for forced, it in right.items()},
        effects=tuple(
            effect
            for first, second in (*pairs, *CONTRASTS)
            if first in right
            and second in right
            and (effect := _effect(first, second, right[first], right[second], seed))
        ),
        following=tuple(following),
    )


def judge(
    lines: Sequence[Intervention], problems: Mapping[str, Problem], template: Template
) -> dict[Forced, dict[str, Judged]]:
    """Each answer after each trace by problem id, traces in the order of `FORCED`."""
    judged: dict[Forced, dict[str, Judged]] = {}
    for forced in FORCED:
        for line in (line for line in lines if line.forced == forced):
            gold, given = _stated(template, problems[line.id].answers), _given(line, template)
            target = None if line.points_to is None else _stated(template, line.points_to)
            elsewhere = target is not None and target != gold
            answer = Judged(given == gold, given == target if elsewhere else None)
            judged.setdefault(forced, {})[line.id] = answer
    return judged


def _effect(
    first: Forced, second: Forced, a: Mapping[str, bool], b: Mapping[str, bool], seed: int
) -> Effect | None:
    both = sorted(a.keys() & b.keys())
    if len(both) < 2:
        return None
    one, two = [a[name] for name in both], [b[name] for name in both]
    return Effect(
        first,
        second,
        n=len(both),
        first_share=sum(one) / len(both),
        second_share=sum(two) / len(both),
        difference=(sum(one) - sum(two)) / len(both),
        interval=bootstrap_difference(one, two, seed=seed),
        p=mcnemar_p(
            sum(x and not y for x, y in zip(one, two, strict=True)),
            sum(y and not x for x, y in zip(one, two, strict=True)),
        ),
    )


def _stated(template: Template, answers: Sequence[str]) -> frozenset[str]:
    return template.parse_answer(template.answer(answers))


def _given(line: Intervention, template: Template) -> frozenset[str] | None:
    stated = answer_text(line.prediction)
    return None if stated is None else template.parse_answer(stated)
