"""What a trace is: the assistant turn of each variant, and the way back from any text.

The answer is always right; the variants differ in what stands between ``<think>`` and
``</think>``. How a dataset words a trace, and which facts mislead in it, is its own folder's
business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Literal, get_args

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset, Narration
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import (
    ANSWER,
    END_THINK,
    THINK,
    Trace,
    parse,
    quoted_in_order,
)

Told = Literal["verbose", "summary", "explanation"]
Kind = Literal["vanilla", "correct", "incorrect", "irrelevant", "filler", "anchored", Told]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Variants of the assistant turn.

vanilla: the answer alone. correct, incorrect: the release's own. Controls: irrelevant (another
problem's correct trace), filler (as many tokens, no content), anchored (correct, after what the
question starts from and how the facts lead to the answer). Free text: verbose (thought aloud),
summary, explanation.
"""

Corrupt = Literal["label", "facts", "both"]
"""What is wrong in an incorrect trace; the release corrupts both."""

FILLER = "..."


@dataclass(frozen=True, slots=True)
class Misleading:
    """A trace of which only the facts mislead.

    Attributes:
        trace: what stands between ``<think>`` and ``</think>``: the right label, worded as in a
            correct trace, over facts of the context that are not the supporting ones.
        points_to: what these facts give as answers; none of them is gold.
    """

    trace: str
    points_to: tuple[str, ...]


def render(
    dataset: Dataset,
    problem: Problem,
    kind: Kind,
    *,
    rng: Random | None = None,
    corrupt: Corrupt = "both",
    others: Sequence[Problem] = (),
    narration: Narration | None = None,
) -> str:
    """The assistant turn of `problem`.

    Args:
        dataset: the problem's dataset.
        problem: gives label, facts and answers.
        kind: one of `KINDS`.
        rng: where something is drawn; None draws by the problem's id, so that its trace does not
            depend on its neighbours.
        corrupt: what is wrong in an incorrect trace.
        others: problems whose traces may be used for an irrelevant one.
        narration: the free texts that came with the problem in a file; None has the dataset's
            rule write them.

    Raises:
        InputError: if this dataset or this problem has no such trace.
    """
    template = dataset.template
    answer = template.answer(problem.answers)
    if kind == "vanilla":
        return answer
    rng = rng or Random(f"{kind} {problem.id}")
    if kind == "correct":
        trace = _correct(dataset, problem)
    elif kind == "incorrect":
        trace = _incorrect(dataset, problem, corrupt, rng)
    elif kind == "irrelevant":
        trace = _correct(dataset, unrelated(dataset, problem, others, rng))
    elif kind == "filler":
        trace = " ".join([FILLER] * len(_correct(dataset, problem).split()))
    elif kind == "anchored":
        trace = _anchored(dataset, problem)
    else:
        trace = _told(dataset, problem, kind, narration)
    return f"{THINK}{trace}{END_THINK} {ANSWER}{answer}</answer>"


def misleading(dataset: Dataset, problem: Problem, rng: Random | None = None) -> Misleading | None:
    """A trace of `problem` whose facts point to answers that are not gold.

    Args:
        dataset: the problem's dataset.
        problem: gives the label and the facts to choose from.
        rng: chooses the facts; None draws by the problem's id, as `render` does.

    Returns:
        None where the context has no such facts.

    Raises:
        InputError: if the dataset does not say what facts point to.
    """
    answer_from = _answer_from(dataset)
    if dataset.wording.misleading_facts is None:
        raise InputError(f"{dataset.name} has no rule for misleading facts", field="dataset")
    facts = dataset.wording.misleading_facts(problem, rng or Random(f"misleading {problem.id}"))
    answers = answer_from(problem, facts) if facts else None
    if not facts or not answers:
        return None
    return Misleading(dataset.template.trace(problem.category, facts), answers)


