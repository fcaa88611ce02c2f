"""What a trace is: `KINDS` declares every kind once, and `render` gives the assistant turn.

The answer is always right; kinds differ in what is between ``<think>`` and ``</think>``. How a
dataset words a trace, and which facts mislead in it, is settled in its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from random import Random
from typing import Literal

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset, Narration, Wording
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import (
    ANSWER,
    END_THINK,
    THINK,
    Trace,
    parse,
    quoted_in_order,
)

Corrupt = Literal["label", "facts", "both"]
"""What is wrong in an incorrect trace; the release corrupts both."""

FILLER = "..."
"""One mark of a filler trace. How many of them are as long as the correct trace depends on the
tokenizer (`artifact.sft.run_data.filler_turn`); in a text without one, a single mark stands for
them."""


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """What a trace is rendered from; `render` says what each part is."""

    dataset: Dataset
    problem: Problem
    rng: Random
    corrupt: Corrupt
    others: Sequence[Problem]
    narration: Narration | None


@dataclass(frozen=True, slots=True)
class TraceKind:
    """A kind of trace: a variant of the assistant turn.

    Attributes:
        description: what it says, in one line.
        render: request -> the text between ``<think>`` and ``</think>``; None for no trace.
        colour: in figures, ``#rrggbb``, with a contrast of at least 3:1 on white and on dark.
        marker: in figures, one of matplotlib's.
        offered_by: whether a dataset with this wording has such traces.
        narrated: whether it is free text that a teacher (or a rule in its place) wrote.
        states_steps: whether it states a label and lists facts, so that its steps can be scored.
    """

    description: str
    render: Callable[[TraceRequest], str] | None
    colour: str
    marker: str
    offered_by: Callable[[Wording], bool] = lambda wording: True
    narrated: bool = False
    states_steps: bool = True


def offered(dataset: Dataset) -> tuple[str, ...]:
    """The kinds of trace that `dataset` has, in the order of `KINDS`."""
    return tuple(name for name, kind in KINDS.items() if kind.offered_by(dataset.wording))


@dataclass(frozen=True, slots=True)
class Misleading:
    """A trace in which only the facts mislead.

    Attributes:
        trace: what is between ``<think>`` and ``</think>``: the right label, worded as in a
            correct trace, over facts of the context that are not the supporting ones.
        points_to: what these facts give as answers; none of them is gold.
    """

    trace: str
    points_to: tuple[str, ...]


def render(
    dataset: Dataset,
    problem: Problem,
    kind: str,
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
    answer = dataset.template.answer(problem.answers)
    words = KINDS[kind].render
    if words is None:
        return answer
    rng = rng or Random(f"{kind} {problem.id}")
    trace = words(TraceRequest(dataset, problem, rng, corrupt, others, narration))
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
        answer. Cited texts that are not context facts are passed over. Free text also visits
        facts only to dismiss them, so nothing says which ones it rests on.

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
        InputError: if there is none among `others`.
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


def kinds_for_corruption(n: int, p: float, seed: int) -> tuple[str, ...]:
    """Kinds of `n` training traces, a share `p` of them incorrect and the rest correct.

    Doses are nested: a trace incorrect at one `p` is so at every higher `p` with the same seed.

    Raises:
        InputError: if `p` is not in [0, 1].
    """
    if not 0 <= p <= 1:
        raise InputError(
            f"{p} is out of range", field="corruption", cure="give a fraction from 0 to 1"
        )
    corrupted = frozenset(Random(seed).sample(range(n), n)[: round(n * p)])
    return tuple("incorrect" if index in corrupted else "correct" for index in range(n))


def _answer_from(
    dataset: Dataset,
) -> Callable[[Problem, Sequence[str]], tuple[str, ...] | None]:
    if dataset.wording.answer_from is None:
        raise InputError(f"{dataset.name} does not say what facts point to", field="dataset")
    return dataset.wording.answer_from


def _correct(asked: TraceRequest) -> str:
    return _correct_trace(asked.dataset, asked.problem)


def _correct_trace(dataset: Dataset, problem: Problem) -> str:
    return dataset.template.trace(problem.category, problem.supporting_facts)


def _incorrect(asked: TraceRequest) -> str:
    # Drawn in every case, so that a problem has one wrong label and one set of wrong facts,
    # whichever of them a trace states.
    dataset, problem = asked.dataset, asked.problem
    wrong = asked.rng.choice([other for other in dataset.labels if other != problem.category])
    if asked.corrupt == "label":
        return dataset.template.trace(wrong, problem.supporting_facts)
    if dataset.wording.corrupt_trace is None:
        raise InputError(f"{dataset.name} has no rule for incorrect facts", field="corrupt")
    label = problem.category if asked.corrupt == "facts" else wrong
    return dataset.wording.corrupt_trace(problem, label, asked.rng)


def _irrelevant(asked: TraceRequest) -> str:
    other = unrelated(asked.dataset, asked.problem, asked.others, asked.rng)
    return _correct_trace(asked.dataset, other)


def _filler(asked: TraceRequest) -> str:
    return FILLER


def _anchored(asked: TraceRequest) -> str:
    wording = asked.dataset.wording
    trace = wording.anchored_trace(asked.problem) if wording.anchored_trace else None
    if trace is None:
        raise _has_no("anchored trace", asked)
    return trace


def _narrated(kind: Literal["verbose", "summary", "explanation"], asked: TraceRequest) -> str:
    narration, narrate = asked.narration, asked.dataset.wording.narrate
    if narration is None and narrate is not None:
        narration = narrate(asked.problem)
    text: str | None = None if narration is None else getattr(narration, kind)
    if text is None:
        raise _has_no(f"{kind} text", asked)
    return text


def _has_no(what: str, asked: TraceRequest) -> InputError:
    return InputError(
        f"{asked.dataset.name} has no {what} for '{asked.problem.id}'",
        field="variant",
        cure="choose another variant, or leave this problem out",
    )


def _narrates(wording: Wording) -> bool:
    return wording.narrate is not None


KINDS: dict[str, TraceKind] = {
    "vanilla": TraceKind("no trace, the answer alone", None, "#ab8b2c", "o"),
    "correct": TraceKind("the release's correct trace", _correct, "#3b82c4", "D"),
    "incorrect": TraceKind(
        "the release's incorrect trace: a wrong label, facts that do not hold the answer, or both",
        _incorrect,
        colour="#d9690f",
        marker="^",
        offered_by=lambda wording: wording.corrupt_trace is not None,
    ),
    "irrelevant": TraceKind(
        "control: another problem's correct trace", _irrelevant, "#96694a", "<"
    ),
    "filler": TraceKind(
        "control: as many tokens of the model as the correct trace, without content",
        _filler,
        colour="#6f9a1e",
        marker=">",
        states_steps=False,
    ),
    "anchored": TraceKind(
        "control: correct, after what the question starts from and how the facts lead on",
        _anchored,
        colour="#1794a8",
        marker="X",
        offered_by=lambda wording: wording.anchored_trace is not None,
    ),
    "verbose": TraceKind(
        "free text: thinking aloud, fact by fact",
        partial(_narrated, "verbose"),
        colour="#a05fd0",
        marker="v",
        offered_by=_narrates,
        narrated=True,
        states_steps=False,
    ),
    "summary": TraceKind(
        "free text: the verbose trace in a few sentences",
        partial(_narrated, "summary"),
        colour="#2e9e6b",
        marker="P",
        offered_by=_narrates,
        narrated=True,
        states_steps=False,
    ),
    "explanation": TraceKind(
        "free text: why the answer is the answer",
        partial(_narrated, "explanation"),
        colour="#c8508c",
        marker="*",
        offered_by=_narrates,
        narrated=True,
        states_steps=False,
    ),
}
"""Every kind of trace by name, in the order of tables and legends; declared here and nowhere
else."""