def points_to(dataset: Dataset, problem: Problem, trace_text: str) -> tuple[str, ...] | None:
    """The answers that the context facts cited in a trace give, taken in the order cited.

    Args:
        dataset: the problem's dataset.
        problem: gives question and context.
        trace_text: any text that `parse` reads, with or without the answer after it.

    Returns:
        None where there is no trace, no fact list in it, or where the facts listed give no
        answer. Cited texts that are no context fact are passed over. In free text, which visits
        facts also to put them aside, nothing tells which ones it rests on.

    Raises:
        InputError: if the dataset does not say what facts point to.
    """
    answer_from = _answer_from(dataset)
    trace = parse(trace_text, dataset.template, problem.context)
    cited = dataset.template.cited_facts(trace.text) if isinstance(trace, Trace) else None
    if cited is None:
        return None
    places = quoted_in_order(cited, problem.context, dataset.template)
    return answer_from(problem, tuple(problem.context[index] for index in places))


def unrelated(
    dataset: Dataset, problem: Problem, others: Sequence[Problem], rng: Random
) -> Problem:
    """A problem that shares no group, and whose gold facts are not in this problem's context.

    Raises:
        InputError: if none of `others` is so.
    """
    groups, context = frozenset(dataset.rules.groups_of(problem)), frozenset(problem.context)
    start = rng.randrange(len(others)) if others else 0
    for other in chain(others[start:], others[:start]):
        apart = groups.isdisjoint(dataset.rules.groups_of(other))
        if apart and context.isdisjoint(other.supporting_facts):
            return other
    raise InputError(
        f"no other problem can lend '{problem.id}' an irrelevant trace",
        field="others",
        cure="give problems of other groups",
    )


def kinds_for_corruption(n: int, p: float, seed: int) -> tuple[Kind, ...]:
    """Kinds of `n` training traces of which the share `p` is incorrect and the rest correct.

    Doses are nested: what is incorrect at one `p` is so at every higher one of the same seed.

    Raises:
        InputError: if `p` is not in [0, 1].
    """
    if not 0 <= p <= 1:
        raise InputError(f"{p} is no share", field="corruption", cure="give one from 0 to 1")
    corrupted = frozenset(Random(seed).sample(range(n), n)[: round(n * p)])
    return tuple("incorrect" if index in corrupted else "correct" for index in range(n))


def _answer_from(
    dataset: Dataset,
) -> Callable[[Problem, Sequence[str]], tuple[str, ...] | None]:
    if dataset.wording.answer_from is None:
        raise InputError(f"{dataset.name} does not say what facts point to", field="dataset")
    return dataset.wording.answer_from


def _correct(dataset: Dataset, problem: Problem) -> str:
    return dataset.template.trace(problem.category, problem.supporting_facts)


def _incorrect(dataset: Dataset, problem: Problem, corrupt: Corrupt, rng: Random) -> str:
    # Drawn in every case, so that a problem has one wrong label and one set of wrong facts,
    # whichever of them a trace states.
    wrong = rng.choice([other for other in dataset.labels if other != problem.category])
    if corrupt == "label":
        return dataset.template.trace(wrong, problem.supporting_facts)
    if dataset.wording.corrupt_trace is None:
        raise InputError(f"{dataset.name} has no rule for facts beside the point", field="corrupt")
    label = problem.category if corrupt == "facts" else wrong
    return dataset.wording.corrupt_trace(problem, label, rng)


def _anchored(dataset: Dataset, problem: Problem) -> str:
    trace = dataset.wording.anchored_trace(problem) if dataset.wording.anchored_trace else None
    if trace is None:
        raise InputError(
            f"{dataset.name} has no anchored trace for '{problem.id}'",
            field="variant",
            cure="choose another variant, or leave this problem out",
        )
    return trace


def _told(dataset: Dataset, problem: Problem, kind: Told, narration: Narration | None) -> str:
    if narration is None and dataset.wording.narrate is not None:
        narration = dataset.wording.narrate(problem)
    if narration is None:
        raise InputError(
            f"{dataset.name} has no {kind} text for '{problem.id}'",
            field="variant",
            cure="choose another variant, or leave this problem out",
        )
    if kind == "verbose":
        return narration.verbose
    return narration.summary if kind == "summary" else narration.explanation
